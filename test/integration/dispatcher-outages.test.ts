import { eq } from 'drizzle-orm';
import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStripeBilling } from '../../src/adapters/stripe/billing.js';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { addAccount, findAccount } from '../../src/db/queries/accounts.js';
import { deadLetters } from '../../src/db/queries/dead-letters.js';
import { accounts, inbox } from '../../src/db/schema.js';
import { dispatchBatch, type DispatchDeps } from '../../src/dispatcher/dispatch.js';
import { SignallerUnreachable, type Signaller } from '../../src/dispatcher/signaller.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { Billing } from '../../src/ports/billing.js';
import { PortError } from '../../src/ports/errors.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { arrive as putIn, dispatching, recorder, tally, type Sent } from '../support/dispatcher.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { newId } from '../support/stack-events.js';

let stack: TestDatabase;
let stripe: StripeFake;
let billing: Billing;

beforeAll(async () => {
  stack = await startDatabase('dispatcher-outages', { withMovableClock: true });
  stripe = await startStripeFake({ port: 0 });
  const client = createStripeClient({ secretKey: stripe.key, apiBase: stripe.base });
  billing = createStripeBilling(client, 'forbear_account', Date.now);
});

afterAll(async () => {
  await stripe.close();
  await stack.end();
});

beforeEach(async () => {
  await stack.database.db.delete(inbox);
});

const arrive = (events: readonly Sent[]) => putIn(stack.database.db, events);
const rows = () => stack.database.db.select().from(inbox).orderBy(inbox.seq);

async function aCustomer(): Promise<string> {
  const customer = newId('cus');
  const account = { ref: newId('app'), name: 'Test', contacts: [], customers: [asCustomerId(customer)] };
  await addAccount(stack.database.db, account);
  return customer;
}

/** Lets a dispatcher work for so long by the database's clock: at the pace of its poll while much happens, then slower. */
async function workFor(ms: number, deps: DispatchDeps, paceMs = SECOND_MS): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += paceMs) {
    while ((await dispatchBatch(deps)) > 0);
    await stack.wait(paceMs);
  }
}

const depsOf = (signaller: Signaller, changes: Partial<DispatchDeps> = {}) =>
  dispatching(stack.database.db, { billing, signaller, ...changes });

/** Tells nobody while it is down. */
function downAtFirst() {
  const tell = recorder();
  const state = { isDown: true, tries: 0 };
  const signaller: Signaller = {
    signal(...told) {
      state.tries += 1;
      return state.isDown ? Promise.reject(new SignallerUnreachable('away')) : tell.signal(...told);
    },
  };
  return { state, signaller, told: tell.told };
}

describe('EC-13 Temporal is down for an hour', () => {
  it('EC-13 nothing is given up, and once it is back all is told within half a minute, once and in order', async () => {
    const customers = await Promise.all(Array.from({ length: 12 }, aCustomer));
    const { state, signaller, told } = downAtFirst();
    const meter = tally();
    const deps = depsOf(signaller, { meter });
    const ids: string[] = [];
    // Every account has news in each quarter of the hour.
    for (let quarter = 0; quarter < 4; quarter += 1) {
      ids.push(...(await arrive(customers.map((customer) => ({ customer })))));
      await workFor(15 * MINUTE_MS, deps, 30 * SECOND_MS);
    }
    for (const row of await rows()) {
      expect(row).toMatchObject({ state: 'pending', dispatchedAt: null });
      expect(row.lastError).toBe('SignallerUnreachable: away');
    }
    // One try a batch, not one an event.
    expect(state.tries).toBeLessThan(1_000);
    expect(meter.counts).not.toHaveProperty('dead');

    state.isDown = false;
    await workFor(35 * SECOND_MS, deps);
    expect((await rows()).map((row) => row.state)).toEqual(ids.map(() => 'dispatched'));
    expect(told).toHaveLength(customers.length);
    expect(told.flatMap(({ events }) => events).sort()).toEqual([...ids].sort());
    for (const { events } of told) expect(events).toEqual(ids.filter((id) => events.includes(id)));
    expect(meter.counts).toMatchObject({ signalled: ids.length });
  });
});

