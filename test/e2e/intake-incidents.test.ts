import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { openDatabase, type Database } from '../../src/db/client.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { alerts, eventIds, inbox, intakeWatch, rejectedDeliveries } from '../../src/db/schema.js';
import { typesAskedFor } from '../../src/dispatcher/classify.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { forbear, forbearServe, type Serving } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { startFrontDoor } from '../support/front-door.js';
import { startOnCall } from '../support/on-call.js';
import { controlFake } from '../support/stripe-control.js';
import { newId } from '../support/stack-events.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { prepareServers, type TestServers } from '../support/stack-servers.js';

// Three incidents from the field, each with its alarm and its recovery: what took others days and months takes minutes.
// The watch looks every two seconds here, instead of every five minutes.
const watchSeconds = 2;
const secret = 'whsec_of_the_live_endpoint';
const path = '/webhooks/stripe';

let folder: ReturnType<typeof makeTestFolder>;
let servers: TestServers;
let database: Database;

let stripe: StripeFake;
let door: Awaited<ReturnType<typeof startFrontDoor>>;
let onCall: Awaited<ReturnType<typeof startOnCall>>;
let api: Serving | null;
let customer: string;

beforeAll(async () => {
  folder = makeTestFolder('incidents');
  servers = await prepareServers(folder.path);
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  database = openDatabase(servers.postgres.url);
});
afterAll(async () => {
  await database.close();
  await Promise.all([servers.temporal.down(), servers.postgres.down()]);
  folder.remove();
});

beforeEach(async () => {
  for (const table of [inbox, eventIds, intakeWatch, rejectedDeliveries, alerts])
    await database.db.delete(table);
  stripe = await startStripeFake({ port: 0, webhookSecret: secret, deliveryRetryMs: [500, 500] });
  door = await startFrontDoor();
  onCall = await startOnCall(folder.path);
  api = null;
  customer = (await client().customers.create({ name: 'Acme' })).id;
  const ref = newId('app');
  await addAccount(database.db, { ref, name: 'Acme', contacts: [], customers: [asCustomerId(customer)] });
});
afterEach(async () => {
  await api?.stop();
  await stripe.close();
  await door.close();
  await onCall.close();
});

const settings = (webhookSecret: string) => ({
  DATABASE_URL: servers.postgres.url,
  TEMPORAL_ADDRESS: servers.temporal.address,
  STRIPE_SECRET_KEY: stripe.key,
  STRIPE_API_BASE: stripe.base,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  FORBEAR_PORT: '0',
  FORBEAR_WEBHOOK_URL: `${door.url}${path}`,
  FORBEAR_WATCH_SECONDS: String(watchSeconds),
  ...onCall.settings,
});

/** Starts the api, and lets the door lead to it. */
async function serveWith(webhookSecret: string): Promise<void> {
  await api?.stop();
  api = await forbearServe(settings(webhookSecret));
  door.leadTo(api.url);
}

const client = () => createStripeClient({ secretKey: stripe.key, apiBase: stripe.base });
const endpoints = () => client().webhookEndpoints;

const makeEndpoint = () =>
  endpoints().create({ url: `${door.url}${path}`, enabled_events: [...typesAskedFor] as never[] });

/** Renewals that fail: what Forbear is there for. Returns the ids of the events. */
async function renewalsFail(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const event = { type: 'invoice.payment_failed', object: customer };
    ids.push(((await controlFake(stripe, '/events', event)) as { id: string }).id);
  }
  return ids;
}

const hears = (type: 'alert.firing' | 'alert.resolved', key: string, withinMs = 30_000) =>
  eventually(`on-call hears of ${key} (${type})`, () => onCall.heard(type, key) ?? null, withinMs);

/** Every one of these events has reached its account's workflow, however it came. */
const dispatched = (ids: readonly string[], source: 'watch' | 'webhook') =>
  eventually(
    'every event is dispatched',
    async () => {
      const rows = await database.db.select().from(inbox);
      const done = rows.filter((row) => row.state === 'dispatched' && row.source === source);
      return ids.every((id) => done.some(({ eventId }) => eventId === id));
    },
    40_000,
  );

describe('P-10 IN-1 a test-mode secret in production', () => {
  it('is never answered 2xx, pages within seconds, loses nothing, and is over with the right secret', async () => {
    await serveWith('whsec_of_the_test_endpoint');
    await makeEndpoint();
    const lost = await renewalsFail(3);
    const page = await hears('alert.firing', 'wrong_secret');
    expect(page.data).toMatchObject({ severity: 'page' });
    expect(page.data.remedy).toContain('STRIPE_WEBHOOK_SECRET');
    await dispatched(lost, 'watch');
    expect(door.statuses.filter((status) => status >= 200 && status < 300)).toEqual([]);
    expect(door.statuses).toContain(400);

    await serveWith(secret);
    await dispatched(await renewalsFail(1), 'webhook');
    await hears('alert.resolved', 'wrong_secret');
  });
});

describe('P-10 IN-2 the route has moved', () => {
  it('pages within a round, again when Stripe disables the endpoint, fetches 47 lost renewals, and is over when it is back', async () => {
    await serveWith(secret);
    const endpoint = await makeEndpoint();
    await dispatched(await renewalsFail(1), 'webhook');

    door.leadTo(null);
    const lost = await renewalsFail(47);
    const page = await hears('alert.firing', 'way_in');
    expect(page.data.title).toContain('404');
    expect(page.data.remedy).toContain('FORBEAR_WEBHOOK_ALIASES');
    await hears('alert.firing', 'events_missing');
    await dispatched(lost, 'watch');
    await endpoints().update(endpoint.id, { disabled: true });
    await hears('alert.firing', 'endpoint_disabled');
    const unsent = await renewalsFail(2);
    await dispatched(unsent, 'watch');

    door.leadTo(api!.url);
    await hears('alert.resolved', 'way_in');
    await endpoints().update(endpoint.id, { disabled: false });
    await hears('alert.resolved', 'endpoint_disabled');
    await dispatched(await renewalsFail(1), 'webhook');
    await hears('alert.resolved', 'events_missing');
    expect(onCall.told.filter(({ data }) => data.key === 'way_in')).toHaveLength(2);
  });
});

describe('P-10 IN-3 the live endpoint was never set up', () => {
  it('is said at the start and by doctor with what to do, events come all the same, and doing it ends it', async () => {
    await serveWith(secret);
    const page = await hears('alert.firing', 'endpoint_missing');
    expect(page.data.severity).toBe('page');
    for (const part of [`${door.url}${path}`, ...typesAskedFor]) expect(page.data.remedy).toContain(part);
    const doctor = await forbear(['doctor', '--json'], settings(secret));
    expect(doctor.out).toContain('stripe webhook_endpoints create');
    expect(doctor.code).toBe(1);
    await dispatched(await renewalsFail(2), 'watch');

    await makeEndpoint();
    await hears('alert.resolved', 'endpoint_missing');
    await dispatched(await renewalsFail(1), 'webhook');
  });
});
