import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addAccount } from '../../src/db/queries/accounts.js';
import { accounts, inbox } from '../../src/db/schema.js';
import { classify, typesActedOn } from '../../src/dispatcher/classify.js';
import { dispatchBatch, type DispatchDeps } from '../../src/dispatcher/dispatch.js';
import { runDispatcher } from '../../src/dispatcher/run.js';
import type { Signaller } from '../../src/dispatcher/signaller.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import { eventually } from '../support/dev-eventually.js';
import { arrive as putIn, dispatching, recorder, tally, type Sent } from '../support/dispatcher.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { newId } from '../support/stack-events.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let stack: TestDatabase;

beforeAll(async () => {
  stack = await startDatabase('dispatcher-coalescing');
});

afterAll(async () => {
  await stack.end();
});

beforeEach(async () => {
  await stack.database.db.delete(inbox);
});

const nobody: DispatchDeps['billing'] = { readCustomer: () => Promise.resolve(null) };
const depsOf = (with_: Signaller, changes: Partial<DispatchDeps> = {}) =>
  dispatching(stack.database.db, { billing: nobody, signaller: with_, ...changes });
const arrive = (events: readonly Sent[]) => putIn(stack.database.db, events);
const rows = () => stack.database.db.select().from(inbox).orderBy(inbox.seq);
const untilTold = () =>
  eventually('nothing waits', async () => (await rows()).every((row) => row.state === 'dispatched'));

async function anAccount(): Promise<{ readonly customer: string; readonly account: AccountId }> {
  const customer = newId('cus');
  const account = { ref: newId('app'), name: 'Test', contacts: [], customers: [asCustomerId(customer)] };
  return { customer, account: (await addAccount(stack.database.db, account)).id };
}

describe('EC-15 two events of one account at once, through two dispatchers', () => {
  /** One dispatcher is in the middle of telling of the account when the other finds an event of this type. */
  async function whileTelling(type: string, billingStatus: 'current' | 'past_due' = 'current') {
    const { customer, account } = await anAccount();
    await stack.database.db.update(accounts).set({ billingStatus }).where(eq(accounts.id, account));
    const [first = ''] = await arrive([{ customer }]);
    let finish = () => undefined as void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const [one, other] = [recorder(), recorder()];
    let isTelling = false;
    const slow: Signaller = {
      async signal(...told) {
        isTelling = true;
        await finished;
        await one.signal(...told);
      },
    };
    const telling = dispatchBatch(depsOf(slow));
    await eventually('it tells', () => isTelling);
    const [second = ''] = await arrive([{ customer, type }]);
    await dispatchBatch(depsOf(other));
    return { first, second, one, other, finish: () => (finish(), telling) };
  }

  it('EC-15 are two signals at least two seconds apart, and no try in vain', async () => {
    const { first, second, one, other, finish } = await whileTelling('invoice.overdue');
    expect(other.told).toEqual([]);
    expect(await rows()).toMatchObject([
      { state: 'pending' },
      { state: 'pending', attempts: 0, lastError: null },
    ]);
    await finish();
    await eventually('the other is told', async () => {
      await dispatchBatch(depsOf(other));
      return other.told.length > 0;
    });
    expect([one, other].map(({ told }) => told.map(({ events }) => events))).toEqual([[[first]], [[second]]]);
    expect((other.told[0]?.at ?? 0) - (one.told[0]?.at ?? 0)).toBeGreaterThan(1_990);
    expect(await rows()).toMatchObject([{ state: 'dispatched' }, { state: 'dispatched' }]);
  });

  it('EC-15 are two signals at once when the second is a payment', async () => {
    const { first, second, one, other, finish } = await whileTelling('invoice.paid', 'past_due');
    expect(other.told).toMatchObject([{ signal: 'paymentSucceeded', events: [second] }]);
    await finish();
    expect(one.told).toMatchObject([{ signal: 'paymentFailed', events: [first] }]);
    expect(await rows()).toMatchObject([{ state: 'dispatched' }, { state: 'dispatched' }]);
  });

  it('EC-15 do not lose the payment of an account of whose trouble the first event is just being told', async () => {
    const { second, one, other, finish } = await whileTelling('invoice.paid');
    expect(other.told).toEqual([]);
    await finish();
    await eventually('the payment is told', async () => {
      await dispatchBatch(depsOf(other));
      return other.told.length > 0;
    });
    expect(other.told).toMatchObject([{ signal: 'paymentSucceeded', events: [second] }]);
    expect(one.told).toHaveLength(1);
  });
});

