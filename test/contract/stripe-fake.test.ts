import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { startStripeFake, type StripeFake, type StripeFakeOptions } from '../../src/stripe-fake/server.js';

const DAY_MS = 86_400_000;
const open: StripeFake[] = [];

interface Bench {
  fake: StripeFake;
  stripe: Stripe;
  control: <T>(path: string, body?: unknown) => Promise<T>;
}

async function bench(options: Partial<StripeFakeOptions> = {}): Promise<Bench> {
  const fake = await startStripeFake({ port: 0, ...options });
  open.push(fake);
  const stripe = new Stripe(fake.key, {
    host: '127.0.0.1',
    port: fake.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const control = async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${fake.base}/_fake${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { Authorization: `Bearer ${fake.key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return { fake, stripe, control };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((fake) => fake.close()));
});

/** A customer with a subscription of 30 days a period, paid by that test card. */
async function subscriber(
  { stripe }: Bench,
  token: string,
  more: Partial<Stripe.SubscriptionCreateParams> = {},
) {
  const customer = await stripe.customers.create({ email: 'ada@example.com', metadata: { org: 'o1' } });
  const method = await stripe.paymentMethods.attach(token, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  const product = await stripe.products.create({ name: 'Fleet' });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 9_900,
    // A round number of days, so that no test depends on the length of this month.
    recurring: { interval: 'day', interval_count: 30 },
  });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    ...more,
  });
  return { customer, method, price, subscription };
}

/** The same, with a card that worked once and declines from now on. */
async function failingSubscriber(at: Bench, more: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const made = await subscriber(at, 'pm_card_visa', more);
  await at.control(`/payment_methods/${made.method.id}`, { behavior: 'declined' });
  return made;
}

const typesOf = async (stripe: Stripe): Promise<string[]> =>
  (await stripe.events.list({ limit: 100 })).data.map((event) => event.type).reverse();

const newestInvoice = async (stripe: Stripe, customer: string): Promise<Stripe.Invoice> => {
  const [invoice] = (await stripe.invoices.list({ customer, limit: 1, expand: ['data.payments'] })).data;
  if (!invoice) throw new Error('there is no invoice');
  return invoice;
};

const secondsBetween = (a: number | null, b: number | null): number => Math.abs((a ?? 0) - (b ?? 0));

describe('answers', () => {
  it('speaks the API version that the stripe package asks for', async () => {
    const { stripe } = await bench();
    await stripe.customers.create({});
    const [event] = (await stripe.events.list()).data;
    expect(event?.api_version).toBe(Stripe.API_VERSION);
    expect(event?.livemode).toBe(false);
  });

  it('refuses a wrong key as an authentication error', async () => {
    const { fake } = await bench();
    const stranger = new Stripe('sk_test_other', { host: '127.0.0.1', port: fake.port, protocol: 'http' });
    await expect(stranger.customers.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      statusCode: 401,
    });
  });

  it('answers an unknown id with resource_missing and a request id', async () => {
    const { stripe } = await bench();
    const failure = stripe.customers.retrieve('cus_nobody');
    await expect(failure).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
    await expect(failure).rejects.toHaveProperty('requestId', expect.stringMatching(/^req_/));
  });

  it('tells nothing of its own bookkeeping, in an error no more than elsewhere', async () => {
    const at = await bench();
    const { customer } = await subscriber(at, 'pm_card_visa');
    const card = await at.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: customer.id,
    });
    const { id } = await at.control<Stripe.Invoice>(`/customers/${customer.id}/fail-invoice`, {
      ...{ amount: 900, currency: 'usd' },
    });
    const declined: unknown = await at.stripe.invoices
      .pay(id, { payment_method: card.id })
      .catch((error: unknown) => error);
    expect(declined).toMatchObject({ code: 'card_declined', payment_method: { id: card.id } });
    expect(JSON.stringify(declined)).not.toContain('"fake"');
  });

  it('shows of a deleted customer nothing but that', async () => {
    const { stripe } = await bench();
    const { id } = await stripe.customers.create({});
    await stripe.customers.del(id);
    const deleted = await stripe.customers.retrieve(id, {
      expand: ['cash_balance', 'invoice_credit_balance'],
    });
    expect(deleted).toEqual({ id, object: 'customer', deleted: true });
  });

  it('knows no sources, and says so of the one that is named', async () => {
    const at = await bench();
    const { customer } = await subscriber(at, 'pm_card_visa');
    const { id } = await at.control<Stripe.Invoice>(`/customers/${customer.id}/fail-invoice`, {
      ...{ amount: 900, currency: 'usd' },
    });
    const paid = at.stripe.invoices.pay(id, { source: 'card_1' });
    await expect(paid).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'source' });
  });

  it('refuses parameters it does not know instead of ignoring them', async () => {
    const { stripe } = await bench();
    const params = { nonsense: 'x' } as Stripe.CustomerCreateParams;
    await expect(stripe.customers.create(params)).rejects.toMatchObject({ code: 'parameter_unknown' });
  });

  it('keeps, merges and clears metadata', async () => {
    const { stripe } = await bench();
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
    const merged = await stripe.customers.update(id, { metadata: { b: '', c: '3' } });
    expect(merged.metadata).toEqual({ a: '1', c: '3' });
    expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });

  it('follows expand through lists and references, and refuses what cannot be expanded', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa');
    const expanded = await at.stripe.subscriptions.retrieve(subscription.id, {
      expand: ['customer', 'latest_invoice.payments.data.payment.payment_intent'],
    });
    expect(expanded.customer).toMatchObject({ id: customer.id, email: 'ada@example.com' });
    const invoice = expanded.latest_invoice as Stripe.Invoice;
    expect(invoice.payments?.data[0]?.payment.payment_intent).toMatchObject({ status: 'succeeded' });
    const old = at.stripe.invoices.retrieve(invoice.id, { expand: ['payment_intent'] });
    await expect(old).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('lists', () => {
  it('pages newest first, by both cursors, to the end', async () => {
    const { stripe } = await bench();
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) made.unshift((await stripe.customers.create({})).id);
    const all = await stripe.customers.list({ limit: 3 }).autoPagingToArray({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual(made);
    const page = await stripe.customers.list({ limit: 3 });
    expect(page.has_more).toBe(true);
    const back = await stripe.customers.list({ limit: 2, ending_before: made[4]! });
    expect(back.data.map(({ id }) => id)).toEqual([made[2], made[3]]);
  });

  it('fails on a cursor or a customer that does not exist, never answers with an empty list', async () => {
    const { stripe } = await bench();
    await expect(stripe.customers.list({ starting_after: 'cus_x' })).rejects.toMatchObject({
      code: 'resource_missing',
    });
    await expect(stripe.invoices.list({ customer: 'cus_x' })).rejects.toMatchObject({
      code: 'resource_missing',
    });
  });

  it('leaves canceled subscriptions out unless status=all', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa');
    await at.stripe.subscriptions.cancel(subscription.id);
    expect((await at.stripe.subscriptions.list({ customer: customer.id })).data).toEqual([]);
    const all = await at.stripe.subscriptions.list({ customer: customer.id, status: 'all' });
    expect(all.data.map(({ status }) => status)).toEqual(['canceled']);
  });
});

describe('idempotency', () => {
  it('replays the first answer for the same key and parameters, and executes once', async () => {
    const { stripe } = await bench();
    const first = await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
    const second = await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
    expect(second.id).toBe(first.id);
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it('refuses the same key with other parameters', async () => {
    const { stripe } = await bench();
    await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
    const other = stripe.customers.create({ email: 'x@y.z' }, { idempotencyKey: 'k1' });
    await expect(other).rejects.toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
  });

  it('executes a request whose answer never comes, so that the retry with its key finds it done', async () => {
    const at = await bench();
    await at.control('/faults', { path: 'POST /v1/customers$', timeoutAfterExecution: true, count: 1 });
    const params = { email: 'a@b.c' };
    await expect(at.stripe.customers.create(params, { idempotencyKey: 'k', timeout: 300 })).rejects.toThrow();
    await at.stripe.customers.create(params, { idempotencyKey: 'k' });
    expect((await at.stripe.customers.list()).data).toHaveLength(1);
  });

  it('fails the requests it is told to with 429 and 500, and no others', async () => {
    const at = await bench();
    await at.control('/faults', { path: '/v1/invoices', status: 429, count: 1 });
    await at.control('/faults', { path: '/v1/invoices', status: 500, count: 1 });
    expect((await at.stripe.customers.list()).data).toEqual([]);
    await expect(at.stripe.invoices.list()).rejects.toMatchObject({ type: 'StripeRateLimitError' });
    await expect(at.stripe.invoices.list()).rejects.toMatchObject({
      type: 'StripeAPIError',
      statusCode: 500,
    });
    expect((await at.stripe.invoices.list()).data).toEqual([]);
  });
});

describe('a first payment', () => {
  it('that succeeds makes the subscription active and the invoice paid', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa');
    expect(subscription.status).toBe('active');
    const invoice = await newestInvoice(at.stripe, customer.id);
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_paid: 9_900,
      billing_reason: 'subscription_create',
    });
    expect(invoice.parent?.subscription_details?.subscription).toBe(subscription.id);
    expect(invoice.payments?.data).toHaveLength(1);
    for (const gone of ['subscription', 'payment_intent', 'charge', 'paid'])
      expect(invoice).not.toHaveProperty(gone);
    expect(subscription.items.data[0]?.current_period_end).toBeGreaterThan(subscription.created);
    expect(subscription).not.toHaveProperty('current_period_end');
  });

  it('that fails leaves the subscription incomplete, is not retried, and expires after 23 hours', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_chargeCustomerFail');
    expect(subscription.status).toBe('incomplete');
    expect(await newestInvoice(at.stripe, customer.id)).toMatchObject({
      status: 'open',
      next_payment_attempt: null,
    });
    expect(await typesOf(at.stripe)).toContain('invoice.payment_failed');
    await at.control('/clock/advance', { ms: DAY_MS });
    const expired = await at.stripe.subscriptions.retrieve(subscription.id);
    expect(expired.status).toBe('incomplete_expired');
    expect(secondsBetween(expired.ended_at, subscription.created)).toBe(23 * 3600);
    expect((await newestInvoice(at.stripe, customer.id)).status).toBe('void');
  });

  it('is not tried under default_incomplete, and refuses to exist under error_if_incomplete', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa', {
      payment_behavior: 'default_incomplete',
    });
    expect(subscription.status).toBe('incomplete');
    expect(await newestInvoice(at.stripe, customer.id)).toMatchObject({ attempted: false, attempt_count: 0 });
    const refused = subscriber(at, 'pm_card_chargeCustomerFail', { payment_behavior: 'error_if_incomplete' });
    await expect(refused).rejects.toMatchObject({ type: 'StripeCardError', code: 'card_declined' });
    expect((await at.stripe.subscriptions.list({ status: 'all' })).data).toHaveLength(1);
  });
});

describe('a renewal', () => {
  it('that succeeds is paid and moves the period on', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa');
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const renewed = await at.stripe.subscriptions.retrieve(subscription.id);
    expect(renewed.status).toBe('active');
    expect(renewed.items.data[0]?.current_period_start).toBe(subscription.items.data[0]?.current_period_end);
    const invoice = await newestInvoice(at.stripe, customer.id);
    expect(invoice).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid' });
    expect(invoice.created).toBe(subscription.items.data[0]?.current_period_end);
    expect(renewed.latest_invoice).toBe(invoice.id);
  });

  it('that fails is retried on days 3, 5 and 7 and then ends the subscription, while the debt stays open', async () => {
    const at = await bench();
    const { subscription, customer } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const failed = await newestInvoice(at.stripe, customer.id);
    expect(failed).toMatchObject({ status: 'open', attempt_count: 1, attempted: true });
    expect(secondsBetween(failed.next_payment_attempt, failed.created)).toBe(3 * 86_400);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');

    await at.control('/clock/advance', { ms: 10 * DAY_MS });
    const ended = await at.stripe.subscriptions.retrieve(subscription.id);
    expect(ended).toMatchObject({ status: 'canceled', cancellation_details: { reason: 'payment_failed' } });
    expect(secondsBetween(ended.ended_at, failed.created)).toBe(7 * 86_400);
    const left = await newestInvoice(at.stripe, customer.id);
    expect(left).toMatchObject({
      id: failed.id,
      status: 'open',
      attempt_count: 4,
      next_payment_attempt: null,
    });

    const tries = (await at.stripe.events.list({ type: 'invoice.payment_failed', limit: 100 })).data;
    expect(tries.map(({ created }) => Math.round((created - failed.created) / 86_400)).reverse()).toEqual([
      0, 3, 5, 7,
    ]);
    const deleted = (await at.stripe.events.list({ type: 'customer.subscription.deleted' })).data;
    expect(deleted).toHaveLength(1);
    const charges = (await at.stripe.charges.list({ customer: customer.id, limit: 100 })).data;
    expect(charges.filter(({ status }) => status === 'failed')).toHaveLength(4);
    expect(charges[0]).toMatchObject({ failure_code: 'card_declined', paid: false });
  });

  it('leaves the subscription unpaid where the account says so, with later invoices as drafts', async () => {
    const at = await bench({ afterRetries: 'unpaid' });
    const { subscription, customer, method } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 40 * DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('unpaid');
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const [draft, old] = (await at.stripe.invoices.list({ customer: customer.id })).data;
    expect(draft).toMatchObject({ status: 'draft', auto_advance: false });
    await at.control(`/payment_methods/${method.id}`, { behavior: 'succeeds' });
    await at.stripe.invoices.pay(old!.id);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('unpaid');
    await at.stripe.invoices.pay(draft!.id);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  it('becomes active again by paying the newest invoice although an older one is open', async () => {
    const at = await bench({ afterRetries: 'past_due' });
    const { subscription, customer, method } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 62 * DAY_MS });
    const debts = (await at.stripe.invoices.list({ customer: customer.id, status: 'open' })).data;
    expect(debts).toHaveLength(2);
    await at.control(`/payment_methods/${method.id}`, { behavior: 'succeeds' });
    await at.stripe.invoices.pay(debts[0]!.id);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect((await at.stripe.invoices.retrieve(debts[1]!.id)).status).toBe('open');
  });

  it('stays past_due when only an older invoice is paid', async () => {
    const at = await bench({ afterRetries: 'past_due' });
    const { subscription, customer, method } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 62 * DAY_MS });
    const debts = (await at.stripe.invoices.list({ customer: customer.id, status: 'open' })).data;
    await at.control(`/payment_methods/${method.id}`, { behavior: 'succeeds' });
    await at.stripe.invoices.pay(debts[1]!.id);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
  });

  it('goes on charging the card on the subscription when only the customer’s default was replaced', async () => {
    const at = await bench();
    const customer = await at.stripe.customers.create({});
    const old = await at.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    const price = await at.stripe.prices.create({
      currency: 'usd',
      unit_amount: 500,
      recurring: { interval: 'day', interval_count: 30 },
      product_data: { name: 'P' },
    });
    await at.stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: old.id,
    });
    await at.control(`/payment_methods/${old.id}`, { behavior: 'declined' });
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const fresh = await at.stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await at.stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: fresh.id } });
    const invoice = await newestInvoice(at.stripe, customer.id);
    expect(invoice.status).toBe('open');
    await expect(at.stripe.invoices.pay(invoice.id)).rejects.toMatchObject({
      code: 'card_declined',
      statusCode: 402,
    });
    const paid = await at.stripe.invoices.pay(invoice.id, { payment_method: fresh.id });
    expect(paid.status).toBe('paid');
  });

  it('counts a manual attempt only when it is the first', async () => {
    const at = await bench();
    const { customer } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const { id, next_payment_attempt } = await newestInvoice(at.stripe, customer.id);
    await expect(at.stripe.invoices.pay(id)).rejects.toThrow();
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject({ attempt_count: 1, next_payment_attempt });
  });

  it('raises payment_action_required when the bank wants the customer, and is paid once he confirms', async () => {
    const at = await bench();
    const { customer, method } = await subscriber(at, 'pm_card_visa');
    await at.control(`/payment_methods/${method.id}`, { behavior: 'requires_action' });
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const invoice = await newestInvoice(at.stripe, customer.id);
    expect(invoice.status).toBe('open');
    expect(await typesOf(at.stripe)).toContain('invoice.payment_action_required');
    const intent = invoice.payments?.data[0]?.payment.payment_intent as string;
    expect((await at.stripe.paymentIntents.retrieve(intent)).status).toBe('requires_action');
    await at.control(`/payments/${intent}/settle`, { outcome: 'succeed' });
    expect((await at.stripe.invoices.retrieve(invoice.id)).status).toBe('paid');
  });
});

describe('a bank debit', () => {
  it('is processing with the invoice open until it settles, either way', async () => {
    const at = await bench();
    const { customer, method, subscription } = await subscriber(at, 'pm_card_visa');
    await at.control(`/payment_methods/${method.id}`, { behavior: 'processing' });
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const invoice = await newestInvoice(at.stripe, customer.id);
    const intent = invoice.payments?.data[0]?.payment.payment_intent as string;
    expect(invoice.status).toBe('open');
    expect((await at.stripe.paymentIntents.retrieve(intent)).status).toBe('processing');
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    await expect(at.stripe.invoices.pay(invoice.id)).rejects.toMatchObject({ statusCode: 400 });

    await at.control('/clock/advance', { ms: 3 * DAY_MS });
    await at.control(`/payments/${intent}/settle`, { outcome: 'fail' });
    const returned = await at.stripe.invoices.retrieve(invoice.id);
    expect(secondsBetween(returned.next_payment_attempt, invoice.created)).toBe(5 * 86_400);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    expect((await at.stripe.paymentIntents.retrieve(intent)).status).toBe('requires_payment_method');

    await at.control('/clock/advance', { ms: 2 * DAY_MS });
    await at.control(`/payments/${intent}/settle`, { outcome: 'succeed' });
    expect((await at.stripe.invoices.retrieve(invoice.id)).status).toBe('paid');
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    const payments = await at.stripe.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: intent },
    });
    expect(payments.data).toMatchObject([{ invoice: invoice.id, status: 'paid' }]);
  });

  it('keeps a new subscription incomplete beyond 23 hours while it is under way', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_bank_processing');
    await at.control('/clock/advance', { ms: 4 * DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('incomplete');
    const invoice = await newestInvoice(at.stripe, customer.id);
    await at.control(`/payments/${invoice.payments?.data[0]?.payment.payment_intent as string}/settle`, {
      outcome: 'succeed',
    });
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });
});

describe('invoices', () => {
  it('that are sent have a due date, are never charged, and become overdue', async () => {
    const at = await bench();
    const { subscription, customer } = await subscriber(at, 'pm_card_visa', {
      collection_method: 'send_invoice',
      days_until_due: 14,
    });
    expect(subscription.status).toBe('active');
    const invoice = await newestInvoice(at.stripe, customer.id);
    expect(invoice).toMatchObject({ status: 'open', attempt_count: 0, next_payment_attempt: null });
    expect(secondsBetween(invoice.due_date, invoice.created)).toBe(14 * 86_400);
    await at.control('/clock/advance', { ms: 15 * DAY_MS });
    const [overdue] = (await at.stripe.events.list({ type: 'invoice.overdue' })).data;
    expect(overdue?.created).toBe(invoice.due_date);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    expect((await at.stripe.invoices.retrieve(invoice.id)).attempt_count).toBe(0);
  });

  it('made by hand take items, are finalised, and can be paid, voided or written off', async () => {
    const { stripe } = await bench();
    const customer = await stripe.customers.create({});
    const make = async () => {
      const invoice = await stripe.invoices.create({
        customer: customer.id,
        collection_method: 'send_invoice',
        days_until_due: 5,
      });
      await stripe.invoiceItems.create({
        customer: customer.id,
        invoice: invoice.id,
        amount: 700,
        currency: 'usd',
      });
      return stripe.invoices.finalizeInvoice(invoice.id);
    };
    const invoice = await make();
    expect(invoice).toMatchObject({
      status: 'open',
      amount_due: 700,
      total: 700,
      billing_reason: 'manual',
      parent: null,
    });
    expect(invoice.lines.data).toHaveLength(1);
    const paid = await stripe.invoices.pay(invoice.id, { paid_out_of_band: true });
    expect(paid).toMatchObject({ status: 'paid', amount_remaining: 0 });
    expect((await stripe.invoices.voidInvoice((await make()).id)).status).toBe('void');
    const bad = await stripe.invoices.markUncollectible((await make()).id);
    expect(bad).toMatchObject({ status: 'uncollectible', amount_remaining: 700 });
    expect((await stripe.invoices.pay(bad.id, { paid_out_of_band: true })).status).toBe('paid');
  });

  it('use a credit balance when they are finalised, never when they are open already', async () => {
    const { stripe } = await bench();
    const customer = await stripe.customers.create({ balance: -300 });
    const invoice = await stripe.invoices.create({ customer: customer.id });
    await stripe.invoiceItems.create({
      customer: customer.id,
      invoice: invoice.id,
      amount: 700,
      currency: 'usd',
    });
    expect(await stripe.invoices.finalizeInvoice(invoice.id)).toMatchObject({ amount_due: 400, total: 700 });
    await stripe.customers.update(customer.id, { balance: -5_000 });
    expect((await stripe.invoices.retrieve(invoice.id)).amount_remaining).toBe(400);
  });

  it('have a page where a person reads the sum and pays', async () => {
    const at = await bench();
    const { customer } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const { id, hosted_invoice_url } = await newestInvoice(at.stripe, customer.id);
    const page = await (await fetch(hosted_invoice_url!)).text();
    expect(page).toContain('99.00 USD');
    expect(page).toContain('<button>Pay');
    const after = await (await fetch(hosted_invoice_url!, { method: 'POST' })).text();
    expect(after).toContain('Paid. Thank you.');
    expect((await at.stripe.invoices.retrieve(id)).status).toBe('paid');
  });

  it('fail at once where a control call wants it, for the customer’s subscription or for none', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const failed = await at.control<Stripe.Invoice>(`/customers/${customer.id}/fail-invoice`, {
      amount: 4_200,
      currency: 'usd',
    });
    expect(failed).toMatchObject({
      status: 'open',
      amount_due: 4_200,
      billing_reason: 'subscription_cycle',
      attempt_count: 1,
    });
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    const stranger = await at.stripe.customers.create({});
    const loose = await at.control<Stripe.Invoice>(`/customers/${stranger.id}/fail-invoice`, {
      amount: 1,
      currency: 'eur',
    });
    expect(loose).toMatchObject({ status: 'open', parent: null, attempted: true });
  });
});

describe('an ending', () => {
  it('at period end keeps the subscription active until then, and can be taken back', async () => {
    const at = await bench();
    const { subscription } = await subscriber(at, 'pm_card_visa');
    const ending = await at.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({ status: 'active', cancel_at_period_end: true });
    expect(ending.cancel_at).toBe(subscription.items.data[0]?.current_period_end);
    const kept = await at.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(kept).toMatchObject({ cancel_at: null, canceled_at: null });
    await at.stripe.subscriptions.update(subscription.id, { cancel_at: 'min_period_end' });
    await at.control('/clock/advance', { ms: 32 * DAY_MS });
    const ended = await at.stripe.subscriptions.retrieve(subscription.id);
    expect(ended).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'cancellation_requested' },
    });
    expect(ended.ended_at).toBe(subscription.items.data[0]?.current_period_end);
  });

  it('is final: paying an old invoice does not bring the subscription back', async () => {
    const at = await bench();
    const { subscription, customer, method } = await failingSubscriber(at);
    await at.control('/clock/advance', { ms: 45 * DAY_MS });
    await at.control(`/payment_methods/${method.id}`, { behavior: 'succeeds' });
    await at.stripe.invoices.pay((await newestInvoice(at.stripe, customer.id)).id);
    expect((await at.stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  });
});

describe('refunds and disputes', () => {
  const firstCharge = async (at: Bench) => {
    const { customer } = await subscriber(at, 'pm_card_visa');
    const [charge] = (await at.stripe.charges.list({ customer: customer.id })).data;
    if (!charge) throw new Error('there is no charge');
    return charge;
  };

  it('give back no more than was taken, and leave the invoice paid', async () => {
    const at = await bench();
    const charge = await firstCharge(at);
    const refund = await at.stripe.refunds.create({ charge: charge.id, amount: 900 });
    expect(refund).toMatchObject({ status: 'succeeded', amount: 900 });
    const partly = await at.stripe.charges.retrieve(charge.id, { expand: ['refunds'] });
    expect(partly).toMatchObject({ amount_refunded: 900, refunded: false });
    expect(partly.refunds?.data).toHaveLength(1);
    const tooMuch = at.stripe.refunds.create({ charge: charge.id, amount: 9_900 });
    await expect(tooMuch).rejects.toMatchObject({ statusCode: 400 });
    await at.stripe.refunds.create({ charge: charge.id });
    expect((await at.stripe.charges.retrieve(charge.id)).refunded).toBe(true);
    expect((await at.stripe.invoices.list({ status: 'paid' })).data).toHaveLength(1);
  });

  it('are opened by the bank, answered once, and closed with their outcome; no refund meanwhile', async () => {
    const at = await bench();
    const charge = await firstCharge(at);
    const { id } = await at.control<Stripe.Dispute>(`/charges/${charge.id}/dispute`, {});
    const [dispute] = (await at.stripe.disputes.list({ charge: charge.id })).data;
    expect(dispute).toMatchObject({ id, status: 'needs_response', amount: 9_900 });
    expect((await at.stripe.charges.retrieve(charge.id)).disputed).toBe(true);
    const refused = at.stripe.refunds.create({ charge: charge.id });
    await expect(refused).rejects.toMatchObject({ code: 'charge_disputed' });
    const draft = await at.stripe.disputes.update(id, {
      evidence: { uncategorized_text: 'used daily' },
      submit: false,
    });
    expect(draft).toMatchObject({ status: 'needs_response', evidence: { uncategorized_text: 'used daily' } });
    expect((await at.stripe.disputes.update(id, { submit: true })).status).toBe('under_review');
    await expect(at.stripe.disputes.update(id, { submit: true })).rejects.toMatchObject({ statusCode: 400 });
    await at.control(`/disputes/${id}`, { status: 'lost' });
    expect(await typesOf(at.stripe)).toContain('charge.dispute.closed');
    expect((await at.stripe.invoices.list({ status: 'paid' })).data).toHaveLength(1);
  });
});
