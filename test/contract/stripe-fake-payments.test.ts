import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { startStripeFake, type StripeFake, type StripeFakeOptions } from '../../src/stripe-fake/server.js';

const DAY_MS = 86_400_000;
const open: StripeFake[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((fake) => fake.close()));
});

async function bench(options: Partial<StripeFakeOptions> = {}) {
  const fake = await startStripeFake({ port: 0, ...options });
  open.push(fake);
  const at = { host: '127.0.0.1', port: fake.port, protocol: 'http', maxNetworkRetries: 0 } as const;
  const stripe = new Stripe(fake.key, { ...at, telemetry: false });
  const control = async <T = Stripe.Invoice>(path: string, body: unknown = {}): Promise<T> => {
    const headers = { Authorization: `Bearer ${fake.key}`, 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${fake.base}/_fake${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const typesOf = async (): Promise<string[]> =>
    (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type).reverse();
  return { fake, stripe, control, typesOf };
}

type Bench = Awaited<ReturnType<typeof bench>>;

async function customerPaying({ stripe }: Bench, token: string) {
  const customer = await stripe.customers.create({ email: 'ada@example.com' });
  const method = await stripe.paymentMethods.attach(token, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  return { customer: customer.id, method: method.id };
}

async function subscriber(at: Bench, token: string) {
  const { customer, method } = await customerPaying(at, token);
  const price = await at.stripe.prices.create({
    currency: 'usd',
    unit_amount: 9_900,
    recurring: { interval: 'day', interval_count: 30 },
    product_data: { name: 'Fleet' },
  });
  const subscription = await at.stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
  });
  return { customer, method, subscription: subscription.id };
}

/** A subscription's renewal now, on a method that behaves so. */
const renewal = (at: Bench, customer: string, behavior?: string) =>
  at.control(`/customers/${customer}/invoices`, { amount: 900, currency: 'usd', behavior });

const intentOf = async ({ stripe }: Bench, invoice: string): Promise<Stripe.PaymentIntent> => {
  const expand = ['payments.data.payment.payment_intent'];
  const { payments } = await stripe.invoices.retrieve(invoice, { expand });
  return payments?.data[0]?.payment.payment_intent as Stripe.PaymentIntent;
};

describe('a bank debit', () => {
  it('is under way with a pending charge, and succeeds by itself some days later', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_usBankAccount_success');
    await at.control('/clock/advance', { ms: 4 * DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    const { id } = await renewal(at, customer);
    expect(await intentOf(at, id)).toMatchObject({ status: 'processing', last_payment_error: null });
    const [charge] = (await at.stripe.charges.list({ customer, limit: 1 })).data;
    expect(charge).toMatchObject({ status: 'pending', paid: false });
    expect(charge?.payment_method_details?.type).toBe('us_bank_account');
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject({ status: 'open', amount_remaining: 900 });
    await at.control('/clock/advance', { ms: 3 * DAY_MS });
    expect((await at.stripe.invoices.retrieve(id)).status).toBe('open');
    await at.control('/clock/advance', { ms: DAY_MS });
    expect((await at.stripe.invoices.retrieve(id)).status).toBe('paid');
    expect((await at.stripe.charges.retrieve(charge!.id)).status).toBe('succeeded');
    const types = await at.typesOf();
    expect(types.slice(types.lastIndexOf('charge.pending'))).toEqual(
      expect.arrayContaining(['payment_intent.processing', 'charge.succeeded', 'invoice.paid']),
    );
  });

  it.each([
    ['pm_sepaDebit_insufficientFunds', 'insufficient_funds', 'active'],
    ['pm_usBankAccount_debitNotAuthorized', 'debit_not_authorized', 'inactive'],
    ['pm_usBankAccount_accountClosed', 'account_closed', 'inactive'],
  ])('made of %s comes back days later as %s, with the mandate %s', async (token, code, mandate) => {
    const at = await bench({ debitMs: 2 * DAY_MS });
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const bank = await at.stripe.paymentMethods.attach(token, { customer });
    await at.stripe.subscriptions.update(subscription, { default_payment_method: bank.id });
    const { id } = await renewal(at, customer);
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    await at.control('/clock/advance', { ms: 2 * DAY_MS });
    const intent = await intentOf(at, id);
    expect(intent).toMatchObject({ status: 'requires_payment_method', last_payment_error: { code } });
    const returned = await at.stripe.charges.retrieve(intent.latest_charge as string);
    expect(returned).toMatchObject({ status: 'failed', failure_code: code });
    const details = returned.payment_method_details;
    const agreed = details?.sepa_debit?.mandate ?? details?.us_bank_account?.mandate;
    expect((await at.stripe.mandates.retrieve(agreed as string)).status).toBe(mandate);
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    expect(await at.typesOf()).toContain('invoice.payment_failed');
  });

  it('is not even tried when its mandate is dead, and is again when it lives', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const bank = await at.stripe.paymentMethods.attach('pm_sepaDebit_mandateInactive', { customer });
    await at.stripe.subscriptions.update(subscription, { default_payment_method: bank.id });
    const charges = (await at.stripe.charges.list({ customer })).data.length;
    const { id } = await renewal(at, customer);
    const code = 'payment_intent_mandate_invalid';
    expect(await intentOf(at, id)).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
      last_payment_error: { code, type: 'invalid_request_error' },
    });
    expect((await at.stripe.charges.list({ customer })).data).toHaveLength(charges);
    await expect(at.stripe.invoices.pay(id)).rejects.toMatchObject({ code });
    const revived = { status: 'active' };
    const { status } = await at.control<Stripe.Mandate>(`/payment_methods/${bank.id}/mandate`, revived);
    expect(status).toBe('active');
    expect(await at.typesOf()).toContain('mandate.updated');
    await at.stripe.invoices.pay(id);
    expect((await intentOf(at, id)).status).toBe('processing');
  });

  it('is ended sooner by a control call, with the bank’s reason', async () => {
    const at = await bench();
    const { customer, method } = await subscriber(at, 'pm_card_visa');
    const { id } = await renewal(at, customer, 'debit_succeeds');
    await at.control(`/invoices/${id}/settle`, { outcome: 'debit_not_authorized' });
    expect((await intentOf(at, id)).last_payment_error?.code).toBe('debit_not_authorized');
    // What it would have come to later is forgotten.
    await at.control(`/payment_methods/${method}`, { behavior: 'declined' });
    await at.control('/clock/advance', { ms: 5 * DAY_MS });
    expect((await at.stripe.invoices.retrieve(id)).status).toBe('open');
  });

  it('goes on after a restart from its state file', async () => {
    const stateFile = join(await mkdtemp(join(tmpdir(), 'stripe-fake-')), 'stripe.json');
    const before = await bench({ stateFile });
    const { customer } = await subscriber(before, 'pm_card_visa');
    const { id } = await renewal(before, customer, 'debit_succeeds');
    await before.fake.close();
    const after = await bench({ stateFile });
    await after.control('/clock/advance', { ms: 5 * DAY_MS });
    expect((await after.stripe.invoices.retrieve(id)).status).toBe('paid');
  });
});

