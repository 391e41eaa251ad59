import type { Invoice, Subscription } from './state/objects.js';
import type { Charge, PaymentIntent } from './state/payment-objects.js';
import { intentOf, paymentBy } from './billing/due.js';
import type { World } from './world.js';

type Json = Record<string, unknown>;

// Until then an invoice named its subscription, its payment intent and its charge itself.
const FIRST_WITH_INVOICE_PAYMENTS = '2025-03-31';

const invoiceOf = (world: World, intent: PaymentIntent): string | null =>
  paymentBy(world, intent)?.invoice ?? null;

function invoiceFields(world: World, invoice: Invoice): Json {
  const intent = intentOf(world, invoice);
  return {
    subscription: invoice.parent?.subscription_details?.subscription ?? null,
    payment_intent: intent?.id ?? null,
    charge: intent?.latest_charge ?? null,
    paid: invoice.status === 'paid',
  };
}

/** What older API versions showed on this object and today's doesn't. Taken when the event is raised. */
export function legacyFields(world: World, object: { object: string }): Json {
  switch (object.object) {
    case 'invoice':
      return invoiceFields(world, object as Invoice);
    case 'subscription': {
      const [item] = (object as Subscription).items.data;
      return {
        current_period_start: item?.current_period_start,
        current_period_end: item?.current_period_end,
      };
    }
    case 'payment_intent':
      return { invoice: invoiceOf(world, object as PaymentIntent) };
    case 'charge': {
      const intent = world.store.paymentIntents.get((object as Charge).payment_intent);
      return { invoice: intent ? invoiceOf(world, intent) : null };
    }
    default:
      return {};
  }
}

/** The event's body as an endpoint of that API version gets it (`null`: the account's own version). */
export function inApiVersion(event: Json, legacy: Json, version: string | null): Json {
  if (version === null) return event;
  if (version.slice(0, 10) >= FIRST_WITH_INVOICE_PAYMENTS) return { ...event, api_version: version };
  const data = event['data'] as { object: Json };
  const object: Json = { ...data.object, ...legacy };
  delete object['parent'];
  return { ...event, api_version: version, data: { ...data, object } };
}
