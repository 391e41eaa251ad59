import { markUncollectible, reduceDebt, voidInvoice } from '../billing/closing.js';
import { intentOf, paymentBy } from '../billing/due.js';
import { finalizeOrRefuse, send } from '../billing/invoices.js';
import { attempt, chargedMethod, follow } from '../billing/payments.js';
import { startCollection } from '../billing/renewals.js';
import { declined, invalid, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { post, type Route } from '../http/route.js';
import { newInvoicePayment } from '../shapes/payments.js';
import type { Invoice } from '../state/objects.js';
import type { PaymentIntent, PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { intentById, invoiceById, methodOfCustomer } from './find.js';

function finalize(world: World, form: Form, invoice: Invoice): void {
  form.allow('auto_advance');
  const wasDraft = invoice.status === 'draft';
  invoice.auto_advance = form.flag('auto_advance') ?? invoice.auto_advance;
  finalizeOrRefuse(world, invoice);
  if (wasDraft && invoice.auto_advance) startCollection(world, invoice);
}

function sendByRequest(world: World, invoice: Invoice): void {
  if (invoice.collection_method !== 'send_invoice') {
    throw invalid('You can only manually send an invoice if its collection method is `send_invoice`.');
  }
  if (invoice.status === 'draft') finalizeOrRefuse(world, invoice);
  else if (invoice.status !== 'open') throw invalid(`You can't send an invoice that is ${invoice.status}.`);
  send(world, invoice);
}

function methodToCharge(world: World, form: Form, invoice: Invoice): PaymentMethod {
  const named = form.text('payment_method');
  if (named !== undefined) return methodOfCustomer(world, invoice.customer, named, 'payment_method');
  const source = form.text('source');
  // No customer here has any: sources can't be added any more.
  if (source !== undefined) throw noSuch('source', source, 'source');
  const method = chargedMethod(world, invoice);
  if (method) return method;
  const message = 'There is no `default_payment_method` set on this Customer or Invoice. Please provide one.';
  throw invalid(message, { code: 'missing' });
}

/** Pays now, on the method that is named or that would be charged anyway. A refusal is a 402, and still an attempt. */
function pay(world: World, form: Form, invoice: Invoice): void {
  form.allow('payment_method', 'source', 'paid_out_of_band', 'off_session');
  if (invoice.status === 'draft') finalizeOrRefuse(world, invoice);
  if (invoice.status === 'paid') throw invalid('Invoice is already paid');
  if (invoice.status === 'void') throw invalid('This invoice can no longer be paid: it is void');
  const intent = intentOf(world, invoice);
  if (intent?.status === 'processing') {
    throw invalid('A payment for this invoice is already processing.', {
      code: 'payment_intent_unexpected_state',
    });
  }
  if (form.flag('paid_out_of_band')) {
    reduceDebt(world, invoice, invoice.amount_remaining, 'out_of_band');
    return;
  }
  const method = methodToCharge(world, form, invoice);
  const outcome = attempt(world, invoice, { method, automatic: false });
  if (outcome === 'requires_action') {
    const message = 'Invoice payment requires additional user action before completing successfully.';
    throw declined({ type: 'card_error', code: 'invoice_payment_intent_requires_action', message }, intent);
  }
  const error = intent?.last_payment_error;
  if (outcome === 'failed' && error) throw declined(error, intent);
}

function refuseUnfit(world: World, invoice: Invoice, intent: PaymentIntent): void {
  if (invoice.status !== 'open')
    throw invalid(`You can't attach a payment to an invoice that is ${invoice.status}.`);
  if (invoice.parent?.subscription_details && invoice.collection_method === 'charge_automatically') {
    throw invalid(
      'Partial payments are not supported for subscription invoices that are charged automatically.',
    );
  }
  if (intent.customer !== invoice.customer || intent.currency !== invoice.currency) {
    throw invalid("The PaymentIntent's customer and currency must be those of the invoice.");
  }
  if (intent.amount > invoice.amount_remaining) {
    throw invalid("The PaymentIntent's amount is more than the invoice's amount remaining.");
  }
  if (intent.status === 'canceled' || paymentBy(world, intent)) {
    throw invalid('This PaymentIntent is canceled, or belongs to an invoice already.');
  }
}

/** Makes an intent a part of the invoice. What has succeeded is credited at once, the rest when it does. */
function attachPayment(world: World, form: Form, invoice: Invoice): void {
  form.allow('payment_intent');
  const intent = intentById(world, form.required('payment_intent'), 'payment_intent');
  refuseUnfit(world, invoice, intent);
  const payment = { type: 'payment_intent', payment_intent: intent.id } as const;
  const plan = { payment, amount: intent.amount, isDefault: false };
  const part = newInvoicePayment(world.clock.now(), invoice, plan);
  world.store.invoicePayments.add(part);
  if (intent.status === 'succeeded') follow(world, part, intent, 'succeeded');
}

/** Does something to one invoice and answers with it. */
const action = (name: string, run: (world: World, form: Form, invoice: Invoice) => unknown): Route =>
  post(`/v1/invoices/:id/${name}`, ({ world, form, id }) => {
    const invoice = invoiceById(world, id);
    run(world, form, invoice);
    return invoice;
  });

export const invoiceActionRoutes: readonly Route[] = [
  action('finalize', finalize),
  action('send', (world, _form, invoice) => sendByRequest(world, invoice)),
  action('pay', pay),
  action('attach_payment', attachPayment),
  action('void', (world, _form, invoice) => voidInvoice(world, invoice)),
  action('mark_uncollectible', (world, _form, invoice) => markUncollectible(world, invoice)),
];