describe('a payment that the customer has to confirm', () => {
  it('leaves the renewal open with its page, and the subscription past due, until he confirms there', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const { id } = await renewal(at, customer, 'requires_action');
    const waiting = await intentOf(at, id);
    expect(waiting).toMatchObject({
      status: 'requires_action',
      last_payment_error: { code: 'authentication_required' },
    });
    const invoice = await at.stripe.invoices.retrieve(id);
    expect(waiting.next_action?.redirect_to_url?.url).toBe(invoice.hosted_invoice_url);
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    const types = await at.typesOf();
    expect(types).toEqual(
      expect.arrayContaining(['invoice.payment_action_required', 'invoice.payment_failed']),
    );
    const page = await (await fetch(invoice.hosted_invoice_url!, { method: 'POST' })).text();
    expect(page).toContain('Paid. Thank you.');
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
  });

  it('is confirmed or refused by a control call', async () => {
    const at = await bench();
    const { customer } = await subscriber(at, 'pm_card_visa');
    const first = await renewal(at, customer, 'requires_action');
    const paid = await at.control(`/invoices/${first.id}/settle`, { outcome: 'succeed' });
    expect(paid.status).toBe('paid');
    const second = await renewal(at, customer);
    await at.control(`/invoices/${second.id}/settle`, { outcome: 'fail' });
    expect(await intentOf(at, second.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    });
    await expect(at.control(`/invoices/${first.id}/settle`, { outcome: 'fail' })).rejects.toThrow('409');
  });

  it('keeps a new subscription incomplete, and it expires when he never does', async () => {
    const at = await bench();
    const { subscription } = await subscriber(at, 'pm_card_authenticationRequired');
    const waiting = await at.stripe.subscriptions.retrieve(subscription);
    expect(waiting.status).toBe('incomplete');
    await at.control('/clock/advance', { ms: DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('incomplete_expired');
    const invoice = await at.stripe.invoices.retrieve(waiting.latest_invoice as string);
    expect(invoice.status).toBe('void');
  });
});

describe('the slots of payment methods', () => {
  it('are read in their order: the subscription’s own before the customer’s', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const own = await at.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    const { id } = await renewal(at, customer, 'declined');
    await at.stripe.subscriptions.update(subscription, { default_payment_method: own.id });
    expect((await at.stripe.invoices.pay(id)).status).toBe('paid');
    const [charge] = (await at.stripe.charges.list({ customer, limit: 1 })).data;
    expect(charge?.payment_method).toBe(own.id);
    await at.stripe.subscriptions.update(subscription, { default_payment_method: '' });
    const next = await renewal(at, customer);
    expect(next.status).toBe('open');
  });

  it('tell of every change by an event', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const before = (await at.typesOf()).length;
    const fresh = await at.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await at.stripe.customers.update(customer, { invoice_settings: { default_payment_method: fresh.id } });
    await at.stripe.subscriptions.update(subscription, { default_payment_method: fresh.id });
    await at.stripe.paymentMethods.detach(fresh.id);
    expect((await at.typesOf()).slice(before)).toEqual([
      'payment_method.attached',
      'customer.updated',
      'customer.subscription.updated',
      'customer.updated',
      'customer.subscription.updated',
      'payment_method.detached',
    ]);
    const [detached] = (await at.stripe.events.list({ type: 'customer.updated' })).data;
    expect(detached?.data.previous_attributes).toMatchObject({
      invoice_settings: { default_payment_method: fresh.id },
    });
  });

  it('are charged once for one idempotency key, even when the charge was refused', async () => {
    const at = await bench();
    const { customer, method } = await subscriber(at, 'pm_card_visa');
    const { id } = await renewal(at, customer, 'declined');
    const pay = () => at.stripe.invoices.pay(id, {}, { idempotencyKey: 'retry-1' });
    await expect(pay()).rejects.toMatchObject({ code: 'card_declined', statusCode: 402 });
    await at.control(`/payment_methods/${method}`, { behavior: 'succeeds' });
    await expect(pay()).rejects.toMatchObject({ code: 'card_declined', statusCode: 402 });
    const paid = await at.stripe.invoices.pay(id, {}, { idempotencyKey: 'retry-2' });
    const same = await at.stripe.invoices.pay(id, {}, { idempotencyKey: 'retry-2' });
    expect([paid.status, same.status]).toEqual(['paid', 'paid']);
    const succeeded = (await at.stripe.charges.list({ customer })).data.filter((row) => row.paid);
    expect(succeeded).toHaveLength(2);
  });
});

