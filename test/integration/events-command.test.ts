import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStripeClient } from '../../src/adapters/stripe/client.js';
import { eventsCommand } from '../../src/cli/events.js';
import { storeEvents } from '../../src/db/queries/inbox.js';
import { typesAskedFor } from '../../src/dispatcher/classify.js';
import { startStripeFake, type StripeFake } from '../../src/stripe-fake/server.js';
import { aBillingEvent } from '../support/billing-event.js';
import { forbearHere } from '../support/cli.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

type Row = {
  readonly type: string;
  readonly kind: string;
  readonly sent: boolean | null;
  readonly came: number;
};

let stack: TestDatabase;
let fake: StripeFake;

beforeAll(async () => {
  stack = await startDatabase('events-command');
  fake = await startStripeFake({ port: 0 });
});
afterAll(async () => {
  await fake.close();
  await stack.end();
});

const run = (args: readonly string[] = [], base = fake.base) =>
  forbearHere(eventsCommand(), ['events', ...args], {
    DATABASE_URL: stack.url,
    STRIPE_SECRET_KEY: fake.key,
    STRIPE_API_BASE: base,
    FORBEAR_PUBLIC_URL: 'https://forbear.example',
  });
const rowsIn = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

describe('SUB-4 forbear events', () => {
  it('says of every type what becomes of it, whether it is sent, and how many came', async () => {
    const stripe = createStripeClient({ secretKey: fake.key, apiBase: fake.base });
    const endpoint = await stripe.webhookEndpoints.create({
      url: 'https://forbear.example/webhooks/stripe',
      enabled_events: ['invoice.paid', 'invoice.created', 'charge.succeeded'],
    });
    const payload = new TextEncoder().encode('{}');
    const arrivals = [
      aBillingEvent({ id: 'evt_1', type: 'invoice.paid' }),
      aBillingEvent({ id: 'evt_2', type: 'invoice.paid' }),
      aBillingEvent({ id: 'evt_3', type: 'price.created' }),
    ].map((event) => ({ event, payload, state: 'pending', source: 'webhook', secret: null }) as const);
    await storeEvents(stack.database.db, arrivals);
    const { code, out, err } = await run(['--json']);
    expect(code).toBe(0);
    const rows = rowsIn(out);
    expect(rows.map(({ type }) => type)).toEqual([
      ...typesAskedFor,
      'invoice.created',
      'charge.succeeded',
      'price.created',
    ]);
    const byType = Object.fromEntries(rows.map((row) => [row.type, row]));
    expect(byType).toMatchObject({
      'invoice.paid': { kind: 'handled', signal: 'paymentSucceeded', sent: true, came: 2 },
      'charge.refunded': { kind: 'recorded', signal: null, sent: false, came: 0 },
      'invoice.created': { kind: 'unwanted', sent: true },
      'charge.succeeded': { kind: 'ignored', sent: true, came: 0 },
      'price.created': { kind: 'ignored', sent: false, came: 1 },
    });
    expect(err).toMatch(/invoice\.created.*72 h/);
    await stripe.webhookEndpoints.del(endpoint.id);
  });

  it('warns of an endpoint that sends everything, in words below the table', async () => {
    const stripe = createStripeClient({ secretKey: fake.key, apiBase: fake.base });
    const url = 'https://forbear.example/webhooks/stripe';
    const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    const { out } = await run();
    expect(out).toMatch(/\* +│ NOT WANTED/);
    expect(out).toMatch(/every type \(\*\).*72 h/);
    await stripe.webhookEndpoints.del(endpoint.id);
  });

  it('says plainly when Stripe can’t be asked, and what came all the same', async () => {
    const { code, out } = await run([], 'http://127.0.0.1:1');
    expect(code).toBe(0);
    expect(out).toMatch(/invoice\.paid +│ signal paymentSucceeded +│ \? +│ 2 /);
    expect(out).toContain('What Stripe sends could not be asked: Stripe: listing webhook endpoints failed');
  });
});
