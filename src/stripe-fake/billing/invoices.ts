import { change, emit } from '../events.js';
import { invalid } from '../failure.js';
import { type InvoicePlan, type LinePlan, newInvoice, newInvoiceLine } from '../shapes/invoices.js';
import { newInvoicePayment, newPaymentIntent } from '../shapes/payments.js';
import type { Customer, Invoice } from '../state/objects.js';
import type { World } from '../world.js';
import { intentOf, paymentOf, reschedule } from './due.js';
import { followLatestInvoice } from './standing.js';

const DAY_S = 86_400;

function total(invoice: Invoice): void {
  const sum = invoice.lines.data.reduce((amount, line) => amount + line.amount, 0);
  const due = Math.max(0, sum);
  Object.assign(invoice, {
    subtotal: sum,
    subtotal_excluding_tax: sum,
    total: sum,
    total_excluding_tax: sum,
  });
  Object.assign(invoice, { amount_due: due, amount_remaining: due });
}

export function addLine(invoice: Invoice, plan: LinePlan): void {
  invoice.lines.data.push(newInvoiceLine(invoice, plan));
  total(invoice);
}

export function createDraft(world: World, plan: InvoicePlan, lines: readonly LinePlan[]): Invoice {
  const invoice = newInvoice(world.clock.now(), plan);
  for (const line of lines) addLine(invoice, line);
  world.store.invoices.add(invoice);
  emit(world, 'invoice.created', invoice);
  return invoice;
}

/** A credit balance is used up when an invoice is finalised, never for one that is open already. */
function applyBalance(world: World, invoice: Invoice, customer: Customer): void {
  const starting = customer.balance;
  const due = Math.max(0, invoice.total + starting);
  const ending = invoice.total + starting - due;
  Object.assign(invoice, { starting_balance: starting, ending_balance: ending });
  Object.assign(invoice, { amount_due: due, amount_remaining: due });
  if (ending !== starting) change(world, customer, { balance: ending }, 'customer.updated');
}

/** Draft → open: number, dates, and the payment intent through which it will be paid. Nothing due: paid at once. */
export function finalize(world: World, invoice: Invoice): void {
  if (invoice.status !== 'draft') {
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
  }
  const now = world.clock.now();
  const customer = world.store.customers.get(invoice.customer);
  if (customer) applyBalance(world, invoice, customer);
  world.store.invoiceCount += 1;
  const daysUntilDue = invoice.fake.daysUntilDue ?? 30;
  const url = `${world.settings.hostedBase}/invoice/${invoice.id}`;
  Object.assign(invoice, {
    status: 'open',
    number: `FAKE-${String(world.store.invoiceCount).padStart(4, '0')}`,
    effective_at: now,
    automatically_finalizes_at: null,
    due_date:
      invoice.collection_method === 'send_invoice' ? (invoice.due_date ?? now + daysUntilDue * DAY_S) : null,
    hosted_invoice_url: url,
    invoice_pdf: `${url}/pdf`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  if (invoice.amount_due > 0) {
    const intent = world.store.paymentIntents.add(newPaymentIntent(now, invoice));
    world.store.invoicePayments.add(newInvoicePayment(now, invoice, intent));
    emit(world, 'payment_intent.created', intent);
  }
  emit(world, 'invoice.finalized', invoice);
  if (invoice.amount_due === 0) markPaid(world, invoice, {});
  reschedule(world, invoice);
}

export function send(world: World, invoice: Invoice): void {
  emit(world, 'invoice.sent', invoice);
}

/** Closes an invoice as paid, by a charge or outside Stripe, and lets its subscription follow. */
export function markPaid(world: World, invoice: Invoice, how: { outOfBand?: boolean }): void {
  const now = world.clock.now();
  const previous = { status: invoice.status };
  Object.assign(invoice, {
    status: 'paid',
    auto_advance: false,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  });
  if (how.outOfBand) {
    invoice.amount_paid_off_stripe = invoice.amount_due;
    cancelIntent(world, invoice, 'automatic');
  }
  const payment = paymentOf(world, invoice);
  if (payment && !how.outOfBand) {
    Object.assign(payment, { status: 'paid', amount_paid: invoice.amount_paid });
    payment.status_transitions = { canceled_at: null, paid_at: now };
    emit(world, 'invoice_payment.paid', payment);
  }
  emit(world, 'invoice.updated', invoice, previous);
  emit(world, 'invoice.paid', invoice);
  emit(world, 'invoice.payment_succeeded', invoice);
  const customer = world.store.customers.get(invoice.customer);
  if (customer) customer.delinquent = false;
  followLatestInvoice(world, invoice);
}

function cancelIntent(world: World, invoice: Invoice, reason: 'automatic' | 'void_invoice'): void {
  const now = world.clock.now();
  const payment = paymentOf(world, invoice);
  const intent = intentOf(world, invoice);
  if (!payment || !intent) return;
  Object.assign(payment, { status: 'canceled', status_transitions: { canceled_at: now, paid_at: null } });
  const changes = {
    status: 'canceled',
    canceled_at: now,
    cancellation_reason: reason,
    next_action: null,
  } as const;
  change(world, intent, changes, 'payment_intent.canceled');
}

function requireOpen(world: World, invoice: Invoice, also: Invoice['status'], what: string): void {
  if (invoice.status !== 'open' && invoice.status !== also) {
    throw invalid(`You can only ${what} an invoice if it's open; this one is ${invoice.status}.`);
  }
  if (intentOf(world, invoice)?.status === 'processing') {
    throw invalid(`You can't ${what} an invoice while a payment for it is processing.`);
  }
}

export function voidInvoice(world: World, invoice: Invoice): void {
  requireOpen(world, invoice, 'uncollectible', 'void');
  cancelIntent(world, invoice, 'void_invoice');
  Object.assign(invoice, {
    status: 'void',
    auto_advance: false,
    amount_remaining: 0,
    next_payment_attempt: null,
  });
  invoice.status_transitions = { ...invoice.status_transitions, voided_at: world.clock.now() };
  emit(world, 'invoice.voided', invoice);
  followLatestInvoice(world, invoice);
}

/** Writes the debt off for the books: it can still be paid, and stays owed. */
export function markUncollectible(world: World, invoice: Invoice): void {
  requireOpen(world, invoice, 'open', 'mark as uncollectible');
  Object.assign(invoice, { status: 'uncollectible', auto_advance: false, next_payment_attempt: null });
  invoice.status_transitions = { ...invoice.status_transitions, marked_uncollectible_at: world.clock.now() };
  emit(world, 'invoice.marked_uncollectible', invoice);
  followLatestInvoice(world, invoice);
}

/** Moves the customer's pending invoice items onto a draft. */
export function pullPendingItems(world: World, invoice: Invoice): void {
  for (const item of world.store.invoiceItems.all(invoice.customer)) {
    if (item.invoice !== null || item.currency !== invoice.currency) continue;
    item.invoice = invoice.id;
    const { amount, description, period } = item;
    addLine(invoice, { amount, description, period, quantity: 1, invoiceItem: item.id });
  }
}
