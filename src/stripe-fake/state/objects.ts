import type Stripe from 'stripe';
import type { InvoicePayment } from './payment-objects.js';
import type { List, Metadata, Stored } from './stored.js';

export type Customer = Stored<
  Stripe.Customer,
  {
    email: string | null;
    name: string | null;
    metadata: Metadata;
    invoice_settings: {
      custom_fields: null;
      default_payment_method: string | null;
      footer: null;
      rendering_options: null;
    };
    address: Stripe.Address | null;
    currency: string | null;
    /**
     * `otherBalances`: what `balance` is for the customer's own currency, for each other one (negative: a credit).
     * `cash`: the cash balance by currency. Both are absent in state files that are older than they are.
     */
    fake: { deleted: boolean; otherBalances?: Record<string, number>; cash?: Record<string, number> };
  }
>;

export type Product = Stored<Stripe.Product, { default_price: string | null; metadata: Metadata }>;

export interface Recurring {
  interval: 'day' | 'week' | 'month' | 'year';
  interval_count: number;
  meter: null;
  trial_period_days: null;
  usage_type: 'licensed';
}

// On the wire a decimal is a string; the package turns it into a Decimal when it reads the answer.
export type Price = Stored<
  Stripe.Price,
  {
    product: string;
    metadata: Metadata;
    recurring: Recurring | null;
    unit_amount: number;
    unit_amount_decimal: string;
  }
>;

export type Plan = Stored<
  Stripe.Plan,
  { product: string; amount: number; amount_decimal: string; interval: Recurring['interval'] }
>;

export type SubscriptionItem = Stored<
  Stripe.SubscriptionItem,
  { price: Price; plan: Plan; quantity: number; metadata: Metadata }
>;

export type SubscriptionStatus =
  'active' | 'canceled' | 'incomplete' | 'incomplete_expired' | 'past_due' | 'trialing' | 'unpaid';

type CollectionMethod = 'charge_automatically' | 'send_invoice';

export type PauseBehavior = 'keep_as_draft' | 'mark_uncollectible' | 'void';

export type Subscription = Stored<
  Stripe.Subscription,
  {
    customer: string;
    metadata: Metadata;
    default_payment_method: string | null;
    latest_invoice: string | null;
    items: List<SubscriptionItem>;
    status: SubscriptionStatus;
    collection_method: CollectionMethod;
    pause_collection: { behavior: PauseBehavior; resumes_at: number | null } | null;
    // How many whole periods lie between the anchor and the start of the current one.
    fake: { periodsDone: number };
  }
>;

export type InvoiceLine = Stored<
  Stripe.InvoiceLineItem,
  {
    invoice: string;
    subscription: string | null;
    metadata: Metadata;
    pricing: {
      price_details?: { price: string; product: string };
      type: 'price_details';
      unit_amount_decimal: string;
    } | null;
    quantity_decimal: string | null;
  }
>;

export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';

export interface InvoiceParent {
  quote_details: null;
  subscription_details: { metadata: Metadata; subscription: string } | null;
  type: 'subscription_details';
}

export type Invoice = Stored<
  Stripe.Invoice,
  {
    customer: string;
    metadata: Metadata;
    status: InvoiceStatus;
    auto_advance: boolean;
    collection_method: CollectionMethod;
    default_payment_method: string | null;
    lines: List<InvoiceLine>;
    parent: InvoiceParent | null;
    payments?: List<InvoicePayment>;
    fake: {
      firstAttemptAt: number | null;
      retriesUsed: number;
      overdueTold: boolean;
      daysUntilDue: number | null;
    };
  }
>;

export type InvoiceItem = Stored<
  Stripe.InvoiceItem,
  {
    customer: string;
    invoice: string | null;
    metadata: Metadata;
    parent: null;
    pricing: InvoiceLine['pricing'];
    quantity_decimal: string;
  }
>;

export type WebhookEndpoint = Stored<
  Stripe.WebhookEndpoint,
  {
    metadata: Metadata;
    status: 'enabled' | 'disabled';
    // `payload`: how its events come; absent in state files that are older than thin events: as snapshots.
    fake: { secret: string; failingSince: number | null; payload?: 'snapshot' | 'thin' };
  }
>;

export interface Delivery {
  endpoint: string;
  attempts: number;
  // On the machine's clock, not the fake's: receivers live in real time.
  nextAttemptAt: number;
  state: 'pending' | 'delivered' | 'failed';
}

export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> };
  livemode: boolean;
  /** The connected account of which it tells; absent where it is our own. */
  account?: string;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
  // `legacy`: what older API versions would have shown on the object at that moment. `thinId`: of the thin event that tells
  // of the same, made when it is first delivered.
  fake: { legacy: Record<string, unknown>; deliveries: Delivery[]; thinId?: string };
}
