import { change, emit } from '../events.js';
import { invalid } from '../failure.js';
import type { Invoice } from '../state/objects.js';
import type { InvoicePayment } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { moveBalance } from './balances.js';
import { intentOf, paymentOf, paymentsOf } from './due.js';
import { followLatestInvoice } from './standing.js';

/** By what a debt falls. A payment record is a payment that somebody got outside of Stripe. */
type Means = 'payment' | 'out_of_band' | 'credit_note' | 'nothing_due';

function amountsAfter(invoice: Invoice, amount: number, by: Means) {
  const amount_remaining = invoice.amount_remaining - amount;
  if (by === 'credit_note') {
    return {
      amount_remaining,
      amount_due: invoice.amount_due - amount,
      pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + amount,
    };
  }
  const amounts = { amount_remaining, amount_paid: invoice.amount_paid + amount };
  if (by !== 'out_of_band') return amounts;
  return { ...amounts, amount_paid_off_stripe: (invoice.amount_paid_off_stripe ?? 0) + amount };
}

/** So much less is owed. The invoice stays as it is until nothing is left, then it is paid and its subscription follows. */
export function reduceDebt(world: World, invoice: Invoice, amount: number, by: Means): void {
  const amounts = amountsAfter(invoice, amount, by);
  if (amounts.amount_remaining <= 0) return close(world, invoice, amounts, by);
  change(world, invoice, amounts, 'invoice.updated');
  keepDefaultInStep(world, invoice);
}

function close(world: World, invoice: Invoice, amounts: Partial<Invoice>, by: Means): void {
  const closed: Partial<Invoice> = {
    ...amounts,
    status: 'paid',
    auto_advance: false,
    attempted: by === 'credit_note' ? invoice.attempted : true,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: world.clock.now() },
  };
  change(world, invoice, closed, 'invoice.updated');
  cancelDefault(world, invoice, 'automatic');
  emit(world, 'invoice.paid', invoice);
  if (by === 'payment' || by === 'nothing_due') emit(world, 'invoice.payment_succeeded', invoice);
  const customer = world.store.customers.get(invoice.customer);
  if (customer) customer.delinquent = false;
  followLatestInvoice(world, invoice);
}

/** Money that arrived for an invoice. What is more than was still owed goes to the customer's credit balance. */
export function creditPayment(
  world: World,
  invoice: Invoice,
  payment: InvoicePayment,
  received: number,
): void {
  const owed = invoice.status === 'open' || invoice.status === 'uncollectible';
  const applied = owed ? Math.min(received, invoice.amount_remaining) : 0;
  Object.assign(payment, { status: 'paid', amount_paid: applied });
  payment.status_transitions = { canceled_at: null, paid_at: world.clock.now() };
  emit(world, 'invoice_payment.paid', payment);
  const by = payment.payment.type === 'payment_record' ? 'out_of_band' : 'payment';
  if (applied > 0) reduceDebt(world, invoice, applied, by);
  if (received > applied) overpay(world, invoice, received - applied);
}

function overpay(world: World, invoice: Invoice, amount: number): void {
  const customer = world.store.customers.get(invoice.customer);
  if (customer) {
    const { currency } = invoice;
    moveBalance(world, customer, {
      amount: -amount,
      currency,
      type: 'invoice_overpaid',
      invoice: invoice.id,
    });
  }
  const amount_overpaid = invoice.amount_overpaid + amount;
  change(world, invoice, { amount_overpaid }, 'invoice.updated');
  emit(world, 'invoice.overpaid', invoice);
}

/** The default payment is always for all that remains. A debit that is under way can't be changed any more. */
export function keepDefaultInStep(world: World, invoice: Invoice): void {
  const payment = paymentOf(world, invoice);
  const intent = intentOf(world, invoice);
  if (!payment || !intent || payment.status !== 'open' || intent.status === 'processing') return;
  payment.amount_requested = invoice.amount_remaining;
  intent.amount = invoice.amount_remaining;
}

function cancelDefault(world: World, invoice: Invoice, reason: 'automatic' | 'void_invoice'): void {
  const canceled_at = world.clock.now();
  const payment = paymentOf(world, invoice);
  const intent = intentOf(world, invoice);
  if (!payment || !intent || payment.status !== 'open' || intent.status === 'processing') return;
  Object.assign(payment, { status: 'canceled', status_transitions: { canceled_at, paid_at: null } });
  const canceled = { status: 'canceled', canceled_at, cancellation_reason: reason } as const;
  change(world, intent, { ...canceled, next_action: null }, 'payment_intent.canceled');
}

function requireOpen(world: World, invoice: Invoice, also: Invoice['status'], what: string): void {
  if (invoice.status !== 'open' && invoice.status !== also) {
    throw invalid(`You can only ${what} an invoice if it's open; this one is ${invoice.status}.`);
  }
  if (intentOf(world, invoice)?.status === 'processing') {
    throw invalid(`You can't ${what} an invoice while a payment for it is processing.`);
  }
}

/** Parts of an invoice that were paid, or that a customer has been asked for, keep it from being undone. */
function refuseWithParts(world: World, invoice: Invoice, statuses: readonly string[], what: string): void {
  const parts = paymentsOf(world, invoice).filter((row) => !row.is_default && statuses.includes(row.status));
  if (parts.length > 0) throw invalid(`You can't ${what} an invoice that has payments attached to it.`);
}

export function voidInvoice(world: World, invoice: Invoice): void {
  requireOpen(world, invoice, 'uncollectible', 'void');
  refuseWithParts(world, invoice, ['open', 'paid'], 'void');
  nullify(world, invoice);
  followLatestInvoice(world, invoice);
}

/** Makes an invoice void, and leaves its subscription as it is. */
export function nullify(world: World, invoice: Invoice): void {
  cancelDefault(world, invoice, 'void_invoice');
  const status_transitions = { ...invoice.status_transitions, voided_at: world.clock.now() };
  const ended = { auto_advance: false, amount_remaining: 0, next_payment_attempt: null, status_transitions };
  change(world, invoice, { ...ended, status: 'void' }, 'invoice.updated');
  emit(world, 'invoice.voided', invoice);
}

/** Writes the debt off for the books: it can still be paid, and stays owed. */
export function markUncollectible(world: World, invoice: Invoice): void {
  requireOpen(world, invoice, 'open', 'mark as uncollectible');
  refuseWithParts(world, invoice, ['open'], 'mark as uncollectible');
  writeOff(world, invoice);
  const customer = world.store.customers.get(invoice.customer);
  if (customer) customer.delinquent = false;
  followLatestInvoice(world, invoice);
}

/** Makes an invoice uncollectible, and leaves its subscription as it is. */
export function writeOff(world: World, invoice: Invoice): void {
  const marked_uncollectible_at = world.clock.now();
  const status_transitions = { ...invoice.status_transitions, marked_uncollectible_at };
  const ended = { auto_advance: false, next_payment_attempt: null, status_transitions };
  change(world, invoice, { ...ended, status: 'uncollectible' }, 'invoice.updated');
  emit(world, 'invoice.marked_uncollectible', invoice);
}
