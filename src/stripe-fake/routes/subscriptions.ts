import { declineOf } from '../billing/payments.js';
import { endSubscription } from '../billing/standing.js';
import { createSubscription, type NewSubscription, updateSubscription } from '../billing/subscriptions.js';
import { declined, invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { del, get, post, type Route } from '../http/route.js';
import { repriced } from '../shapes/subscriptions.js';
import type { Customer, PaymentMethod, Subscription, SubscriptionItem } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, methodOfCustomer, priceById, subscriptionById } from './find.js';

const DAY_S = 86_400;
const BEHAVIORS = ['allow_incomplete', 'default_incomplete', 'error_if_incomplete'] as const;
const SHARED = [
  'items',
  'collection_method',
  'days_until_due',
  'default_payment_method',
  'metadata',
  'description',
];
const CREATABLE = [
  ...SHARED,
  'customer',
  'payment_behavior',
  'cancel_at_period_end',
  'trial_end',
  'trial_period_days',
];
const UPDATABLE = [...SHARED, 'cancel_at_period_end', 'cancel_at', 'proration_behavior'];
const COLLECTION = ['charge_automatically', 'send_invoice'] as const;

function itemsFrom(world: World, form: Form): NewSubscription['items'] {
  const items = form.children('items').map((item) => {
    item.allow('price', 'quantity', 'metadata');
    const price = priceById(world, item.required('price'), 'items[0][price]');
    if (!price.recurring)
      throw invalid('The price specified is set to `type=one_time` but must be recurring.');
    return { price, quantity: item.integer('quantity') ?? 1 };
  });
  if (items.length === 0) throw missingParam('items');
  return items;
}

function trialEndFrom(world: World, form: Form): number | null {
  const days = form.integer('trial_period_days');
  if (days !== undefined) return world.clock.now() + days * DAY_S;
  return form.integer('trial_end') ?? null;
}

/** With `error_if_incomplete` a first payment that fails is a 402, and nothing is created. */
function refuseIfUnpayable(method: PaymentMethod): void {
  const { behavior } = method.fake;
  if (behavior === 'succeeds' || behavior === 'processing') return;
  throw declined(declineOf(behavior === 'requires_action' ? 'declined' : behavior, method), null);
}

function methodFor(world: World, customer: Customer, chosen: string | null): PaymentMethod | undefined {
  return world.store.paymentMethods.get(chosen ?? customer.invoice_settings.default_payment_method ?? '');
}

function create(world: World, form: Form): Subscription {
  form.allow(...CREATABLE);
  const customer = customerById(world, form.required('customer'), 'customer');
  const items = itemsFrom(world, form);
  const collectionMethod = form.oneOf('collection_method', COLLECTION) ?? 'charge_automatically';
  const daysUntilDue = form.integer('days_until_due') ?? null;
  if (collectionMethod === 'send_invoice' && daysUntilDue === null) throw missingParam('days_until_due');
  const chosen = form.text('default_payment_method') ?? null;
  if (chosen !== null) methodOfCustomer(world, customer.id, chosen, 'default_payment_method');
  const behavior = form.oneOf('payment_behavior', BEHAVIORS) ?? 'allow_incomplete';
  const trialEnd = trialEndFrom(world, form);
  const tryFirstPayment = behavior !== 'default_incomplete' && collectionMethod === 'charge_automatically';
  const free = items.every(({ price }) => price.unit_amount === 0);
  if (tryFirstPayment && trialEnd === null && !free) {
    const method = methodFor(world, customer, chosen);
    if (!method) {
      const message = 'This customer has no attached payment source or default payment method.';
      throw invalid(message, { code: 'resource_missing' });
    }
    if (behavior === 'error_if_incomplete') refuseIfUnpayable(method);
  }
  const subscription = createSubscription(world, {
    ...{
      customer,
      items,
      collectionMethod,
      daysUntilDue,
      defaultPaymentMethod: chosen,
      trialEnd,
      tryFirstPayment,
    },
    metadata: form.metadata(),
  });
  subscription.description = form.text('description') ?? null;
  if (form.flag('cancel_at_period_end'))
    updateSubscription(world, subscription, endingAtPeriodEnd(world, subscription));
  return subscription;
}

const periodEndOf = (subscription: Subscription): number | null =>
  subscription.items.data[0]?.current_period_end ?? null;

const endingAtPeriodEnd = (world: World, subscription: Subscription): Partial<Subscription> => ({
  cancel_at_period_end: true,
  cancel_at: periodEndOf(subscription),
  canceled_at: world.clock.now(),
  cancellation_details: {
    comment: null,
    feedback: null,
    feedback_option: null,
    reason: 'cancellation_requested',
  },
});

const notEnding: Partial<Subscription> = {
  cancel_at_period_end: false,
  cancel_at: null,
  canceled_at: null,
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
};

