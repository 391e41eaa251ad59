import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/client.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { inbox } from '../../src/db/schema.js';
import { dispatchBatch, type DispatchDeps } from '../../src/dispatcher/dispatch.js';
import { createSignaller, type Signaller } from '../../src/dispatcher/signaller.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { eventually } from '../support/dev-eventually.js';
import { arrive as putIn, dispatching, recorder, tally, type Sent } from '../support/dispatcher.js';
import { checkout, makeTestFolder } from '../support/stack-folder.js';
import { newId } from '../support/stack-events.js';
import { prepareServers, type TestServers } from '../support/stack-servers.js';

const child = fileURLToPath(new URL('../support/dispatcher-child.ts', import.meta.url));

let folder: ReturnType<typeof makeTestFolder>;
let servers: TestServers;
let database: Database;
let temporal: Client;
let signaller: Signaller;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = makeTestFolder('dispatcher-recovery');
  servers = await prepareServers(folder.path);
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  database = openDatabase(servers.postgres.url);
  temporal = new Client({ connection: Connection.lazy({ address: servers.temporal.address }) });
  signaller = createSignaller(temporal);
});

afterAll(async () => {
  await temporal.connection.close();
  await database.close();
  await Promise.all([servers.temporal.down(), servers.postgres.down()]);
  folder.remove();
});

beforeEach(async () => {
  await database.db.delete(inbox);
});

afterEach(() => {
  for (const one of children.splice(0)) one.kill('SIGKILL');
});

const nobody: DispatchDeps['billing'] = { readCustomer: () => Promise.resolve(null) };
const depsOf = (with_: Signaller, changes: Partial<DispatchDeps> = {}) =>
  dispatching(database.db, { billing: nobody, signaller: with_, ...changes });
const arrive = (events: readonly Sent[]) => putIn(database.db, events);
const rows = () => database.db.select().from(inbox).orderBy(inbox.seq);

async function anAccount(): Promise<{ readonly customer: string; readonly account: AccountId }> {
  const customer = newId('cus');
  const customers = [asCustomerId(customer)];
  const { id } = await addAccount(database.db, { ref: newId('app'), name: 'Test', contacts: [], customers });
  return { customer, account: id };
}

/** The events that each signal in the workflow's history tells of, in their order. */
async function signalsOf(account: AccountId): Promise<string[][]> {
  const { events } = await temporal.workflow.getHandle(workflowIdOf(account)).fetchHistory();
  const inputs = (events ?? []).flatMap((e) => e.workflowExecutionSignaledEventAttributes?.input ?? []);
  return inputs.map(({ payloads }) => {
    const hints = JSON.parse(Buffer.from(payloads?.[0]?.data ?? []).toString()) as { eventId: string }[];
    return hints.map(({ eventId }) => eventId);
  });
}

/** A dispatcher that has signalled and waits before it marks. */
async function dispatcherHalfWay() {
  const args = ['--import', 'tsx', child, servers.postgres.url, servers.temporal.address];
  const one = spawn(process.execPath, args, { cwd: checkout, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(one);
  let out = '';
  one.stdout.on('data', (data) => (out += String(data)));
  await eventually('it has signalled', () => out.includes('signalled'), 60_000);
  return { process: one, said: () => out };
}

describe('EC-14 a dispatcher that has signalled and not marked', () => {
  it('EC-14 is killed: its rows are free at once, the workflow is told of the same again, and all is marked once', async () => {
    const { customer, account } = await anAccount();
    const ids = await arrive([{ customer }, { customer, type: 'customer.subscription.updated' }]);
    const { process: one } = await dispatcherHalfWay();
    expect(await rows()).toMatchObject([{ state: 'pending' }, { state: 'pending' }]);
    // As long as it lives, nobody else has them.
    expect(await dispatchBatch(depsOf(signaller))).toBe(0);
    one.kill('SIGKILL');
    await once(one, 'close');
    await eventually('its rows are free', async () => (await dispatchBatch(depsOf(signaller))) === 2);
    expect(await rows()).toMatchObject([
      { state: 'dispatched', account, attempts: 0 },
      { state: 'dispatched', account, attempts: 0 },
    ]);
    expect(await signalsOf(account)).toEqual([ids, ids]);
    expect(await dispatchBatch(depsOf(signaller))).toBe(0);
  });

  it('EC-14 is frozen: its rows are free after half a minute, and when it thaws it marks nothing', async () => {
    const { customer, account } = await anAccount();
    const ids = await arrive([{ customer }]);
    const { process: one, said } = await dispatcherHalfWay();
    one.kill('SIGSTOP');
    await eventually('its rows are free', async () => (await dispatchBatch(depsOf(signaller))) === 1, 60_000);
    const [marked] = await rows();
    expect(marked).toMatchObject({ state: 'dispatched', account });
    expect(await signalsOf(account)).toEqual([ids, ids]);
    one.stdin.write('go on\n');
    one.kill('SIGCONT');
    await once(one, 'close');
    expect(said()).not.toContain('marked');
    expect(await rows()).toEqual([marked]);
  });

  it('EC-14 loses its database: nothing is marked or counted, and all is told again', async () => {
    const { customer, account } = await anAccount();
    const ids = await arrive([{ customer }]);
    const own = openDatabase(servers.postgres.url, 1);
    const meter = tally();
    const tell = recorder();
    const struck: Signaller = {
      async signal(...told) {
        await tell.signal(...told);
        await database.db.execute(
          sql`select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'`,
        );
      },
    };
    await expect(dispatchBatch({ ...depsOf(struck, { meter }), db: own.db })).rejects.toThrow();
    await own.close();
    expect(await rows()).toMatchObject([{ state: 'pending', attempts: 0, account: null }]);
    expect(meter.counts).toEqual({});
    await dispatchBatch(depsOf(tell, { meter }));
    expect(await rows()).toMatchObject([{ state: 'dispatched', account }]);
    expect(tell.told.map(({ events }) => events)).toEqual([ids, ids]);
    expect(meter.counts).toEqual({ signalled: 1 });
  });

  it('EC-14 never marks what could not be signalled', async () => {
    const { customer } = await anAccount();
    await arrive([{ customer }, { customer, type: 'invoice.paid' }]);
    await dispatchBatch(depsOf({ signal: () => Promise.reject(new Error('refused')) }));
    const failed = { state: 'pending', attempts: 1, dispatchedAt: null, lastError: 'Error: refused' };
    expect(await rows()).toMatchObject([failed, failed]);
  });
});
