import type { Invoice } from '../state/objects.js';
import type { Charge, InvoicePayment, PaymentIntent, PaymentMethod } from '../state/payment-objects.js';
import { newId } from '../state/store.js';

export interface IntentPlan {
  amount: number;
  currency: string;
  customer: string;
  description: string | null;
}

/** The intent through which a whole invoice is paid. */
export const intentFor = (invoice: Invoice): IntentPlan => ({
  amount: invoice.amount_remaining,
  currency: invoice.currency,
  customer: invoice.customer,
  description:
    invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
});

export function newPaymentIntent(created: number, of: IntentPlan): PaymentIntent {
  const id = newId('pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: of.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${newId('x').slice(2)}`,
    confirmation_method: 'automatic',
    created,
    currency: of.currency,
    customer: of.customer,
    customer_account: null,
    description: of.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card', 'us_bank_account', 'sepa_debit'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  };
}

/** Names a payment of an invoice. The default one is for all that remains; others are parts of it. */
export function newInvoicePayment(
  created: number,
  invoice: Invoice,
  of: { payment: InvoicePayment['payment']; amount: number; isDefault: boolean },
): InvoicePayment {
  return {
    id: newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: of.amount,
    created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: of.isDefault,
    livemode: false,
    payment: of.payment,
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
    fake: { customer: invoice.customer },
  };
}

/** How a bank debit was made, with the mandate that allowed it. Of a card nothing is told that anybody here reads. */
function detailsOf({
  type,
  fake,
  us_bank_account,
  sepa_debit,
}: PaymentMethod): Charge['payment_method_details'] {
  const mandate = fake.mandate ?? null;
  if (sepa_debit) {
    const { bank_code, branch_code, country, fingerprint, last4 } = sepa_debit;
    return { type, sepa_debit: { bank_code, branch_code, country, fingerprint, last4, mandate } };
  }
  if (!us_bank_account) return null;
  const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } =
    us_bank_account;
  const account = { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number };
  return {
    type,
    us_bank_account: { ...account, payment_reference: null, ...(mandate === null ? {} : { mandate }) },
  };
}

/** One attempt to take the money. A failed one stays as an object, too. */
export function newCharge(
  created: number,
  intent: PaymentIntent,
  method: PaymentMethod,
  result: { status: Charge['status']; failureCode?: string; failureMessage?: string },
): Charge {
  const succeeded = result.status === 'succeeded';
  return {
    id: newId(method.type === 'card' ? 'ch' : 'py'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: succeeded ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: 'STRIPE FAKE',
    captured: succeeded,
    created,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: result.failureCode ?? null,
    failure_message: result.failureMessage ?? null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: succeeded,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(method),
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: result.status,
    transfer_data: null,
    transfer_group: null,
  };
}
