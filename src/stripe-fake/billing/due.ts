import { HOUR_MS, SECOND_MS } from '../clock.js';
import type { Invoice, Subscription } from '../state/objects.js';
import type { InvoicePayment, PaymentIntent } from '../state/payment-objects.js';
import type { World } from '../world.js';

// Stripe gives the first payment 23 hours.
const INCOMPLETE_MS = 23 * HOUR_MS;

const earliest = (...times: (number | null)[]): number | undefined => {
  const known = times.filter((time): time is number => time !== null);
  return known.length > 0 ? Math.min(...known) * SECOND_MS : undefined;
};

/** When something happens to the subscription by itself: it expires, ends, resumes, or its next period begins. */
function subscriptionDueAt(world: World, subscription: Subscription): number | undefined {
  const periodEnd = subscription.items.data[0]?.current_period_end ?? null;
  switch (subscription.status) {
    case 'canceled':
    case 'incomplete_expired':
      return undefined;
    case 'incomplete':
      // A debit that is under way keeps the subscription waiting for as long as it takes.
      return paymentUnderWay(world, subscription)
        ? undefined
        : subscription.created * SECOND_MS + INCOMPLETE_MS;
    case 'active':
    case 'past_due':
    case 'trialing':
    case 'unpaid':
      return earliest(periodEnd, subscription.cancel_at, subscription.pause_collection?.resumes_at ?? null);
  }
}

/** When something happens to the invoice by itself: finalised, tried again, or overdue. */
function invoiceDueAt(invoice: Invoice): number | undefined {
  if (invoice.status === 'draft')
    return earliest(invoice.auto_advance ? invoice.automatically_finalizes_at : null);
  if (invoice.status !== 'open') return undefined;
  const overdue = invoice.fake.overdueTold ? null : invoice.due_date;
  return earliest(invoice.auto_advance ? invoice.next_payment_attempt : null, overdue);
}

function paymentUnderWay(world: World, subscription: Subscription): boolean {
  const invoice = world.store.invoices.get(subscription.latest_invoice ?? '');
  return invoice !== undefined && intentOf(world, invoice)?.status === 'processing';
}

/** When the object next does something by itself, ms on the fake's clock; an intent, when its debit is answered. */
export function dueAt(world: World, object: Invoice | Subscription | PaymentIntent): number | undefined {
  switch (object.object) {
    case 'invoice':
      return invoiceDueAt(object);
    case 'subscription':
      return subscriptionDueAt(world, object);
    case 'payment_intent':
      return object.status === 'processing' ? object.fake?.settlesAt : undefined;
  }
}

/** The payment intent through which an invoice is paid; a draft or an invoice of nothing has none. */
export function intentOf(world: World, invoice: Invoice): PaymentIntent | undefined {
  return world.store.paymentIntents.get(paymentOf(world, invoice)?.payment.payment_intent ?? '');
}

export const paymentsOf = (world: World, invoice: Invoice): InvoicePayment[] =>
  world.store.invoicePayments.all(invoice.customer).filter((row) => row.invoice === invoice.id);

/** The payment that Stripe itself made for an invoice, for all that remains of it. */
export const paymentOf = (world: World, invoice: Invoice): InvoicePayment | undefined =>
  paymentsOf(world, invoice).find((row) => row.is_default);

/** The payment that an intent is, if it belongs to an invoice. */
export const paymentBy = (world: World, intent: PaymentIntent): InvoicePayment | undefined =>
  world.store.invoicePayments
    .all(intent.customer)
    .find((row) => row.payment.payment_intent === intent.id && row.status !== 'canceled');

/** Writes what the object waits for into the agenda. Called after each change that may move a due time. */
export function reschedule(world: World, object: Invoice | Subscription | PaymentIntent): void {
  const at = dueAt(world, object);
  if (at !== undefined) world.agenda.put({ id: object.id, at });
}
