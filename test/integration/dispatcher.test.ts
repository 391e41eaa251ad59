import { Client, Connection } from '@temporalio/client';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStripeBilling } from '../../src/adapters/stripe/billing.js';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { openDatabase, type Database } from '../../src/db/client.js';
import { addAccount, findAccount } from '../../src/db/queries/accounts.js';
import { recordGrant } from '../../src/db/queries/grants.js';
import { access, inbox, type InboxState } from '../../src/db/schema.js';
import { dispatchBatch } from '../../src/dispatcher/dispatch.js';
import { runDispatcher } from '../../src/dispatcher/run.js';
import { createSignaller, type Signaller } from '../../src/dispatcher/signaller.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import type { Billing } from '../../src/ports/billing.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { arrive as putIn, dispatching, recorder, type Sent } from '../support/dispatcher.js';
import { newId } from '../support/stack-events.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { prepareServers, type TestServers } from '../support/stack-servers.js';

let folder: ReturnType<typeof makeTestFolder>;
let servers: TestServers;
let database: Database;
let stripe: StripeFake;
let temporal: Client;
let billing: Billing;
let signaller: Signaller;

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  folder = makeTestFolder('dispatcher');
  servers = await prepareServers(folder.path);
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  database = openDatabase(servers.postgres.url);
  stripe = await startStripeFake({ port: 0 });
  billing = createStripeBilling(clientOf(stripe), 'forbear_account', Date.now);
  temporal = new Client({ connection: Connection.lazy({ address: servers.temporal.address }) });
  signaller = createSignaller(temporal);
});

afterAll(async () => {
  await temporal.connection.close();
  await stripe.close();
  await database.close();
  await Promise.all([servers.temporal.down(), servers.postgres.down()]);
  folder.remove();
});

beforeEach(async () => {
  await database.db.delete(inbox);
});

const clientOf = ({ key, base }: StripeFake) => createStripeClient({ secretKey: key, apiBase: base });

async function addAccountWith(customer: string): Promise<AccountId> {
  const customers = [asCustomerId(customer)];
  return (await addAccount(database.db, { ref: newId('app'), name: 'Test', contacts: [], customers })).id;
}

const arrive = (events: readonly Sent[]) => putIn(database.db, events);

const deps = (with_: Signaller) => dispatching(database.db, { billing, signaller: with_ });

async function statesOf(ids: readonly string[]): Promise<(InboxState | undefined)[]> {
  const rows = await database.db.select().from(inbox);
  return ids.map((id) => rows.find((row) => row.eventId === id)?.state);
}

const untilStates = (ids: readonly string[], state: InboxState) =>
  eventually(`all are ${state}`, async () => (await statesOf(ids)).every((one) => one === state));

