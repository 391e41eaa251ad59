import Stripe from 'stripe';
import { DAY_MS } from '../../../src/domain/time.js';
import { oneOff, type StripeWorld } from '../billing-stripe.js';
import { startRecorder, type Exchange } from './recorder.js';

type Tour = { readonly world: StripeWorld; readonly stripe: Stripe };

/** Asks the fake for everything that it has got, in every state that it can bring about. */
export async function tourFake(world: StripeWorld): Promise<readonly Exchange[]> {
  const recorder = await startRecorder(world.fake.base);
  const { hostname: host, port } = new URL(recorder.base);
  const at = { host, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 } as const;
  const tour = { world, stripe: new Stripe(world.fake.key, at) };
  try {
    await catalog(tour);
    await customers(tour);
    await subscriptions(tour);
    await invoices(tour);
    await payments(tour);
    await moneyBack(tour);
    await debits(tour);
    await passing(tour);
    await endpointsAndEvents(tour);
    await failures(tour);
    return recorder.exchanges;
  } finally {
    await recorder.close();
  }
}

async function catalog({ stripe }: Tour): Promise<void> {
  const product = await stripe.products.create({ name: 'Fleet', description: 'All of it' });
  const recurring = { interval: 'month' } as const;
  const plan = { product: product.id, currency: 'usd', unit_amount: 900 };
  const price = await stripe.prices.create({ ...plan, recurring, lookup_key: 'fleet' });
  await stripe.prices.create(plan);
  await stripe.products.retrieve(product.id);
  await stripe.products.list({ active: true });
  await stripe.prices.retrieve(price.id, { expand: ['product'] });
  await stripe.prices.list({ product: product.id });
}

async function customers({ stripe, world }: Tour): Promise<void> {
  const address = { line1: 'Ring 1', city: 'Vienna', country: 'AT', postal_code: '1010' };
  const { id } = await stripe.customers.create({ name: 'Ada', email: 'ada@example.com', address });
  const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
  await stripe.customers.update(id, { invoice_settings: { default_payment_method: card.id } });
  await stripe.customers.createBalanceTransaction(id, {
    amount: -700,
    currency: 'usd',
    description: 'Sorry',
  });
  await world.control(`/customers/${id}/cash`, { amount: 700, currency: 'eur' });
  await stripe.customers.listBalanceTransactions(id);
  await stripe.customers.retrieveCashBalance(id);
  await stripe.customers.retrieve(id, {
    expand: ['subscriptions', 'cash_balance', 'invoice_credit_balance'],
  });
  await stripe.customers.list({ email: 'ada@example.com', limit: 3 });
  await stripe.customers.listPaymentMethods(id);
  await stripe.paymentMethods.list({ customer: id, type: 'card' });
  await stripe.paymentMethods.retrieve(card.id);
  await stripe.paymentMethods.detach(card.id);
  await stripe.customers.del(id);
  await stripe.customers.retrieve(id);
}

async function subscriptions({ stripe, world }: Tour): Promise<void> {
  const { customer, subscription } = await world.debtor();
  const { items } = await stripe.subscriptions.retrieve(subscription);
  const price = items.data[0]?.price.id ?? '';
  const trial = await stripe.subscriptions.create({ customer, items: [{ price }], trial_period_days: 7 });
  await stripe.subscriptions.create({
    ...{ customer, items: [{ price, quantity: 2 }], metadata: { plan: 'a' } },
    ...{ collection_method: 'send_invoice', days_until_due: 14, expand: ['latest_invoice.payments'] },
  });
  await stripe.subscriptions.update(trial.id, { cancel_at_period_end: true });
  await stripe.subscriptions.update(trial.id, { cancel_at_period_end: false });
  await stripe.subscriptions.update(trial.id, { pause_collection: { behavior: 'keep_as_draft' } });
  await stripe.subscriptions.update(trial.id, { pause_collection: '' });
  const more = [{ id: items.data[0]?.id ?? '', quantity: 3 }];
  await stripe.subscriptions.update(subscription, { items: more, proration_behavior: 'none' });
  await stripe.subscriptions.list({ customer, status: 'all', expand: ['data.latest_invoice'] });
  await stripe.subscriptions.cancel(subscription);
}

async function invoices({ stripe, world }: Tour): Promise<void> {
  const terms = { collection_method: 'send_invoice', days_until_due: 14 } as const;
  const { customer, invoice } = await oneOff({ ...world, stripe }, terms);
  await stripe.invoices.sendInvoice(invoice);
  await stripe.invoices.update(invoice, { metadata: { asked: 'twice' } });
  await stripe.invoices.retrieve(invoice, { expand: ['customer', 'payments.data.payment.payment_intent'] });
  await stripe.invoiceItems.list({ customer });
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer });
  await stripe.invoices.attachPayment(invoice, { payment_intent: intent.id });
  const good = await world.methodFor(customer, 'paid');
  await stripe.paymentIntents.confirm(intent.id, { payment_method: good });
  await stripe.invoices.pay(invoice, { paid_out_of_band: true });
  for (const end of ['voidInvoice', 'markUncollectible'] as const) {
    const other = await oneOff({ ...world, stripe }, terms);
    await stripe.invoices[end](other.invoice);
  }
  const debtor = await world.debtor();
  await world.leaveStuckDraft(debtor.customer);
  await stripe.invoices.list({ customer: debtor.customer, limit: 10 });
}

