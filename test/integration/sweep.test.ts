import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import {
  createPostgresSweeps,
  forgetOldSweeps,
  readLastSweep,
  readSweepState,
} from '../../src/db/queries/sweep.js';
import { access, cases, sweepLooks, sweeps } from '../../src/db/schema.js';
import type { CaseFile } from '../../src/domain/case-file.js';
import type { AccountId } from '../../src/domain/ids.js';
import type { Access } from '../../src/domain/restrictions.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { SweepPart } from '../../src/ports/sweeps.js';
import { newCaseId } from '../support/claims-case.js';
import { openCase } from '../support/facts.js';
import { newAccount, startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
beforeAll(async () => {
  stack = await startDatabase('sweep', { withMovableClock: true });
});
afterAll(async () => {
  await stack.end();
});

const db = () => stack.database.db;
const record = () => createPostgresSweeps(db());

async function anAccount(left?: Access, file?: Partial<CaseFile>): Promise<AccountId> {
  const account = await newAccount(stack.database);
  if (left !== undefined) await db().insert(access).values({ account, access: left });
  if (file !== undefined) {
    const at = file.closedAt ?? Date.now();
    await createPostgresCases(db()).save(openCase({ id: newCaseId(), account, ...file }), null, at);
  }
  return account;
}

/** Everybody of a part, page by page. */
async function all(part: SweepPart, since: number, size = 2): Promise<AccountId[]> {
  const found: AccountId[] = [];
  for (let after: Awaited<ReturnType<ReturnType<typeof record>['page']>>[number] | null = null; ;) {
    const page = await record().page(part, since, after, size);
    found.push(...page.map(({ account }) => account));
    after = page.at(-1) ?? null;
    if (page.length < size || after === null) return found;
  }
}

async function clear(): Promise<void> {
  for (const table of [sweepLooks, sweeps, cases, access]) await db().delete(table);
}

describe('whom a sweep looks at', () => {
  it('is everybody who is off, with or without a case, and then everybody else with a case, a restriction or a fallback plan', async () => {
    await clear();
    const off = [await anAccount('suspended', {}), await anAccount('read_only'), await anAccount('revoked')];
    const fallen = await anAccount('active');
    await db()
      .update(access)
      .set({ fallback: { plan: 'free', limits: {} } })
      .where(eq(access.account, fallen));
    const others = [
      await anAccount(undefined, {}),
      await anAccount('grace_period', {}),
      await anAccount('grace_period'),
      await anAccount('decommissioned', { closedAt: Date.now(), stage: 'decommissioned' }),
      fallen,
    ];
    await anAccount();
    await anAccount('active');
    await anAccount('active', { closedAt: Date.now(), stage: 'recovered' });
    const { startedAt } = await record().begin();
    expect((await all('off', startedAt)).sort()).toEqual(off.sort());
    expect((await all('open', startedAt)).sort()).toEqual(others.sort());
  });

  it('has his turn once, who was read longest ago first, and who could not be read is not asked for again', async () => {
    await clear();
    const [first, second, third, fourth] = [
      await anAccount('suspended'),
      await anAccount('suspended'),
      await anAccount('suspended'),
      await anAccount('suspended'),
    ];
    for (const account of [third, first]) {
      await record().noteLook(account);
      await stack.wait(MINUTE_MS);
    }
    const { startedAt } = await record().begin();
    const never = [second, fourth].sort();
    expect(await all('off', startedAt)).toEqual([...never, third, first]);
    for (const account of [second, third]) {
      await record().noteLook(account);
      // Within one millisecond they would come in the order of their ids.
      await stack.wait(SECOND_MS);
    }
    expect(await all('off', startedAt, 1)).toEqual([fourth, first]);
    await stack.wait(MINUTE_MS);
    const next = await record().begin();
    expect(await all('off', next.startedAt)).toEqual([fourth, first, second, third]);
  });
});

describe('runs without a case', () => {
  it('are those of accounts with no open case, and none that has just closed', async () => {
    await clear();
    const since = Date.now() - 10 * MINUTE_MS;
    const stage = 'recovered';
    const without = [await anAccount(), await anAccount(undefined, { stage, closedAt: since - MINUTE_MS })];
    const withOne = [
      await anAccount(undefined, {}),
      await anAccount(undefined, { stage, closedAt: since + MINUTE_MS }),
    ];
    const stranger = crypto.randomUUID() as AccountId;
    const found = await record().withoutCase([...withOne, ...without, stranger], since);
    expect([...found].sort()).toEqual([...without].sort());
    expect(await record().withoutCase([], since)).toEqual([]);
  });
});

describe('how the sweeps stand', () => {
  const behindMs = 30 * MINUTE_MS;
  const tally = { looked: 3, mended: 1, failed: 1, found: { agrees: 2, paid: 1, billing_unavailable: 1 } };

  it('is told since the last one that ended, with what it came to', async () => {
    await clear();
    expect(await readSweepState(db(), behindMs)).toEqual({ sinceMs: null, behind: 0 });
    const { id } = await record().begin();
    await stack.wait(20 * MINUTE_MS);
    expect(await readLastSweep(db())).toBeNull();
    expect((await readSweepState(db(), behindMs)).sinceMs).toBeGreaterThanOrEqual(20 * MINUTE_MS);
    await record().end(id, tally);
    expect((await readSweepState(db(), behindMs)).sinceMs).toBeLessThan(MINUTE_MS);
    await record().begin();
    const { found: detail, ...counts } = tally;
    expect(await readLastSweep(db())).toMatchObject({ id, ...counts, detail });
  });

  it('counts who was not read again for too long, and nobody who is new', async () => {
    await clear();
    const old = await anAccount('suspended', {});
    await db().update(cases).set({ openedAt: new Date() });
    await db().update(access).set({ changedAt: new Date() });
    expect((await readSweepState(db(), behindMs)).behind).toBe(0);
    await stack.wait(31 * MINUTE_MS + 60 * MINUTE_MS);
    expect((await readSweepState(db(), behindMs)).behind).toBe(1);
    await record().noteLook(old);
    expect((await readSweepState(db(), behindMs)).behind).toBe(0);
    await stack.wait(31 * MINUTE_MS);
    expect((await readSweepState(db(), behindMs)).behind).toBe(1);
  });
});

describe('what sweeps wrote down', () => {
  it('is kept for its days, and then goes', async () => {
    await clear();
    const [old, young] = [await anAccount('suspended'), await anAccount('suspended')];
    await record().begin();
    await record().noteLook(old);
    await stack.wait(60 * DAY_MS);
    const { id } = await record().begin();
    await record().noteLook(young);
    await stack.wait(31 * DAY_MS);
    await forgetOldSweeps(stack.database.db, 90);
    await forgetOldSweeps(stack.database.db, 90);
    expect((await stack.database.db.select().from(sweeps)).map((row) => row.id)).toEqual([id]);
    expect((await stack.database.db.select().from(sweepLooks)).map(({ account }) => account)).toEqual([
      young,
    ]);
  });
});
