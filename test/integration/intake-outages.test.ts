import { Client, Connection } from '@temporalio/client';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/client.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { inbox } from '../../src/db/schema.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { createApp } from '../../src/http/app.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { forbearServe, type Serving } from '../support/cli.js';
import { anIntake } from '../support/intake.js';
import { eventually } from '../support/dev-eventually.js';
import { deliver, newId, signatureOf, stripeEvent } from '../support/stack-events.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { prepareServers, type TestServers } from '../support/stack-servers.js';

const secret = 'whsec_of_the_test';
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: ReturnType<typeof makeTestFolder>;
let servers: TestServers;
let database: Database;
let stripe: StripeFake;
let api: Serving;

/** Postgres runs, Temporal does not yet; the api is a process of its own. */
beforeAll(async () => {
  folder = makeTestFolder('outages');
  servers = await prepareServers(folder.path);
  await servers.postgres.up();
  stripe = await startStripeFake({ port: 0 });
  database = openDatabase(servers.postgres.url);
  api = await forbearServe({
    DATABASE_URL: servers.postgres.url,
    TEMPORAL_ADDRESS: servers.temporal.address,
    STRIPE_SECRET_KEY: stripe.key,
    STRIPE_API_BASE: stripe.base,
    STRIPE_WEBHOOK_SECRET: secret,
    FORBEAR_PORT: '0',
  });
});

afterAll(async () => {
  await api.stop();
  await stripe.close();
  await database.close();
  await servers.temporal.down();
  await servers.postgres.down();
  folder.remove();
});

const post = (event: unknown) => deliver(`${api.url}/webhooks/stripe`, event, secret);

async function readiness() {
  const answer = await fetch(`${api.url}/readyz`);
  return { status: answer.status, ...((await answer.json()) as { ready: boolean; missing: string[] }) };
}

async function rowOf(event: { id: string }) {
  const rows = await database.db.select().from(inbox);
  return rows.find((row) => row.eventId === event.id);
}

describe('while Temporal is down', () => {
  it('EC-13 acknowledges what is stored, keeps it with the reason, and tells it once Temporal is back', async () => {
    const customer = newId('cus');
    const { id } = await addAccount(database.db, {
      ref: 'outage',
      name: 'Outage',
      contacts: [],
      customers: [asCustomerId(customer)],
    });
    const event = stripeEvent({ object: { id: 'in_1', object: 'invoice', customer } });
    const began = Date.now();
    expect(await post(event)).toMatchObject({ status: 200, body: { duplicate: false } });
    expect(Date.now() - began).toBeLessThan(2_000);
    // The watch has to have looked once.
    const missing = await eventually('nothing else is missing', async () => {
      const found = await readiness();
      return found.missing.length === 1 ? found : null;
    });
    expect(missing).toEqual({ status: 503, ready: false, missing: ['temporal'] });

    const waiting = await eventually('the row is postponed', async () => {
      const row = await rowOf(event);
      return row !== undefined && row.attempts > 0 ? row : null;
    });
    expect(waiting).toMatchObject({ state: 'pending', dispatchedAt: null });
    expect(waiting.lastError).toMatch(/\w{5}/);

    await servers.temporal.up();
    await eventually('the row is dispatched', async () => (await rowOf(event))?.state === 'dispatched');
    expect(await readiness()).toEqual({ status: 200, ready: true, missing: [] });
    const connection = await Connection.connect({ address: servers.temporal.address });
    const workflow = await new Client({ connection }).workflow.getHandle(workflowIdOf(id)).describe();
    await connection.close();
    expect(workflow.status.name).toBe('RUNNING');
  });

  it('EC-13 acknowledges within a small part of Stripe’s patience, a hundred at a time', async () => {
    const times = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const began = Date.now();
        const { status } = await post(stripeEvent());
        expect(status).toBe(200);
        return Date.now() - began;
      }),
    );
    // Stripe gives up after some 20 s.
    expect(Math.max(...times)).toBeLessThan(5_000);
  });
});

