import type Stripe from 'stripe';
import { idOf } from './lists.js';

/** Who is charged: a customer, `null` when he was deleted, with every subscription of his. */
export type Payer = {
  readonly customer: Stripe.Customer | null;
  readonly subscriptions: readonly Stripe.Subscription[];
};

/** The payment methods that stand in an invoice's slots, in the order in which Stripe looks at them. */
export type Slots = {
  readonly ofInvoice: string | null;
  readonly ofSubscription: string | null;
  readonly ofCustomer: string | null;
};

/**
 * Where Stripe takes the money for an invoice from: what the invoice names, else its subscription, else the customer
 * (https://docs.stripe.com/api/invoices/object, `default_payment_method`). `null` when Stripe would take it from nowhere:
 * the subscription is canceled, which turns its collection off, or the slots are not known.
 */
export function slotsOf(invoice: Stripe.Invoice, { customer, subscriptions }: Payer): Slots | null {
  const id = idOf(invoice.parent?.subscription_details?.subscription);
  const subscription = subscriptions.find((known) => known.id === id);
  if (customer === null || (id !== null && subscription === undefined)) return null;
  if (subscription?.status === 'canceled') return null;
  return {
    ofInvoice: idOf(invoice.default_payment_method) ?? idOf(invoice.default_source),
    ofSubscription: idOf(subscription?.default_payment_method) ?? idOf(subscription?.default_source),
    ofCustomer: idOf(customer.invoice_settings.default_payment_method) ?? idOf(customer.default_source),
  };
}

/** The method that would be charged now, unless it was tried for this invoice already. */
export function untriedIn(slots: Slots, tried: ReadonlySet<string>): string | null {
  const charged = slots.ofInvoice ?? slots.ofSubscription ?? slots.ofCustomer;
  return charged === null || tried.has(charged) ? null : charged;
}

/** The customer's default method, when Stripe goes on charging another one that the subscription names and that failed. */
export function idleIn(slots: Slots, tried: ReadonlySet<string>): string | null {
  const { ofInvoice, ofSubscription, ofCustomer } = slots;
  if (ofInvoice !== null || ofSubscription === null || !tried.has(ofSubscription)) return null;
  return ofCustomer === ofSubscription ? null : ofCustomer;
}
