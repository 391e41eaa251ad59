import { change, emit } from '../events.js';
import { render } from '../http/render.js';
import { newSubscription, newSubscriptionItem, type Period } from '../shapes/subscriptions.js';
import type { LinePlan } from '../shapes/invoices.js';
import type {
  Customer,
  Invoice,
  Metadata,
  Price,
  Recurring,
  Subscription,
  SubscriptionItem,
} from '../state/objects.js';
import type { World } from '../world.js';
import { periodStart } from './calendar.js';
import { reschedule } from './due.js';
import { createDraft, finalize, pullPendingItems, send } from './invoices.js';
import { attempt } from './payments.js';

const MONTHLY: Recurring = {
  interval: 'month',
  interval_count: 1,
  meter: null,
  trial_period_days: null,
  usage_type: 'licensed',
};

const rhythm = (subscription: Subscription): Recurring =>
  subscription.items.data[0]?.price.recurring ?? MONTHLY;

/** What one item costs for one period, as a line of an invoice. */
const itemLine = (item: SubscriptionItem): LinePlan => ({
  amount: item.price.unit_amount * item.quantity,
  description: `${item.quantity} × ${item.price.nickname ?? item.price.id}`,
  period: { start: item.current_period_start, end: item.current_period_end },
  quantity: item.quantity,
  price: { id: item.price.id, product: item.price.product, unitAmount: item.price.unit_amount },
  subscriptionItem: { subscription: item.subscription, item: item.id, proration: false },
});

export interface NewSubscription {
  customer: Customer;
  items: { price: Price; quantity: number }[];
  collectionMethod: Subscription['collection_method'];
  daysUntilDue: number | null;
  defaultPaymentMethod: string | null;
  metadata: Metadata;
  trialEnd: number | null;
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

function draftFor(
  world: World,
  subscription: Subscription,
  customer: Customer,
  reason: 'subscription_create' | 'subscription_cycle',
  // A renewal's invoice spans the period that has just ended; its lines bill the coming one in advance.
  period: Period,
): Invoice {
  const invoice = createDraft(
    world,
    {
      customer,
      currency: subscription.currency,
      reason,
      subscription,
      collectionMethod: subscription.collection_method,
      daysUntilDue: subscription.days_until_due,
      autoAdvance: subscription.status !== 'unpaid',
      period,
    },
    subscription.items.data.map(itemLine),
  );
  pullPendingItems(world, invoice);
  subscription.latest_invoice = invoice.id;
  return invoice;
}

/** The period is over: the next one begins, with its invoice. An unpaid subscription's invoice stays a draft. */
export function renew(world: World, subscription: Subscription): void {
  const customer = world.store.customers.get(subscription.customer);
  const [item] = subscription.items.data;
  if (!customer || !item) return;
  const start = item.current_period_end;
  const done = subscription.fake.periodsDone + 1;
  const end = periodStart(subscription.billing_cycle_anchor, rhythm(subscription), done + 1);
  subscription.fake.periodsDone = done;
  const items = {
    ...subscription.items,
    data: subscription.items.data.map((row) => ({
      ...row,
      current_period_start: start,
      current_period_end: end,
    })),
  };
  const status = subscription.status === 'trialing' ? 'active' : subscription.status;
  const { items: oldItems, latest_invoice, status: oldStatus } = subscription;
  Object.assign(subscription, { items, status });
  const ended = { start: item.current_period_start, end: start };
  const invoice = draftFor(world, subscription, customer, 'subscription_cycle', ended);
  const previous = {
    items: render(oldItems),
    latest_invoice,
    ...(status === oldStatus ? {} : { status: oldStatus }),
  };
  emit(world, 'customer.subscription.updated', subscription, previous);
  reschedule(world, subscription);
  if (!invoice.auto_advance) return;
  if (world.settings.draftMs > 0) {
    invoice.automatically_finalizes_at = world.clock.now() + Math.ceil(world.settings.draftMs / 1_000);
    reschedule(world, invoice);
    return;
  }
  collect(world, invoice);
}

/** Finalises a draft and takes its way to the customer: charged, or sent. */
export function collect(world: World, invoice: Invoice): void {
  finalize(world, invoice);
  if (invoice.status !== 'open') return;
  if (invoice.collection_method === 'send_invoice') send(world, invoice);
  else attempt(world, invoice, { automatic: true });
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
