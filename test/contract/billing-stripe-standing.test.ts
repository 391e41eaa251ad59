import { afterEach, describe, expect, it } from 'vitest';
import { asCustomerId, type CustomerId } from '../../src/domain/ids.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { StripeFakeOptions } from '../../src/stripe-fake/server.js';
import {
  amendEvery,
  oneOff,
  onlyInvoice,
  openStripeWorld,
  type StripeRequest,
  type StripeWorld,
} from '../support/billing-stripe.js';

const opened: StripeWorld[] = [];

async function open(options: Partial<StripeFakeOptions> = {}, timeoutMs?: number): Promise<StripeWorld> {
  const world = await openStripeWorld(options, timeoutMs);
  opened.push(world);
  return world;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((world) => world.close()));
});

/** The calls that one read of a customer's standing makes. */
async function callsToRead({ billing, traffic }: StripeWorld, customer: CustomerId): Promise<string[]> {
  traffic.requests.length = 0;
  await billing.readStanding([customer]);
  return traffic.requests.map(({ method, path }) => `${method} ${path.replace(/cus_\w+/, ':id')}`);
}

describe('what a read costs', () => {
  const lists = ['GET /v1/subscriptions', ...['GET /v1/invoices', 'GET /v1/invoices', 'GET /v1/invoices']];

  it('is four calls for a customer who owes nothing', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.void(invoice);
    expect(await callsToRead(world, customer)).toEqual(lists);
  });

  it('is one more for a customer without any subscription, who has to be read himself', async () => {
    const world = await open();
    const customer = asCustomerId((await world.stripe.customers.create({})).id);
    const [subscriptions = '', ...invoices] = lists;
    expect(await callsToRead(world, customer)).toEqual([subscriptions, 'GET /v1/customers/:id', ...invoices]);
  });

  it('is two more for an invoice that was tried, and one for an invoice that nobody has tried', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    const perInvoice = ['GET /v1/invoice_payments', 'GET /v1/charges'];
    expect(await callsToRead(world, customer)).toEqual([...lists, ...perInvoice]);
    const other = await oneOff(world, { collection_method: 'send_invoice', days_until_due: 14 });
    expect(await callsToRead(world, other.customer)).toHaveLength(lists.length + 1 + 1);
  });
});

