import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import Stripe from 'stripe';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startStripeFake, type StripeFake, type StripeFakeOptions } from '../../src/stripe-fake/server.js';
import { controlFake } from '../support/stripe-control.js';

interface Receiver {
  url: string;
  received: { body: string; signature: string }[];
  /** What the next deliveries are answered with; then 200. */
  answers: number[];
  close: () => void;
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function receiver(): Promise<Receiver> {
  const received: Receiver['received'] = [];
  const answers: number[] = [];
  const app = new Hono();
  app.post('/hook', async (c) => {
    received.push({ body: await c.req.text(), signature: c.req.header('Stripe-Signature') ?? '' });
    return c.body(null, (answers.shift() ?? 200) as 200);
  });
  let server: ServerType | undefined;
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => {
      resolve(info.port);
    });
  });
  const close = (): void => void server?.close();
  cleanups.push(close);
  return { url: `http://127.0.0.1:${port}/hook`, received, answers, close };
}

const clientOf = (base: string, key = 'sk_test_fake'): Stripe =>
  new Stripe(key, {
    host: '127.0.0.1',
    port: new URL(base).port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });

async function start(
  options: Partial<StripeFakeOptions> = {},
): Promise<{ fake: StripeFake; stripe: Stripe }> {
  const fake = await startStripeFake({ port: 0, deliveryRetryMs: [20, 20, 20], ...options });
  cleanups.push(() => fake.close());
  return { fake, stripe: clientOf(fake.base) };
}

const endpointAt = (stripe: Stripe, url: string, more: Partial<Stripe.WebhookEndpointCreateParams> = {}) =>
  stripe.webhookEndpoints.create({
    url,
    enabled_events: ['customer.created', 'invoice.payment_failed'],
    ...more,
  });

describe('webhook endpoints', () => {
  it('show their secret at creation and never again', async () => {
    const { stripe } = await start();
    const made = await endpointAt(stripe, 'http://127.0.0.1:9/hook');
    expect(made.secret).toMatch(/^whsec_/);
    const read = await stripe.webhookEndpoints.retrieve(made.id);
    expect(read).toMatchObject({ status: 'enabled', url: made.url, livemode: false });
    expect(read.secret).toBeUndefined();
    const updated = await stripe.webhookEndpoints.update(made.id, { disabled: true, enabled_events: ['*'] });
    expect(updated).toMatchObject({ status: 'disabled', enabled_events: ['*'] });
    await stripe.webhookEndpoints.del(made.id);
    expect((await stripe.webhookEndpoints.list()).data).toEqual([]);
  });
});

