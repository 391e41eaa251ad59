import { change, emit } from '../events.js';
import { newCharge } from '../shapes/payments.js';
import type {
  Charge,
  Invoice,
  PaymentBehavior,
  PaymentError,
  PaymentIntent,
  PaymentMethod,
} from '../state/objects.js';
import type { World } from '../world.js';
import { intentOf, reschedule } from './due.js';
import { markPaid } from './invoices.js';
import { fallPastDue, giveUp, subscriptionOf } from './standing.js';

export type Outcome = 'succeeded' | 'failed' | 'processing' | 'requires_action';

/** The method that Stripe takes: the invoice's own, else the subscription's, and only then the customer's. */
export function chargedMethod(world: World, invoice: Invoice): PaymentMethod | undefined {
  const id =
    invoice.default_payment_method ??
    subscriptionOf(world, invoice)?.default_payment_method ??
    world.store.customers.get(invoice.customer)?.invoice_settings.default_payment_method;
  return world.store.paymentMethods.get(id ?? '');
}

const DECLINES = {
  declined: { decline_code: 'generic_decline', message: 'Your card was declined.' },
  insufficient_funds: { decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.' },
} as const;

export const declineOf = (
  behavior: 'declined' | 'insufficient_funds',
  method: PaymentMethod,
): PaymentError => ({
  type: 'card_error',
  code: 'card_declined',
  ...DECLINES[behavior],
  payment_method: method,
});

const authenticationNeeded = (method: PaymentMethod): PaymentError => ({
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
  payment_method: method,
});

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
  const intent = intentOf(world, invoice);
  if (!intent || !method) {
    failInvoice(world, invoice);
    return 'failed';
  }
  intent.payment_method = method.id;
  intent.next_action = null;
  return perform(world, { invoice, intent, method }, method.fake.behavior);
}

interface Attempt {
  invoice: Invoice;
  intent: PaymentIntent;
  method: PaymentMethod;
}

function perform(world: World, at: Attempt, behavior: PaymentBehavior): Outcome {
  switch (behavior) {
    case 'succeeds':
      charge(world, at, { status: 'succeeded' });
      succeed(world, at.invoice, at.intent);
      return 'succeeded';
    case 'declined':
    case 'insufficient_funds':
      decline(world, at, declineOf(behavior, at.method));
      return 'failed';
    case 'processing':
      charge(world, at, { status: 'pending' });
      change(
        world,
        at.intent,
        { status: 'processing', last_payment_error: null },
        'payment_intent.processing',
      );
      change(world, at.invoice, { next_payment_attempt: null }, 'invoice.updated');
      return 'processing';
    case 'requires_action':
      askForAction(world, at);
      return 'requires_action';
  }
}

function charge(world: World, at: Attempt, result: Parameters<typeof newCharge>[3]): Charge {
  const made = world.store.charges.add(newCharge(world.clock.now(), at.intent, at.method, result));
  at.intent.latest_charge = made.id;
  emit(world, `charge.${result.status}`, made);
  return made;
}

function decline(world: World, at: Attempt, error: PaymentError): void {
  const made = charge(world, at, {
    status: 'failed',
    failureCode: error.code,
    failureMessage: error.message,
  });
  failIntent(world, at.intent, { ...error, charge: made.id });
  failInvoice(world, at.invoice);
}

function askForAction(world: World, at: Attempt): void {
  const { hosted_invoice_url } = at.invoice;
  at.intent.last_payment_error = authenticationNeeded(at.method);
  const next_action = {
    type: 'redirect_to_url',
    redirect_to_url: { return_url: null, url: hosted_invoice_url ?? null },
  };
  change(world, at.intent, { status: 'requires_action', next_action }, 'payment_intent.requires_action');
  emit(world, 'invoice.payment_action_required', at.invoice);
  failInvoice(world, at.invoice);
}

function succeed(world: World, invoice: Invoice, intent: PaymentIntent): void {
  const paid = { status: 'succeeded', amount_received: intent.amount, last_payment_error: null } as const;
  change(world, intent, { ...paid, next_action: null }, 'payment_intent.succeeded');
  markPaid(world, invoice, {});
}

function failIntent(world: World, intent: PaymentIntent, error: PaymentError): void {
  const failed = {
    status: 'requires_payment_method',
    last_payment_error: error,
    payment_method: null,
  } as const;
  change(world, intent, { ...failed, next_action: null }, 'payment_intent.payment_failed');
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
  if (collected && next === undefined) giveUp(world, invoice);
}

/** A debit that was under way arrives or comes back, or the customer does what his bank asked him to. */
export function settle(
  world: World,
  invoice: Invoice,
  intent: PaymentIntent,
  outcome: 'succeed' | 'fail',
): void {
  const pending = world.store.charges.get(intent.latest_charge ?? '');
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (intent.status === 'requires_action' && method) {
    if (outcome === 'fail') return decline(world, { invoice, intent, method }, declineOf('declined', method));
    charge(world, { invoice, intent, method }, { status: 'succeeded' });
    return succeed(world, invoice, intent);
  }
  if (outcome === 'succeed') {
    const arrived = {
      status: 'succeeded',
      paid: true,
      captured: true,
      amount_captured: intent.amount,
    } as const;
    if (pending) change(world, pending, arrived, 'charge.succeeded');
    return succeed(world, invoice, intent);
  }
  const error: PaymentError = {
    type: 'card_error',
    code: 'payment_intent_payment_attempt_failed',
    message: 'The payment could not be completed: the bank returned it.',
    ...(pending ? { charge: pending.id } : {}),
    ...(method ? { payment_method: method } : {}),
  };
  const returned = { status: 'failed', failure_code: error.code, failure_message: error.message } as const;
  if (pending) change(world, pending, returned, 'charge.failed');
  failIntent(world, intent, error);
  failInvoice(world, invoice);
  const subscription = subscriptionOf(world, invoice);
  if (subscription) reschedule(world, subscription);
}
