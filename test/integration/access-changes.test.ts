import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessChannel, listenOn, type ChannelEars } from '../../src/db/changes.js';
import { createPostgresCases } from '../../src/db/queries/cases.js';
import { access, accountCustomers, accounts, apiKeys, cases } from '../../src/db/schema.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { newCaseId } from '../support/claims-case.js';
import { eventually } from '../support/dev-eventually.js';
import { day, openCase } from '../support/facts.js';
import { createGate } from '../support/memory-world.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let sides: ApiSide[];

beforeAll(async () => {
  stack = await startDatabase('access-changes');
});
afterAll(async () => {
  await stack.end();
});
beforeEach(async () => {
  sides = [await startApiSide(stack), await startApiSide(stack)];
});
afterEach(async () => {
  await Promise.all(sides.map((side) => side.stop()));
});

const db = () => stack.database.db;
// What is promised is a second; a machine that others use, too, may lose some.
const soonMs = 5_000;

/** Makes every process keep the answer, and makes sure that it does. */
async function kept(id: string): Promise<void> {
  for (const side of sides) {
    await side.access(id);
    await eventually('the answer is kept', async () => {
      const before = side.reads();
      await side.access(id);
      return side.reads() === before;
    });
  }
}

async function isSeen(what: string, id: string, isNew: (side: ApiSide) => Promise<boolean>): Promise<void> {
  for (const side of sides) await eventually(`${what} at ${id}`, () => isNew(side), soonMs);
}

const suspended = (id: string) => async (side: ApiSide) =>
  (await side.access(id)).body.access === 'suspended';
const suspend = ({ id }: Known) =>
  db()
    .insert(access)
    .values({ account: id, access: 'suspended' })
    .onConflictDoUpdate({ target: access.account, set: { access: 'suspended' } });

describe('a kept answer is dropped in every process', () => {
  const aCase = (account: Known['id']) => openCase({ id: newCaseId(), account });

  it('when the access changes, under whatever name it was asked for', async () => {
    const known = await anAccount(stack);
    const words = [known.id, known.ref, known.customer];
    for (const word of words) await kept(word);
    await suspend(known);
    for (const word of words) await isSeen('the new access', word, suspended(word));
  });

  it('when a row of access is there for the first time, and when it is gone', async () => {
    const known = await anAccount(stack);
    await kept(known.id);
    await suspend(known);
    await isSeen('the new access', known.id, suspended(known.id));
    await kept(known.id);
    await db().delete(access).where(eq(access.account, known.id));
    await isSeen(
      'full access',
      known.id,
      async (side) => (await side.access(known.id)).body.access === 'active',
    );
  });

  it('when the account is renamed, also under its old name', async () => {
    const known = await anAccount(stack);
    await kept(known.ref);
    await db()
      .update(accounts)
      .set({ ref: `${known.ref}-new` })
      .where(eq(accounts.id, known.id));
    await isSeen('that it is gone', known.ref, async (side) => (await side.access(known.ref)).status === 404);
  });

  it('when its billing status changes', async () => {
    const known = await anAccount(stack);
    await kept(known.id);
    await db().update(accounts).set({ billingStatus: 'past_due' }).where(eq(accounts.id, known.id));
    await isSeen('the debt', known.id, async (side) => (await side.access(known.id)).body.payUrl !== null);
  });

  it('when it falls to another plan, and when a subscription counts again', async () => {
    const known = await anAccount(stack);
    await db().insert(access).values({ account: known.id });
    const planIs = (name: string | null) => async (side: ApiSide) =>
      ((await side.access(known.id)).body.plan?.name ?? null) === name;
    for (const fallback of [{ plan: 'free', limits: { seats: 1 } }, { plan: 'trial', limits: {} }, null]) {
      await kept(known.id);
      await db().update(access).set({ fallback }).where(eq(access.account, known.id));
      await isSeen('the plan', known.id, planIs(fallback?.plan ?? null));
    }
  });

  it('when its Stripe customer goes to another account', async () => {
    const [known, other] = [await anAccount(stack), await anAccount(stack)];
    await kept(known.customer);
    await db()
      .update(accountCustomers)
      .set({ account: other.id })
      .where(eq(accountCustomers.customer, known.customer));
    await isSeen('the other account', known.customer, async (side) => {
      const { body } = await side.access(known.customer);
      return body.account.id === other.id;
    });
  });

  it('when a case opens, names a date, and closes', async () => {
    const known = await anAccount(stack);
    const file = aCase(known.id);
    const save = createPostgresCases(db()).save;
    const stepIs = (step: string | null) => async (side: ApiSide) =>
      ((await side.access(known.id)).body.nextStep?.step ?? null) === step;
    await kept(known.id);
    await save(file, { step: 'remind', at: day(1) }, day(0));
    await isSeen('a step', known.id, stepIs('remind'));
    await kept(known.id);
    await save(
      { ...file, told: [{ step: 'pause', at: day(10), acceptedAt: day(1) }] },
      { step: 'remind', at: day(1) },
      day(1),
    );
    await isSeen('the date of the mail', known.id, stepIs('pause'));
    await kept(known.id);
    await save({ ...file, closedAt: day(2), owed: [] }, null, day(2));
    await isSeen('that nothing comes', known.id, stepIs(null));
  });

  it('when all accesses are emptied at once', async () => {
    const known = await anAccount(stack);
    await suspend(known);
    await kept(known.id);
    await db().execute(sql`truncate access`);
    await isSeen(
      'full access',
      known.id,
      async (side) => (await side.access(known.id)).body.access === 'active',
    );
  });

  it('but not when nothing has changed that it shows', async () => {
    const known = await anAccount(stack);
    const file = aCase(known.id);
    await suspend(known);
    await createPostgresCases(db()).save(file, { step: 'remind', at: day(1) }, day(0));
    await kept(known.id);
    await db().update(access).set({ fence: 7 }).where(eq(access.account, known.id));
    await createPostgresCases(db()).save({ ...file, rung: 1 }, { step: 'remind', at: day(1) }, day(1));
    await db().update(cases).set({ stage: 'reminded' }).where(eq(cases.account, known.id));
    // Whatever was told has come once this has.
    const other = await anAccount(stack);
    await kept(other.id);
    await suspend(other);
    await isSeen('the other account', other.id, suspended(other.id));
    const reads = sides.map((side) => side.reads());
    for (const side of sides) await side.access(known.id);
    expect(sides.map((side) => side.reads())).toEqual(reads);
  });
});

