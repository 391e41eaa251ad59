import { change, emit } from '../events.js';
import { newCharge } from '../shapes/payments.js';
import type { Charge, Ending, PaymentError, PaymentIntent, PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { reschedule } from './due.js';
import { mandateOf, mayBeCharged, setMandate } from './methods.js';
import { authenticationNeeded, declineOf, endsMandate, mandateInvalid, returnOf } from './refusals.js';

export type Outcome = 'succeeded' | 'failed' | 'processing' | 'requires_action';

/**
 * Tries once to take an intent's money from a method: charge, intent and their events. What that means for an invoice
 * is the caller's matter. `actionUrl` is where the customer confirms, if his bank wants him to.
 */
export function take(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  actionUrl: string | null,
): Outcome {
  Object.assign(intent, { payment_method: method.id, next_action: null });
  if (!mayBeCharged(world, method)) return fail(world, intent, mandateInvalid(method));
  const { behavior } = method.fake;
  switch (behavior) {
    case 'succeeds':
      charge(world, intent, method, { status: 'succeeded' });
      return succeed(world, intent);
    case 'declined':
    case 'insufficient_funds':
      return decline(world, intent, method, declineOf(behavior, method));
    case 'requires_action':
      return askForAction(world, intent, method, actionUrl);
    case 'processing':
      return debit(world, intent, method);
    case 'debit_succeeds':
      return debit(world, intent, method, 'succeed');
    case 'debit_insufficient_funds':
    case 'debit_not_authorized':
    case 'debit_account_closed':
      return debit(world, intent, method, behavior);
  }
}

/** Decides what was open: a debit arrives or comes back, or the customer did or refused what his bank had asked for. */
export function conclude(world: World, intent: PaymentIntent, ending: Ending): 'succeeded' | 'failed' {
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (intent.status === 'requires_action' && method) {
    if (ending !== 'succeed') return decline(world, intent, method, declineOf('declined', method));
    charge(world, intent, method, { status: 'succeeded' });
    return succeed(world, intent);
  }
  const pending = world.store.charges.get(intent.latest_charge ?? '');
  if (ending !== 'succeed') return comeBack(world, { intent, method, pending }, ending);
  const amount_captured = intent.amount;
  const arrived = { status: 'succeeded', paid: true, captured: true, amount_captured } as const;
  if (pending) change(world, pending, arrived, 'charge.succeeded');
  return succeed(world, intent);
}

function charge(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  result: Parameters<typeof newCharge>[3],
): Charge {
  const made = world.store.charges.add(newCharge(world.clock.now(), intent, method, result));
  intent.latest_charge = made.id;
  emit(world, `charge.${result.status}`, made);
  return made;
}

function succeed(world: World, intent: PaymentIntent): 'succeeded' {
  const paid = { status: 'succeeded', amount_received: intent.amount, last_payment_error: null } as const;
  change(world, intent, { ...paid, next_action: null }, 'payment_intent.succeeded');
  return 'succeeded';
}

function fail(world: World, intent: PaymentIntent, error: PaymentError): 'failed' {
  const failed = { last_payment_error: error, payment_method: null, next_action: null };
  change(world, intent, { ...failed, status: 'requires_payment_method' }, 'payment_intent.payment_failed');
  return 'failed';
}

function decline(world: World, intent: PaymentIntent, method: PaymentMethod, error: PaymentError): 'failed' {
  const result = { status: 'failed', failureCode: error.code, failureMessage: error.message } as const;
  const made = charge(world, intent, method, result);
  return fail(world, intent, { ...error, charge: made.id });
}

function askForAction(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
  url: string | null,
): 'requires_action' {
  intent.last_payment_error = authenticationNeeded(method);
  const next_action = { type: 'redirect_to_url', redirect_to_url: { return_url: null, url } };
  change(world, intent, { status: 'requires_action', next_action }, 'payment_intent.requires_action');
  return 'requires_action';
}

/** The bank is asked, and answers some days later; without an ending it is under way until somebody settles it. */
function debit(world: World, intent: PaymentIntent, method: PaymentMethod, ending?: Ending): 'processing' {
  charge(world, intent, method, { status: 'pending' });
  delete intent.fake;
  if (ending) intent.fake = { settlesAt: world.clock.nowMs() + world.settings.debitMs, ending };
  const underWay = { status: 'processing', last_payment_error: null } as const;
  change(world, intent, underWay, 'payment_intent.processing');
  reschedule(world, intent);
  return 'processing';
}

function comeBack(
  world: World,
  of: { intent: PaymentIntent; method: PaymentMethod | undefined; pending: Charge | undefined },
  ending: Exclude<Ending, 'succeed'>,
): 'failed' {
  const error = returnOf(ending, of.pending?.id, of.method);
  const returned = { status: 'failed', failure_code: error.code, failure_message: error.message } as const;
  if (of.pending) change(world, of.pending, returned, 'charge.failed');
  const mandate = of.method && mandateOf(world, of.method);
  if (mandate && endsMandate(ending)) setMandate(world, mandate, 'inactive');
  return fail(world, of.intent, error);
}
