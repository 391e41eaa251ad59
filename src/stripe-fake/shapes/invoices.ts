import type {
  Customer,
  Invoice,
  InvoiceItem,
  InvoiceLine,
  InvoiceParent,
  Metadata,
} from '../state/objects.js';
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

/** A draft with no lines. */
export function newInvoice(created: number, plan: InvoicePlan): Invoice {
  const id = newId('in');
  const { customer } = plan;
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Stripe fake',
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: plan.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: plan.reason,
    collection_method: plan.collectionMethod,
    created,
    currency: plan.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: plan.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: plan.description ?? null,
    discounts: [],
    due_date: plan.dueDate ?? null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: plan.metadata ?? {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: parentOf(plan),
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: plan.period.end,
    period_start: plan.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    fake: { firstAttemptAt: null, retriesUsed: 0, overdueTold: false, daysUntilDue: plan.daysUntilDue },
  };
}

export interface LinePlan {
  amount: number;
  description: string | null;
  period: Period;
  quantity: number;
  price?: { id: string; product: string; unitAmount: number } | undefined;
  subscriptionItem?: { subscription: string; item: string; proration: boolean } | undefined;
  invoiceItem?: string | undefined;
}

export function newInvoiceLine(invoice: Invoice, plan: LinePlan): InvoiceLine {
  const { price, subscriptionItem } = plan;
  const details = { proration: subscriptionItem?.proration ?? false, proration_details: null };
  return {
    id: newId('il'),
    object: 'line_item',
    amount: plan.amount,
    currency: invoice.currency,
    description: plan.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: {},
    parent: subscriptionItem
      ? {
          invoice_item_details: null,
          subscription_item_details: {
            ...details,
            invoice_item: null,
            subscription: subscriptionItem.subscription,
            subscription_item: subscriptionItem.item,
          },
          type: 'subscription_item_details',
        }
      : {
          invoice_item_details: {
            ...details,
            invoice_item: plan.invoiceItem ?? newId('ii'),
            subscription: null,
          },
          subscription_item_details: null,
          type: 'invoice_item_details',
        },
    period: { ...plan.period },
    pretax_credit_amounts: [],
    pricing: price
      ? {
          price_details: { price: price.id, product: price.product },
          type: 'price_details',
          unit_amount_decimal: String(price.unitAmount),
        }
      : null,
    quantity: plan.quantity,
    quantity_decimal: String(plan.quantity),
    subscription: subscriptionItem?.subscription ?? null,
    subtotal: plan.amount,
    taxes: [],
  };
}

export function newInvoiceItem(
  date: number,
  of: {
    customer: string;
    invoice: string | null;
    currency: string;
    amount: number;
    description: string | null;
  },
): InvoiceItem {
  return {
    id: newId('ii'),
    object: 'invoiceitem',
    amount: of.amount,
    currency: of.currency,
    customer: of.customer,
    customer_account: null,
    date,
    description: of.description,
    discountable: true,
    discounts: [],
    invoice: of.invoice,
    livemode: false,
    metadata: {},
    net_amount: of.amount,
    parent: null,
    period: { start: date, end: date },
    pricing: null,
    proration: false,
    quantity: 1,
    quantity_decimal: '1',
    tax_rates: [],
    test_clock: null,
  };
}
