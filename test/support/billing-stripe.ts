import Stripe from 'stripe';
import { expect } from 'vitest';
import { createStripeBilling } from '../../src/adapters/stripe/billing.js';
import { idOf } from '../../src/adapters/stripe/lists.js';
import { asCustomerId, asInvoiceId, asSubscriptionId, type CustomerId } from '../../src/domain/ids.js';
import { startStripeFake, type StripeFakeOptions } from '../../src/stripe-fake/server.js';
import type { ChargeResult } from '../../src/ports/billing.js';
import { adapterRequests } from '../contract/stripe-mock/requests.js';
import type { BillingWorld, Debtor } from './billing.js';
import { unlisted } from './stripe-mock/sent.js';

export type StripeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
};

/** What a test may do to the traffic between the adapter and the fake. */
export type Traffic = {
  /** Every request of the adapter, in order. */
  readonly requests: StripeRequest[];
  /** Instead of the fake: an answer, or `null` to let the fake answer. */
  answer: (request: StripeRequest) => Response | null;
  /** Changes what the fake has answered. */
  amend: (request: StripeRequest, body: Record<string, unknown>) => void;
  /** Lets every list come in pages of one row. */
  smallPages: boolean;
};

export type StripeWorld = BillingWorld & {
  readonly fake: { readonly base: string; readonly key: string };
  readonly stripe: Stripe;
  readonly traffic: Traffic;
  control<T>(path: string, body: unknown): Promise<T>;
  methodFor(customer: string, result: ChargeResult): Promise<string>;
  /** Throws when the adapter has sent anything that is not held to stripe-mock, whatever became of it. */
  close(): Promise<void>;
};

const tokens: Readonly<Record<ChargeResult, string>> = {
  paid: 'pm_card_visa',
  declined: 'pm_card_chargeCustomerFail',
  processing: 'pm_usBankAccount_processing',
  unconfirmed: 'pm_card_authenticationRequired',
};

/** The Stripe adapter on a Stripe fake of its own. `timeoutMs` is how long the adapter waits for an answer. */
export async function openStripeWorld(
  options: Partial<StripeFakeOptions> = {},
  timeoutMs = 5_000,
): Promise<StripeWorld> {
  // Nothing happens by itself: a retry would charge a method that a test has only just put into its slot.
  const fake = await startStripeFake({ port: 0, retryScheduleMs: [], afterRetries: 'past_due', ...options });
  const traffic: Traffic = { requests: [], answer: () => null, amend: () => undefined, smallPages: false };
  const sent: StripeRequest[] = [];
  const address = { host: '127.0.0.1', port: fake.port, protocol: 'http', telemetry: false } as const;
  // The test's own client, whose calls don't count.
  const stripe = new Stripe(fake.key, { ...address, maxNetworkRetries: 0 });
  const watched = new Stripe(fake.key, {
    ...address,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    httpClient: Stripe.createFetchHttpClient(watching(traffic, sent)),
  });
  const control = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await fetch(`${fake.base}/_fake${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { Authorization: `Bearer ${fake.key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  let passedMs = 0;
  const now = () => Date.now() + passedMs;
  const at = { stripe, control };
  return {
    ...createStripeSide(at),
    billing: createStripeBilling(watched, 'org', now),
    fake,
    stripe,
    traffic,
    control,
    methodFor: (customer, result) => methodFor(stripe, customer, result),
    now: () => Promise.resolve(now()),
    async pass(ms) {
      await control('/clock/advance', { ms });
      passedMs += ms;
    },
    async close() {
      await fake.close();
      // A test may forget what it has heard; this list doesn't.
      expect(unlisted(sent, adapterRequests), 'sent by the adapter, but not held to stripe-mock').toEqual([]);
    },
  };
}

/** A `fetch` that notes every request, refuses what Stripe would refuse and the fake wouldn't, and meddles on demand. */
function watching(traffic: Traffic, sentEver: StripeRequest[]): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const sent = typeof init?.body === 'string' ? init.body : '';
    const query = new URLSearchParams(`${url.search.slice(1)}&${sent}`);
    const request = { method: init?.method ?? 'GET', path: url.pathname, query };
    traffic.requests.push(request);
    sentEver.push(request);
    for (const [name, path] of query) {
      if (name.startsWith('expand') && path.split('.').length > 4)
        throw new Error(`too deep for Stripe: ${path}`);
    }
    const answer = traffic.answer(request);
    if (answer !== null) return answer;
    if (traffic.smallPages && query.has('limit')) url.searchParams.set('limit', '1');
    const response = await fetch(url, init);
    const body = (await response.json()) as Record<string, unknown>;
    traffic.amend(request, body);
    return Response.json(body, { status: response.status, headers: response.headers });
  };
}

type Side = { readonly stripe: Stripe; readonly control: StripeWorld['control'] };

async function methodFor(stripe: Stripe, customer: string, result: ChargeResult): Promise<string> {
  return (await stripe.paymentMethods.attach(tokens[result], { customer })).id;
}

const useByDefault = (stripe: Stripe, customer: string, method: string) =>
  stripe.customers.update(customer, { invoice_settings: { default_payment_method: method } });

