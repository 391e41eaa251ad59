import { expect } from 'vitest';
import { createStripeBilling } from '../../../src/adapters/stripe/billing.js';
import { createStripeClient } from '../../../src/adapters/stripe/client.js';
import { createStripeEvents } from '../../../src/adapters/stripe/events.js';
import { asCustomerId } from '../../../src/domain/ids.js';
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.js';
import type { Billing } from '../../../src/ports/billing.js';
import type { BillingEvents } from '../../../src/ports/events.js';
import { oneOff, type StripeWorld } from '../billing-stripe.js';
import { startRecorder, type Exchange, type Recorder } from './recorder.js';

type Tour = {
  readonly world: StripeWorld;
  readonly recorder: Recorder;
  readonly billing: Billing;
  readonly events: BillingEvents;
};

const refused = { code: 'BILLING_REFUSED' };
const unavailable = { code: 'BILLING_UNAVAILABLE' };

/** Has the Stripe adapter send every request that it can send, and returns them with the answers of the fake. */
export async function tourAdapter(world: StripeWorld): Promise<readonly Exchange[]> {
  const recorder = await startRecorder(world.fake.base);
  const stripe = createStripeClient({ secretKey: world.fake.key, apiBase: recorder.base });
  const billing = createStripeBilling(stripe, 'org', Date.now);
  const tour = { world, recorder, billing, events: createStripeEvents(stripe) };
  try {
    await readCustomers(tour);
    await readDebts(tour);
    await charge(tour);
    await endCollections(tour);
    await askForEvents(tour);
    await failToAsk(tour);
    return recorder.exchanges;
  } finally {
    await recorder.close();
  }
}

async function readCustomers({ world, billing }: Tour): Promise<void> {
  await billing.ping();
  const { customer } = await world.debtor();
  expect(await billing.readCustomer(customer)).toMatchObject({ account: 'acme' });
  expect(await billing.readCustomer(asCustomerId('cus_missing'))).toBeNull();
  await world.removeCustomer(customer);
  expect(await billing.readCustomer(customer)).toBeNull();
  expect(await billing.readStanding([customer])).toMatchObject({ complete: false });
}

/** Debts in every state, read whole, page by page, and with references where objects were asked for. */
async function readDebts({ world, billing, recorder }: Tour): Promise<void> {
  const debtor = await world.debtor();
  const { customer, subscription, invoice } = debtor;
  await world.giveCredit(customer, { currency: 'usd', amountMinor: 500 });
  await world.control(`/customers/${customer}/cash`, { amount: 700, currency: 'usd' });
  await world.payPart(invoice, 1_000);
  await world.credit(invoice, 300);
  await world.leaveStuckDraft(customer);
  const bill = { amount: 900, currency: 'usd' };
  const writtenOff = await world.control<{ id: string }>(`/customers/${customer}/fail-invoice`, bill);
  await world.stripe.invoices.markUncollectible(writtenOff.id);
  const items = (await world.stripe.subscriptions.retrieve(subscription)).items.data;
  await world.stripe.subscriptions.create({ customer, items: [{ price: items[0]?.price.id ?? '' }] });
  await world.changeMethod(debtor, 'declined');
  await world.stripe.invoices.pay(invoice).catch(() => undefined);
  await world.needConfirmation(invoice);
  expect(await billing.readStanding([customer])).toMatchObject({ complete: true });
  const sent = await oneOff(world, { collection_method: 'send_invoice', days_until_due: 14 });
  expect(await billing.readStanding([sent.customer])).toMatchObject({ complete: true });
  recorder.pageSize = 1;
  await world.leaveStuckDraft(customer);
  await world.control(`/customers/${customer}/fail-invoice`, bill);
  expect(await billing.readStanding([customer])).toMatchObject({ complete: true });
  recorder.pageSize = null;
  recorder.amend = (answer) => withReferences(answer);
  expect(await billing.readStanding([customer])).toMatchObject({ complete: true });
  recorder.amend = (answer) => answer;
}

/** What Stripe may do at any time: an id where the object was asked for. */
function withReferences(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
    key === 'payment_intent' && typeof value === 'object' && value !== null && 'id' in value
      ? value.id
      : value,
  );
}

async function charge({ world, billing }: Tour): Promise<void> {
  for (const result of ['declined', 'unconfirmed', 'processing', 'paid'] as const) {
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, result);
    expect(await billing.pay({ invoice: debtor.invoice, method }, `key-${result}`)).toBe(result);
    expect(await billing.readStanding([debtor.customer])).toMatchObject({ complete: true });
  }
  const { invoice, customer } = await world.debtor();
  // A card from before there were payment methods; the fake has got none of them.
  expect(await billing.pay({ invoice, method: 'card_1' }, 'key-source')).toBe('declined');
  const inactive = await world.stripe.paymentMethods.attach('pm_usBankAccount_mandateInactive', { customer });
  expect(await billing.pay({ invoice, method: inactive.id }, 'key-mandate')).toBe('declined');
  await expect(billing.pay({ invoice, method: 'pm_other' }, 'key-paid')).rejects.toMatchObject(refused);
}

async function endCollections({ world, billing }: Tour): Promise<void> {
  for (const how of ['pause', 'cancel', 'cancel'] as const) {
    const { subscription } = await world.debtor();
    await billing.endCollection([subscription], how);
    // The second time it is over already, which has to be looked up.
    if (how === 'cancel') await billing.endCollection([subscription], how);
  }
}

async function askForEvents({ world, recorder, events }: Tour): Promise<void> {
  const { invoice, customer } = await world.debtor();
  const until = Date.now() + HOUR_MS;
  recorder.pageSize = 1;
  const seen: string[] = [];
  for await (const { event } of events.list({ since: until - DAY_MS, until })) {
    seen.push(event?.id ?? 'unreadable');
    if (seen.length === 2) break;
  }
  recorder.pageSize = null;
  const owed = events.list({ since: 0, undelivered: true })[Symbol.asyncIterator]();
  expect(await owed.next()).toMatchObject({ done: true });
  const [first = ''] = seen;
  expect(await events.read(first)).toMatchObject({ event: { id: first } });
  expect(await events.read('evt_missing')).toBeNull();
  await world.stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9', enabled_events: ['*'] });
  const [endpoint] = await events.endpoints();
  await world.stripe.webhookEndpoints.del(endpoint?.id ?? '');
  expect(await events.customerOf(`/v1/invoices/${invoice}`)).toBe(customer);
}

async function failToAsk({ world, billing }: Tour): Promise<void> {
  for (const status of [429, 500]) {
    await world.control('/faults', { path: 'GET /v1/customers', status, count: 1 });
    await expect(billing.ping()).rejects.toMatchObject(unavailable);
  }
}
