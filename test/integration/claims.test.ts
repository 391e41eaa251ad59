import { and, asc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditHash } from '../../src/db/audit.js';
import type { Database, Executor } from '../../src/db/client.js';
import { access, approvals, auditLog, effects, notices, promises } from '../../src/db/schema.js';
import type { AccountId } from '../../src/domain/ids.js';
import { longestLagMs } from '../../src/domain/judge.js';
import { HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import { aCase, exemptUntil, forgiving, orderOf } from '../support/claims-case.js';
import { claimsOnPostgres } from '../support/claims-postgres.js';
import { claimsKeepTheirWord } from '../support/claims.js';
import { standingThatIs } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let database: Database;

beforeAll(async () => {
  stack = await startDatabase('claims', { withMovableClock: true });
  ({ database } = stack);
  await sightAt('infinity');
});
afterAll(async () => {
  await stack.end();
});

/** Until when the watch knows that no event is missing. */
async function sightAt(at: string | null): Promise<void> {
  await database.db.execute(sql`
    insert into intake_watch (sighted_at) values (${at}::timestamptz)
    on conflict (id) do update set sighted_at = excluded.sighted_at`);
}

const postgresWorld = () => claimsOnPostgres(database, stack.wait);

const chainOf = (account: AccountId) =>
  database.db.select().from(auditLog).where(eq(auditLog.account, account)).orderBy(asc(auditLog.position));

/** The position of the first entry that its hash, or its place in the chain, does not fit; `null` when all fit. */
async function firstBreak(account: AccountId): Promise<number | null> {
  let previousHash = '';
  for (const [index, row] of (await chainOf(account)).entries()) {
    const { kind, effect, at } = row;
    const body = row.body as Record<string, unknown>;
    const hash = auditHash(previousHash, index + 1, { account, kind, effect, body, at });
    if (row.position !== index + 1 || row.previousHash !== previousHash || row.hash !== hash)
      return index + 1;
    previousHash = row.hash;
  }
  return null;
}

describe('claims on Postgres', () => {
  claimsKeepTheirWord(postgresWorld);

  it('EC-11 EC-15 grants twenty claims of one key at once with twenty fences and one intent', async () => {
    const { grant, audit, account } = await aCase(postgresWorld());
    const fences = await Promise.all(Array.from({ length: 20 }, () => grant('remind')));
    expect(new Set(fences).size).toBe(20);
    expect(await audit()).toHaveLength(1);
    const rows = await database.db.select().from(effects).where(eq(effects.account, account));
    expect(rows.map(({ claims, fence }) => ({ claims, fence }))).toEqual([
      { claims: 20, fence: Math.max(...fences) },
    ]);
  });

  it('P-9 settles one outcome when twenty settle at once', async () => {
    const { claims, key, grant, audit } = await aCase(postgresWorld());
    const fence = await grant('remind');
    const settled = await Promise.all(
      Array.from({ length: 20 }, (_, i) => claims.settle(key('remind'), fence, { evidence: `try ${i}` })),
    );
    for (const outcome of settled) expect(outcome).toEqual(settled[0]);
    expect((await audit()).map(({ kind }) => kind)).toEqual(['intent', 'outcome']);
  });

  it('P-1 measures the 60 seconds when the claim gets its turn, not when it asked', async () => {
    const { claims, account, request, world, grant } = await aCase(postgresWorld());
    await grant('remind');
    const standing = standingThatIs('owing', (await world.now()) - 59 * SECOND_MS);
    const asked = { ...(await request('remind')), standing };
    expect(await claims.claim(asked)).toMatchObject({ status: 'granted' });
    const claim = await database.db.transaction(async (tx) => {
      await tx.select().from(access).where(eq(access.account, account)).for('update');
      const waiting = claims.claim(asked);
      await tx.execute(sql`select pg_sleep(1.2)`);
      return { waiting };
    });
    expect(await claim.waiting).toMatchObject({ status: 'held', reason: 'standing_stale' });
  });

  it('keeps one order when twenty keep it at once, and one decision when people decide at once', async () => {
    const { order, decide, ask, audit, world } = await aCase(postgresWorld());
    const one = orderOf();
    await Promise.all(Array.from({ length: 20 }, () => order(one)));
    expect(await audit()).toHaveLength(1);
    const request = await ask();
    await Promise.all([true, false, true, false].map((approved) => decide(request, approved)));
    const rows = await database.db.select().from(approvals).where(eq(approvals.id, request.id));
    const { decidedBy, decidedAt, approved } = rows[0]!;
    expect({ decidedBy, decidedAt }).toEqual({ decidedBy: 'ada', decidedAt: new Date(orderOf().at) });
    expect((await world.approvals.read(request.id))?.approved).toBe(approved);
    expect(await firstBreak(request.account)).toBeNull();
  });

  it('opens one request when twenty ask at once', async () => {
    const { ask } = await aCase(postgresWorld());
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  });

  it('keeps all orders or none', async () => {
    const { order, audit, tracks } = await aCase(postgresWorld());
    const broken = orderOf({ at: Number.NaN });
    await expect(order(forgiving('in_1'), broken)).rejects.toThrow();
    expect(await audit()).toEqual([]);
    expect((await tracks()).forgiven).toEqual([]);
  });

  it('keeps of a notice to whom it went, and of each of its dates when it was accepted', async () => {
    const { claims, grant, key, account, caseId, world } = await aCase(postgresWorld());
    const now = await world.now();
    const messageId = crypto.randomUUID();
    const dates = [
      { step: 'limit', at: now + 1 },
      { step: 'pause', at: now + 2 },
    ] as const;
    const notice = { messageId, topic: 'reminder', promises: dates, recipients: ['a', 'b'] } as const;
    const fence = await grant('remind', { round: 3 });
    await claims.settle(key('remind', 3), fence, { evidence: 'sent', notice });
    const [kept] = await database.db.select().from(notices).where(eq(notices.account, account));
    expect(kept).toMatchObject({ messageId, caseId, round: 3, topic: 'reminder', recipients: ['a', 'b'] });
    const told = await database.db.select().from(promises).where(eq(promises.account, account));
    const { acceptedAt } = kept!;
    expect(told).toMatchObject(
      dates.map(({ step, at }) => ({ messageId, caseId, step, at: new Date(at), acceptedAt })),
    );
  });
});

describe('the audit log on Postgres', () => {
  const at20 = (account: AccountId) => and(eq(auditLog.account, account), eq(auditLog.position, 20));

  /** What only the owner of the whole server can do: the triggers that refuse every change are off. */
  const tamper = (work: (tx: Executor) => Promise<unknown>) =>
    database.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await work(tx);
    });

  async function manyEntries() {
    const acting = await aCase(postgresWorld());
    for (let round = 1; round <= 30; round += 1) await acting.warn(round, 1_000);
    return acting;
  }

  it('P-9 chains every entry of an account to the one before it', async () => {
    const { account } = await manyEntries();
    expect(await chainOf(account)).toHaveLength(60);
    expect(await firstBreak(account)).toBeNull();
  });

  it('chains what people ordered with what was done', async () => {
    const { account, order, carryOut, world, audit } = await manyEntries();
    await order(orderOf(), exemptUntil((await world.now()) + HOUR_MS));
    await order(forgiving('in_1'), orderOf({ reason: 'Ünïcode “quotes” \\ and\nlines 🙂' }));
    await carryOut('lift');
    const kinds = (await audit()).slice(60).map(({ kind }) => kind);
    expect(kinds).toEqual(['order', 'order', 'order', 'order', 'intent', 'outcome']);
    expect(await firstBreak(account)).toBeNull();
    const of62 = and(eq(auditLog.account, account), eq(auditLog.position, 62));
    await tamper((tx) =>
      tx
        .update(auditLog)
        .set({ body: { by: 'nobody' } })
        .where(of62),
    );
    expect(await firstBreak(account)).toBe(62);
  });

  it.each([
    ['an evidence that was rewritten', { body: { status: 'done', evidence: 'never happened' } }],
    ['a time that was moved', { at: new Date('2026-01-01T00:00:00Z') }],
    ['an effect that was renamed', { effect: 'another/effect' }],
    ['a kind that was changed', { kind: 'note' as const }],
  ])('shows %s', async (_, changes) => {
    const { account } = await manyEntries();
    await tamper((tx) => tx.update(auditLog).set(changes).where(at20(account)));
    expect(await firstBreak(account)).toBe(20);
  });

  it('shows an entry that was taken out', async () => {
    const { account } = await manyEntries();
    await tamper((tx) => tx.delete(auditLog).where(at20(account)));
    expect(await firstBreak(account)).toBe(20);
  });

  it('refuses every change of what was written', async () => {
    const { account } = await manyEntries();
    const refused = { cause: { message: expect.stringContaining('append-only') as string } };
    await expect(
      database.db.update(auditLog).set({ effect: 'x' }).where(at20(account)),
    ).rejects.toMatchObject(refused);
    await expect(database.db.delete(auditLog).where(at20(account))).rejects.toMatchObject(refused);
  });
});

describe('while the intake is blind', () => {
  afterAll(() => sightAt('infinity'));

  it('P-10 holds what is told or taken, and gives back all the same', async () => {
    const { claims, request } = await aCase(postgresWorld());
    await sightAt(null);
    const held = { status: 'held', reason: 'intake_blind' };
    expect(await claims.claim(await request('remind'))).toMatchObject(held);
    expect(await claims.claim(await request('lift'))).toMatchObject({ status: 'granted' });

    // So long a reading may not have what was just given back.
    await stack.wait(longestLagMs + SECOND_MS);
    await sightAt(new Date(await postgresWorld().now()).toISOString());
    expect(await claims.claim(await request('remind', { round: 2 }))).toMatchObject({ status: 'granted' });

    await stack.wait(10 * 60 * SECOND_MS + SECOND_MS);
    expect(await claims.claim(await request('remind', { round: 3 }))).toMatchObject(held);
  });
});