describe('lists', () => {
  /** A customer with two of everything that is listed. */
  async function crowd(world: StripeWorld): Promise<CustomerId> {
    const { customer, subscription, invoice } = await world.debtor();
    const items = (await world.stripe.subscriptions.retrieve(subscription)).items.data;
    const price = items[0]?.price.id ?? '';
    await world.stripe.subscriptions.create({ customer, items: [{ price }] });
    await world.changeMethod({ customer, subscription, invoice }, 'declined');
    await world.stripe.invoices.pay(invoice).catch(() => undefined);
    await world.payPart(invoice, 1_000);
    const bill = { amount: 300, currency: 'usd' };
    const writtenOff = await world.control<{ id: string }>(`/customers/${customer}/fail-invoice`, bill);
    await world.stripe.invoices.markUncollectible(writtenOff.id);
    await world.leaveStuckDraft(customer);
    await world.leaveStuckDraft(customer);
    return customer;
  }

  it('are read to the last page, each of them', async () => {
    const world = await open();
    const customer = await crowd(world);
    const { readAt, ...whole } = await world.billing.readStanding([customer]);
    const calls = world.traffic.requests.length;
    world.traffic.smallPages = true;
    const { readAt: later, ...paged } = await world.billing.readStanding([customer]);
    expect(paged).toEqual(whole);
    expect(whole).toMatchObject({ complete: true });
    expect(whole.subscriptions).toHaveLength(2);
    expect(whole.stuckDrafts).toHaveLength(2);
    expect(later).toBeGreaterThanOrEqual(readAt);
    expect(world.traffic.requests.length - calls).toBeGreaterThan(calls);
  });

  it.each([500, 429])('never make a complete standing when any page answers with %i', async (status) => {
    const world = await open();
    const customer = await crowd(world);
    world.traffic.smallPages = true;
    world.traffic.requests.length = 0;
    await world.billing.readStanding([customer]);
    const calls = world.traffic.requests.length;
    expect(calls).toBeGreaterThan(12);
    for (let failing = 0; failing < calls; failing += 1) {
      let seen = -1;
      world.traffic.answer = () => {
        seen += 1;
        return seen === failing ? Response.json({ error: { type: 'api_error' } }, { status }) : null;
      };
      const read = world.billing.readStanding([customer]);
      await expect(read, `call ${failing}`).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    }
  });

  it('never make a complete standing when an object goes away while they are read', async () => {
    const world = await open();
    const customer = await crowd(world);
    world.traffic.smallPages = true;
    world.traffic.requests.length = 0;
    await world.billing.readStanding([customer]);
    const calls = world.traffic.requests.length;
    const missing = { error: { type: 'invalid_request_error', code: 'resource_missing' } };
    for (let failing = 0; failing < calls; failing += 1) {
      let seen = -1;
      world.traffic.answer = () => {
        seen += 1;
        return seen === failing ? Response.json(missing, { status: 400 }) : null;
      };
      expect((await world.billing.readStanding([customer])).complete, `call ${failing}`).toBe(false);
    }
  });

  it.each([
    ['/v1/subscriptions', 'subscription'],
    ['/v1/invoices', 'draft'],
    ['/v1/charges', 'charge'],
    ['/v1/invoice_payments', 'invoice_payment'],
  ])('of %s that go on for ever make an incomplete standing', async (path, kind) => {
    const world = await open();
    const { customer } = await world.debtor();
    let made = 0;
    const rowOf = () => ({ id: `${kind}_${(made += 1)}`, ...endless[kind] });
    world.traffic.answer = (request) => {
      const isOther = request.path !== path || (kind === 'draft' && request.query.get('status') !== 'draft');
      const data = Array.from({ length: 100 }, rowOf);
      return isOther ? null : Response.json({ object: 'list', url: path, has_more: true, data });
    };
    expect((await world.billing.readStanding([customer])).complete).toBe(false);
    expect(world.traffic.requests.length).toBeLessThan(40);
  });

  const endless: Record<string, object> = {
    subscription: {
      object: 'subscription',
      status: 'active',
      customer: { id: 'cus_1', balance: 0, invoice_settings: {} },
    },
    draft: { object: 'invoice', status: 'draft', last_finalization_error: null },
    charge: { object: 'charge', status: 'failed', created: 1, payment_method: 'pm_1' },
    invoice_payment: { object: 'invoice_payment', is_default: false, payment: { type: 'payment_record' } },
  };

  it('that show an invoice twice, because it was written off between them, count it once', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.stripe.invoices.markUncollectible(invoice);
    const twice = await world.stripe.invoices.list({ customer, status: 'uncollectible' });
    world.traffic.answer = ({ query }) => (query.get('status') === 'open' ? Response.json(twice) : null);
    expect((await onlyInvoice(world, customer)).id).toBe(invoice);
  });
});

describe('debts', () => {
  it('TT-8 keeps what was written off owed, and charges it no more', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.stripe.invoices.markUncollectible(debtor.invoice);
    const method = await world.changeMethod(debtor, 'paid');
    expect(await onlyInvoice(world, debtor.customer)).toMatchObject({
      remainingMinor: 9_900,
      untried: null,
      idleDefault: null,
    });
    const charges = await world.countCharges();
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('declined');
    expect(await world.countCharges()).toBe(charges);
  });

  it('TT-8 keeps what Stripe itself wrote off after its last try owed', async () => {
    const world = await open({ afterRetriesInvoice: 'uncollectible' });
    const { customer, invoice } = await world.debtor();
    expect((await world.stripe.invoices.retrieve(invoice)).status).toBe('uncollectible');
    expect((await onlyInvoice(world, customer)).remainingMinor).toBe(9_900);
  });

  it('TT-16 keeps the currency of each debt', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    await world.control(`/customers/${customer}/fail-invoice`, { amount: 700, currency: 'eur' });
    const { invoices } = await world.billing.readStanding([customer]);
    expect(invoices.map(({ currency, remainingMinor }) => [currency, remainingMinor])).toEqual([
      ['eur', 700],
      ['usd', 9_900],
    ]);
    expect(invoices.map(({ subscription }) => subscription === null)).toEqual([true, false]);
  });

  it('reads an invoice that was sent with its due date, and charges no method for it', async () => {
    const world = await open();
    const sent = await oneOff(world, { collection_method: 'send_invoice', days_until_due: 14 });
    expect(await onlyInvoice(world, sent.customer)).toMatchObject({
      ...{ collection: 'sent', attempted: false, firstFailedAt: null, untried: null, idleDefault: null },
      dueAt: expect.any(Number) as number,
    });
    const other = await world.methodFor(sent.customer, 'declined');
    await world.stripe.invoices.pay(sent.invoice, { payment_method: other }).catch(() => undefined);
    expect(await onlyInvoice(world, sent.customer)).toMatchObject({ attempted: true, untried: null });
  });
});

