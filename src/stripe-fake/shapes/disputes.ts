import type { Charge, Dispute, Refund } from '../state/payment-objects.js';
import { newId } from '../state/store.js';

const DAY_S = 86_400;
// What card networks give a merchant to answer in, more or less.
const EVIDENCE_DAYS = 20;

/** Everything that can be said or uploaded against a dispute. */
export const EVIDENCE = [
  ...['access_activity_log', 'billing_address', 'cancellation_policy', 'cancellation_policy_disclosure'],
  ...['cancellation_rebuttal', 'customer_communication', 'customer_email_address', 'customer_name'],
  ...['customer_purchase_ip', 'customer_signature', 'duplicate_charge_documentation'],
  ...['duplicate_charge_explanation', 'duplicate_charge_id', 'product_description', 'receipt'],
  ...['refund_policy', 'refund_policy_disclosure', 'refund_refusal_explanation', 'service_date'],
  ...['service_documentation', 'shipping_address', 'shipping_carrier', 'shipping_date'],
  ...['shipping_documentation', 'shipping_tracking_number', 'uncategorized_file', 'uncategorized_text'],
];

const noEvidence = () => ({
  ...Object.fromEntries(EVIDENCE.map((field) => [field, null])),
  enhanced_evidence: {},
});

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'prevented';

export function newDispute(
  created: number,
  charge: Charge,
  of: { amount: number; reason: string; status: DisputeStatus },
): Dispute {
  return {
    id: newId('du'),
    object: 'dispute',
    amount: of.amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(),
    evidence_details: {
      due_by: created + EVIDENCE_DAYS * DAY_S,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    // An inquiry can still be refunded; after a formal chargeback the money has already gone.
    is_charge_refundable: of.status.startsWith('warning'),
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: of.reason,
    status: of.status,
    fake: { customer: charge.customer },
  };
}

export function newRefund(created: number, charge: Charge, amount: number): Refund {
  return {
    id: newId('re'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
}
