import { noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import type { Customer, Invoice, Price, Subscription } from '../state/objects.js';
import type { PaymentIntent, PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';

/** Each finds one object or throws Stripe's `resource_missing`: a 404 for the path's id, a 400 for a parameter's. */
export function customerById(world: World, id: string, param?: string): Customer {
  const customer = world.store.customers.get(id);
  if (!customer || customer.fake.deleted) throw noSuch('customer', id, param);
  return customer;
}

export function invoiceById(world: World, id: string, param?: string): Invoice {
  const invoice = world.store.invoices.get(id);
  if (!invoice) throw noSuch('invoice', id, param);
  return invoice;
}

export function subscriptionById(world: World, id: string, param?: string): Subscription {
  const subscription = world.store.subscriptions.get(id);
  if (!subscription) throw noSuch('subscription', id, param);
  return subscription;
}

export function priceById(world: World, id: string, param?: string): Price {
  const price = world.store.prices.get(id);
  if (!price) throw noSuch('price', id, param);
  return price;
}

export function methodById(world: World, id: string, param?: string): PaymentMethod {
  const method = world.store.paymentMethods.get(id);
  if (!method) throw noSuch('payment_method', id, param);
  return method;
}

export function intentById(world: World, id: string, param?: string): PaymentIntent {
  const intent = world.store.paymentIntents.get(id);
  if (!intent) throw noSuch('payment_intent', id, param);
  return intent;
}

/** A payment method that may be charged for this customer: only one that is attached to it. */
export function methodOfCustomer(world: World, customer: string, id: string, param: string): PaymentMethod {
  const method = world.store.paymentMethods.get(id);
  if (method?.customer !== customer) throw noSuch('payment_method', id, param);
  return method;
}

/** The `customer` that a list is narrowed to. An unknown one is an error, never an empty list; a deleted one is fine. */
export function customerFilter(world: World, form: Form): string | undefined {
  const id = form.text('customer');
  if (id !== undefined && !world.store.customers.get(id)) throw noSuch('customer', id, 'customer');
  return id;
}
