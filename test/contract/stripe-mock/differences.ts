import type { Difference } from '../../support/stripe-mock/compare.js';

/** The API version of stripe-mock 0.203.0, two behind the fake's. */
export const mockVersion = '2026-08-26.dahlia';

/**
 * Why a difference is no mistake. `newer`: Stripe's package tells the change, in the words of its changelog, under a
 * release that came after the mock's version. `package`: a field that the package types, and that Stripe's public
 * specification leaves out; the preview specification in the mock, from which packages are made, has it.
 */
type Reason =
  | { readonly because: 'newer'; readonly release: string; readonly change: string }
  | { readonly because: 'package' | 'left out'; readonly why: string };

export type Justified = Difference & Reason;

const newer = (at: string, release: string, change: string): Justified => ({
  ...{ at, is: 'unknown', because: 'newer', release, change },
});
const inPackage = (at: string, why: string): Justified => ({ at, is: 'unknown', because: 'package', why });
const leftOut = (at: string, why: string): Justified => ({ at, is: 'absent', because: 'left out', why });
const unraised = (at: string, why: string): Justified => ({ at, is: 'unraised', because: 'left out', why });

/** Every difference between the fake and stripe-mock. One that isn't there any more fails the test like one that is new. */
export const differences: readonly Justified[] = [
  newer(
    'dispute.evidence_details.submission_method',
    '23.1.0',
    'Add support for `submission_method` on `Dispute.evidence_details`',
  ),
  newer(
    'dispute.intended_submission_method',
    '23.1.0',
    'Add support for `intended_submission_method` on `DisputeUpdateParams` and `Dispute`',
  ),
  newer('payment_intent.payment_record', '23.0.0', 'Add support for `payment_record` on `PaymentIntent`'),
  newer('product.tax_details', '23.0.0', '`ProductCreateParams`, `ProductUpdateParams`, and `Product`'),
  newer(
    'subscription.trial_settings.end_behavior.billing_cycle_anchor',
    '23.0.0',
    'Add support for `billing_cycle_anchor` on `Subscription.trial_settings.end_behavior`',
  ),
  newer(
    'subscription_item.current_trial',
    '23.0.0',
    '`SubscriptionItemUpdateParams`, `SubscriptionItem`, and `SubscriptionUpdateParams.items[]`',
  ),
  inPackage('charge.source', 'from before there were payment methods; always null here'),
  inPackage('payment_intent.source', 'from before there were payment methods; always null here'),
  inPackage('price.recurring.trial_period_days', 'trials are set on the subscription now; always null here'),
  inPackage('product.type', 'from before there were prices; always `service`'),
  inPackage('subscription_item.plan', 'the price in the shape that it had before there were prices'),
  leftOut('charge.payment_method_details.card', 'nothing of ours reads what a charge tells of its card'),
  leftOut('credit_note_line_item.invoice_line_item', 'the fake credits amounts, never lines of an invoice'),
  leftOut('dispute.payment_method_details', 'nothing of ours reads it'),
  leftOut('mandate.customer_acceptance.online', 'mandates of the fake were accepted offline'),
  leftOut('payment_intent.amount_details', 'no tips, no line items'),
  leftOut('refund.destination_details', 'nothing of ours reads where a refund went'),
  unraised('checkout.session.completed', 'the fake has no Checkout'),
  unraised('customer.subscription.paused', 'comes of trials that end without a payment method'),
  unraised('customer.subscription.resumed', 'the fake pauses no subscription, only its collection'),
  unraised('customer.subscription.trial_will_end', 'the fake ends trials without a word before'),
  unraised('payment_method.automatically_updated', 'no card network renews cards here'),
  unraised('payment_method.updated', 'the fake changes no payment method'),
  unraised('radar.early_fraud_warning.created', 'the fake has no Radar'),
];
