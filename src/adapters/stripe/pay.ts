import type Stripe from 'stripe';
import type { Charge } from '../../domain/effect.js';
import type { ChargeResult } from '../../ports/billing.js';
import { asking, refusalOf } from './client.js';
import { idOf } from './lists.js';
import { listPayments, waitsForPayer, type Payment } from './payments.js';

/**
 * Charges an invoice that is still open. What came of it is read from Stripe afterwards, never from the words of an
 * error: the same refusal comes for a card that was declined, an invoice paid meanwhile and a payment under way.
 */
export async function pay(stripe: Stripe, charge: Charge, key: string): Promise<ChargeResult> {
  const before = await stateOf(stripe, charge);
  if (before !== 'unpaid') return before;
  try {
    await asking('charging an invoice', () =>
      stripe.invoices.pay(charge.invoice, { ...from(charge), off_session: true }, { idempotencyKey: key }),
    );
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    const after = await stateOf(stripe, charge);
    if (after !== 'unpaid') return after;
    if (wantsPayer.includes(refusal.code ?? '')) return 'unconfirmed';
    if (isAboutMethod(refusal)) return 'declined';
    throw error;
  }
  const after = await stateOf(stripe, charge);
  return after === 'unpaid' ? 'declined' : after;
}

/** Cards and sources from before there were payment methods are named in a field of their own. */
const from = ({ method }: Charge) =>
  method.startsWith('pm_') ? { payment_method: method } : { source: method };

/** What the charge came to, or would come to without being made; `unpaid` when the invoice is still to be charged. */
async function stateOf(stripe: Stripe, { invoice, method }: Charge): Promise<ChargeResult | 'unpaid'> {
  const { status } = await asking('reading an invoice', () => stripe.invoices.retrieve(invoice));
  if (status === 'paid' || status === 'void') return 'paid';
  // Charging would finalise a draft, and collect what somebody has written off: neither is ours to do.
  if (status !== 'open') return 'declined';
  const payments = await listPayments(stripe, invoice);
  if (payments.rows.some(({ intent }) => intent.status === 'processing')) return 'processing';
  const isAsked = (payment: Payment) =>
    payment.isDefault && waitsForPayer(payment) && idOf(payment.intent.payment_method) === method;
  return payments.rows.some(isAsked) ? 'unconfirmed' : 'unpaid';
}

// The payer's bank wants him, but Stripe has not left the payment waiting for it.
const wantsPayer = ['authentication_required', 'invoice_payment_intent_requires_action'];

/** A 402 is a decline. So is a method that is gone meanwhile, or a mandate that is no longer valid. */
const isAboutMethod = ({ statusCode, code, param }: Stripe.errors.StripeError): boolean =>
  statusCode === 402 ||
  code === 'payment_intent_mandate_invalid' ||
  (code === 'resource_missing' && (param === 'payment_method' || param === 'source'));