describe('deliveries', () => {
  it('carry a signature that the stripe package accepts, and only the types that were asked for', async () => {
    const { stripe } = await start();
    const { url, received } = await receiver();
    const { secret } = await endpointAt(stripe, url);
    await stripe.products.create({ name: 'not asked for' });
    const customer = await stripe.customers.create({});
    await vi.waitFor(() => {
      expect(received).toHaveLength(1);
    });
    const event = stripe.webhooks.constructEvent(received[0]!.body, received[0]!.signature, secret!);
    expect(event).toMatchObject({ type: 'customer.created', livemode: false, pending_webhooks: 1 });
    expect(event.data.object).toMatchObject({ id: customer.id });
    expect(() =>
      stripe.webhooks.constructEvent(received[0]!.body, received[0]!.signature, 'whsec_other'),
    ).toThrow();
    await vi.waitFor(async () => {
      expect((await stripe.events.retrieve(event.id)).pending_webhooks).toBe(0);
    });
  });

  it('are tried again after a 500, and the event counts as undelivered until one arrives', async () => {
    const { stripe } = await start();
    const { url, received, answers } = await receiver();
    answers.push(500, 503);
    await endpointAt(stripe, url);
    await stripe.customers.create({});
    const undelivered = async () => (await stripe.events.list({ delivery_success: false })).data.length;
    expect(await undelivered()).toBe(1);
    await vi.waitFor(async () => {
      expect(received).toHaveLength(3);
      expect(await undelivered()).toBe(0);
    });
    expect(new Set(received.map(({ body }) => (JSON.parse(body) as { id: string }).id)).size).toBe(1);
  });

  it('that fail for good stay listed as undelivered, and can be sent again', async () => {
    const { fake, stripe } = await start({ deliveryRetryMs: [5] });
    const { url, received, answers } = await receiver();
    answers.push(404, 404);
    await endpointAt(stripe, url);
    await stripe.customers.create({});
    await vi.waitFor(() => {
      expect(received).toHaveLength(2);
    });
    const [lost] = (await stripe.events.list({ delivery_success: false, types: ['customer.created'] })).data;
    expect(lost?.pending_webhooks).toBe(1);
    await controlFake(fake, `/events/${lost!.id}/redeliver`, {});
    await vi.waitFor(async () => {
      expect(received).toHaveLength(3);
      expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
    });
  });

  it('of what was raised while the endpoint was disabled never come, though the event is listed', async () => {
    const { stripe } = await start();
    const { url, received } = await receiver();
    const endpoint = await endpointAt(stripe, url);
    await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
    await stripe.customers.create({ name: 'missed' });
    await stripe.webhookEndpoints.update(endpoint.id, { disabled: false });
    await stripe.customers.create({ name: 'seen' });
    await vi.waitFor(() => {
      expect(received).toHaveLength(1);
    });
    expect(received[0]?.body).toContain('seen');
    expect((await stripe.events.list({ type: 'customer.created' })).data).toHaveLength(2);
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
  });

  it('disable an endpoint that has failed for too long', async () => {
    const { stripe } = await start({ disableEndpointAfterMs: 30, deliveryRetryMs: [20, 20, 20, 20] });
    const { url, answers } = await receiver();
    answers.push(404, 404, 404, 404, 404);
    const { id } = await endpointAt(stripe, url);
    await stripe.customers.create({});
    await vi.waitFor(async () => {
      expect((await stripe.webhookEndpoints.retrieve(id)).status).toBe('disabled');
    });
  });

  it('come in the older shape to an endpoint of an older API version', async () => {
    const { fake, stripe } = await start();
    const { url, received } = await receiver();
    await endpointAt(stripe, url, { api_version: '2024-06-20', enabled_events: ['invoice.payment_failed'] });
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 500,
      recurring: { interval: 'month' },
      product_data: { name: 'P' },
    });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: method.id,
    });
    await controlFake(fake, `/customers/${customer.id}/fail-invoice`, { amount: 500, currency: 'usd' });
    await vi.waitFor(() => {
      expect(received).toHaveLength(1);
    });
    const old = JSON.parse(received[0]!.body) as {
      api_version: string;
      data: { object: Record<string, unknown> };
    };
    expect(old.api_version).toBe('2024-06-20');
    expect(old.data.object).toMatchObject({ subscription: subscription.id, paid: false });
    expect(old.data.object).not.toHaveProperty('parent');
    expect(old.data.object['charge']).toMatch(/^ch_/);
    const intent = await stripe.paymentIntents.retrieve(old.data.object['payment_intent'] as string);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    });
  });

  it('are doubled, lost with and without Stripe knowing, as the faults say', async () => {
    const { fake, stripe } = await start();
    const { url, received } = await receiver();
    await endpointAt(stripe, url);
    await controlFake(fake, '/deliveries', { duplicate: 1 });
    await stripe.customers.create({});
    await vi.waitFor(() => {
      expect(received).toHaveLength(2);
    });
    await controlFake(fake, '/deliveries', { drop: 1 });
    await stripe.customers.create({});
    await controlFake(fake, '/deliveries', { swallow: 1 });
    await stripe.customers.create({});
    await vi.waitFor(async () => {
      expect(
        (await stripe.events.list({ delivery_success: true, type: 'customer.created' })).data,
      ).toHaveLength(2);
    });
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1);
    expect(received).toHaveLength(2);
  });
});

describe('the state file', () => {
  it('brings back objects, the clock and pending deliveries after a kill', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'stripe-fake-'));
    const options = {
      port: 0,
      stateFile: join(directory, 'state', 'stripe.json'),
      deliveryRetryMs: [300, 300, 300],
    };
    const launch = async () => {
      const main = join(import.meta.dirname, '../../src/stripe-fake/main.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', main, JSON.stringify(options)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanups.push(() => child.kill('SIGKILL'));
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      return { child, base: (JSON.parse(line.toString()) as { base: string }).base };
    };
    const { url, received, answers } = await receiver();
    answers.push(500);
    const first = await launch();
    const before = clientOf(first.base);
    const { secret } = await endpointAt(before, url);
    const headers = { Authorization: 'Bearer sk_test_fake' };
    const body = JSON.stringify({ ms: 86_400_000 });
    await fetch(`${first.base}/_fake/clock/advance`, { method: 'POST', headers, body });
    const customer = await before.customers.create({ email: 'kept@example.com' }, { idempotencyKey: 'k' });
    await vi.waitFor(() => {
      expect(received).toHaveLength(1);
    });
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await launch();
    const after = clientOf(second.base);
    expect(await after.customers.retrieve(customer.id)).toMatchObject({ email: 'kept@example.com' });
    expect((await after.customers.create({ email: 'kept@example.com' }, { idempotencyKey: 'k' })).id).toBe(
      customer.id,
    );
    expect(customer.created * 1_000).toBeGreaterThan(Date.now() + 80_000_000);
    await vi.waitFor(() => {
      expect(received.length).toBeGreaterThan(1);
    });
    const { body: again, signature } = received.at(-1)!;
    expect(after.webhooks.constructEvent(again, signature, secret!).data.object).toMatchObject({
      id: customer.id,
    });
    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
  });
});
