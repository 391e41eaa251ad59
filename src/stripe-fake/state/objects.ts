import type Stripe from 'stripe';

/**
 * What the fake keeps: Stripe's own types, with every reference narrowed to an id, so that the compiler holds our shapes
 * against the published API. Fields named `fake` are ours and never leave the process.
 */
type Stored<T, Narrowed> = Omit<T, keyof Narrowed> & Narrowed;

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

export type Metadata = Record<string, string>;

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
    fake: { deleted: boolean };
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

/** What a payment method does when it is charged. It is the world's doing, so the control API may change it. */
export type PaymentBehavior =
  'succeeds' | 'declined' | 'insufficient_funds' | 'processing' | 'requires_action';

export type PaymentMethod = Stored<
  Stripe.PaymentMethod,
  { customer: string | null; metadata: Metadata; fake: { behavior: PaymentBehavior } }
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

export type InvoicePayment = Stored<
  Stripe.InvoicePayment,
  {
    invoice: string;
    status: 'open' | 'paid' | 'canceled';
    payment: { payment_intent: string; type: 'payment_intent' };
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

/** The card_error that a failed payment leaves behind, on the intent and in the 402 answer. */
export interface PaymentError {
  type: 'card_error';
  code: string;
  decline_code?: string;
  message: string;
  charge?: string;
  payment_method?: PaymentMethod;
}

export type WebhookEndpoint = Stored<
  Stripe.WebhookEndpoint,
  {
    metadata: Metadata;
    status: 'enabled' | 'disabled';
    fake: { secret: string; failingSince: number | null };
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
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
  // `legacy`: what older API versions would have shown on the object at that moment.
  fake: { legacy: Record<string, unknown>; deliveries: Delivery[] };
}