describe('what could be out of date', () => {
  it('is not kept when it was read before a change that was told meanwhile', async () => {
    const [hasRead, mayGoOn] = [createGate(), createGate()];
    let isSlow = false;
    const slow = await startApiSide(stack, {
      readAccess: (read) => async (asked) => {
        const rows = await read(asked);
        if (!isSlow) return rows;
        isSlow = false;
        hasRead.open();
        await mayGoOn.passed;
        return rows;
      },
    });
    sides.push(slow);
    const [known, other] = [await anAccount(stack), await anAccount(stack)];
    isSlow = true;
    const first = slow.access(known.id);
    await hasRead.passed;
    const isTold = new Promise<void>((resolve) => {
      slow.feed.join({ changed: () => resolve(), missed: () => undefined });
    });
    await suspend(known);
    await isTold;
    mayGoOn.open();
    expect((await first).body.access).toBe('active');
    expect((await slow.access(known.id)).body.access).toBe('suspended');
    expect((await slow.access(other.id)).body.access).toBe('active');
  });

  it('is read anew each time while the listening connection is down, and after it was', async () => {
    const ears: ChannelEars[] = [];
    const side = await startApiSide(stack, {
      listen: (url, each) => {
        ears.push(each);
        return listenOn(url, accessChannel, each);
      },
    });
    sides.push(side);
    const known = await anAccount(stack);
    await kept(known.id);
    ears.forEach((each) => each.down());
    const before = side.reads();
    for (let asked = 1; asked <= 3; asked += 1) {
      await side.access(known.id);
      expect(side.reads()).toBe(before + asked);
    }
    // What changes meanwhile is told to nobody.
    await suspend(known);
    expect((await side.access(known.id)).body.access).toBe('suspended');
    ears.forEach((each) => each.up());
    expect((await side.access(known.id)).body.access).toBe('suspended');
    await eventually('the feed is live again', () => side.feed.isLive(), soonMs);
    expect((await side.access(known.id)).body.access).toBe('suspended');
    await kept(known.id);
  });

  it('is gone when the listening connection was cut off while it changed', async () => {
    for (let cut = 1; cut <= 3; cut += 1) {
      const known = await anAccount(stack);
      await kept(known.id);
      await db().execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'forbear listening'`);
      await suspend(known);
      await isSeen('the new access', known.id, suspended(known.id));
      for (const side of sides) await eventually('the feed is live again', () => side.feed.isLive(), soonMs);
      await isSeen('the new access still', known.id, suspended(known.id));
    }
  });
});

describe('a key', () => {
  it('that is revoked, or loses a scope, opens nothing any more in any process', async () => {
    const known = await anAccount(stack);
    const [revoked, lessened] = [await aKey(stack), await aKey(stack)];
    const statusWith = (key: string) => async (side: ApiSide) =>
      (await side.access(known.id, { authorization: `Bearer ${key}` })).status;
    for (const side of sides)
      for (const key of [revoked, lessened]) expect(await statusWith(key)(side)).toBe(200);
    await db()
      .update(apiKeys)
      .set({ revokedAt: new Date() })
      .where(eq(apiKeys.hash, await hashOf(revoked)));
    await db()
      .update(apiKeys)
      .set({ scopes: ['accounts:read'] })
      .where(eq(apiKeys.hash, await hashOf(lessened)));
    await isSeen('that it is revoked', 'a key', async (side) => (await statusWith(revoked)(side)) === 401);
    await isSeen('that it has less', 'a key', async (side) => (await statusWith(lessened)(side)) === 403);
  });
});

const hashOf = async (key: string) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))).toString('hex');
