import type Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryEvents } from '../../src/adapters/memory/events.js';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import { asCustomerId } from '../../src/domain/ids.js';
import { SECOND_MS } from '../../src/domain/time.js';
import type { EventEndpoint } from '../../src/ports/events.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { aBillingEvent } from '../support/billing-event.js';
import { eventsKeepTheirWord, type EventsWorld } from '../support/events.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('events in memory', () => {
  eventsKeepTheirWord(() => Promise.resolve(openMemoryWorld()));

  it('stop in the middle of a list when they are told to', async () => {
    const events = createMemoryEvents();
    ['evt_1', 'evt_2', 'evt_3'].forEach((id) => events.raise(aBillingEvent({ id })));
    events.failWith('BILLING_UNAVAILABLE', 2);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { event } of events.list({ since: 0 })) seen.push(event?.id ?? 'unreadable');
    })();
    await expect(reading).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    expect(seen).toEqual(['evt_3', 'evt_2']);
  });

  it('have one that was spoilt in its place among the others, until it is mended or gone', async () => {
    const events = createMemoryEvents();
    ['evt_1', 'evt_2', 'evt_3'].forEach((id) => events.raise(aBillingEvent({ id })));
    const ids = async () => {
      const listed: (string | null)[] = [];
      for await (const one of events.list({ since: 0 })) listed.push(one.event?.id ?? null);
      return listed;
    };
    events.spoil('evt_2', 'it is odd');
    expect(await ids()).toEqual(['evt_3', null, 'evt_1']);
    expect(await events.read('evt_2')).toMatchObject({ event: null, id: 'evt_2', why: 'it is odd' });
    events.spoil('evt_2', null);
    expect(await ids()).toEqual(['evt_3', 'evt_2', 'evt_1']);
    events.drop('evt_2');
    expect(await ids()).toEqual(['evt_3', 'evt_1']);
    expect(await events.read('evt_2')).toBeNull();
  });
});

describe('events at Stripe', () => {
  eventsKeepTheirWord(openStripeWorld);
});

function openMemoryWorld(): EventsWorld {
  const [events, refused] = [createMemoryEvents(), createMemoryEvents()];
  refused.failWith('BILLING_REFUSED');
  let at = Date.UTC(2026, 10, 2, 9);
  let count = 0;
  let endpoints: readonly EventEndpoint[] = [];
  const soon = (happens: () => void) => {
    happens();
    return Promise.resolve();
  };
  const setEndpoints = (next: readonly EventEndpoint[]) => events.setEndpoints((endpoints = next));
  return {
    events,
    refused,
    raise(delivered) {
      const id = `evt_${(count += 1)}`;
      events.raise(aBillingEvent({ id, type: 'customer.created', createdAt: at }), delivered);
      return Promise.resolve({ id, createdAt: at });
    },
    pass: (ms) => soon(() => (at += ms)),
    addEndpoint(url, types) {
      const id = `we_${endpoints.length}`;
      const made = { id, url, enabled: true, types, apiVersion: null, livemode: false };
      setEndpoints([...endpoints, made]);
      return Promise.resolve(made);
    },
    disable: ({ id }) =>
      soon(() => setEndpoints(endpoints.map((one) => (one.id === id ? { ...one, enabled: false } : one)))),
    own() {
      const owned = { path: '/v1/invoices/in_1', customer: asCustomerId('cus_1') };
      events.own(owned.path, owned.customer);
      return Promise.resolve(owned);
    },
    failNext: () => soon(() => events.failWith('BILLING_UNAVAILABLE')),
  };
}

async function openStripeWorld(): Promise<EventsWorld> {
  const fake = await startStripeFake({ port: 0, deliveryRetryMs: [] });
  cleanups.push(() => fake.close());
  const stripe = createStripeClient({ secretKey: fake.key, apiBase: fake.base });
  const other = createStripeClient({ secretKey: 'sk_test_other', apiBase: fake.base });
  return {
    events: createStripeEvents(stripe),
    refused: createStripeEvents(other),
    async raise(delivered) {
      // An event that is meant for nobody counts as delivered; nobody listens at this endpoint's address.
      const nobody = paramsOf('http://127.0.0.1:9/hook', ['customer.created']);
      const endpoint = delivered ? null : await stripe.webhookEndpoints.create(nobody);
      const customer = await stripe.customers.create({});
      const made = (await stripe.events.list({ type: 'customer.created', limit: 100 })).data.find(
        ({ data }) => (data.object as { id?: string }).id === customer.id,
      );
      if (endpoint !== null) await stripe.webhookEndpoints.del(endpoint.id);
      if (made === undefined) throw new Error('no event tells of the customer');
      return { id: made.id, createdAt: made.created * SECOND_MS };
    },
    pass: (ms) => control(fake, '/clock/advance', { ms }),
    async addEndpoint(url, types) {
      const { id } = await stripe.webhookEndpoints.create(paramsOf(url, types));
      return { id, url, enabled: true, types, apiVersion: null, livemode: false };
    },
    async disable({ id }) {
      await stripe.webhookEndpoints.update(id, { disabled: true });
    },
    async own() {
      const customer = asCustomerId((await stripe.customers.create({})).id);
      const { id } = await stripe.invoices.create({ customer });
      return { path: `/v1/invoices/${id}`, customer };
    },
    failNext: () => control(fake, '/faults', { status: 500, count: 1 }),
  };
}

const paramsOf = (url: string, types: readonly string[]): Stripe.WebhookEndpointCreateParams => ({
  url,
  enabled_events: types as Stripe.WebhookEndpointCreateParams.EnabledEvent[],
});

async function control(fake: StripeFake, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${fake.base}/_fake${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${fake.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}
