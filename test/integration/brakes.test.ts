import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installChain } from '../../src/db/audit.js';
import { createChainCheck, readAuditTrail } from '../../src/db/queries/audit.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { auditLog, breakers, releases } from '../../src/db/schema.js';
import { spokenBody } from '../../src/db/words.js';
import { tellNextRelease } from '../../src/dispatcher/releases.js';
import { asCaseId, asPolicyVersion, type AccountId } from '../../src/domain/ids.js';
import type { HoldReason } from '../../src/domain/effect.js';
import type { Alert } from '../../src/ports/alerts.js';
import { createBrakesWatch } from '../../src/watch/brakes.js';
import { breakerCommand } from '../../src/cli/breaker.js';
import { freezeCommand, unfreezeCommand } from '../../src/cli/freeze.js';
import { forbearHere } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { caseFileOf } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;

beforeAll(async () => {
  stack = await startDatabase('brakes');
});
afterAll(async () => {
  await stack.end();
});

const settings = () => ({ DATABASE_URL: stack.url });
const signed = ['--reason', 'a drill', '--by', 'ada'];
const freeze = () => forbearHere(freezeCommand(), ['freeze', ...signed], settings());
const unfreeze = () => forbearHere(unfreezeCommand(), ['unfreeze', ...signed], settings());
const breaker = (...args: string[]) => forbearHere(breakerCommand(), ['breaker', ...args], settings());

/** An account whose case is held for this. */
async function aHeldCase(reason: HoldReason | null): Promise<AccountId> {
  const ref = crypto.randomUUID();
  const { id } = await addAccount(stack.database.db, { ref, name: ref, contacts: [], customers: [] });
  const now = Date.now();
  const hold =
    reason === null ? null : { of: 'pause' as const, reason, since: now, until: now + 1, tries: 1 };
  const file = {
    ...caseFileOf(),
    id: asCaseId(crypto.randomUUID()),
    account: id,
    policyVersion: asPolicyVersion('p'),
    openedAt: now,
    hold,
  };
  await createPostgresCases(stack.database.db).save(file, null, now);
  return id;
}

/** Everything that is told until no release waits any more. */
async function tellAll(): Promise<[AccountId, HoldReason][]> {
  const told: [AccountId, HoldReason][] = [];
  const tell = (account: AccountId, hold: HoldReason) => {
    told.push([account, hold]);
    return Promise.resolve();
  };
  while ((await tellNextRelease(stack.database.db, tell)) !== null);
  return told;
}

describe('a freeze by command', () => {
  it('P-7 is written down with who and why, and its end is told to those whom it held, and to nobody else', async () => {
    const [held, other] = [await aHeldCase('frozen'), await aHeldCase('breaker_open')];
    await aHeldCase(null);
    expect((await freeze()).out).toContain('Frozen');
    expect(await tellAll()).toEqual([]);
    expect((await unfreeze()).code).toBe(0);
    expect(await tellAll()).toEqual([[held, 'frozen']]);
    // Nothing was frozen any more.
    await unfreeze();
    expect(await tellAll()).toEqual([]);
    expect(other).not.toBe(held);
    const lines: unknown[] = [];
    const check = createChainCheck();
    for await (const row of readAuditTrail(stack.database.db, installChain as AccountId)) {
      check.add(row);
      lines.push([row.effect, spokenBody(row)]);
    }
    expect(check.result().brokenAt).toBeNull();
    expect(lines[0]).toMatchObject(['freeze', { by: 'ada', reason: 'a drill' }]);
    expect(lines[1]).toMatchObject(['unfreeze', { by: 'ada' }]);
  });

  it('tells everybody anew when it was cut off in the middle', async () => {
    await freeze();
    await unfreeze();
    const failing = () => Promise.reject(new Error('Temporal is away'));
    await expect(tellNextRelease(stack.database.db, failing)).rejects.toThrow('Temporal is away');
    expect((await tellAll()).length).toBeGreaterThan(0);
    const waiting = await stack.database.db.$count(releases, and(eq(releases.hold, 'frozen')));
    expect(waiting).toBeGreaterThan(0);
  });
});

describe('forbear breaker', () => {
  const trip = (detail: string) =>
    stack.database.db
      .insert(breakers)
      .values({ kind: 'pause', trippedAt: new Date(), cause: 'hour', detail })
      .onConflictDoUpdate({ target: breakers.kind, set: { trippedAt: new Date(), cause: 'hour', detail } });

  it('P-7 lists what has tripped, releases it once, and tells those who were held', async () => {
    const held = await aHeldCase('breaker_open');
    await trip('5 in the last hour, at most 5 are allowed');
    const listed = (await breaker('list')).out;
    expect(listed).toContain('TRIPPED');
    expect(listed).toContain('5 in the last hour');
    expect((await breaker('release', 'pause', ...signed)).code).toBe(0);
    expect(await tellAll()).toContainEqual([held, 'breaker_open']);
    const again = await breaker('release', 'pause', ...signed);
    expect([again.code, again.err]).toEqual([4, expect.stringContaining('has not tripped') as string]);
    expect((await breaker('list')).out).toContain('by ada');
  });

  it('P-7 refuses what is no breaker, no number and no date to come', async () => {
    const wrong = [
      ['release', 'pauses', ...signed],
      ['allow', 'pause', 'many', '--until', '2099-01-01', ...signed],
      ['allow', 'pause', '3', '--until', '2001-01-01', ...signed],
    ];
    for (const args of wrong) expect((await breaker(...args)).code).toBe(2);
    expect((await breaker('allow', 'pause', '3', '--until', '2099-01-01', ...signed)).code).toBe(0);
    expect((await breaker('list')).out).toContain('3 more allowed');
  });

  it('P-10 pages while it is tripped, and says when that is over', async () => {
    const { db } = stack.database;
    await trip('too many');
    const said: (readonly Alert[])[] = [];
    const watch = createBrakesWatch({
      db,
      settle: (found) => {
        said.push(found);
        return Promise.resolve(true);
      },
      tellNextRelease: () => tellNextRelease(db, () => Promise.resolve()),
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      nowMs: Date.now,
    });
    watch.start();
    await eventually('it is said', () => said.length > 0);
    expect(said[0]).toMatchObject([{ key: 'breaker_tripped:pause', severity: 'page' }]);
    await breaker('release', 'pause', ...signed);
    await eventually('it is over', () => said.at(-1)?.length === 0);
    await watch.stop();
  });
});

it('keeps what concerns all accounts in a chain of its own', async () => {
  const rows = await stack.database.db.select().from(auditLog).where(eq(auditLog.account, installChain));
  expect(rows.length).toBeGreaterThan(4);
});
