import type Stripe from 'stripe';
import type { List, Metadata, Stored } from './stored.js';

/** What a payment method can do when it is charged. It is the world's doing, so the control API may change it. */
export const PAYMENT_BEHAVIORS = [
  ...(['succeeds', 'declined', 'insufficient_funds', 'requires_action'] as const),
  // Bank debits: the first is under way until somebody settles it, the others end by themselves some days later.
  ...(['processing', 'debit_succeeds', 'debit_insufficient_funds'] as const),
  ...(['debit_not_authorized', 'debit_account_closed'] as const),
] as const;

export type PaymentBehavior = (typeof PAYMENT_BEHAVIORS)[number];

export type PaymentMethod = Stored<
  Stripe.PaymentMethod,
  { customer: string | null; metadata: Metadata; fake: { behavior: PaymentBehavior; mandate?: string } }
>;

export type InvoicePayment = Stored<
  Stripe.InvoicePayment,
  {
    invoice: string;
    status: 'open' | 'paid' | 'canceled';
    // A payment record is what was paid outside of Stripe.
    payment: {
      payment_intent?: string;
      payment_record?: string;
      type: 'payment_intent' | 'payment_record';
    };
    // For the customer index; Stripe's own object names no customer.
    fake: { customer: string };
  }
>;

export type PaymentIntent = Stored<
  Stripe.PaymentIntent,
  {
    customer: string;
    metadata: Metadata;
    payment_method: string | null;
    latest_charge: string | null;
    last_payment_error: PaymentError | null;
    /** A debit that is under way: when (ms on the fake's clock) and how it ends by itself. */
    fake?: { settlesAt: number; ending: Ending };
  }
>;

export type Charge = Stored<
  Stripe.Charge,
  {
    customer: string;
    metadata: Metadata;
    payment_intent: string;
    status: 'succeeded' | 'failed' | 'pending';
    refunds?: List<Refund>;
  }
>;

export type Refund = Stored<Stripe.Refund, { charge: string; payment_intent: string; metadata: Metadata }>;

export type Dispute = Stored<
  Stripe.Dispute,
  {
    charge: string;
    payment_intent: string;
    metadata: Metadata;
    evidence: Record<string, unknown>;
    fake: { customer: string };
  }
>;

/** How a payment that isn't decided yet ends: it arrives, fails for no named reason, or is returned by the bank. */
export type Ending =
  'succeed' | 'fail' | 'debit_insufficient_funds' | 'debit_not_authorized' | 'debit_account_closed';

export type Mandate = Stored<
  Stripe.Mandate,
  { payment_method: string; status: 'active' | 'inactive' | 'pending'; fake: { customer: string | null } }
>;

// On the wire a decimal is a string, as it is in a price.
export type CreditNoteLine = Stored<
  Stripe.CreditNoteLineItem,
  { metadata: Metadata; unit_amount_decimal: string | null }
>;

export type CreditNote = Stored<
  Stripe.CreditNote,
  {
    customer: string;
    invoice: string;
    customer_balance_transaction: string | null;
    lines: List<CreditNoteLine>;
    metadata: Metadata;
    status: 'issued' | 'void';
  }
>;

export type BalanceTransaction = Stored<
  Stripe.CustomerBalanceTransaction,
  {
    customer: string;
    invoice: string | null;
    credit_note: string | null;
    checkout_session: null;
    metadata: Metadata;
    type: 'adjustment' | 'applied_to_invoice' | 'credit_note' | 'invoice_overpaid';
  }
>;

/** The error that a failed payment leaves behind, on the intent and in the answer. */
export interface PaymentError {
  type: 'card_error' | 'invalid_request_error';
  code: string;
  decline_code?: string;
  message: string;
  charge?: string;
  payment_method?: PaymentMethod;
}