describe('payments', () => {
  it('TT-12 takes the time of the pending charge, not of the intent that is as old as the invoice', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.pass(3 * DAY_MS);
    await world.startPayment(invoice);
    const [charge] = (await world.stripe.charges.list({ customer, limit: 1 })).data;
    expect(charge?.status).toBe('pending');
    expect((await onlyInvoice(world, customer)).processingSince).toBe((charge?.created ?? 0) * 1_000);
  });

  it('TT-12 takes the time of the intent where no charge is pending', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    amendEvery(world, 'payment_intent', { status: 'processing', created: 1_790_000_000 });
    expect((await onlyInvoice(world, customer)).processingSince).toBe(1_790_000_000_000);
  });

  it('TT-12 reads a debit that the bank sends back days later as a failure', async () => {
    const world = await open({ debitMs: 4 * DAY_MS });
    const debtor = await world.debtor();
    const method = (
      await world.stripe.paymentMethods.attach('pm_usBankAccount_insufficientFunds', {
        customer: debtor.customer,
      })
    ).id;
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('processing');
    await world.pass(3 * DAY_MS);
    expect((await onlyInvoice(world, debtor.customer)).processingSince).not.toBeNull();
    await world.pass(2 * DAY_MS);
    expect((await onlyInvoice(world, debtor.customer)).processingSince).toBeNull();
    // The same key within a day may charge no more; it is read that the debit has come back.
    expect((await onlyInvoice(world, debtor.customer)).untried).toBeNull();
  });

  it('EC-3 waits from the latest failed charge on, where the payer is asked after one', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const { firstFailedAt } = await onlyInvoice(world, debtor.customer);
    await world.pass(3 * DAY_MS);
    const declining = await world.changeMethod(debtor, 'declined');
    await world.billing.pay({ invoice: debtor.invoice, method: declining }, 'key-1');
    const [latest] = (await world.stripe.charges.list({ customer: debtor.customer, limit: 1 })).data;
    await world.pass(DAY_MS);
    await world.needConfirmation(debtor.invoice);
    const waiting = await onlyInvoice(world, debtor.customer);
    expect(waiting).toMatchObject({ confirmationSince: (latest?.created ?? 0) * 1_000, firstFailedAt });
  });

  it('EC-3 waits from the first try on, where that asked the payer', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.void(invoice);
    const bill = { amount: 9_900, currency: 'usd', behavior: 'requires_action' };
    const { id } = await world.control<{ id: string }>(`/customers/${customer}/invoices`, bill);
    const asked = await onlyInvoice(world, customer);
    expect(asked).toMatchObject({ id, firstFailedAt: null, attempted: true, untried: null });
    expect(Math.abs((asked.confirmationSince ?? 0) - (await world.now()))).toBeLessThan(5_000);
  });

  it('EC-3 waits for nobody where Stripe only shows a bank account to transfer to', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    const next_action = { type: 'display_bank_transfer_instructions' };
    amendEvery(world, 'payment_intent', { status: 'requires_action', next_action });
    expect((await onlyInvoice(world, customer)).confirmationSince).toBeNull();
  });

  it('EC-3 waits for nobody where only a part of an invoice is to be confirmed', async () => {
    const world = await open();
    const terms = { collection_method: 'send_invoice', days_until_due: 14 } as const;
    const { customer, invoice } = await oneOff(world, terms);
    const { stripe } = world;
    const method = await world.methodFor(customer, 'unconfirmed');
    const part = { customer, amount: 500, currency: 'usd', payment_method: method, confirm: true };
    const intent = await stripe.paymentIntents.create(part);
    expect(intent.status).toBe('requires_action');
    await stripe.invoices.attachPayment(invoice, { payment_intent: intent.id });
    expect((await onlyInvoice(world, customer)).confirmationSince).toBeNull();
  });

  it('reads an intent by itself when Stripe names only its id', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.startPayment(invoice);
    const whole = await onlyInvoice(world, customer);
    world.traffic.amend = ({ path }, body) => {
      if (path !== '/v1/invoice_payments') return;
      for (const { payment } of body['data'] as { payment: { payment_intent: unknown } }[])
        payment.payment_intent = (payment.payment_intent as { id: string }).id;
    };
    expect(await onlyInvoice(world, customer)).toEqual(whole);
    expect(world.traffic.requests.some(({ path }) => path.startsWith('/v1/payment_intents/'))).toBe(true);
  });
});