/** The signals in the workflow's history, in their order. */
async function signalsOf(account: AccountId): Promise<string[]> {
  const { events = [] } = await temporal.workflow.getHandle(workflowIdOf(account)).fetchHistory();
  return (events ?? []).flatMap((e) => e.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}

/** Dispatches until nothing waits, what is told later included. */
async function drain(with_: Signaller = signaller): Promise<void> {
  await eventually('nothing waits', async () => {
    while ((await dispatchBatch(deps(with_))) > 0);
    return (await database.db.select().from(inbox).where(eq(inbox.state, 'pending'))).length === 0;
  });
}

describe('batches', () => {
  it('EC-15 are shared by two dispatchers: every event is told once, and an account again after two seconds', async () => {
    const customers = Array.from({ length: 400 }, () => newId('cus'));
    for (const customer of customers) await addAccountWith(customer);
    const events = Array.from({ length: 1_200 }, (_, n) => ({ customer: customers[(n * 7) % 400] ?? null }));
    const ids = await arrive(events);
    const other = openDatabase(servers.postgres.url);
    const tells = [recorder(2), recorder(2)] as const;
    const work = async (tell: Signaller, db: Database['db']) => {
      const isOver = async () => (await statesOf(ids)).every((state) => state === 'dispatched');
      while (!(await isOver())) await dispatchBatch({ ...deps(tell), db });
    };
    await Promise.all([work(tells[0], database.db), work(tells[1], other.db)]);
    await other.close();

    const told = tells.flatMap((tell) => tell.told);
    expect(told.flatMap(({ events: of }) => of).sort()).toEqual([...ids].sort());
    for (const { told: own } of tells) expect(own.length).toBeGreaterThan(0);
    for (const account of new Set(told.map((one) => one.account))) {
      const times = told.flatMap((one) => (one.account === account ? one.at : [])).sort((a, b) => a - b);
      for (const [n, at] of times.slice(1).entries()) expect(at - (times[n] ?? 0)).toBeGreaterThan(1_990);
    }
  });

  it('become one signal an account in Temporal, the payment first', async () => {
    const [one, two] = [newId('cus'), newId('cus')];
    const [accountOne, accountTwo] = [await addAccountWith(one), await addAccountWith(two)];
    await arrive([
      ...[1, 2, 3].map(() => ({ customer: one })),
      { customer: two },
      { customer: two, type: 'invoice.payment_succeeded' },
    ]);
    await drain();
    expect(await signalsOf(accountOne)).toEqual(['paymentFailed']);
    expect(await signalsOf(accountTwo)).toEqual(['paymentSucceeded']);
    await arrive([{ customer: one, type: 'customer.subscription.updated' }]);
    await drain();
    expect(await signalsOf(accountOne)).toEqual(['paymentFailed', 'billingChanged']);
  });

  it('go on when one account can’t be told, and when one customer can’t be asked about', async () => {
    const [ill, well, unasked] = [newId('cus'), newId('cus'), newId('cus')];
    const illAccount = await addAccountWith(ill);
    await addAccountWith(well);
    const [illEvent, unaskedEvent, wellEvent] = await arrive(
      [ill, unasked, well].map((customer) => ({ customer })),
    );
    const tell = recorder();
    const choosy: Signaller = {
      signal: (account, signal, hints) =>
        account === illAccount
          ? Promise.reject(new Error('history is full'))
          : tell.signal(account, signal, hints),
    };
    await fault({ path: `customers/${unasked}`, status: 500, count: 1 });
    await dispatchBatch(deps(choosy));
    expect(tell.told.map(({ events }) => events)).toEqual([[wellEvent]]);
    const rows = await database.db.select().from(inbox).orderBy(inbox.seq);
    expect(rows.map(({ eventId, state, attempts }) => [eventId, state, attempts])).toEqual([
      [illEvent, 'pending', 1],
      [unaskedEvent, 'pending', 1],
      [wellEvent, 'dispatched', 0],
    ]);
    expect(rows.map(({ lastError }) => lastError)).toEqual([
      'Error: history is full',
      expect.stringContaining('500'),
      null,
    ]);
    // Not before its time, and then again.
    expect(await dispatchBatch(deps(choosy))).toBe(0);
    await database.db
      .update(inbox)
      .set({ retryAt: sql`now()` })
      .where(eq(inbox.eventId, illEvent ?? ''));
    await drain(tell);
    expect(await statesOf([illEvent ?? ''])).toEqual(['dispatched']);
  });
});

async function fault(body: object): Promise<void> {
  const headers = { authorization: `Bearer ${stripe.key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${stripe.base}/_fake/faults`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

describe('waking', () => {
  const rounds = 8;
  const notNotified = () => Promise.reject(new Error('no notifications today'));

  /** How long it takes until events of several accounts, each of which arrives when the one before was told, are told. */
  async function timed(count: number, listen: (wake: () => void) => Promise<void>): Promise<number> {
    const customers = Array.from({ length: count }, () => newId('cus'));
    for (const customer of customers) await addAccountWith(customer);
    const tell = recorder();
    const dispatcher = runDispatcher({ ...deps(tell), logger, listen });
    const began = Date.now();
    for (let n = 1; n <= count; n += 1) {
      await arrive([{ customer: customers[n - 1] ?? null }]);
      await eventually('it is told', () => tell.told.length === n, 10_000);
    }
    const took = Date.now() - began;
    await dispatcher.stop();
    return took;
  }

  it('comes with the commit, long before the poll', async () => {
    // By polling alone each round takes the whole second of the poll.
    expect(await timed(rounds, (wake) => database.listen('forbear_inbox', wake))).toBeLessThan(rounds * 600);
  });

  it('falls back on polling where no notification comes', async () => {
    expect(await timed(2, notNotified)).toBeLessThan(8_000);
  });
});

describe('while Temporal is down', () => {
  it('postpones with the reason, without holding the rows for long, and tells everything afterwards', async () => {
    const customers = [newId('cus'), newId('cus'), newId('cus')];
    const accounts: AccountId[] = [];
    for (const customer of customers) accounts.push(await addAccountWith(customer));
    await servers.temporal.down();
    const ids = await arrive(customers.map((customer) => ({ customer })));
    const began = Date.now();
    await dispatchBatch(deps(signaller));
    // One wait for the whole batch, not one an account.
    expect(Date.now() - began).toBeLessThan(10_000);
    const rows = await database.db.select().from(inbox);
    for (const row of rows) {
      expect(row).toMatchObject({ state: 'pending', attempts: 1, dispatchedAt: null });
      expect(row.lastError).toContain('Temporal does not answer');
      expect(row.retryAt?.getTime()).toBeGreaterThan(row.receivedAt.getTime());
    }

    await servers.temporal.up();
    const dispatcher = runDispatcher({ ...deps(signaller), logger, listen: () => Promise.resolve() });
    await untilStates(ids, 'dispatched');
    await dispatcher.stop();
    for (const account of accounts) expect(await signalsOf(account)).toEqual(['paymentFailed']);
    expect((await database.db.select().from(inbox)).map(({ lastError }) => lastError)).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('EC-10 before the account is known', () => {
  const settings = () => ({ DATABASE_URL: servers.postgres.url, TEMPORAL_ADDRESS: servers.temporal.address });

  it('EC-10 keeps its events, lists its customer as unmatched, and tells them once it was added', async () => {
    const customer = (await clientOf(stripe).customers.create({})).id;
    const tell = recorder();
    const listen = (wake: () => void) => database.listen('forbear_inbox', wake);
    const dispatcher = runDispatcher({ ...deps(tell), logger, listen });
    const ids = await arrive([{ customer }, { customer, type: 'invoice.payment_succeeded' }]);
    await untilStates(ids, 'unmatched');

    const listed = await forbear(['account', 'list', '--unmatched', '--json'], settings());
    expect(listed).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(listed.out)).toMatchObject({ kind: 'unmatched', customer, events: 2 });

    const ref = newId('app');
    const added = await forbear(
      ['account', 'add', '--ref', ref, '--customer', customer, '--json'],
      settings(),
    );
    const { id } = JSON.parse(added.out) as { id: AccountId };
    await untilStates(ids, 'dispatched');
    await dispatcher.stop();
    expect(tell.told).toMatchObject([{ account: id, signal: 'paymentSucceeded', events: ids }]);
  });

  it('EC-10 finds it by the customer’s metadata, and brings what had waited along', async () => {
    const client = clientOf(stripe);
    const customer = (await client.customers.create({ name: 'Acme', email: 'a@acme.example' })).id;
    const early = await arrive([{ customer }]);
    const tell = recorder();
    await drain(tell);
    expect(await statesOf(early)).toEqual(['unmatched']);
    const ref = newId('app');
    await client.customers.update(customer, { metadata: { forbear_account: ref } });
    const late = await arrive([{ customer }]);
    await drain(tell);
    expect(await statesOf([...early, ...late])).toEqual(['dispatched', 'dispatched']);
    expect(tell.told.flatMap(({ events }) => events).sort()).toEqual([...early, ...late].sort());
    const account = { ref, name: 'Acme', contacts: ['a@acme.example'], customers: [customer] };
    expect(await findAccount(database.db, ref)).toMatchObject(account);
  });

  it('EC-10 loses no event of a customer that is added while the event is being matched', async () => {
    const customer = asCustomerId(newId('cus'));
    const ids = await arrive([{ customer }]);
    // Between our look for the account and the end of the batch somebody adds it.
    const slow: Billing = {
      ...billing,
      readCustomer: async () => {
        await addAccountWith(customer);
        return null;
      },
    };
    const tell = recorder();
    await dispatchBatch({ ...deps(tell), billing: slow });
    await drain(tell);
    expect(await statesOf(ids)).toEqual(['dispatched']);
    expect(tell.told.flatMap(({ events }) => events)).toEqual(ids);
  });

  it('ignores what names no customer', async () => {
    const ids = await arrive([{ customer: null }]);
    await drain();
    expect(await statesOf(ids)).toEqual(['ignored']);
  });
});

describe('a payment', () => {
  const hasWorkflow = (account: AccountId) =>
    temporal.workflow
      .getHandle(workflowIdOf(account))
      .describe()
      .then(
        () => true,
        () => false,
      );

  it('of a healthy account starts no workflow', async () => {
    const customer = newId('cus');
    const account = await addAccountWith(customer);
    const types = [
      'invoice.payment_succeeded',
      'invoice.paid',
      'customer.subscription.updated',
      'charge.refunded',
    ];
    const ids = await arrive(types.map((type) => ({ customer, type })));
    await drain();
    expect(await statesOf(ids)).toEqual(['settled', 'settled', 'settled', 'settled']);
    expect(await hasWorkflow(account)).toBe(false);
  });

  it('DR-8 and the end of a subscription start none for an account that is served by a grant', async () => {
    const customer = newId('cus');
    const account = await addAccountWith(customer);
    const lifetime = { kind: 'lifetime', by: 'Sam', reason: 'founding customer', until: null } as const;
    expect(await recordGrant(database.db, account, lifetime)).toMatchObject({ kind: 'lifetime' });
    const types = ['deleted', 'updated', 'paused'].map((what) => `customer.subscription.${what}`);
    const ids = await arrive(types.map((type) => ({ customer, type })));
    await drain();
    expect(await statesOf(ids)).toEqual(['settled', 'settled', 'settled']);
    expect(await hasWorkflow(account)).toBe(false);
  });

  it('of an account with a restriction starts one, though no case is open', async () => {
    const customer = newId('cus');
    const account = await addAccountWith(customer);
    const restriction = {
      reason: 'nonpayment',
      access: 'suspended',
      owner: 'forbear',
      evidence: 'x',
      since: 1,
    } as const;
    await database.db.insert(access).values({ account, access: 'suspended', restrictions: [restriction] });
    const ids = await arrive([{ customer, type: 'invoice.paid' }]);
    await drain();
    expect(await statesOf(ids)).toEqual(['dispatched']);
    expect(await signalsOf(account)).toEqual(['paymentSucceeded']);
  });

  it('TT-5 of an account on its fallback plan starts one, though no case is open', async () => {
    const customer = newId('cus');
    const account = await addAccountWith(customer);
    await database.db.insert(access).values({ account, fallback: { plan: 'free', limits: {} } });
    const ids = await arrive([{ customer, type: 'customer.subscription.created' }]);
    await drain();
    expect(await statesOf(ids)).toEqual(['dispatched']);
    expect(await signalsOf(account)).toEqual(['billingChanged']);
  });

  it('that comes just after a failure is told, though the case is not open yet', async () => {
    const customer = newId('cus');
    const account = await addAccountWith(customer);
    await arrive([{ customer }]);
    await drain();
    await arrive([{ customer, type: 'invoice.paid' }]);
    await drain();
    expect(await signalsOf(account)).toEqual(['paymentFailed', 'paymentSucceeded']);
  });
});
