import { emit } from '../events.js';
import { render } from '../http/render.js';
import type { LinePlan } from '../shapes/invoice-lines.js';
import type { Period } from '../shapes/subscriptions.js';
import type { Customer, Invoice, Recurring, Subscription, SubscriptionItem } from '../state/objects.js';
import type { World } from '../world.js';
import { MONTHLY, periodStart } from './calendar.js';
import { nullify, writeOff } from './closing.js';
import { reschedule } from './due.js';
import { createDraft, finalize, pullPendingItems, send } from './invoices.js';
import { attempt } from './payments.js';

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

/** Whether invoices of the subscription are finalised and charged by themselves. */
export const collectsItself = ({ status, pause_collection }: Subscription): boolean =>
  status !== 'unpaid' && pause_collection === null;

export function draftFor(
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
      ...{ customer, subscription, reason, period },
      currency: subscription.currency,
      collectionMethod: subscription.collection_method,
      daysUntilDue: subscription.days_until_due,
      autoAdvance: collectsItself(subscription),
      automaticTax: subscription.automatic_tax.enabled,
    },
    subscription.items.data.map(itemLine),
  );
  pullPendingItems(world, invoice);
  subscription.latest_invoice = invoice.id;
  return invoice;
}

/** Moves every item on by one period. */
function nextPeriod(subscription: Subscription, start: number): Subscription['items'] {
  const done = subscription.fake.periodsDone + 1;
  const end = periodStart(subscription.billing_cycle_anchor, rhythm(subscription), done + 1);
  subscription.fake.periodsDone = done;
  const { items } = subscription;
  const moved = { current_period_start: start, current_period_end: end };
  return { ...items, data: items.data.map((row) => ({ ...row, ...moved })) };
}

/** The period is over: the next one begins, with its invoice. */
export function renew(world: World, subscription: Subscription): void {
  const customer = world.store.customers.get(subscription.customer);
  const [item] = subscription.items.data;
  if (!customer || !item) return;
  const start = item.current_period_end;
  const { items: oldItems, latest_invoice, status: oldStatus } = subscription;
  const status = oldStatus === 'trialing' ? 'active' : oldStatus;
  Object.assign(subscription, { items: nextPeriod(subscription, start), status });
  const ended = { start: item.current_period_start, end: start };
  const invoice = draftFor(world, subscription, customer, 'subscription_cycle', ended);
  const previous = {
    items: render(oldItems),
    latest_invoice,
    ...(status === oldStatus ? {} : { status: oldStatus }),
  };
  emit(world, 'customer.subscription.updated', subscription, previous);
  reschedule(world, subscription);
  bill(world, subscription, invoice);
}

/** A renewal's draft takes its way: put aside, left as it is, finalised later, or collected now. */
function bill(world: World, subscription: Subscription, invoice: Invoice): void {
  if (subscription.pause_collection) return putAside(world, subscription, invoice);
  if (!invoice.auto_advance) return;
  if (world.settings.draftMs > 0) {
    invoice.automatically_finalizes_at = world.clock.now() + Math.ceil(world.settings.draftMs / 1_000);
    reschedule(world, invoice);
    return;
  }
  collect(world, invoice);
}

/** While collection is paused an invoice is made and nobody is asked for it; the subscription's status stays. */
export function putAside(world: World, subscription: Subscription, invoice: Invoice): void {
  const behavior = subscription.pause_collection?.behavior ?? 'keep_as_draft';
  if (behavior === 'keep_as_draft') return;
  finalize(world, invoice, { useBalance: false });
  if (invoice.status !== 'open') return;
  if (behavior === 'void') nullify(world, invoice);
  else writeOff(world, invoice);
}

/** Finalises a draft and takes its way to the customer: charged, or sent. */
export function collect(world: World, invoice: Invoice): void {
  finalize(world, invoice);
  startCollection(world, invoice);
}

/** An invoice that has just become open is charged, or sent. */
export function startCollection(world: World, invoice: Invoice): void {
  if (invoice.status !== 'open') return;
  if (invoice.collection_method === 'send_invoice') send(world, invoice);
  else attempt(world, invoice, { automatic: true });
}
