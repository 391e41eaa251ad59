import { type Outcome, take } from '../billing/charges.js';
import { paymentBy } from '../billing/due.js';
import { follow } from '../billing/payments.js';
import { change, emit } from '../events.js';
import { declined, invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import { newPaymentIntent } from '../shapes/payments.js';
import type { PaymentIntent } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, intentById, methodOfCustomer } from './find.js';

const CREATABLE = ['amount', 'currency', 'customer', 'description', 'metadata', 'payment_method', 'confirm'];
// Accepted, and of no effect here: every intent takes every type of payment method, off session.
const HINTS = ['off_session', 'automatic_payment_methods', 'payment_method_types'];

function create(world: World, form: Form): PaymentIntent {
  form.allow(...CREATABLE, ...HINTS);
  const customer = customerById(world, form.required('customer'), 'customer');
  const amount = form.integer('amount');
  if (amount === undefined) throw missingParam('amount');
  if (amount <= 0) throw invalid('The amount must be greater than 0.', { param: 'amount' });
  const currency = form.required('currency').toLowerCase();
  const description = form.text('description') ?? null;
  const plan = { amount, currency, customer: customer.id, description };
  const intent = newPaymentIntent(world.clock.now(), plan);
  intent.metadata = form.metadata();
  chooseMethod(world, form, intent);
  world.store.paymentIntents.add(intent);
  emit(world, 'payment_intent.created', intent);
  return form.flag('confirm') ? confirmed(world, intent) : intent;
}

function chooseMethod(world: World, form: Form, intent: PaymentIntent): void {
  const id = form.text('payment_method');
  if (id === undefined) return;
  methodOfCustomer(world, intent.customer, id, 'payment_method');
  Object.assign(intent, { payment_method: id, status: 'requires_confirmation' });
}

/** Takes the money now; as part of an invoice it is credited there. A refusal is a 402, and still an attempt. */
function confirmed(world: World, intent: PaymentIntent): PaymentIntent {
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (!method) throw invalid('You cannot confirm this PaymentIntent because it is missing a payment method.');
  const outcome: Outcome = take(world, intent, method, null);
  const payment = paymentBy(world, intent);
  if (payment) follow(world, payment, intent, outcome);
  if (outcome === 'failed' && intent.last_payment_error) throw declined(intent.last_payment_error, intent);
  return intent;
}

/** Stripe keeps the default payment of an invoice for itself. */
function ownIntent(world: World, id: string): PaymentIntent {
  const intent = intentById(world, id);
  const unexpected = { code: 'payment_intent_unexpected_state' };
  if (paymentBy(world, intent)?.is_default) {
    throw invalid('This PaymentIntent is the default payment of an invoice: pay the invoice.', unexpected);
  }
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
    throw invalid(`This PaymentIntent has a status of ${intent.status}.`, unexpected);
  }
  return intent;
}

function confirm(world: World, form: Form, id: string): PaymentIntent {
  form.allow('payment_method', ...HINTS);
  const intent = ownIntent(world, id);
  chooseMethod(world, form, intent);
  return confirmed(world, intent);
}

function cancel(world: World, id: string): PaymentIntent {
  const intent = ownIntent(world, id);
  const canceled_at = world.clock.now();
  const payment = paymentBy(world, intent);
  if (payment)
    Object.assign(payment, { status: 'canceled', status_transitions: { canceled_at, paid_at: null } });
  const canceled = { status: 'canceled', canceled_at, next_action: null } as const;
  change(world, intent, canceled, 'payment_intent.canceled');
  return intent;
}

export const paymentIntentRoutes: readonly Route[] = [
  post('/v1/payment_intents', ({ world, form }) => create(world, form)),
  get('/v1/payment_intents', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'created');
    const created = within(form, 'created');
    const customer = customerFilter(world, form);
    const where = (row: { created: number }) => created(row.created);
    return listPage(world.store.paymentIntents, form, { url: '/v1/payment_intents', customer, where });
  }),
  get('/v1/payment_intents/:id', ({ world, id }) => intentById(world, id)),
  post('/v1/payment_intents/:id/confirm', ({ world, form, id }) => confirm(world, form, id)),
  post('/v1/payment_intents/:id/cancel', ({ world, id }) => cancel(world, id)),
];