async function payments({ stripe, world }: Tour): Promise<void> {
  const { customer, invoice } = await world.debtor();
  const stays = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', customer });
  await stripe.paymentIntents.cancel(stays.id);
  await world.needConfirmation(invoice);
  const open = await stripe.invoicePayments.list({ invoice });
  await stripe.invoicePayments.retrieve(open.data[0]?.id ?? '', { expand: ['payment.payment_intent'] });
  await world.changeMethod({ customer, invoice, subscription: '' as never }, 'paid');
  await stripe.invoices.pay(invoice);
  const intents = await stripe.paymentIntents.list({ customer, expand: ['data.latest_charge'] });
  await stripe.paymentIntents.retrieve(intents.data[0]?.id ?? '', { expand: ['payment_method', 'customer'] });
}

async function moneyBack({ stripe, world }: Tour): Promise<void> {
  const { customer, invoice } = await world.debtor();
  const early = await stripe.creditNotes.create({
    invoice,
    amount: 900,
    reason: 'order_change',
    memo: 'Sorry',
  });
  await stripe.creditNotes.voidCreditNote(early.id);
  await world.changeMethod({ customer, invoice, subscription: '' as never }, 'paid');
  await stripe.invoices.pay(invoice);
  const note = await stripe.creditNotes.create({ invoice, amount: 500, credit_amount: 500 });
  await stripe.creditNotes.retrieve(note.id);
  await stripe.creditNotes.list({ invoice });
  const charges = await stripe.charges.list({ customer });
  const charge = charges.data.find(({ paid }) => paid)?.id ?? '';
  const refund = await stripe.refunds.create({ charge, amount: 100, reason: 'requested_by_customer' });
  await stripe.refunds.retrieve(refund.id);
  await stripe.refunds.list({ charge });
  await stripe.charges.retrieve(charge, { expand: ['refunds', 'customer'] });
  await world.control(`/charges/${charge}/dispute`, {});
  const { data } = await stripe.disputes.list({ charge });
  const dispute = data[0]?.id ?? '';
  await stripe.disputes.update(dispute, { evidence: { uncategorized_text: 'He was there.' }, submit: true });
  await stripe.disputes.retrieve(dispute, { expand: ['charge'] });
  await world.control(`/disputes/${dispute}`, { status: 'won' });
  const again = await world.control<{ id: string }>(`/charges/${charge}/dispute`, {});
  await stripe.disputes.close(again.id);
}

/** Bank debits, which have a mandate and take days. */
async function debits({ stripe, world }: Tour): Promise<void> {
  for (const token of ['pm_usBankAccount_processing', 'pm_sepaDebit_insufficientFunds']) {
    const { customer, invoice } = await world.debtor();
    const method = await stripe.paymentMethods.attach(token, { customer });
    await stripe.invoices.pay(invoice, { payment_method: method.id });
    await world.control(`/payment_methods/${method.id}/mandate`, { status: 'inactive' });
    await world.endPayment(invoice, 'fail');
    const { data } = await stripe.charges.list({ customer, limit: 1 });
    const debit = data[0]?.payment_method_details;
    const mandate = debit?.us_bank_account?.mandate ?? debit?.sepa_debit?.mandate;
    await stripe.mandates.retrieve(typeof mandate === 'string' ? mandate : '');
  }
}

/** Time: trials end, invoices fall due and become overdue. Less than the 30 days for which events are kept. */
async function passing({ stripe, world }: Tour): Promise<void> {
  await oneOff({ ...world, stripe }, { collection_method: 'send_invoice', days_until_due: 1 });
  await world.pass(20 * DAY_MS);
}

async function endpointsAndEvents({ stripe }: Tour): Promise<void> {
  const url = 'http://127.0.0.1:9/fake';
  const made = await stripe.webhookEndpoints.create({ url, enabled_events: ['invoice.paid'] });
  await stripe.webhookEndpoints.update(made.id, { disabled: true });
  await stripe.webhookEndpoints.retrieve(made.id);
  await stripe.webhookEndpoints.list({ limit: 3 });
  await stripe.webhookEndpoints.del(made.id);
  for await (const { id, type } of stripe.events.list({ limit: 100 })) {
    if (type === 'invoice.paid') await stripe.events.retrieve(id);
  }
  await stripe.events.list({ types: ['invoice.paid'], delivery_success: true });
}

/** Every kind of refusal: unknown, unauthorised, unacceptable, declined, the same key for something else, too often. */
async function failures({ stripe, world }: Tour): Promise<void> {
  const { customer, invoice } = await world.debtor();
  await stripe.customers.retrieve('cus_missing').catch(refusal);
  await stripe.invoices.list({ customer: 'cus_missing' }).catch(refusal);
  await stripe.customers.list({ limit: 0 }).catch(refusal);
  await stripe.invoices.retrieve(invoice, { expand: ['payment_intent'] }).catch(refusal);
  await stripe.customers.list({}, { apiKey: 'sk_test_other' }).catch(refusal);
  const wrong = { currency: 'usd' } as Stripe.PriceCreateParams;
  await stripe.prices.create(wrong).catch(refusal);
  await stripe.invoices.pay(invoice).catch(refusal);
  await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'one' });
  await stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'one' }).catch(refusal);
  for (const status of [429, 500]) {
    await world.control('/faults', { path: 'GET /v1/customers', status, count: 1 });
    await stripe.customers.retrieve(customer).catch(refusal);
  }
}

function refusal(error: unknown): void {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
}
