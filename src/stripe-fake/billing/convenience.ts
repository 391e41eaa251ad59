import { change } from '../events.js';
import type { InvoicePlan } from '../shapes/invoices.js';
import { newInvoicePayment, newPaymentIntent } from '../shapes/payments.js';
import type { Customer, Invoice, Subscription } from '../state/objects.js';
import type { InvoicePayment, PaymentBehavior } from '../state/payment-objects.js';
import { newId } from '../state/store.js';
import type { World } from '../world.js';
import { take } from './charges.js';
import { creditPayment } from './closing.js';
import { intentOf } from './due.js';
import { createDraft } from './invoices.js';
import { createMethod } from './methods.js';
import { attempt, chargedMethod, follow, settle } from './payments.js';
import { refusesAtOnce } from './refusals.js';
import { collect, collectsItself, putAside } from './renewals.js';

export interface Bill {
  amount: number;
  currency: string;
  /** What the charged payment method does from now on; absent: what it always did. */
  behavior?: PaymentBehavior | undefined;
  /** The payment method behaves so for this invoice only. */
  once: boolean;
  automaticTax?: boolean;
  /** Absent: as the subscription has it. */
  collectionMethod?: Invoice['collection_method'];
}

// A subscription bills in one currency: in any other the invoice belongs to none.
const liveSubscription = (world: World, customer: Customer, currency: string): Subscription | undefined =>
  world.store.subscriptions
    .all(customer.id)
    .find((row) => row.ended_at === null && row.currency === currency);

function draftOf(world: World, customer: Customer, wanted: Bill, subscription?: Subscription): Invoice {
  const now = world.clock.now();
  const period = { start: now, end: now };
  const plan: InvoicePlan = {
    ...{ customer, subscription, period, automaticTax: wanted.automaticTax ?? false },
    currency: wanted.currency.toLowerCase(),
    reason: subscription ? 'subscription_cycle' : 'manual',
    collectionMethod: wanted.collectionMethod ?? subscription?.collection_method ?? 'charge_automatically',
    daysUntilDue: subscription?.days_until_due ?? null,
    autoAdvance: subscription ? collectsItself(subscription) : true,
  };
  const line = { amount: wanted.amount, description: 'Renewal', period, quantity: 1 };
  const invoice = createDraft(world, plan, [line]);
  if (subscription) subscription.latest_invoice = invoice.id;
  return invoice;
}

/** A renewal now: an invoice for the customer's first live subscription in that currency, or for none, collected at once. */
export function billNow(world: World, customer: Customer, wanted: Bill): Invoice {
  const subscription = liveSubscription(world, customer, wanted.currency.toLowerCase());
  const invoice = draftOf(world, customer, wanted, subscription);
  const method = chargedMethod(world, invoice);
  const usual = method?.fake.behavior;
  if (method && wanted.behavior) method.fake.behavior = wanted.behavior;
  if (subscription?.pause_collection) putAside(world, subscription, invoice);
  else if (invoice.auto_advance) collect(world, invoice);
  if (method && usual && wanted.once) method.fake.behavior = usual;
  return invoice;
}

/** A renewal that fails now. The card goes on declining unless it is asked to fail `once`. */
export function failInvoice(
  world: World,
  customer: Customer,
  wanted: { amount: number; currency: string; once: boolean },
): Invoice {
  const subscription = liveSubscription(world, customer, wanted.currency.toLowerCase());
  const slot = subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method;
  const usual = world.store.paymentMethods.get(slot ?? '')?.fake.behavior;
  const failsAnyway = usual !== undefined && (refusesAtOnce(usual) || usual === 'requires_action');
  const bill: Bill = { ...wanted, collectionMethod: 'charge_automatically' };
  return billNow(world, customer, failsAnyway ? bill : { ...bill, behavior: 'declined' });
}

/** A renewal whose tax can't be worked out, because the customer's address is gone: it stays a draft. */
export function stickDraft(
  world: World,
  customer: Customer,
  wanted: { amount: number; currency: string },
): Invoice {
  change(world, customer, { address: null }, 'customer.updated');
  return billNow(world, customer, { ...wanted, once: false, automaticTax: true });
}

/** A person pays the whole of it with a card that works, or does what his bank had asked him to. */
export function payByHand(world: World, invoice: Invoice): void {
  const intent = intentOf(world, invoice);
  if (intent?.status === 'requires_action') return settle(world, intent, 'succeed');
  // Used once: it becomes nobody's default, so the next renewal is charged to the old card again.
  const method = createMethod(world, 'pm_card_visa', null);
  if (method) attempt(world, invoice, { method, automatic: false });
}

function addPart(
  world: World,
  invoice: Invoice,
  amount: number,
  payment: InvoicePayment['payment'],
): InvoicePayment {
  const part = newInvoicePayment(world.clock.now(), invoice, { payment, amount, isDefault: false });
  return world.store.invoicePayments.add(part);
}

/** A person pays a part of it: with a card that works, or outside of Stripe, as a payment record tells. */
export function payPart(world: World, invoice: Invoice, amount: number, outOfBand: boolean): void {
  if (outOfBand) {
    const record = { type: 'payment_record', payment_record: newId('pr') } as const;
    return creditPayment(world, invoice, addPart(world, invoice, amount, record), amount);
  }
  const { currency, customer } = invoice;
  const plan = { amount, currency, customer, description: 'Part of an invoice' };
  const intent = world.store.paymentIntents.add(newPaymentIntent(world.clock.now(), plan));
  const part = addPart(world, invoice, amount, { type: 'payment_intent', payment_intent: intent.id });
  const method = createMethod(world, 'pm_card_visa', null);
  if (method) follow(world, part, intent, take(world, intent, method, null));
}
