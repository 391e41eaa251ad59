import { emit } from '../events.js';
import { invalid } from '../failure.js';
import { customerFields, type InvoicePlan, newInvoice } from '../shapes/invoices.js';
import { type LinePlan, newInvoiceLine } from '../shapes/invoice-lines.js';
import { intentFor, newInvoicePayment, newPaymentIntent } from '../shapes/payments.js';
import type { Invoice } from '../state/objects.js';
import type { World } from '../world.js';
import { applyBalance } from './balances.js';
import { reduceDebt } from './closing.js';
import { reschedule } from './due.js';
import { failFinalization, isLocated, locationInvalid } from './tax.js';

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
  // The currency of what a customer is first billed for becomes his own.
  plan.customer.currency ??= plan.currency;
  world.store.invoices.add(invoice);
  emit(world, 'invoice.created', invoice);
  return invoice;
}

function openFields(world: World, invoice: Invoice): Partial<Invoice> {
  const now = world.clock.now();
  const daysUntilDue = invoice.fake.daysUntilDue ?? 30;
  const url = `${world.settings.hostedBase}/invoice/${invoice.id}`;
  const sent = invoice.collection_method === 'send_invoice';
  return {
    status: 'open',
    number: `FAKE-${String(world.store.invoiceCount).padStart(4, '0')}`,
    effective_at: now,
    automatically_finalizes_at: null,
    last_finalization_error: null,
    due_date: sent ? (invoice.due_date ?? now + daysUntilDue * DAY_S) : null,
    hosted_invoice_url: url,
    invoice_pdf: `${url}/pdf`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  };
}

function addDefaultPayment(world: World, invoice: Invoice): void {
  const now = world.clock.now();
  const intent = world.store.paymentIntents.add(newPaymentIntent(now, intentFor(invoice)));
  const payment = { type: 'payment_intent', payment_intent: intent.id } as const;
  const plan = { payment, amount: invoice.amount_remaining, isDefault: true };
  world.store.invoicePayments.add(newInvoicePayment(now, invoice, plan));
  emit(world, 'payment_intent.created', intent);
}

/**
 * Draft → open: number, dates, and the payment intent through which it will be paid. Nothing due: paid at once. Where the
 * tax can't be worked out it stays a draft, and says so.
 */
export function finalize(world: World, invoice: Invoice, by = { useBalance: true }): void {
  if (invoice.status !== 'draft') {
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
  }
  const customer = world.store.customers.get(invoice.customer);
  if (customer && invoice.automatic_tax.enabled && !isLocated(customer)) {
    return failFinalization(world, invoice);
  }
  if (customer) Object.assign(invoice, customerFields(customer));
  if (customer && by.useBalance) applyBalance(world, invoice, customer);
  if (invoice.automatic_tax.enabled) invoice.automatic_tax.status = 'complete';
  world.store.invoiceCount += 1;
  Object.assign(invoice, openFields(world, invoice));
  if (invoice.amount_due > 0) addDefaultPayment(world, invoice);
  emit(world, 'invoice.finalized', invoice);
  if (invoice.amount_due === 0) reduceDebt(world, invoice, 0, 'nothing_due');
  reschedule(world, invoice);
}

/** The same for a request, which is refused with Stripe's error when the invoice stays a draft. */
export function finalizeOrRefuse(world: World, invoice: Invoice): void {
  finalize(world, invoice);
  if (invoice.last_finalization_error) throw locationInvalid();
}

export function send(world: World, invoice: Invoice): void {
  emit(world, 'invoice.sent', invoice);
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
