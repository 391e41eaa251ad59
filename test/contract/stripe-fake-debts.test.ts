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

/** An invoice that was sent, so that nothing charges it by itself. */
async function sentInvoice({ stripe }: Bench, customer: string, amount: number, currency = 'usd') {
  const terms = { collection_method: 'send_invoice', days_until_due: 14 } as const;
  const invoice = await stripe.invoices.create({ customer, currency, ...terms });
  await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount, currency });
  return stripe.invoices.finalizeInvoice(invoice.id, { expand: ['payments'] });
}

async function customerWithCard({ stripe }: Bench) {
  const customer = await stripe.customers.create({ email: 'ada@example.com' });
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  return { customer: customer.id, method: method.id };
}

async function subscriber(at: Bench) {
  const { customer, method } = await customerWithCard(at);
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

describe('a payment of a part', () => {
  const partly = async (at: Bench, invoice: string, amount: number) => {
    const { customer, currency } = await at.stripe.invoices.retrieve(invoice);
    const intent = await at.stripe.paymentIntents.create({
      ...{ amount, currency, customer: customer as string },
      payment_method: (
        await at.stripe.paymentMethods.attach('pm_card_visa', { customer: customer as string })
      ).id,
      confirm: true,
    });
    return at.stripe.invoices.attachPayment(invoice, { payment_intent: intent.id, expand: ['payments'] });
  };

  it('moves what is paid and what remains, and leaves the invoice open until nothing remains', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 10_000);
    const half = await partly(at, id, 6_000);
    expect(half).toMatchObject({
      status: 'open',
      amount_due: 10_000,
      amount_paid: 6_000,
      amount_remaining: 4_000,
    });
    const payments = half.payments?.data ?? [];
    expect(payments.find((row) => !row.is_default)).toMatchObject({ status: 'paid', amount_paid: 6_000 });
    // Stripe keeps the default payment in step, so that it is always for the rest.
    expect(payments.find((row) => row.is_default)).toMatchObject({ status: 'open', amount_requested: 4_000 });
    expect(await at.typesOf()).not.toContain('invoice.paid');
    const paid = await at.stripe.invoices.pay(id);
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 10_000, amount_remaining: 0 });
    const [charge] = (await at.stripe.charges.list({ customer, limit: 1 })).data;
    expect(charge?.amount).toBe(4_000);
    const types = await at.typesOf();
    expect(types.filter((type) => type === 'invoice_payment.paid')).toHaveLength(2);
    expect(types.filter((type) => type === 'invoice.paid')).toHaveLength(1);
  });

  it('pays the invoice when it is the rest, and its default payment is given up', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 5_000);
    await partly(at, id, 2_000);
    const paid = await partly(at, id, 3_000);
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 5_000 });
    expect(paid.payments?.data.find((row) => row.is_default)?.status).toBe('canceled');
  });

  it('is credited only when a payment that was attached open succeeds', async () => {
    const at = await bench();
    const { customer, method } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 5_000);
    const intent = await at.stripe.paymentIntents.create({ amount: 1_500, currency: 'usd', customer });
    await at.stripe.invoices.attachPayment(id, { payment_intent: intent.id });
    expect((await at.stripe.invoices.retrieve(id)).amount_paid).toBe(0);
    await at.stripe.paymentIntents.confirm(intent.id, { payment_method: method });
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject({ status: 'open', amount_remaining: 3_500 });
  });

  it('that is more than remains by then goes to the credit balance', async () => {
    const at = await bench();
    const { customer, method } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 5_000);
    const intent = await at.stripe.paymentIntents.create({ amount: 4_000, currency: 'usd', customer });
    await at.stripe.invoices.attachPayment(id, { payment_intent: intent.id });
    await at.stripe.creditNotes.create({ invoice: id, amount: 3_000 });
    await at.stripe.paymentIntents.confirm(intent.id, { payment_method: method });
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject({ status: 'paid', amount_overpaid: 2_000 });
    expect(await at.stripe.customers.retrieve(customer)).toMatchObject({ balance: -2_000 });
    expect(await at.typesOf()).toContain('invoice.overpaid');
  });

  it('is made by a control call, through Stripe or outside of it', async () => {
    const at = await bench();
    const { customer } = await subscriber(at);
    const { id } = await at.control(`/customers/${customer}/fail-invoice`, {
      amount: 9_000,
      currency: 'usd',
    });
    expect(await at.control(`/invoices/${id}/pay`, { amount: 2_000 })).toMatchObject({ amount_paid: 2_000 });
    const off = await at.control(`/invoices/${id}/pay`, { amount: 3_000, outOfBand: true });
    expect(off).toMatchObject({ status: 'open', amount_remaining: 4_000, amount_paid_off_stripe: 3_000 });
    const listed = (await at.stripe.invoicePayments.list({ invoice: id })).data;
    expect(listed.map(({ payment }) => payment.type)).toContain('payment_record');
    expect(await at.control(`/invoices/${id}/pay`)).toMatchObject({ status: 'paid', amount_paid: 9_000 });
  });

  it('is refused for a subscription that is charged automatically, and for more than remains', async () => {
    const at = await bench();
    const { customer } = await subscriber(at);
    const { id } = await at.control(`/customers/${customer}/fail-invoice`, { amount: 900, currency: 'usd' });
    const intent = await at.stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer });
    const refused = at.stripe.invoices.attachPayment(id, { payment_intent: intent.id });
    await expect(refused).rejects.toMatchObject({ statusCode: 400 });
    const small = await sentInvoice(at, customer, 100);
    const tooMuch = at.stripe.invoices.attachPayment(small.id, { payment_intent: intent.id });
    await expect(tooMuch).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('a credit note', () => {
  it('on an open invoice lowers the debt, and what a retry charges', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 10_000);
    const note = await at.stripe.creditNotes.create({ invoice: id, amount: 2_500, reason: 'order_change' });
    expect(note).toMatchObject({
      type: 'pre_payment',
      pre_payment_amount: 2_500,
      status: 'issued',
      customer,
    });
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject({
      status: 'open',
      total: 10_000,
      amount_due: 7_500,
      amount_remaining: 7_500,
      pre_payment_credit_notes_amount: 2_500,
    });
    expect((await at.typesOf()).slice(-2)).toEqual(['credit_note.created', 'invoice.updated']);
    await at.stripe.invoices.pay(id);
    expect((await at.stripe.charges.list({ customer })).data[0]?.amount).toBe(7_500);
    expect((await at.stripe.creditNotes.list({ invoice: id })).data.map((row) => row.id)).toEqual([note.id]);
    expect((await at.stripe.creditNotes.retrieve(note.id)).number).toMatch(/-CN-01$/);
  });

  it('over the whole debt makes the invoice paid without a payment, and the subscription active', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at);
    const { id } = await at.control(`/customers/${customer}/fail-invoice`, { amount: 900, currency: 'usd' });
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    await at.stripe.creditNotes.create({ invoice: id, lines: [{ type: 'custom_line_item', amount: 900 }] });
    const paid = await at.stripe.invoices.retrieve(id, { expand: ['payments.data.payment.payment_intent'] });
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 0, amount_due: 0, amount_remaining: 0 });
    expect(paid.payments?.data[0]?.payment.payment_intent).toMatchObject({ status: 'canceled' });
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    const types = (await at.typesOf()).slice((await at.typesOf()).indexOf('credit_note.created'));
    expect(types).toContain('invoice.paid');
    expect(types).not.toContain('invoice.payment_succeeded');
  });

  it('on a paid invoice is refunded or credited, and must say which', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 1_000);
    await at.stripe.invoices.pay(id);
    const silent = at.stripe.creditNotes.create({ invoice: id, amount: 400 });
    await expect(silent).rejects.toMatchObject({ statusCode: 400 });
    const note = await at.stripe.creditNotes.create({
      ...{ invoice: id, amount: 400 },
      ...{ credit_amount: 100, refund_amount: 300 },
    });
    expect(note).toMatchObject({ type: 'post_payment', post_payment_amount: 400 });
    expect(await at.stripe.customers.retrieve(customer)).toMatchObject({ balance: -100 });
    expect((await at.stripe.refunds.list()).data).toMatchObject([{ amount: 300 }]);
    const after = await at.stripe.invoices.retrieve(id);
    expect(after).toMatchObject({
      status: 'paid',
      amount_paid: 1_000,
      post_payment_credit_notes_amount: 400,
    });
  });

  it('that is taken back while the invoice is open restores the debt', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 1_000);
    const note = await at.stripe.creditNotes.create({ invoice: id, amount: 400 });
    expect((await at.stripe.creditNotes.voidCreditNote(note.id)).status).toBe('void');
    const restored = { amount_remaining: 1_000, pre_payment_credit_notes_amount: 0 };
    expect(await at.stripe.invoices.retrieve(id)).toMatchObject(restored);
    const tooMuch = at.stripe.creditNotes.create({ invoice: id, amount: 1_001 });
    await expect(tooMuch).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe('a debt that is undone or written off', () => {
  it('by voiding owes nothing more, which parts that were paid forbid', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 1_000);
    expect(await at.stripe.invoices.voidInvoice(id)).toMatchObject({ status: 'void', amount_remaining: 0 });
    expect((await at.typesOf()).at(-1)).toBe('invoice.voided');
    const other = await sentInvoice(at, customer, 1_000);
    await at.control(`/invoices/${other.id}/pay`, { amount: 10 });
    await expect(at.stripe.invoices.voidInvoice(other.id)).rejects.toMatchObject({ statusCode: 400 });
  });

  it('as uncollectible stays owed and can still be paid by card', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const { id } = await sentInvoice(at, customer, 1_000);
    const bad = await at.stripe.invoices.markUncollectible(id);
    expect(bad).toMatchObject({ status: 'uncollectible', amount_remaining: 1_000 });
    expect(await at.typesOf()).toContain('invoice.marked_uncollectible');
    expect(await at.stripe.invoices.pay(id)).toMatchObject({ status: 'paid', amount_remaining: 0 });
  });

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
    ['past_due', 'past_due'],
  ] as const)(
    'by Stripe itself after the last retry leaves the subscription as the setting %s says',
    async (afterRetries, status) => {
      const at = await bench({ afterRetries, afterRetriesInvoice: 'uncollectible' });
      const { customer, subscription } = await subscriber(at);
      const { id } = await at.control(`/customers/${customer}/fail-invoice`, {
        amount: 900,
        currency: 'usd',
      });
      await at.control('/clock/advance', { ms: 8 * DAY_MS });
      const given = await at.stripe.invoices.retrieve(id);
      expect(given).toMatchObject({ status: 'uncollectible', amount_remaining: 900, attempt_count: 4 });
      const after = await at.stripe.subscriptions.retrieve(subscription);
      expect(after.status).toBe(status);
      if (status === 'canceled') expect(after.cancellation_details?.reason).toBe('payment_failed');
      expect(await at.typesOf()).toContain('invoice.marked_uncollectible');
    },
  );

  it('leaves later invoices of an unpaid subscription as drafts, which a person finalises and pays', async () => {
    const at = await bench({ afterRetries: 'unpaid' });
    const { customer, method } = await subscriber(at);
    await at.control(`/customers/${customer}/fail-invoice`, { amount: 900, currency: 'usd' });
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const [draft] = (await at.stripe.invoices.list({ customer, status: 'draft' })).data;
    expect(draft).toMatchObject({ auto_advance: false, hosted_invoice_url: null });
    await at.control(`/payment_methods/${method}`, { behavior: 'succeeds' });
    const opened = await at.stripe.invoices.finalizeInvoice(draft!.id);
    expect(opened).toMatchObject({ status: 'open', attempt_count: 0 });
    expect((await at.stripe.invoices.pay(draft!.id)).status).toBe('paid');
  });
});

describe('several debts', () => {
  it('stand side by side in two currencies, and are paid one by one', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at);
    const bill = { amount: 900, behavior: 'declined' };
    const dollars = await at.control(`/customers/${customer}/invoices`, { ...bill, currency: 'usd' });
    const euros = await at.control(`/customers/${customer}/invoices`, { ...bill, currency: 'EUR' });
    expect(dollars.parent?.subscription_details?.subscription).toBe(subscription);
    // A subscription bills in one currency.
    expect(euros).toMatchObject({ currency: 'eur', parent: null, status: 'open' });
    const owed = (await at.stripe.invoices.list({ customer, status: 'open' })).data;
    expect(owed.map(({ currency, amount_remaining }) => [currency, amount_remaining])).toEqual([
      ['eur', 900],
      ['usd', 900],
    ]);
    await at.control(`/invoices/${euros.id}/pay`);
    expect((await at.stripe.invoices.list({ customer, status: 'open' })).data).toMatchObject([
      { id: dollars.id },
    ]);
    const [charge] = (await at.stripe.charges.list({ customer, limit: 1 })).data;
    expect(charge).toMatchObject({ currency: 'eur', status: 'succeeded' });
  });
});
