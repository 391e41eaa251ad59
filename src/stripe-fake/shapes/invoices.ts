import type { Customer, Invoice, InvoiceParent } from '../state/objects.js';
import type { Metadata } from '../state/stored.js';
import { newId } from '../state/store.js';
import type { Period } from './subscriptions.js';

export interface InvoicePlan {
  customer: Customer;
  currency: string;
  reason: 'manual' | 'subscription_create' | 'subscription_cycle' | 'subscription_update';
  subscription?: { id: string; metadata: Metadata } | undefined;
  collectionMethod: Invoice['collection_method'];
  daysUntilDue: number | null;
  dueDate?: number | null;
  autoAdvance: boolean;
  automaticTax?: boolean;
  period: Period;
  metadata?: Metadata;
  defaultPaymentMethod?: string | null;
  description?: string | null;
}

const parentOf = (plan: InvoicePlan): InvoiceParent | null =>
  plan.subscription
    ? {
        quote_details: null,
        subscription_details: { metadata: plan.subscription.metadata, subscription: plan.subscription.id },
        type: 'subscription_details',
      }
    : null;

/** A draft has no lines yet, so nothing is owed. */
const noAmounts = () => ({
  amount_due: 0,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_paid_off_stripe: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  starting_balance: 0,
  subtotal: 0,
  subtotal_excluding_tax: 0,
  total: 0,
  total_discount_amounts: [],
  total_excluding_tax: 0,
  total_pretax_credit_amounts: [],
  total_taxes: [],
});

/** What Stripe copies from the customer, for as long as the invoice is a draft. */
export const customerFields = (customer: Customer) => ({
  customer: customer.id,
  customer_account: null,
  customer_address: customer.address,
  customer_email: customer.email,
  customer_name: customer.name ?? null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none' as const,
  customer_tax_ids: [],
});

/** What finalising and collecting will fill in. */
const notFinalized = () => ({
  attempt_count: 0,
  attempted: false,
  automatically_finalizes_at: null,
  effective_at: null,
  ending_balance: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  last_finalization_error: null,
  next_payment_attempt: null,
  number: null,
  status: 'draft' as const,
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
});

/** Stripe's fields that nothing here ever fills. */
const unused = () => ({
  account_country: 'US',
  account_name: 'Stripe fake',
  account_tax_ids: null,
  application: null,
  custom_fields: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  footer: null,
  from_invoice: null,
  issuer: { type: 'self' as const },
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  test_clock: null,
  webhooks_delivered_at: null,
});

/** A draft with no lines. */
export function newInvoice(created: number, plan: InvoicePlan): Invoice {
  const id = newId('in');
  const enabled = plan.automaticTax ?? false;
  return {
    id,
    object: 'invoice',
    ...unused(),
    ...noAmounts(),
    ...notFinalized(),
    ...customerFields(plan.customer),
    auto_advance: plan.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled, liability: null, provider: null, status: null },
    billing_reason: plan.reason,
    collection_method: plan.collectionMethod,
    created,
    currency: plan.currency,
    default_payment_method: plan.defaultPaymentMethod ?? null,
    description: plan.description ?? null,
    due_date: plan.dueDate ?? null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    metadata: plan.metadata ?? {},
    parent: parentOf(plan),
    period_end: plan.period.end,
    period_start: plan.period.start,
    fake: { firstAttemptAt: null, retriesUsed: 0, overdueTold: false, daysUntilDue: plan.daysUntilDue },
  };
}