async function openDebt({ stripe, control }: Side): Promise<Debtor> {
  const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { org: 'acme' } });
  const method = await methodFor(stripe, customer.id, 'paid');
  await useByDefault(stripe, customer.id, method);
  const product = await stripe.products.create({ name: 'Fleet' });
  const recurring = { interval: 'month', interval_count: 12 } as const;
  const price = await stripe.prices.create({
    ...{ product: product.id, currency: 'usd', unit_amount: 9_900, recurring },
  });
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  const failed = { amount: 9_900, currency: 'usd' };
  const invoice = await control<{ id: string }>(`/customers/${customer.id}/fail-invoice`, failed);
  return {
    customer: asCustomerId(customer.id),
    subscription: asSubscriptionId(id),
    invoice: asInvoiceId(invoice.id),
  };
}

function createStripeSide(side: Side): Omit<BillingWorld, 'billing' | 'now' | 'pass'> {
  const { stripe, control } = side;
  const customerOf = async (invoice: string) =>
    idOf((await stripe.invoices.retrieve(invoice)).customer) ?? '';
  const defaultOf = async (customer: string) => {
    const found = await stripe.customers.retrieve(customer);
    return found.deleted ? '' : (idOf(found.invoice_settings.default_payment_method) ?? '');
  };
  return {
    debtor: () => openDebt(side),
    async payPart(invoice, amount) {
      await control(`/invoices/${invoice}/pay`, { amount });
    },
    async credit(invoice, amount) {
      await stripe.creditNotes.create({ invoice, amount });
    },
    async void(invoice) {
      await stripe.invoices.voidInvoice(invoice);
    },
    async startPayment(invoice) {
      const method = await methodFor(stripe, await customerOf(invoice), 'processing');
      await stripe.invoices.pay(invoice, { payment_method: method });
    },
    async endPayment(invoice, outcome) {
      await control(`/invoices/${invoice}/settle`, { outcome });
    },
    async needConfirmation(invoice) {
      const method = await defaultOf(await customerOf(invoice));
      await control(`/payment_methods/${method}`, { behavior: 'requires_action' });
      await stripe.invoices.pay(invoice).catch((error: unknown) => {
        if (!(error instanceof Stripe.errors.StripeCardError)) throw error;
      });
    },
    async changeMethod({ customer }, whenCharged) {
      const method = await methodFor(stripe, customer, whenCharged);
      await useByDefault(stripe, customer, method);
      return method;
    },
    async changeDefaultOnly({ customer, subscription }) {
      const own = await defaultOf(customer);
      await stripe.subscriptions.update(subscription, { default_payment_method: own });
      const method = await methodFor(stripe, customer, 'paid');
      await useByDefault(stripe, customer, method);
      return method;
    },
    async giveCredit(customer, { currency, amountMinor }) {
      await stripe.customers.createBalanceTransaction(customer, { amount: -amountMinor, currency });
    },
    async leaveStuckDraft(customer) {
      const wanted = { amount: 500, currency: 'usd' };
      const draft = await control<{ id: string }>(`/customers/${customer}/stuck-draft`, wanted);
      return { id: asInvoiceId(draft.id), reason: 'customer_tax_location_invalid' };
    },
    async removeCustomer(customer) {
      await stripe.customers.del(customer);
    },
    async nameAccount(customer, ref) {
      await stripe.customers.update(customer, { metadata: { org: ref } });
    },
    async countCharges() {
      const { counts } = await control<{ counts: Record<string, number> }>('/state', undefined);
      const { charges } = counts;
      if (charges === undefined) throw new Error('the fake does not count charges');
      return charges;
    },
    async failNextRead() {
      await control('/faults', { path: 'GET /v1/invoices', status: 500, count: 1 });
    },
  };
}

/** What is owed by a customer who owes one thing. */
export async function onlyInvoice({ billing }: StripeWorld, customer: CustomerId) {
  const { invoices, complete } = await billing.readStanding([customer]);
  expect(complete).toBe(true);
  const [invoice, ...others] = invoices;
  expect(others).toEqual([]);
  if (invoice === undefined) throw new Error('nothing is owed');
  return invoice;
}

/** Changes every object of a kind in the answers, as the fake would never make it. */
export function amendEvery(world: StripeWorld, object: string, changes: Record<string, unknown>): void {
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('object' in value && value.object === object) Object.assign(value, changes);
    Object.values(value).forEach(visit);
  };
  world.traffic.amend = (_request, body) => visit(body);
}

/** An invoice to a customer without a subscription; absent terms: it is charged, and the card declines. */
export async function oneOff(
  { stripe, methodFor }: StripeWorld,
  terms: Partial<Stripe.InvoiceCreateParams> = {},
) {
  const customer = asCustomerId((await stripe.customers.create({})).id);
  const method = await methodFor(customer, 'declined');
  const params = { customer, default_payment_method: method, ...terms };
  const { id } = await stripe.invoices.create(params);
  await stripe.invoiceItems.create({ customer, invoice: id, amount: 2_000, currency: 'usd' });
  await stripe.invoices.finalizeInvoice(id, { auto_advance: true });
  return { customer, method, invoice: asInvoiceId(id) };
}
