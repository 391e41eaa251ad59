import { readFileSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLock } from '../../src/db/lock.js';
import { listAlerts } from '../../src/db/queries/alerts.js';
import { noteOrder } from '../../src/db/queries/notes.js';
import { auditAnchors } from '../../src/db/schema.js';
import type { AccountId } from '../../src/domain/ids.js';
import type { AnchorPlace } from '../../src/ports/anchors.js';
import { createAlerting } from '../../src/watch/alerting.js';
import { runAnchoring } from '../../src/watch/anchor-run.js';
import { startLogWorld, type LogWorld } from '../support/audit-log.js';
import { eventually } from '../support/dev-eventually.js';

let world: LogWorld;
beforeAll(async () => {
  world = await startLogWorld('anchoring');
});
afterAll(async () => {
  await world.end();
});

/** The highest position of the account that stands in any anchor. */
const anchoredOf = (account: AccountId) =>
  Math.max(
    0,
    ...world.anchors().flatMap(({ heads }) => heads.flatMap(([of, n]) => (of === account ? [n] : []))),
  );

const signed = { by: 'ada', reason: 'a test', kind: 'grant', text: 'a grant' };

/** Writes an entry, and commits it only when told. */
function slowWriter(account: AccountId) {
  let commit = () => undefined as void;
  const told = new Promise<void>((resolve) => (commit = resolve));
  let wrote = () => undefined as void;
  const written = new Promise<void>((resolve) => (wrote = resolve));
  const done = world.db.transaction(async (tx) => {
    await noteOrder(tx, account, signed);
    wrote();
    await told;
  });
  return { written, commit: () => (commit(), done) };
}

/** A place that takes nothing while it is away. */
function aPlace(): AnchorPlace & { isAway: boolean; readonly kept: string[] } {
  const kept: string[] = [];
  const place = {
    name: 's3:test',
    isAway: false,
    kept,
    newestAfter: () => Promise.resolve(null),
    keep: ({ text }: { text: string }) => {
      if (place.isAway) return Promise.reject(new Error('away'));
      kept.push(text);
      return Promise.resolve();
    },
  };
  return place;
}

describe('P-9 anchoring', () => {
  it('takes the head of each chain that grew, once, and nothing where none did', async () => {
    const [one, two] = [await world.written(3), await world.written(1)];
    expect(await world.anchor()).toBe(1);
    expect([anchoredOf(one), anchoredOf(two)]).toEqual([3, 1]);
    expect(await world.anchor()).toBe(0);
    await world.write(two);
    expect(await world.anchor()).toBe(1);
    expect(
      world
        .anchors()
        .at(-1)
        ?.heads.map(([account]) => account),
    ).toEqual([two]);
    expect(await world.run('verify', '--anchors', world.file)).toMatchObject({ code: 0 });
  });

  it('loses nothing of who was writing meanwhile, although what came later was there before', async () => {
    const [slow, quick] = [await world.written(0), await world.written(0)];
    const writer = slowWriter(slow);
    await writer.written;
    await world.write(quick);
    await world.anchor([world.place], writer.commit);
    await world.anchor();
    expect([anchoredOf(slow), anchoredOf(quick)]).toEqual([1, 1]);
  });

  it('waits for nobody who began after it, and tells when somebody never ends', async () => {
    const [before, after] = [await world.written(1), await world.written(0)];
    const first = slowWriter(before);
    await first.written;
    await world.write(after);
    const waits: number[] = [];
    await expect(world.anchor([world.place], () => Promise.resolve(void waits.push(1)))).rejects.toThrow(
      /has been writing/,
    );
    expect(waits.length).toBeGreaterThan(100);
    // Somebody new at each look, as on a busy day.
    const others: ReturnType<typeof slowWriter>[] = [];
    await world.anchor([world.place], async () => {
      const next = slowWriter(await world.written(0));
      others.push(next);
      await next.written;
      await first.commit();
    });
    expect(anchoredOf(before)).toBe(2);
    for (const { commit } of others) await commit();
  });

  it('hands an anchor that a place did not take to all again, word for word, before it makes another', async () => {
    const bucket = aPlace();
    const account = await world.written(1);
    bucket.isAway = true;
    await expect(world.anchor([world.place, bucket])).rejects.toThrow('s3:test did not take anchor');
    await world.write(account);
    expect(await world.run('verify', '--anchors', world.file)).toMatchObject({ code: 0 });
    bucket.isAway = false;
    expect(await world.anchor([world.place, bucket])).toBe(2);
    const lines = readFileSync(world.file, 'utf8').trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual(bucket.kept);
    expect(new Set(lines).size).toBe(lines.length);
    const { seq } = world.anchors().at(-1)!;
    const [row] = await world.db.select().from(auditAnchors).where(eq(auditAnchors.seq, seq));
    expect(row).toMatchObject({ places: ['file', 's3:test'], heads: 1 });
  });

  it('raises an alert while it fails, ends it when it works again, and is done by one process at a time', async () => {
    const { db } = world;
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const alerting = createAlerting({ db, logger, channels: [] });
    const bucket = aPlace();
    bucket.isAway = true;
    const account = await world.written(1);
    const run = () =>
      runAnchoring({
        db,
        alerting,
        logger,
        places: [world.place, bucket],
        lock: openLock(world.stack.url, 99),
        everyMs: 25,
      });
    const [one, other] = [run(), run()];
    one.start();
    other.start();
    const open = async () => (await listAlerts(db)).map(({ key, severity }) => [key, severity]);
    await eventually('the alert', async () => (await open()).length > 0);
    expect(await open()).toEqual([['anchor_failed', 'warning']]);
    bucket.isAway = false;
    await eventually('its end', async () => (await open()).length === 0);
    await eventually('the anchor', () => anchoredOf(account) === 1);
    await Promise.all([one.stop(), other.stop()]);
    expect(await world.run('verify', '--anchors', world.file)).toMatchObject({ code: 0 });
  });
});