describe('methods', () => {
  it('EC-2 looks at the slot of the subscription before the default of the customer', async () => {
    const world = await open();
    const { customer, subscription } = await world.debtor();
    const method = await world.methodFor(customer, 'paid');
    await world.stripe.subscriptions.update(subscription, { default_payment_method: method });
    expect(await onlyInvoice(world, customer)).toMatchObject({ untried: method, idleDefault: null });
  });

  it('EC-2 looks at the method of the invoice first', async () => {
    const world = await open();
    const { customer, invoice } = await oneOff(world);
    expect(await onlyInvoice(world, customer)).toMatchObject({ attempted: true, untried: null });
    const general = await world.methodFor(customer, 'paid');
    await world.stripe.customers.update(customer, { invoice_settings: { default_payment_method: general } });
    expect(await onlyInvoice(world, customer)).toMatchObject({ untried: null, idleDefault: null });
    const named = await world.methodFor(customer, 'paid');
    await world.stripe.invoices.update(invoice, { default_payment_method: named });
    expect((await onlyInvoice(world, customer)).untried).toBe(named);
  });

  it('EC-2 looks at the method of the invoice before the slot of its subscription', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.changeDefaultOnly(debtor);
    const named = await world.methodFor(debtor.customer, 'paid');
    await world.stripe.invoices.update(debtor.invoice, { default_payment_method: named });
    // The subscription's own method is not what stands in the way any more.
    const expected = { untried: named, idleDefault: null };
    expect(await onlyInvoice(world, debtor.customer)).toMatchObject(expected);
  });

  it('EC-2 takes the method that the payer has to confirm for tried, whatever error is shown', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.void(invoice);
    const bill = { amount: 100, currency: 'usd', behavior: 'requires_action' };
    await world.control(`/customers/${customer}/invoices`, bill);
    amendEvery(world, 'payment_intent', { last_payment_error: null });
    expect((await onlyInvoice(world, customer)).untried).toBeNull();
  });

  it('EC-2 knows cards from before there were payment methods, and charges them as what they are', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    amendEvery(world, 'subscription', { default_source: 'card_old' });
    expect((await onlyInvoice(world, customer)).untried).toBe('card_old');
    const sent: StripeRequest[] = [];
    world.traffic.answer = (request) => {
      if (!request.path.endsWith('/pay')) return null;
      sent.push(request);
      return Response.json({ error: { type: 'card_error', code: 'card_declined' } }, { status: 402 });
    };
    expect(await world.billing.pay({ invoice, method: 'card_old' }, 'key-1')).toBe('declined');
    expect(sent.map(({ query }) => [query.get('source'), query.has('payment_method')])).toEqual([
      ['card_old', false],
    ]);
  });

  it('EC-2 calls a method tried that failed before another one did', async () => {
    const world = await open();
    const debtor = await world.debtor();
    // The customer has tried another card by hand, and the slot is as it was.
    const other = await world.methodFor(debtor.customer, 'declined');
    await world.stripe.invoices.pay(debtor.invoice, { payment_method: other }).catch(() => undefined);
    expect((await onlyInvoice(world, debtor.customer)).untried).toBeNull();
  });

  it('EC-2 names the first method of a customer who had none', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const { data } = await world.stripe.paymentMethods.list({ customer: debtor.customer });
    for (const { id } of data) await world.stripe.paymentMethods.detach(id);
    await world.void(debtor.invoice);
    const bill = { amount: 100, currency: 'usd' };
    await world.control(`/customers/${debtor.customer}/fail-invoice`, bill);
    expect((await onlyInvoice(world, debtor.customer)).untried).toBeNull();
    const method = await world.changeMethod(debtor, 'paid');
    expect((await onlyInvoice(world, debtor.customer)).untried).toBe(method);
  });

  it('EC-2 names none for a subscription that is canceled: Stripe collects nothing for it any more', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.stripe.subscriptions.cancel(debtor.subscription);
    await world.changeMethod(debtor, 'paid');
    expect(await onlyInvoice(world, debtor.customer)).toMatchObject({ remainingMinor: 9_900, untried: null });
  });

  it('EC-2 names none for an invoice that Stripe has not tried yet', async () => {
    const world = await open({ draftMs: 0 });
    const debtor = await world.debtor();
    await world.changeMethod(debtor, 'paid');
    amendEvery(world, 'invoice', { attempted: false, attempt_count: 0 });
    expect((await onlyInvoice(world, debtor.customer)).untried).toBeNull();
  });
});