describe('while Postgres is down', () => {
  it('P-2 EC-13 answers 503 and never 2xx, names what is missing, and loses nothing that was acknowledged', async () => {
    const { db } = database;
    const app = createApp({
      logger,
      intake: anIntake(db, [secret]),
      checks: {
        postgres: () => db.execute(sql`select 1 from inbox limit 1`),
        temporal: () => Promise.resolve(),
      },
    });
    const acknowledged = new Set<string>();
    const slowest = { ms: 0 };
    const knock = async (event: { id: string }): Promise<number> => {
      const body = JSON.stringify(event);
      const began = Date.now();
      const headers = { 'stripe-signature': signatureOf(body, secret) };
      const { status } = await app.request('/webhooks/stripe', { method: 'POST', body, headers });
      slowest.ms = Math.max(slowest.ms, Date.now() - began);
      if (status === 200) acknowledged.add(event.id);
      return status;
    };
    // Postgres goes while deliveries come in.
    let isDown = false;
    const stream = (async () => {
      const until = Date.now() + 30_000;
      while (Date.now() < until) if ((await knock(stripeEvent())) !== 200 && isDown) return;
    })();
    await servers.postgres.down();
    isDown = true;
    await stream;
    const event = stripeEvent();
    // Many tries: each failed one makes the database client wait longer before the next.
    await Promise.all(Array.from({ length: 12 }, async () => expect(await knock(event)).toBe(503)));
    expect(await knock(event)).toBe(503);
    const ready = await app.request('/readyz');
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, missing: ['postgres'] }]);
    expect(slowest.ms).toBeLessThan(9_000);

    await servers.postgres.up();
    await eventually('the delivery that comes again is taken', async () => (await knock(event)) === 200);
    expect((await app.request('/readyz')).status).toBe(200);
    const kept = new Set((await db.select({ id: inbox.eventId }).from(inbox)).map(({ id }) => id));
    expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([]);
  });
});

/** Delivers to an intake of our own, and keeps account of what it acknowledged. */
function aSender(db: Database['db']) {
  const app = createApp({ logger, intake: anIntake(db, [secret]), checks: {} });
  const acknowledged: string[] = [];
  const knock = async (event: { id: string } = stripeEvent()): Promise<number> => {
    const body = JSON.stringify(event);
    const headers = { 'stripe-signature': signatureOf(body, secret) };
    const { status } = await app.request('/webhooks/stripe', { method: 'POST', body, headers });
    if (status === 200) acknowledged.push(event.id);
    return status;
  };
  const lost = async () => {
    const kept = new Set((await db.select({ id: inbox.eventId }).from(inbox)).map(({ id }) => id));
    return acknowledged.filter((id) => !kept.has(id));
  };
  return { knock, acknowledged, lost };
}

const inParallel = <T>(count: number, work: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, work));

describe('while Postgres is full', () => {
  // A file system of its own can't be mounted everywhere: a trigger raises what Postgres raises when a disk is full, and
  // the statement has written the ids by then.
  const full = sql`create function no_room() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`;

  it('EC-13 answers 503, acknowledges nothing that is not there, and goes on when there is room', async () => {
    const { db } = database;
    const { knock, acknowledged, lost } = aSender(db);
    expect(await inParallel(20, () => knock())).toEqual(Array.from({ length: 20 }, () => 200));
    await db.execute(full);
    await db.execute(
      sql`create trigger no_room after insert on inbox for each row execute function no_room()`,
    );
    const late = stripeEvent();
    expect(await inParallel(20, () => knock())).toEqual(Array.from({ length: 20 }, () => 503));
    expect(await knock(late)).toBe(503);
    // Nor does the id stay behind without its row: the delivery that comes again would be taken for a duplicate.
    expect(await rowOf(late)).toBeUndefined();
    await db.execute(sql`drop trigger no_room on inbox`);
    expect(await knock(late)).toBe(200);
    expect((await rowOf(late))?.eventId).toBe(late.id);
    expect(acknowledged).toHaveLength(21);
    expect(await lost()).toEqual([]);
  });
});

describe('while Postgres is slow', () => {
  it('EC-13 answers 503 once its patience is over, and whatever was acknowledged is there', async () => {
    const { db } = database;
    const { knock, acknowledged, lost } = aSender(db);
    expect(await knock()).toBe(200);
    const late = stripeEvent();
    // Somebody holds the inbox for ten seconds.
    const held = db.transaction(async (tx) => {
      await tx.execute(sql`lock table inbox in exclusive mode`);
      await tx.execute(sql`select pg_sleep(10)`);
    });
    const began = Date.now();
    await eventually('the inbox is held', async () => (await locksOnInbox()) > 0);
    expect(await inParallel(5, () => knock())).toEqual(Array.from({ length: 5 }, () => 503));
    expect(await knock(late)).toBe(503);
    const tookMs = Date.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(4_000);
    expect(tookMs).toBeLessThan(10_000);
    await held;
    await eventually('the delivery that comes again is taken', async () => (await knock(late)) === 200);
    const rows = await db
      .select()
      .from(inbox)
      .where(sql`event_id = ${late.id}`);
    expect(rows).toHaveLength(1);
    expect(acknowledged.length).toBeGreaterThanOrEqual(2);
    expect(await lost()).toEqual([]);
  });

  async function locksOnInbox(): Promise<number> {
    const rows = await database.db.execute(
      sql`select from pg_locks where relation = 'inbox'::regclass and mode = 'ExclusiveLock' and granted`,
    );
    return rows.length;
  }
});
