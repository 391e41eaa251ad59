import type { Plan, Price, Subscription, SubscriptionItem } from '../state/objects.js';
import type { Metadata } from '../state/stored.js';
import { newId } from '../state/store.js';

/** The period that an item is in, seconds. */
export interface Period {
  start: number;
  end: number;
}

const planOf = (price: Price): Plan => ({
  id: price.id,
  object: 'plan',
  active: price.active,
  amount: price.unit_amount,
  amount_decimal: price.unit_amount_decimal,
  billing_scheme: price.billing_scheme,
  created: price.created,
  currency: price.currency,
  interval: price.recurring?.interval ?? 'month',
  interval_count: price.recurring?.interval_count ?? 1,
  livemode: false,
  metadata: price.metadata,
  meter: null,
  nickname: price.nickname,
  product: price.product,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
});

export function newSubscriptionItem(
  created: number,
  of: { subscription: string; price: Price; quantity: number; period: Period },
): SubscriptionItem {
  return {
    id: newId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: of.period.end,
    current_period_start: of.period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(of.price),
    price: of.price,
    quantity: of.quantity,
    subscription: of.subscription,
    tax_rates: [],
  };
}

/** The same item at another price: its id and period stay. */
export const repriced = (item: SubscriptionItem, price: Price, quantity: number): SubscriptionItem => ({
  ...item,
  price,
  plan: planOf(price),
  quantity,
});

export interface SubscriptionPlan {
  customer: string;
  currency: string;
  status: Subscription['status'];
  collectionMethod: Subscription['collection_method'];
  daysUntilDue: number | null;
  defaultPaymentMethod: string | null;
  metadata: Metadata;
  trialEnd: number | null;
  automaticTax: boolean;
}

const notEnding = () => ({
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
  ended_at: null,
});

/** Stripe's fields that nothing here ever fills. */
const unused = () => ({
  application: null,
  application_fee_percent: null,
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: { proration_discounts: 'included' as const }, type: 'flexible' as const },
  billing_schedules: [],
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: 'self' as const },
  },
  livemode: false,
  managed_payments: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  payment_settings: {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: 'off' as const,
  },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  test_clock: null,
  transfer_data: null,
});

const trialFields = (created: number, trialEnd: number | null) => ({
  trial_end: trialEnd,
  trial_settings: {
    end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' as const },
  },
  trial_start: trialEnd === null ? null : created,
});

export function newSubscription(created: number, of: SubscriptionPlan): Subscription {
  const id = newId('sub');
  return {
    id,
    object: 'subscription',
    ...unused(),
    ...notEnding(),
    ...trialFields(created, of.trialEnd),
    automatic_tax: { disabled_reason: null, enabled: of.automaticTax, liability: null },
    billing_cycle_anchor: of.trialEnd ?? created,
    collection_method: of.collectionMethod,
    created,
    currency: of.currency,
    customer: of.customer,
    days_until_due: of.daysUntilDue,
    default_payment_method: of.defaultPaymentMethod,
    description: null,
    items: { object: 'list', data: [], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    metadata: of.metadata,
    pause_collection: null,
    start_date: created,
    status: of.status,
    fake: { periodsDone: 0 },
  };
}
