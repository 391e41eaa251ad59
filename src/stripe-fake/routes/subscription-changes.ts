import { endSubscription } from '../billing/standing.js';
import { updateSubscription } from '../billing/subscriptions.js';
import { invalid, missingParam, noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { repriced } from '../shapes/subscriptions.js';
import type { Subscription, SubscriptionItem } from '../state/objects.js';
import type { World } from '../world.js';
import { methodOfCustomer, priceById } from './find.js';

export const COLLECTION = ['charge_automatically', 'send_invoice'] as const;
export const SHARED = [
  ...['items', 'collection_method', 'days_until_due', 'default_payment_method', 'metadata', 'description'],
  'automatic_tax',
];
const UPDATABLE = [
  ...SHARED,
  ...['cancel_at_period_end', 'cancel_at', 'pause_collection', 'proration_behavior'],
];
const PAUSES = ['keep_as_draft', 'mark_uncollectible', 'void'] as const;

export const periodEndOf = (subscription: Subscription): number | null =>
  subscription.items.data[0]?.current_period_end ?? null;

export const endingAtPeriodEnd = (world: World, subscription: Subscription): Partial<Subscription> => ({
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

/** `pause_collection`: what becomes of new invoices meanwhile. Emptied, collection goes on. */
function pauseFrom(form: Form): Subscription['pause_collection'] {
  if (form.cleared('pause_collection')) return null;
  const pause = form.child('pause_collection').allow('behavior', 'resumes_at');
  const behavior = pause.oneOf('behavior', PAUSES);
  if (!behavior) throw missingParam('pause_collection[behavior]');
  return { behavior, resumes_at: pause.integer('resumes_at') ?? null };
}

function methodFrom(world: World, form: Form, subscription: Subscription): string | null {
  const method = form.text('default_payment_method') ?? null;
  if (method !== null) methodOfCustomer(world, subscription.customer, method, 'default_payment_method');
  return method;
}

function changesFrom(world: World, form: Form, subscription: Subscription): Partial<Subscription> {
  const changes = endingFrom(world, form, subscription);
  if (form.has('default_payment_method')) {
    changes.default_payment_method = methodFrom(world, form, subscription);
  }
  if (form.has('pause_collection')) changes.pause_collection = pauseFrom(form);
  if (form.has('metadata')) changes.metadata = form.metadata(subscription.metadata);
  if (form.has('description')) changes.description = form.text('description') ?? null;
  const method = form.oneOf('collection_method', COLLECTION);
  if (method) changes.collection_method = method;
  if (form.has('days_until_due')) changes.days_until_due = form.integer('days_until_due') ?? null;
  const enabled = form.child('automatic_tax').allow('enabled').flag('enabled');
  if (enabled !== undefined) changes.automatic_tax = { ...subscription.automatic_tax, enabled };
  if (form.has('items'))
    changes.items = { ...subscription.items, data: repricedItems(world, form, subscription) };
  return changes;
}

export function update(world: World, form: Form, subscription: Subscription): Subscription {
  form.allow(...UPDATABLE);
  if (subscription.ended_at !== null) {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'invalid_canceled_subscription_fields',
    });
  }
  updateSubscription(world, subscription, changesFrom(world, form, subscription));
  return subscription;
}

/** Ends it now. One that has ended already is not found any more, as at Stripe. */
export function cancel(world: World, form: Form, subscription: Subscription): Subscription {
  form.allow('invoice_now', 'prorate', 'cancellation_details');
  if (subscription.ended_at !== null) throw noSuch('subscription', subscription.id);
  const details = form.child('cancellation_details').allow('comment', 'feedback');
  const words = { comment: details.text('comment') ?? null, feedback: details.text('feedback') ?? null };
  endSubscription(world, subscription, 'cancellation_requested', words);
  return subscription;
}
