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

describe('a balance', () => {
  it('of credit settles no open invoice, and is used by the next one in its currency', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const debt = await sentInvoice(at, customer, 1_000);
    const credit = await at.stripe.customers.createBalanceTransaction(customer, {
      ...{ amount: -1_500, currency: 'usd' },
      description: 'goodwill',
    });
    expect(credit).toMatchObject({ type: 'adjustment', ending_balance: -1_500 });
    expect(await at.stripe.invoices.retrieve(debt.id)).toMatchObject({
      status: 'open',
      amount_remaining: 1_000,
    });
    expect(await sentInvoice(at, customer, 1_200)).toMatchObject({ status: 'paid', amount_due: 0 });
    const moves = (await at.stripe.customers.listBalanceTransactions(customer)).data;
    expect(moves.map(({ type, amount, ending_balance }) => [type, amount, ending_balance])).toEqual([
      ['applied_to_invoice', 1_200, -300],
      ['adjustment', -1_500, -1_500],
    ]);
  });

  it('of credit is kept by currency, and told with its sign turned round', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    await at.stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: 'usd' });
    await at.stripe.customers.createBalanceTransaction(customer, { amount: -700, currency: 'eur' });
    const expand = ['invoice_credit_balance'];
    const read = (await at.stripe.customers.retrieve(customer, { expand })) as Stripe.Customer;
    expect(read).toMatchObject({ currency: 'usd', balance: -300 });
    expect(read.invoice_credit_balance).toEqual({ usd: 300, eur: 700 });
    expect(await sentInvoice(at, customer, 1_000, 'eur')).toMatchObject({ total: 1_000, amount_due: 300 });
    expect(await at.stripe.customers.retrieve(customer)).toMatchObject({ balance: -300 });
  });

  it('of cash is what was sent for no invoice, and settles none by itself', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const debt = await sentInvoice(at, customer, 1_000);
    expect((await at.stripe.customers.retrieveCashBalance(customer)).available).toBeNull();
    await at.control(`/customers/${customer}/cash`, { amount: 1_000, currency: 'usd' });
    const cash = await at.stripe.customers.retrieveCashBalance(customer);
    expect(cash).toMatchObject({ object: 'cash_balance', available: { usd: 1_000 }, customer });
    expect((await at.stripe.invoices.retrieve(debt.id)).status).toBe('open');
    expect((await at.typesOf()).slice(-2)).toEqual([
      'customer_cash_balance_transaction.created',
      'cash_balance.funds_available',
    ]);
  });
});

describe('an invoice that can’t be finalised', () => {
  it('stays a draft with its error, is listed as one, and is collected once the address is mended', async () => {
    const at = await bench();
    const { customer, subscription } = await subscriber(at);
    const stuck = await at.control(`/customers/${customer}/stuck-draft`, { amount: 900, currency: 'usd' });
    expect(stuck).toMatchObject({
      status: 'draft',
      automatic_tax: { enabled: true, status: 'requires_location_inputs' },
      last_finalization_error: { type: 'invalid_request_error', code: 'customer_tax_location_invalid' },
      hosted_invoice_url: null,
    });
    expect(await at.typesOf()).toContain('invoice.finalization_failed');
    const drafts = (await at.stripe.invoices.list({ customer, status: 'draft' })).data;
    expect(drafts.map(({ id }) => id)).toEqual([stuck.id]);
    // Stripe goes on serving: the subscription knows nothing of it, and no time heals it.
    await at.control('/clock/advance', { ms: 5 * DAY_MS });
    expect((await at.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    const again = at.stripe.invoices.finalizeInvoice(stuck.id);
    await expect(again).rejects.toMatchObject({ code: 'customer_tax_location_invalid', statusCode: 400 });
    await at.stripe.customers.update(customer, { address: { country: 'US', postal_code: '94107' } });
    const mended = await at.stripe.invoices.finalizeInvoice(stuck.id);
    expect(mended).toMatchObject({
      status: 'paid',
      last_finalization_error: null,
      automatic_tax: { status: 'complete' },
      customer_address: { country: 'US' },
    });
  });

  it('is a renewal whose customer has lost his address, and goes out without tax where that is chosen', async () => {
    const at = await bench();
    const { customer } = await customerWithCard(at);
    const price = await at.stripe.prices.create({
      currency: 'eur',
      unit_amount: 500,
      recurring: { interval: 'day', interval_count: 30 },
      product_data: { name: 'P' },
    });
    const taxed = { customer, items: [{ price: price.id }], automatic_tax: { enabled: true } };
    const refused = at.stripe.subscriptions.create(taxed);
    await expect(refused).rejects.toMatchObject({ code: 'customer_tax_location_invalid' });
    await at.stripe.customers.update(customer, { address: { country: 'DE' } });
    await at.stripe.subscriptions.create(taxed);
    await at.stripe.customers.update(customer, { address: '' });
    await at.control('/clock/advance', { ms: 31 * DAY_MS });
    const [draft] = (await at.stripe.invoices.list({ customer, status: 'draft' })).data;
    expect(draft?.last_finalization_error?.code).toBe('customer_tax_location_invalid');
    await at.stripe.invoices.update(draft!.id, { automatic_tax: { enabled: false } });
    expect((await at.stripe.invoices.pay(draft!.id)).status).toBe('paid');
  });
});
