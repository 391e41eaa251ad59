import { change, emit } from '../events.js';
import type { Invoice } from '../state/objects.js';
import type { Ending, InvoicePayment, PaymentIntent, PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { conclude, type Outcome, take } from './charges.js';
import { creditPayment, writeOff } from './closing.js';
import { intentOf, paymentBy, paymentOf, reschedule } from './due.js';
import { fallPastDue, giveUp, subscriptionOf } from './standing.js';

/** The method that Stripe takes: the invoice's own, else the subscription's, and only then the customer's. */
export function chargedMethod(world: World, invoice: Invoice): PaymentMethod | undefined {
  const id =
    invoice.default_payment_method ??
    subscriptionOf(world, invoice)?.default_payment_method ??
    world.store.customers.get(invoice.customer)?.invoice_settings.default_payment_method;
  return world.store.paymentMethods.get(id ?? '');
}

/**
 * Tries to collect an open invoice now and lets everything follow: charge, intent, invoice, subscription, events.
 * By Stripe's rule any attempt counts as the first one, after that only automatic ones.
 */
export function attempt(
  world: World,
  invoice: Invoice,
  by: { method?: PaymentMethod; automatic: boolean },
): Outcome {
  const method = by.method ?? chargedMethod(world, invoice);
  if (by.automatic || invoice.attempt_count === 0) invoice.attempt_count += 1;
  invoice.attempted = true;
  invoice.fake.firstAttemptAt ??= world.clock.nowMs();
  const payment = paymentOf(world, invoice);
  const intent = intentOf(world, invoice);
  if (!payment || !intent || !method) {
    failInvoice(world, invoice);
    return 'failed';
  }
  const outcome = take(world, intent, method, invoice.hosted_invoice_url ?? null);
  follow(world, payment, intent, outcome);
  return outcome;
}

/** What a try to pay means for the invoice. Only its default payment can fail it: a part of it is a matter of its own. */
export function follow(world: World, payment: InvoicePayment, intent: PaymentIntent, outcome: Outcome): void {
  const invoice = world.store.invoices.get(payment.invoice);
  if (!invoice) return;
  if (outcome === 'succeeded') return creditPayment(world, invoice, payment, intent.amount);
  if (!payment.is_default) return;
  switch (outcome) {
    case 'processing':
      change(world, invoice, { next_payment_attempt: null }, 'invoice.updated');
      return;
    case 'requires_action':
      // Stripe tells both: that the customer is wanted, and that the attempt has failed.
      emit(world, 'invoice.payment_action_required', invoice);
      failInvoice(world, invoice);
      return;
    case 'failed':
      failInvoice(world, invoice);
  }
}

/** A payment that was under way or waited for the customer is decided, by the clock or by a control call. */
export function settle(world: World, intent: PaymentIntent, ending: Ending): void {
  const outcome = conclude(world, intent, ending);
  const payment = paymentBy(world, intent);
  if (!payment) return;
  follow(world, payment, intent, outcome);
  const invoice = world.store.invoices.get(payment.invoice);
  const subscription = invoice && subscriptionOf(world, invoice);
  if (subscription) reschedule(world, subscription);
}

/** The next automatic attempt, ms, or nothing when the schedule is used up. Counted from the first attempt. */
function nextRetryAt(world: World, invoice: Invoice): number | undefined {
  const { firstAttemptAt } = invoice.fake;
  if (firstAttemptAt === null) return undefined;
  return world.settings.retryScheduleMs
    .map((wait) => firstAttemptAt + wait)
    .find((at, index) => index >= invoice.fake.retriesUsed && at > world.clock.nowMs());
}

function failInvoice(world: World, invoice: Invoice): void {
  const first = subscriptionOf(world, invoice)?.status === 'incomplete';
  // Nobody retries the first invoice of a subscription, one that is sent, or one that left automatic collection.
  const collected = invoice.auto_advance && invoice.collection_method === 'charge_automatically' && !first;
  const next = collected ? nextRetryAt(world, invoice) : undefined;
  if (next !== undefined && invoice.fake.firstAttemptAt !== null) {
    invoice.fake.retriesUsed = world.settings.retryScheduleMs.indexOf(next - invoice.fake.firstAttemptAt);
  }
  const seconds = next === undefined ? null : Math.ceil(next / 1_000);
  change(world, invoice, { next_payment_attempt: seconds }, 'invoice.updated');
  emit(world, 'invoice.payment_failed', invoice);
  const customer = world.store.customers.get(invoice.customer);
  if (customer) customer.delinquent = true;
  reschedule(world, invoice);
  fallPastDue(world, invoice);
  if (!collected || next !== undefined) return;
  giveUp(world, invoice);
  // By Stripe's own doing the subscription doesn't become active, as it does when a person writes the invoice off.
  if (world.settings.afterRetriesInvoice === 'uncollectible') writeOff(world, invoice);
}