describe('the end of collection', () => {
  it('by cancelling stops every further attempt, is told once, and is not found a second time', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at, 'pm_card_visa');
    const { id } = await renewal(at, customer, 'declined');
    const cancel = () => at.stripe.subscriptions.cancel(subscription, {}, { idempotencyKey: 'end-1' });
    expect(await cancel()).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'cancellation_requested' },
    });
    const told = (await at.typesOf()).filter((type) => type === 'customer.subscription.deleted');
    expect(told).toHaveLength(1);
    // Stripe keeps idempotency keys of POST only, and this is a DELETE.
    await expect(cancel()).rejects.toMatchObject({ code: 'resource_missing', statusCode: 404 });
    await at.control('/clock/advance', { ms: 40 * DAY_MS });
    const left = await at.stripe.invoices.retrieve(id);
    expect(left).toMatchObject({ status: 'open', auto_advance: false, attempt_count: 1 });
    expect((await at.stripe.invoices.list({ customer })).data).toHaveLength(2);
  });

  it.each([
    ['keep_as_draft', 'draft'],
    ['mark_uncollectible', 'uncollectible'],
    ['void', 'void'],
  ] as const)(
    'by a pause as %s leaves new invoices as %s, and the subscription as it was',
    async (behavior, status) => {
      const at = await bench();
      const { customer, subscription } = await subscriber(at, 'pm_card_visa');
      const pause = () => at.stripe.subscriptions.update(subscription, { pause_collection: { behavior } });
      expect((await pause()).pause_collection).toEqual({ behavior, resumes_at: null });
      expect((await pause()).status).toBe('active');
      expect((await at.typesOf()).at(-1)).toBe('customer.subscription.updated');
      await at.control('/clock/advance', { ms: 31 * DAY_MS });
      const [invoice] = (await at.stripe.invoices.list({ customer, limit: 1 })).data;
      expect(invoice).toMatchObject({ status, auto_advance: false, attempt_count: 0 });
      expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
      const resumed = await at.stripe.subscriptions.update(subscription, { pause_collection: '' });
      expect(resumed.pause_collection).toBeNull();
      await at.control('/clock/advance', { ms: 30 * DAY_MS });
      const [next] = (await at.stripe.invoices.list({ customer, limit: 1 })).data;
      expect(next?.status).toBe('paid');
    },
  );

  it('by a pause keeps retrying what was open before, and ends on its date', async () => {
    const at = await bench();
    const { customer, method, subscription } = await subscriber(at, 'pm_card_visa');
    const { id, created } = await renewal(at, customer, 'declined');
    await at.stripe.subscriptions.update(subscription, {
      pause_collection: { behavior: 'void', resumes_at: created + 10 * 86_400 },
    });
    await at.control(`/payment_methods/${method}`, { behavior: 'succeeds' });
    await at.control('/clock/advance', { ms: 4 * DAY_MS });
    expect((await at.stripe.invoices.retrieve(id)).status).toBe('paid');
    await at.control('/clock/advance', { ms: 7 * DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription)).pause_collection).toBeNull();
  });
});
