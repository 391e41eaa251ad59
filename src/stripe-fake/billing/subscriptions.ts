import { change, emit } from '../events.js';
import { newSubscription, newSubscriptionItem } from '../shapes/subscriptions.js';
import type { Customer, Price, Subscription } from '../state/objects.js';
import type { Metadata } from '../state/stored.js';
import type { World } from '../world.js';
import { MONTHLY, periodStart } from './calendar.js';
import { reschedule } from './due.js';
import { finalize, send } from './invoices.js';
import { attempt } from './payments.js';
import { draftFor } from './renewals.js';

export interface NewSubscription {
  customer: Customer;
  items: { price: Price; quantity: number }[];
  collectionMethod: Subscription['collection_method'];
  daysUntilDue: number | null;
  defaultPaymentMethod: string | null;
  metadata: Metadata;
  trialEnd: number | null;
  automaticTax: boolean;
  /** `default_incomplete`: the customer confirms the first payment himself, so it isn't tried here. */
  tryFirstPayment: boolean;
}

/** Creates a subscription with its first invoice. It is `incomplete` until that is paid, unless the invoice is sent. */
export function createSubscription(world: World, plan: NewSubscription): Subscription {
  const now = world.clock.now();
  const automatic = plan.collectionMethod === 'charge_automatically';
  const free = plan.items.every(({ price, quantity }) => price.unit_amount * quantity === 0);
  const subscription = newSubscription(now, {
    ...plan,
    customer: plan.customer.id,
    currency: plan.items[0]?.price.currency ?? 'usd',
    status: plan.trialEnd !== null ? 'trialing' : automatic && !free ? 'incomplete' : 'active',
  });
  const every = plan.items[0]?.price.recurring ?? MONTHLY;
  const end = plan.trialEnd ?? periodStart(now, every, 1);
  subscription.items.data = plan.items.map(({ price, quantity }) =>
    newSubscriptionItem(now, { subscription: subscription.id, price, quantity, period: { start: now, end } }),
  );
  // While the trial runs, the anchor is the end of it: the first whole period lies before it.
  subscription.fake.periodsDone = plan.trialEnd === null ? 0 : -1;
  world.store.subscriptions.add(subscription);
  emit(world, 'customer.subscription.created', subscription);
  if (plan.trialEnd === null) firstInvoice(world, subscription, plan);
  reschedule(world, subscription);
  return subscription;
}

function firstInvoice(world: World, subscription: Subscription, plan: NewSubscription): void {
  const now = subscription.created;
  const invoice = draftFor(world, subscription, plan.customer, 'subscription_create', {
    start: now,
    end: now,
  });
  finalize(world, invoice);
  if (invoice.status !== 'open') return;
  if (subscription.collection_method === 'send_invoice') send(world, invoice);
  else if (plan.tryFirstPayment) attempt(world, invoice, { automatic: true });
}

/** Announces a change of fields that a request made, and looks at the due time again. */
export function updateSubscription(
  world: World,
  subscription: Subscription,
  changes: Partial<Subscription>,
): void {
  change(world, subscription, changes, 'customer.subscription.updated');
  reschedule(world, subscription);
}

/** The time until which collection was paused has come. What was put aside meanwhile stays as it is. */
export function resumeCollection(world: World, subscription: Subscription): void {
  updateSubscription(world, subscription, { pause_collection: null });
}
