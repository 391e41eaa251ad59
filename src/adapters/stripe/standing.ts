import type Stripe from 'stripe';
import { asInvoiceId, asSubscriptionId, type CustomerId } from '../../domain/ids.js';
import type { InvoiceFact, Standing, SubscriptionFact, SubscriptionState } from '../../domain/standing.js';
import { SECOND_MS } from '../../domain/time.js';
import { asking } from './client.js';

// More than any account we know of; beyond it the standing is called incomplete, which holds, rather than cut short.
const mostRows = 2_000;

// An account with a hundred open invoices must be read well within the minute in which its standing is fresh.
const atOnce = 5;

/** The standing over all the given customers. `readAt` is taken before the first call: the read is never younger than said. */
export async function readStanding(
  stripe: Stripe,
  customers: readonly CustomerId[],
  nowMs: () => number,
): Promise<Standing> {
  const readAt = nowMs();
  const subscriptions: SubscriptionFact[] = [];
  const invoices: InvoiceFact[] = [];
  // No customer is no knowledge: it must never read as "nothing is owed".
  let complete = customers.length > 0;
  for (const customer of customers) {
    const subs = await listAll('subscriptions', () =>
      stripe.subscriptions.list({ customer, status: 'all', limit: 100 }),
    );
    subscriptions.push(...subs.rows.map(toSubscription));
    complete &&= subs.complete;
    for (const status of ['open', 'uncollectible'] as const) {
      const page = { customer, status, limit: 100, expand: ['data.payments'] };
      const open = await listAll(`${status} invoices`, () => stripe.invoices.list(page));
      for (let from = 0; from < open.rows.length; from += atOnce) {
        const some = open.rows.slice(from, from + atOnce);
        invoices.push(...(await Promise.all(some.map((invoice) => toInvoice(stripe, invoice)))));
      }
      complete &&= open.complete;
    }
  }
  return { readAt, complete, subscriptions, invoices };
}

async function listAll<T>(
  what: string,
  list: () => Stripe.ApiListPromise<T>,
): Promise<{ rows: T[]; complete: boolean }> {
  return asking(`listing ${what}`, async () => {
    const rows: T[] = [];
    for await (const row of list()) {
      if (rows.length === mostRows) return { rows, complete: false };
      rows.push(row);
    }
    return { rows, complete: true };
  });
}

// Written out for every status that Stripe documents; one that is new to us is `unknown`, and that holds.
const stateOf: Readonly<Record<Stripe.Subscription.Status, SubscriptionState>> = {
  incomplete: 'incomplete',
  incomplete_expired: 'incomplete',
  trialing: 'live',
  active: 'live',
  past_due: 'live',
  unpaid: 'unpaid',
  paused: 'paused',
  canceled: 'ended',
};

function toSubscription({ id, status }: Stripe.Subscription): SubscriptionFact {
  const known: Readonly<Record<string, SubscriptionState>> = stateOf;
  return { id: asSubscriptionId(id), state: known[status] ?? 'unknown' };
}

async function toInvoice(stripe: Stripe, invoice: Stripe.Invoice): Promise<InvoiceFact> {
  const tried = await paymentsOf(stripe, invoice);
  const intents = tried.flatMap(({ payment }) => {
    const intent = payment.payment_intent;
    return intent === undefined ? [] : [typeof intent === 'string' ? intent : intent.id];
  });
  const payments = await Promise.all(intents.map((id) => readPayment(stripe, id)));
  const failures = payments.flatMap((p) => p.failedAt);
  const subscription = invoice.parent?.subscription_details?.subscription ?? null;
  return {
    id: asInvoiceId(invoice.id),
    number: invoice.number,
    subscription:
      subscription === null
        ? null
        : asSubscriptionId(typeof subscription === 'string' ? subscription : subscription.id),
    currency: invoice.currency,
    remainingMinor: invoice.amount_remaining,
    collection: invoice.collection_method === 'send_invoice' ? 'sent' : 'automatic',
    attempted: invoice.attempted || invoice.attempt_count > 0,
    dueAt: toInstant(invoice.due_date),
    firstFailedAt: failures.length > 0 ? Math.min(...failures) : null,
    finalizedAt: toInstant(invoice.status_transitions.finalized_at),
    processing: payments.some((p) => p.processing),
    payUrl: invoice.hosted_invoice_url ?? null,
  };
}

/** All payments of an invoice; the list that came with it may be its first page only. */
async function paymentsOf(
  stripe: Stripe,
  { id, payments }: Stripe.Invoice,
): Promise<Stripe.InvoicePayment[]> {
  if (payments !== undefined && !payments.has_more) return payments.data;
  const all = await listAll('payments of an invoice', () =>
    stripe.invoicePayments.list({ invoice: id, limit: 100 }),
  );
  return all.rows;
}

/** Whether a payment is on its way, and when its charges failed: the invoice itself tells neither. */
async function readPayment(stripe: Stripe, id: string): Promise<{ processing: boolean; failedAt: number[] }> {
  const intent = await asking('reading a payment', () => stripe.paymentIntents.retrieve(id));
  const charges = await listAll('charges', () => stripe.charges.list({ payment_intent: id, limit: 100 }));
  const failed = charges.rows.filter((charge) => charge.status === 'failed');
  return { processing: intent.status === 'processing', failedAt: failed.map((c) => c.created * SECOND_MS) };
}

const toInstant = (seconds: number | null) => (seconds === null ? null : seconds * SECOND_MS);