describe('EC-12 Stripe does not answer who a customer is', () => {
  const answers = [
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['nothing, in time', { timeoutAfterExecution: true }],
  ] as const;

  it.each(answers)(
    'EC-12 but %s: its events wait, nothing is written of it, and then they are told',
    async (_, fault) => {
      const ref = newId('app');
      const client = createStripeClient({ secretKey: stripe.key, apiBase: stripe.base });
      const { id: customer } = await client.customers.create({ metadata: { forbear_account: ref } });
      const { hostname: host, port } = new URL(stripe.base);
      // The 20 s of patience that ours has are too long for a test.
      const quick = new Stripe(stripe.key, {
        host,
        port,
        protocol: 'http',
        maxNetworkRetries: 0,
        timeout: 500,
      });
      const tell = recorder();
      const deps = depsOf(tell, { billing: createStripeBilling(quick, 'forbear_account', Date.now) });
      const known = await aCustomer();
      const ids = await arrive([{ customer }, { customer: known }, { customer, type: 'invoice.paid' }]);
      await setFault({ path: `customers/${customer}`, count: 3, ...fault });
      for (const tries of [1, 2, 3]) {
        await dispatchBatch(deps);
        expect(await rows()).toMatchObject([
          { state: 'pending', attempts: tries, account: null },
          { state: 'dispatched', attempts: 0 },
          { state: 'pending', attempts: tries, account: null },
        ]);
        expect((await rows())[0]?.lastError).toMatch(/^BILLING_UNAVAILABLE/);
        expect(await findAccount(stack.database.db, ref)).toBeNull();
        // Not before its time, and then again.
        expect(await dispatchBatch(deps)).toBe(0);
        await stack.wait(2 ** (tries - 1) * SECOND_MS);
      }
      await dispatchBatch(deps);
      expect((await rows()).map(({ state }) => state)).toEqual(['dispatched', 'dispatched', 'dispatched']);
      expect(tell.told.map(({ events }) => events)).toEqual([[ids[1]], [ids[0], ids[2]]]);
      expect(await findAccount(stack.database.db, ref)).toMatchObject({ customers: [customer] });
    },
  );

  it('EC-12 for an hour: nothing is given up', async () => {
    const [id] = await arrive([{ customer: newId('cus') }]);
    let isDown = true;
    const asked: Pick<Billing, 'readCustomer'> = {
      readCustomer: () =>
        isDown ? Promise.reject(new PortError('BILLING_UNAVAILABLE', '503')) : Promise.resolve(null),
    };
    const deps = depsOf(recorder(), { billing: asked });
    await workFor(HOUR_MS, deps, 15 * SECOND_MS);
    expect(await rows()).toMatchObject([{ eventId: id, state: 'pending' }]);
    isDown = false;
    await workFor(35 * SECOND_MS, deps, 5 * SECOND_MS);
    expect(await rows()).toMatchObject([{ eventId: id, state: 'unmatched' }]);
  });

  async function setFault(body: object): Promise<void> {
    const headers = { authorization: `Bearer ${stripe.key}`, 'content-type': 'application/json' };
    const answer = await fetch(`${stripe.base}/_fake/faults`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }
});

describe('an event that fails for a reason of its own', () => {
  it('is dead after twelve attempts in half an hour, a payment like the rest, and nobody else waits for it', async () => {
    const [ill, well] = [await aCustomer(), await aCustomer()];
    const tell = recorder();
    const state = { tries: 0, isIll: true };
    const illAccount = (await findAccount(stack.database.db, ill))?.id;
    const signaller: Signaller = {
      signal(account, ...told) {
        if (account !== illAccount || !state.isIll) return tell.signal(account, ...told);
        state.tries += 1;
        return Promise.reject(new Error('history is full'));
      },
    };
    const meter = tally();
    const deps = depsOf(signaller, { meter });
    const dead = await arrive([{ customer: ill }, { customer: ill, type: 'invoice.paid' }]);
    await workFor(25 * MINUTE_MS, deps, 5 * SECOND_MS);
    expect(await rows()).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
    expect(await deadLetters(stack.database.db)).toEqual({ events: 0, oldest: null, errors: [] });
    await arrive([{ customer: well }]);
    await workFor(10 * MINUTE_MS, deps, 5 * SECOND_MS);

    expect(state.tries).toBe(12);
    expect(tell.told).toHaveLength(1);
    const failed = { state: 'dead', attempts: 12, lastError: 'Error: history is full', retryAt: null };
    const all = await rows();
    expect(all).toMatchObject([failed, failed, { state: 'dispatched' }]);
    expect(await deadLetters(stack.database.db)).toEqual({
      events: 2,
      oldest: all[0]?.receivedAt,
      errors: [{ error: 'Error: history is full', events: 2 }],
    });
    expect(meter.counts).toMatchObject({ dead: 2, failed: 22, signalled: 1 });

    // As `forbear replay --dead` does.
    state.isIll = false;
    await stack.database.db
      .update(inbox)
      .set({ state: 'pending', attempts: 0, retryAt: null })
      .where(eq(inbox.state, 'dead'));
    await dispatchBatch(deps);
    expect(tell.told.at(-1)).toMatchObject({ account: illAccount, signal: 'paymentSucceeded', events: dead });
    expect(await deadLetters(stack.database.db)).toMatchObject({ events: 0 });
  });
});

describe('a thin event', () => {
  const related = '/v1/invoices/in_1';

  it('is told as its customer’s once Stripe has said whose it is, and Stripe is asked for no other', async () => {
    const customer = asCustomerId(await aCustomer());
    const asked: string[] = [];
    const tell = recorder();
    const events = {
      customerOf: (path: string) => {
        asked.push(path);
        return Promise.resolve(path === related ? customer : null);
      },
    };
    const ids = await arrive([
      { customer: null, related },
      { customer: null, related },
      { customer: null, related: '/v1/invoices/in_gone' },
      { customer: null, related: '/v1/products/prod_1', type: 'a type of next year' },
    ]);
    await workFor(SECOND_MS, depsOf(tell, { events }));
    expect(asked).toEqual([related, '/v1/invoices/in_gone']);
    expect((await rows()).map((row) => [row.state, row.customer])).toEqual([
      ['dispatched', customer],
      ['dispatched', customer],
      ['ignored', null],
      ['ignored', null],
    ]);
    expect(tell.told).toMatchObject([{ events: ids.slice(0, 2) }]);
  });

  it('EC-12 waits while Stripe does not answer', async () => {
    const customer = asCustomerId(await aCustomer());
    const [id] = await arrive([{ customer: null, related }]);
    const tell = recorder();
    let isDown = true;
    const events = {
      customerOf: () =>
        isDown ? Promise.reject(new PortError('BILLING_UNAVAILABLE', '503')) : Promise.resolve(customer),
    };
    const deps = depsOf(tell, { events });
    await workFor(HOUR_MS, deps, 15 * SECOND_MS);
    expect(await rows()).toMatchObject([{ state: 'pending', customer: null }]);
    isDown = false;
    await workFor(35 * SECOND_MS, deps, 5 * SECOND_MS);
    expect(tell.told).toMatchObject([{ events: [id] }]);
  });

  it('of a customer that nobody knows waits as unmatched, under his name', async () => {
    const customer = asCustomerId(newId('cus'));
    await arrive([{ customer: null, related }]);
    const deps = depsOf(recorder(), { events: { customerOf: () => Promise.resolve(customer) } });
    await workFor(SECOND_MS, deps);
    expect(await rows()).toMatchObject([{ state: 'unmatched', customer }]);
  });
});

describe('the row of an account that says that it owes, though no case is open', () => {
  it('has a payment looked at, and is not changed by the event itself', async () => {
    const { db } = stack.database;
    const customer = await aCustomer();
    const account = (await findAccount(db, customer))?.id ?? '';
    await db.update(accounts).set({ billingStatus: 'past_due' }).where(eq(accounts.id, account));
    const [id] = await arrive([{ customer, type: 'invoice.paid' }]);
    const tell = recorder();
    await dispatchBatch(depsOf(tell));
    expect(tell.told).toMatchObject([{ account, signal: 'paymentSucceeded', events: [id] }]);
    expect(await findAccount(db, customer)).toMatchObject({ billingStatus: 'past_due' });
  });
});