describe('a burst about one account', () => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** Changes, one after the other, at a dispatcher that runs; says when each arrived, and how it was told. */
  async function burst(types: readonly string[], apartMs: number) {
    const { customer } = await anAccount();
    const tell = recorder();
    const meter = tally();
    const listen = (wake: () => void) => stack.database.listen('forbear_inbox', wake);
    const dispatcher = runDispatcher({ ...depsOf(tell, { meter }), logger, listen });
    const arrived = new Map<string, number>();
    for (const type of types) {
      const [id = ''] = await arrive([{ customer, type }]);
      arrived.set(id, Date.now());
      await pause(apartMs);
    }
    await untilTold();
    await dispatcher.stop();
    const lateMs = new Map(
      tell.told.flatMap(({ events, at }) => events.map((id) => [id, at - (arrived.get(id) ?? 0)])),
    );
    return { ids: [...arrived.keys()], told: tell.told, lateMs, counts: meter.counts };
  }

  const change = 'invoice.payment_failed';

  it('is a signal every two seconds, loses nothing, and tells nothing later than three seconds', async () => {
    const { ids, told, lateMs, counts } = await burst(
      Array.from({ length: 50 }, () => change),
      100,
    );
    const times = told.map(({ at }) => at);
    for (const [n, at] of times.slice(1).entries()) expect(at - (times[n] ?? 0)).toBeGreaterThan(1_990);
    // Over five seconds and a bit: at the beginning, after two and four, and the rest.
    expect(told.length).toBeLessThanOrEqual(5);
    expect(told.flatMap(({ events }) => events)).toEqual(ids);
    expect(Math.max(...lateMs.values())).toBeLessThan(4_000);
    expect(counts).toMatchObject({ signalled: 50 });
    expect(counts['coalesced']).toBeGreaterThan(0);
    expect((await rows()).every(({ attempts }) => attempts === 0)).toBe(true);
  });

  it('does not delay a payment in the middle of it, and what waited goes with it', async () => {
    const types = [...Array.from({ length: 8 }, () => change), 'invoice.paid', change, change];
    const { ids, told, lateMs } = await burst(types, 100);
    const paid = ids[8] ?? '';
    expect(lateMs.get(paid)).toBeLessThan(1_000);
    const withIt = told.find(({ events }) => events.includes(paid));
    expect(withIt).toMatchObject({ signal: 'paymentSucceeded' });
    expect(withIt?.events).toEqual(expect.arrayContaining(ids.slice(1, 9)));
    expect(told.flatMap(({ events }) => events)).toEqual(ids);
    expect(told.length).toBeLessThanOrEqual(3);
  });

  it('of thousands is told as one', async () => {
    const { customer } = await anAccount();
    const ids = await arrive(Array.from({ length: 3_000 }, () => ({ customer })));
    const tell = recorder();
    while ((await dispatchBatch(depsOf(tell))) > 0);
    expect(tell.told.map(({ events }) => events)).toEqual([ids]);
    await untilTold();
  });
});

describe('an account in good standing', () => {
  const quiet = [...typesActedOn, 'invoice.created', 'a type of next year'].filter(
    (type) => classify(type)?.opens !== true,
  );

  it.each(quiet)('costs no call to Temporal or Stripe for %s', async (type) => {
    const { customer, account } = await anAccount();
    const calls: string[] = [];
    const called = (what: string) => () => {
      calls.push(what);
      return Promise.reject(new Error('nobody was to be called'));
    };
    const meter = tally();
    await arrive([{ customer, type }]);
    await dispatchBatch(
      depsOf(
        { signal: called('Temporal') },
        {
          billing: { readCustomer: called('readCustomer') },
          events: { customerOf: called('customerOf') },
          meter,
        },
      ),
    );
    expect(calls).toEqual([]);
    expect(await rows()).toMatchObject([{ state: 'settled', account, attempts: 0 }]);
    expect(meter.counts).toEqual({ settled: 1 });
    const untouched = await stack.database.db.select().from(accounts).where(eq(accounts.id, account));
    expect(untouched).toMatchObject([{ billingStatus: 'current' }]);
  });
});