function endingFrom(world: World, form: Form, subscription: Subscription): Partial<Subscription> {
  const flag = form.flag('cancel_at_period_end');
  if (flag !== undefined) return flag ? endingAtPeriodEnd(world, subscription) : notEnding;
  if (form.cleared('cancel_at')) return notEnding;
  if (!form.has('cancel_at')) return {};
  // A date of its own (or the period's end by name) leaves the boolean false: a reader has to look at both.
  const named = ['min_period_end', 'max_period_end'].includes(form.text('cancel_at') ?? '');
  const cancelAt = named ? periodEndOf(subscription) : (form.integer('cancel_at') ?? null);
  return { ...endingAtPeriodEnd(world, subscription), cancel_at_period_end: false, cancel_at: cancelAt };
}

/** New prices or quantities from now on. Prorations aren't modelled, so they have to be declined explicitly. */
function repricedItems(world: World, form: Form, subscription: Subscription): SubscriptionItem[] {
  if (form.text('proration_behavior') !== 'none') {
    throw invalid("The Stripe fake changes items only with proration_behavior 'none'.", { param: 'items' });
  }
  const changes = form.children('items').map((item) => item.allow('id', 'price', 'quantity'));
  return subscription.items.data.map((item) => {
    const wanted = changes.find((candidate) => candidate.text('id') === item.id);
    if (!wanted) return item;
    const id = wanted.text('price');
    const price = id === undefined ? item.price : priceById(world, id, 'items[0][price]');
    return repriced(item, price, wanted.integer('quantity') ?? item.quantity);
  });
}

function update(world: World, form: Form, subscription: Subscription): Subscription {
  form.allow(...UPDATABLE);
  if (subscription.ended_at !== null) {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'invalid_canceled_subscription_fields',
    });
  }
  const changes = endingFrom(world, form, subscription);
  if (form.has('default_payment_method')) {
    const method = form.text('default_payment_method') ?? null;
    if (method !== null) methodOfCustomer(world, subscription.customer, method, 'default_payment_method');
    changes.default_payment_method = method;
  }
  if (form.has('metadata')) changes.metadata = form.metadata(subscription.metadata);
  if (form.has('description')) changes.description = form.text('description') ?? null;
  const method = form.oneOf('collection_method', COLLECTION);
  if (method) changes.collection_method = method;
  if (form.has('days_until_due')) changes.days_until_due = form.integer('days_until_due') ?? null;
  if (form.has('items'))
    changes.items = { ...subscription.items, data: repricedItems(world, form, subscription) };
  updateSubscription(world, subscription, changes);
  return subscription;
}

function cancel(world: World, form: Form, subscription: Subscription): Subscription {
  form.allow('invoice_now', 'prorate', 'cancellation_details');
  if (subscription.ended_at !== null)
    throw invalid(`No such subscription: '${subscription.id}'`, { param: 'id' });
  const details = form.child('cancellation_details').allow('comment', 'feedback');
  const words = { comment: details.text('comment') ?? null, feedback: details.text('feedback') ?? null };
  endSubscription(world, subscription, 'cancellation_requested', words);
  return subscription;
}

/** Without a status everything but the canceled ones; `all` is all, `ended` is canceled or expired. */
function statusFilter(status: string | undefined): (row: Subscription) => boolean {
  if (status === undefined) return (row) => row.status !== 'canceled' && row.status !== 'incomplete_expired';
  if (status === 'all') return () => true;
  if (status === 'ended') return (row) => row.ended_at !== null;
  return (row) => row.status === status;
}

export const subscriptionRoutes: readonly Route[] = [
  post('/v1/subscriptions', ({ world, form }) => create(world, form)),
  get('/v1/subscriptions', ({ world, form }) => {
    form.allow(
      ...PAGING,
      'customer',
      'status',
      'price',
      'created',
      'collection_method',
      'current_period_end',
    );
    const status = statusFilter(form.text('status'));
    const created = within(form, 'created');
    const periodEnd = within(form, 'current_period_end');
    const price = form.text('price');
    const method = form.text('collection_method');
    return listPage(world.store.subscriptions, form, {
      url: '/v1/subscriptions',
      customer: customerFilter(world, form),
      where: (row) =>
        status(row) &&
        created(row.created) &&
        periodEnd(periodEndOf(row)) &&
        (method === undefined || row.collection_method === method) &&
        (price === undefined || row.items.data.some((item) => item.price.id === price)),
    });
  }),
  get('/v1/subscriptions/:id', ({ world, id }) => subscriptionById(world, id)),
  post('/v1/subscriptions/:id', ({ world, form, id }) => update(world, form, subscriptionById(world, id))),
  del('/v1/subscriptions/:id', ({ world, form, id }) => cancel(world, form, subscriptionById(world, id))),
];
