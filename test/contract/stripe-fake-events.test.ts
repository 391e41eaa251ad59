import type Stripe from 'stripe';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import { createStripeVerifier } from '../../src/adapters/stripe/webhook.js';
import type { EventCheck } from '../../src/ports/billing.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { startReceiver, type Receiver } from '../support/stripe-mock/receiver.js';

const secret = 'whsec_of_the_test';
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type World = {
  readonly fake: StripeFake;
  readonly stripe: Stripe;
  readonly receiver: Receiver;
  /** The one endpoint, for every event. */
  readonly endpoint: string;
  control<T>(path: string, body: unknown): Promise<T>;
};

async function open(): Promise<World> {
  const fake = await startStripeFake({ port: 0, webhookSecret: secret, deliveryRetryMs: [] });
  cleanups.push(() => fake.close());
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const stripe = createStripeClient({ secretKey: fake.key, apiBase: fake.base });
  const { id } = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
  const control = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(`${fake.base}/_fake${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${fake.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
  return { fake, stripe, receiver, endpoint: id, control };
}

/** What the verifier says of each delivery, once so many have come. */
async function checked({ receiver }: World, count: number): Promise<readonly EventCheck[]> {
  await vi.waitFor(() => expect(receiver.deliveries.length).toBeGreaterThanOrEqual(count));
  const { verify } = createStripeVerifier({ secrets: [{ secret, until: null }], toleranceMs: 300_000 });
  return receiver.deliveries.map(({ body, signature }) => verify(body, signature, Date.now()));
}

describe('a thin event destination', () => {
  it('gets thin events that Stripe’s package reads, signed as ever', async () => {
    const world = await open();
    await world.control(`/webhook_endpoints/${world.endpoint}`, { payload: 'thin' });
    const { id } = await world.stripe.customers.create({});
    await checked(world, 1);
    const [{ body, signature } = { body: new Uint8Array(), signature: '' }] = world.receiver.deliveries;
    const text = Buffer.from(body).toString('utf8');
    expect(world.stripe.parseEventNotification(text, signature ?? '', secret)).toMatchObject({
      type: 'v1.customer.created',
      related_object: { id, type: 'customer', url: `/v1/customers/${id}` },
    });
    expect(text).not.toContain('"data"');
  });

  it('is taken under the id of the snapshot event, of which Stripe’s list tells', async () => {
    const world = await open();
    await world.control(`/webhook_endpoints/${world.endpoint}`, { payload: 'thin' });
    const customer = await world.stripe.customers.create({});
    const [check] = await checked(world, 1);
    const [snapshot] = (await world.stripe.events.list({ type: 'customer.created' })).data;
    expect(check).toMatchObject({
      accepted: true,
      event: { id: snapshot?.id, type: 'customer.created', customer: customer.id, livemode: false },
    });
  });

  it('tells of an object by its path, at which its customer is found', async () => {
    const world = await open();
    await world.control(`/webhook_endpoints/${world.endpoint}`, { payload: 'thin' });
    const customer = await world.stripe.customers.create({});
    const { id } = await world.stripe.invoices.create({ customer: customer.id });
    const checks = await checked(world, 2);
    const told = checks.map((check) => (check.accepted ? check.event : null));
    const invoice = told.find((event) => event?.type === 'invoice.created');
    expect(invoice).toMatchObject({ customer: null, invoice: id, related: `/v1/invoices/${id}` });
    expect(await createStripeEvents(world.stripe).customerOf(invoice?.related ?? '')).toBe(customer.id);
  });

  it('sends the same thin event again, not another', async () => {
    const world = await open();
    await world.control(`/webhook_endpoints/${world.endpoint}`, { payload: 'thin' });
    await world.control('/deliveries', { duplicate: 1 });
    await world.stripe.customers.create({});
    await checked(world, 2);
    const [first, second] = world.receiver.deliveries.map(({ body }) => Buffer.from(body).toString('utf8'));
    expect(second).toBe(first);
  });
});

describe('an endpoint with another signing secret', () => {
  it('delivers what no secret of ours matches', async () => {
    const world = await open();
    await world.control(`/webhook_endpoints/${world.endpoint}`, { secret: 'whsec_of_test_mode' });
    await world.stripe.customers.create({});
    expect(await checked(world, 1)).toMatchObject([{ accepted: false, reason: 'signature_mismatch' }]);
  });
});

describe('an event that is raised by hand', () => {
  it('of the other mode, or of a connected account, is delivered and not listed', async () => {
    const world = await open();
    const { id: object } = await world.stripe.customers.create({});
    const type = 'customer.updated';
    const live = await world.control<{ id: string }>('/events', { type, object, livemode: true });
    const theirs = await world.control<{ id: string }>('/events', { type, object, account: 'acct_other' });
    const checks = await checked(world, 3);
    const told = checks.flatMap((check) => (check.accepted ? [check.event] : []));
    expect(told.find(({ id }) => id === live.id)).toMatchObject({ livemode: true, context: null });
    expect(told.find(({ id }) => id === theirs.id)).toMatchObject({ livemode: false, context: 'acct_other' });
    expect((await world.stripe.events.list({ type })).data).toEqual([]);
    expect(await createStripeEvents(world.stripe).read(live.id)).toBeNull();
  });

  it('may be of a type that the fake never raises', async () => {
    const world = await open();
    const { id: object } = await world.stripe.customers.create({});
    const type = 'radar.early_fraud_warning.created';
    const { id } = await world.control<{ id: string }>('/events', { type, object });
    expect((await world.stripe.events.list({ type })).data).toMatchObject([{ id, type }]);
  });
});
