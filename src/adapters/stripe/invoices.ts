import type Stripe from 'stripe';
import { asInvoiceId, asSubscriptionId } from '../../domain/ids.js';
import type { InvoiceFact } from '../../domain/standing.js';
import { SECOND_MS } from '../../domain/time.js';
import { idOf, toInstant } from './lists.js';
import { idleIn, slotsOf, untriedIn, type Payer } from './methods.js';
import {
  confirmationSince,
  failedFor,
  failuresOf,
  listTriedPayments,
  processingSince,
  triedMethods,
  type TriedPayment,
} from './payments.js';

/** An invoice with what its payments tell of it; `complete` is false when they could not all be listed. */
export async function readInvoice(
  stripe: Stripe,
  invoice: Stripe.Invoice,
  payer: Payer,
): Promise<{ readonly fact: InvoiceFact; readonly complete: boolean }> {
  const { rows, complete } = await listTriedPayments(stripe, invoice.id);
  return { fact: toFact(invoice, rows, payer), complete };
}

function toFact(invoice: Stripe.Invoice, payments: readonly TriedPayment[], payer: Payer): InvoiceFact {
  const failures = payments.flatMap(failuresOf).map(({ created }) => created * SECOND_MS);
  const subscription = idOf(invoice.parent?.subscription_details?.subscription);
  return {
    id: asInvoiceId(invoice.id),
    number: invoice.number,
    subscription: subscription === null ? null : asSubscriptionId(subscription),
    currency: invoice.currency,
    remainingMinor: invoice.amount_remaining,
    collection: invoice.collection_method === 'send_invoice' ? 'sent' : 'automatic',
    attempted: wasAttempted(invoice),
    dueAt: toInstant(invoice.due_date),
    firstFailedAt: failures.length > 0 ? Math.min(...failures) : null,
    ...failedFor(payments),
    finalizedAt: toInstant(invoice.status_transitions.finalized_at),
    processingSince: processingSince(payments),
    confirmationSince: confirmationSince(payments),
    payUrl: invoice.hosted_invoice_url ?? null,
    ...otherMethods(invoice, payments, payer),
  };
}

const wasAttempted = ({ attempted, attempt_count }: Stripe.Invoice) => attempted || attempt_count > 0;

/** What else could be charged. Nothing while a payment is on its way, and nothing that Stripe doesn't collect by itself. */
function otherMethods(
  invoice: Stripe.Invoice,
  payments: readonly TriedPayment[],
  payer: Payer,
): Pick<InvoiceFact, 'untried' | 'idleDefault'> {
  const isCollected = invoice.status === 'open' && invoice.collection_method === 'charge_automatically';
  const slots = isCollected && wasAttempted(invoice) ? slotsOf(invoice, payer) : null;
  if (slots === null || processingSince(payments) !== null) return { untried: null, idleDefault: null };
  const tried = triedMethods(payments);
  return { untried: untriedIn(slots, tried), idleDefault: idleIn(slots, tried) };
}
