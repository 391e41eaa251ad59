import { serve, type ServerType } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEvents } from '../../src/adapters/memory/events.js';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import { fingerprintOf } from '../../src/adapters/stripe/secrets.js';
import { missingOf } from '../../src/cli/doctor/intake.js';
import { lastBySecret } from '../../src/db/queries/intake.js';
import { eventIds, inbox } from '../../src/db/schema.js';
import { createApp } from '../../src/http/app.js';
import type { Intake } from '../../src/http/webhooks/intake.js';
import { isReadable, type ListedEvent } from '../../src/ports/events.js';
import { noIntakeMeter } from '../../src/ports/meters.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { takeIn } from '../../src/watch/take-in.js';
import { aBillingEvent } from '../support/billing-event.js';
import { eventually } from '../support/dev-eventually.js';
import { anIntake } from '../support/intake.js';
import { controlFake } from '../support/stripe-control.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

const secrets = ['whsec_of_the_snapshots', 'whsec_of_the_thin_ones'] as const;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let stack: TestDatabase;
let fake: StripeFake;
let stripe: Stripe;
let intake: Intake;
let server: ServerType;
let url: string;
let outcomes: string[] = [];

beforeAll(async () => {
  stack = await startDatabase('stripe-side');
  fake = await startStripeFake({ port: 0 });
  stripe = createStripeClient({ secretKey: fake.key, apiBase: fake.base });
  const meter = {
    ...noIntakeMeter,
    committed: (_: string, outcome: string) => void outcomes.push(outcome),
    refused: (reason: string) => void outcomes.push(reason),
  };
  intake = anIntake(stack.database.db, secrets, { meter });
  const app = createApp({ logger: silent, intake, checks: {} });
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => resolve(info.port));
  });
  url = `http://127.0.0.1:${port}/webhooks/stripe`;
});
afterAll(async () => {
  await fake.close();
  await new Promise((resolve) => server.close(resolve));
  await intake.refusals.stop();
  await stack.end();
});
beforeEach(async () => {
  outcomes = [];
  for (const { id } of (await stripe.webhookEndpoints.list()).data) await stripe.webhookEndpoints.del(id);
  await stack.database.db.delete(inbox);
  await stack.database.db.delete(eventIds);
});

const rows = () => stack.database.db.select().from(inbox).orderBy(inbox.seq);
const settled = (count: number) => eventually(`${count} deliveries`, () => outcomes.length >= count);

async function endpoint(types: string[], wanted: { payload?: 'thin'; secret: string }): Promise<void> {
  const { id } = await stripe.webhookEndpoints.create({
    url,
    enabled_events: types as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
  });
  await control(`/webhook_endpoints/${id}`, wanted);
}

const control = (path: string, body: unknown) => controlFake(fake, path, body);

describe('a thin and a snapshot delivery of the same event', () => {
  it('are one row, under the id of the snapshot', async () => {
    await endpoint(['customer.updated'], { secret: secrets[0] });
    await endpoint(['customer.updated'], { secret: secrets[1], payload: 'thin' });
    const { id: customer } = await stripe.customers.create({});
    await stripe.customers.update(customer, { name: 'Ada' });
    await settled(2);
    expect(outcomes.sort()).toEqual(['duplicate', 'new']);
    const [listed] = (await stripe.events.list({ type: 'customer.updated' })).data;
    expect(await rows()).toMatchObject([
      { eventId: listed?.id, type: 'customer.updated', customer, state: 'pending' },
    ]);
  });
});

describe('an event of the other mode or of a connected account', () => {
  it('is kept, ignored, and refused to nobody', async () => {
    await endpoint(['customer.updated'], { secret: secrets[0] });
    const { id: object } = await stripe.customers.create({});
    await control('/events', { type: 'customer.updated', object, livemode: true });
    await control('/events', { type: 'customer.updated', object, account: 'acct_other' });
    await settled(2);
    expect(outcomes).toEqual(['ignored', 'ignored']);
    expect((await rows()).map(({ state }) => state)).toEqual(['ignored', 'ignored']);
  });
});

describe('the doctor', () => {
  it('knows by which secret an event last came', async () => {
    await endpoint(['customer.updated'], { secret: secrets[1] });
    const { id } = await stripe.customers.create({});
    await stripe.customers.update(id, { name: 'Ada' });
    await settled(1);
    const last = await lastBySecret(stack.database.db, 7);
    expect([...last.keys()]).toEqual([fingerprintOf(secrets[1])]);
    expect(Math.abs(Date.now() - (last.get(fingerprintOf(secrets[1]))?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  const look = () => missingOf(stack.database.db, createStripeEvents(stripe), Date.now() + 600_000);

  it('finds what Stripe has and we have not, and says how to fetch it', async () => {
    const { id } = await stripe.customers.create({});
    for (const name of ['Ada', 'Bea', 'Cia']) await stripe.customers.update(id, { name });
    const listed: ListedEvent[] = [];
    for await (const one of createStripeEvents(stripe).list({ since: 0 }))
      if (isReadable(one)) listed.push(one);
    const ours = { livemode: false, account: null };
    await takeIn({ db: stack.database.db, ours, source: 'replay' }, listed);
    expect(await look()).toMatchObject({ part: 'missing events', state: 'ok' });
    const lost = (await rows()).find(({ type }) => type === 'customer.updated');
    await stack.database.db.delete(eventIds).where(eq(eventIds.eventId, lost?.eventId ?? ''));
    const found = await look();
    expect(found).toMatchObject({
      state: 'broken',
      text: expect.stringMatching(/^1 of Stripe’s newest \d+ are not here/) as string,
      remedy: expect.stringMatching(/^forbear replay --since \d{4}-/) as string,
    });
  });

  it('EC-9 names what of Stripe’s newest can’t be read, rather than that all are here', async () => {
    const events = createMemoryEvents();
    events.raise(aBillingEvent({ id: 'evt_odd' }));
    events.spoil('evt_odd', 'it is odd');
    events.raise(aBillingEvent({ id: 'evt_of_another_type', type: 'customer.discount.created' }));
    events.spoil('evt_of_another_type', 'it is odd');
    const now = Date.UTC(2026, 10, 2, 10);
    expect(await missingOf(stack.database.db, events, now)).toMatchObject({
      part: 'missing events',
      state: 'warning',
      text: '1 of Stripe’s newest can’t be read: evt_odd (it is odd)',
    });
  });

  it('knows that it was not told, where the key may not read events', async () => {
    const other = createStripeClient({ secretKey: 'rk_test_without_the_right', apiBase: fake.base });
    const found = await missingOf(stack.database.db, createStripeEvents(other), Date.now());
    expect(found).toMatchObject({ part: 'missing events', state: 'unknown' });
  });
});
