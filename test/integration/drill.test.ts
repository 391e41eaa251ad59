import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trippedBreakers } from '../../src/db/queries/breakers.js';
import { createPostgresClaims } from '../../src/db/queries/claims.js';
import { releaseBreaker } from '../../src/db/queries/switches.js';
import { usualBreakers } from '../../src/domain/breaker.js';
import { asAccountId, type AccountId } from '../../src/domain/ids.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import type { Claim } from '../../src/ports/claims.js';
import { ledgerPolicy, newCaseId, noGrounds } from '../support/claims-case.js';
import { standingThatIs } from '../support/facts.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

const many = 10_000;
const workers = 16;

let stack: TestDatabase;
let accounts: AccountId[];

beforeAll(async () => {
  stack = await startDatabase('drill');
  const { db } = stack.database;
  const rows = await db.execute<{ id: string }>(sql`
    insert into accounts (ref, name) select 'payer-' || n, 'payer-' || n from generate_series(1, ${many}) n returning id`);
  accounts = rows.map(({ id }) => asAccountId(id));
  await db.execute(
    sql`insert into account_customers (customer, account) select 'cus_' || ref, id from accounts`,
  );
  await db.execute(sql`insert into intake_watch (sighted_at) values ('infinity')
    on conflict (id) do update set sighted_at = excluded.sighted_at`);
});
afterAll(async () => {
  await stack.end();
});

describe('a status check that was inverted', () => {
  it('IN-5 P-7 touches one of ten thousand payers before it trips, and all are free again within five minutes', async () => {
    const { db } = stack.database;
    const claims = createPostgresClaims(db, {
      mode: 'enforce',
      frozen: false,
      isFrozenByFile: () => false,
      breakers: usualBreakers,
    });
    const policy = { ...ledgerPolicy, pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false } };
    const cases = new Map(accounts.map((account) => [account, newCaseId()]));
    const claim = (account: AccountId, step: 'pause' | 'lift', verdict: 'owing' | 'clear') =>
      claims.claim({
        key: { account, caseId: cases.get(account) ?? newCaseId(), step, round: 1 },
        topic: null,
        standing: step === 'lift' ? null : standingThatIs(verdict, Date.now()),
        grounds: noGrounds,
        policy,
        change:
          step === 'lift'
            ? { lift: ['nonpayment'] }
            : {
                impose: { reason: 'nonpayment', access: 'suspended', owner: 'forbear', evidence: 'inverted' },
              },
        fallback: 'stays',
        approval: null,
        reason: 'a drill',
      });

    /** All of them, by as many workers at once. */
    async function each(verdict: 'owing' | 'clear'): Promise<Map<AccountId, Claim>> {
      const waiting = [...accounts];
      const claimed = new Map<AccountId, Claim>();
      const work = async () => {
        for (let account = waiting.pop(); account !== undefined; account = waiting.pop())
          claimed.set(account, await claim(account, 'pause', verdict));
      };
      await Promise.all(Array.from({ length: workers }, work));
      return claimed;
    }

    const inverted = await each('owing');
    const touched = [...inverted]
      .filter(([, { status }]) => status === 'granted')
      .map(([account]) => account);
    expect(touched).toHaveLength(1);
    expect(await trippedBreakers(db)).toMatchObject([{ kind: 'pause', cause: 'selected' }]);
    const off = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from access where access <> 'active'`,
    );
    expect(off[0]?.n).toBe(1);

    const began = Date.now();
    for (const account of touched) expect((await claim(account, 'lift', 'clear')).status).toBe('granted');
    expect(
      await releaseBreaker(db, 'pause', { by: 'ada', reason: 'the check was inverted, and is mended' }),
    ).toBe(true);
    const mended = await each('clear');
    // Who was just given back is looked at again in a minute: Stripe's lists may be behind what had it given back.
    for (const account of touched)
      expect(mended.get(account)).toMatchObject({ status: 'held', reason: 'standing_stale' });
    const others = accounts.filter((account) => !touched.includes(account));
    expect(new Set(others.map((account) => mended.get(account)?.status))).toEqual(new Set(['void']));
    expect(Date.now() - began).toBeLessThan(5 * MINUTE_MS);
    const still = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from access where access <> 'active'`,
    );
    expect(still[0]?.n).toBe(0);
  }, 480_000);
});