describe('balances', () => {
  it('TT-11 counts cash besides credit, each currency by itself', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    await world.giveCredit(customer, { currency: 'usd', amountMinor: 1_000 });
    await world.control(`/customers/${customer}/cash`, { amount: 250, currency: 'usd' });
    await world.control(`/customers/${customer}/cash`, { amount: 40, currency: 'eur' });
    expect((await world.billing.readStanding([customer])).credits).toEqual([
      { currency: 'eur', amountMinor: 40 },
      { currency: 'usd', amountMinor: 1_250 },
    ]);
  });

  it('TT-11 counts a credit once that Stripe tells twice, and one that it tells only as the balance', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    amendEvery(world, 'customer', { balance: -500, currency: 'usd', invoice_credit_balance: { usd: 500 } });
    const once = [{ currency: 'usd', amountMinor: 500 }];
    expect((await world.billing.readStanding([customer])).credits).toEqual(once);
    amendEvery(world, 'customer', { balance: -500, currency: 'usd', invoice_credit_balance: null });
    expect((await world.billing.readStanding([customer])).credits).toEqual(once);
  });

  it('TT-11 does not let what is owed in one balance take from what is there in another', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    await world.giveCredit(customer, { currency: 'usd', amountMinor: -700 });
    await world.control(`/customers/${customer}/cash`, { amount: 250, currency: 'usd' });
    expect((await world.billing.readStanding([customer])).credits).toEqual([
      { currency: 'usd', amountMinor: 250 },
    ]);
  });

  it('TT-11 reads the balance of a customer without a subscription, too', async () => {
    const world = await open();
    const { customer } = await oneOff(world);
    await world.giveCredit(customer, { currency: 'usd', amountMinor: 2_000 });
    expect((await world.billing.readStanding([customer])).credits).toEqual([
      { currency: 'usd', amountMinor: 2_000 },
    ]);
  });
});

describe('drafts', () => {
  it('TT-13 leaves a draft alone that only waits for its hour', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    await world.stripe.invoices.create({ customer });
    expect((await world.billing.readStanding([customer])).stuckDrafts).toEqual([]);
  });

  it('SUB-3 tells of a renewal that was billed while unpaid, once the subscription is live again', async () => {
    const world = await open({ afterRetries: 'unpaid' });
    const { customer, subscription } = await world.debtor();
    await world.pass(2 * 366 * DAY_MS);
    const [newest, older, ...others] = (await world.stripe.invoices.list({ customer, status: 'draft' })).data;
    expect(others).toEqual([]);
    const drafts = async () => (await world.billing.readStanding([customer])).stuckDrafts;
    expect(await drafts(), 'while unpaid').toEqual([]);
    await world.stripe.invoices.finalizeInvoice(newest?.id ?? '');
    await world.control(`/invoices/${newest?.id}/pay`, {});
    expect((await world.stripe.subscriptions.retrieve(subscription)).status).toBe('active');
    expect(await drafts()).toEqual([{ id: older?.id, reason: 'left_over' }]);
    await world.stripe.subscriptions.update(subscription, {
      pause_collection: { behavior: 'keep_as_draft' },
    });
    expect(await drafts(), 'while its collection is paused').toEqual([]);
  });

  it('TT-13 tells the type of an error without a code, and never its words', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    const { id } = await world.leaveStuckDraft(customer);
    const error = { type: 'invalid_request_error', message: 'Ada, Baker Street 221b' };
    amendEvery(world, 'invoice', { last_finalization_error: error });
    const { stuckDrafts } = await world.billing.readStanding([customer]);
    expect(stuckDrafts).toEqual([{ id, reason: 'invalid_request_error' }]);
  });
});

describe('a customer', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['EN'], 'en'],
    [['zh-Hant'], 'zh'],
    [['fil-PH'], null],
    [[], null],
    [null, null],
  ])('with the locales %j speaks %s', async (preferred_locales, language) => {
    const world = await open();
    const { customer } = await world.debtor();
    amendEvery(world, 'customer', { preferred_locales });
    expect(await world.billing.readCustomer(customer)).toEqual({
      ...{ id: customer, name: null, email: 'ada@example.com', account: 'acme' },
      language,
    });
  });
});
