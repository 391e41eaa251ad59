import type Stripe from 'stripe';
import type { InvoiceFact } from '../../domain/standing.js';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import { asking } from './client.js';
import { idOf, listAll, type Rows } from './lists.js';

/** One payment of an invoice, with the intent behind it. Only the default one is for all that remains. */
export type Payment = { readonly isDefault: boolean; readonly intent: Stripe.PaymentIntent };

/** A payment with every charge that was made for it, the failed ones too. */
export type TriedPayment = Payment & { readonly charges: readonly Stripe.Charge[] };

/**
 * All payments of an invoice. They are listed by themselves: below a list of invoices their intents would be a fifth level
 * of expansion, and Stripe allows four. What was paid outside of Stripe has no intent, and is left out.
 */
export async function listPayments(stripe: Stripe, invoice: string): Promise<Rows<Payment>> {
  const page = { invoice, limit: 100, expand: ['data.payment.payment_intent'] };
  const { rows, complete } = await listAll('payments of an invoice', () => stripe.invoicePayments.list(page));
  const payments: Payment[] = [];
  for (const { is_default: isDefault, payment } of rows) {
    if (payment.payment_intent === undefined) continue;
    payments.push({ isDefault, intent: await whole(stripe, payment.payment_intent) });
  }
  return { rows: payments, complete };
}

async function whole(stripe: Stripe, intent: string | Stripe.PaymentIntent): Promise<Stripe.PaymentIntent> {
  if (typeof intent !== 'string') return intent;
  return asking('reading a payment', () => stripe.paymentIntents.retrieve(intent));
}

/** All payments of an invoice with their charges, which alone tell when a payment failed. */
export async function listTriedPayments(stripe: Stripe, invoice: string): Promise<Rows<TriedPayment>> {
  const payments = await listPayments(stripe, invoice);
  const tried: TriedPayment[] = [];
  let complete = payments.complete;
  for (const payment of payments.rows) {
    const charges = await listCharges(stripe, payment.intent);
    tried.push({ ...payment, charges: charges.rows });
    complete &&= charges.complete;
  }
  return { rows: tried, complete };
}

async function listCharges(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<Rows<Stripe.Charge>> {
  // Stripe names the latest one from the first try on, so this saves the call for invoices that nobody has tried yet.
  if (intent.latest_charge === null) return { rows: [], complete: true };
  return listAll('charges', () => stripe.charges.list({ payment_intent: intent.id, limit: 100 }));
}

export const failuresOf = ({ charges }: TriedPayment): Stripe.Charge[] =>
  charges.filter(({ status }) => status === 'failed');

// Stripe's codes of failed charges and payments: https://docs.stripe.com/error-codes, https://docs.stripe.com/declines/codes.
const reasons: Readonly<Record<string, InvoiceFact['failedFor']>> = {
  expired_card: 'expired_card',
  debit_not_authorized: 'dead_mandate',
  payment_intent_mandate_invalid: 'dead_mandate',
};

/** Why the newest payment of an invoice failed, as far as its payer can mend just that. A dead mandate makes no charge at all. */
export function failedFor(payments: readonly TriedPayment[]): Pick<InvoiceFact, 'failedFor'> {
  const error = payments.find(({ isDefault }) => isDefault)?.intent.last_payment_error;
  const charge = payments.flatMap(failuresOf).sort((a, b) => b.created - a.created)[0];
  // What is said of the intent came last; of a charge Stripe's word is the network's, or its own.
  const codes = [error?.code, error?.decline_code, charge?.failure_code, charge?.outcome?.reason];
  const found = codes.flatMap((code) => reasons[code ?? ''] ?? [])[0];
  return found === undefined ? {} : { failedFor: found };
}

const newest = (seconds: readonly number[]): Instant | null =>
  seconds.length === 0 ? null : Math.max(...seconds) * SECOND_MS;

/** Since when a payment is on its way, as a bank debit is for days; `null` when none is. */
export function processingSince(payments: readonly TriedPayment[]): Instant | null {
  return newest(
    payments.flatMap(({ intent, charges }) => {
      const pending = charges.filter(({ status }) => status === 'pending').map(({ created }) => created);
      if (pending.length > 0) return pending;
      return intent.status === 'processing' ? [intent.created] : [];
    }),
  );
}

/**
 * Since when the payer is asked to confirm. Stripe keeps no time of that state: it began after the intent was made and
 * after its latest failed charge, so the later of the two is taken. An early guess would end the wait too soon only where
 * the payer was asked later still; it can never go on for ever.
 */
export function confirmationSince(payments: readonly TriedPayment[]): Instant | null {
  const waiting = payments.filter((payment) => payment.isDefault && waitsForPayer(payment));
  return newest(
    waiting.flatMap((payment) => [payment.intent.created, ...failuresOf(payment).map((c) => c.created)]),
  );
}

/** An intent that only shows a bank account to transfer to is "requires_action", too, but there is nothing to confirm. */
export const waitsForPayer = ({ intent }: Payment): boolean =>
  intent.status === 'requires_action' && intent.next_action?.type !== 'display_bank_transfer_instructions';

/** Every payment method that failed for it, or that waits for its payer. */
export function triedMethods(payments: readonly TriedPayment[]): Set<string> {
  const methods = payments.flatMap((payment) => {
    const { last_payment_error: error, payment_method } = payment.intent;
    const failed = failuresOf(payment).map((charge) => charge.payment_method);
    const waiting = waitsForPayer(payment) ? idOf(payment_method) : null;
    return [...failed, idOf(error?.payment_method), idOf(error?.source), waiting];
  });
  return new Set(methods.filter((method) => method !== null));
}
