import { change, emit } from '../events.js';
import type { Invoice, Subscription, SubscriptionStatus } from '../state/objects.js';
import type { World } from '../world.js';
import { reschedule } from './due.js';

export const subscriptionOf = (world: World, invoice: Invoice): Subscription | undefined =>
  world.store.subscriptions.get(invoice.parent?.subscription_details?.subscription ?? '');

const invoicesOf = (world: World, subscription: Subscription): Invoice[] =>
  world.store.invoices
    .all(subscription.customer)
    .filter((invoice) => invoice.parent?.subscription_details?.subscription === subscription.id);

/** The invoice that a subscription's status hangs on: the newest that wasn't voided, older debt or not. */
const decidingInvoice = (world: World, subscription: Subscription): Invoice | undefined =>
  invoicesOf(world, subscription).findLast((invoice) => invoice.status !== 'void');

function setStatus(world: World, subscription: Subscription, status: SubscriptionStatus): void {
  if (subscription.status === status) return;
  change(world, subscription, { status }, 'customer.subscription.updated');
  reschedule(world, subscription);
}

/** After an invoice was paid, voided or written off: the subscription becomes active when its newest one is settled. */
export function followLatestInvoice(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription) return;
  switch (subscription.status) {
    case 'incomplete':
      if (invoice.status === 'paid') setStatus(world, subscription, 'active');
      if (invoice.status === 'void') expire(world, subscription);
      return;
    case 'past_due':
    case 'unpaid': {
      const deciding = decidingInvoice(world, subscription);
      const settled = !deciding || deciding.status === 'paid' || deciding.status === 'uncollectible';
      if (settled) setStatus(world, subscription, 'active');
      return;
    }
    case 'active':
    case 'canceled':
    case 'incomplete_expired':
    case 'trialing':
      return;
  }
}

/** The first payment never came: terminal, and its invoice is void. */
function expire(world: World, subscription: Subscription): void {
  const changes = { status: 'incomplete_expired', ended_at: world.clock.now() } as const;
  change(world, subscription, changes, 'customer.subscription.updated');
}

/** After a renewal's payment failed or its due date passed. */
export function fallPastDue(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  if (subscription.status === 'active' || subscription.status === 'trialing') {
    setStatus(world, subscription, 'past_due');
  }
}

/** No invoice of the subscription is collected automatically from now on. Those that are open stay open. */
function stopCollection(world: World, subscription: Subscription): void {
  for (const invoice of invoicesOf(world, subscription)) {
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue;
    if (!invoice.auto_advance && invoice.next_payment_attempt === null) continue;
    change(world, invoice, { auto_advance: false, next_payment_attempt: null }, 'invoice.updated');
    reschedule(world, invoice);
  }
}

type EndReason = 'cancellation_requested' | 'payment_failed' | 'payment_disputed';

/** Ends a subscription for good. Its open invoices stay open, but nobody tries them any more. */
export function endSubscription(
  world: World,
  subscription: Subscription,
  reason: EndReason,
  words: { comment?: string | null; feedback?: string | null } = {},
): void {
  const now = world.clock.now();
  subscription.status = 'canceled';
  subscription.ended_at = now;
  subscription.canceled_at ??= now;
  subscription.cancellation_details = {
    comment: words.comment ?? subscription.cancellation_details?.comment ?? null,
    feedback: words.feedback ?? subscription.cancellation_details?.feedback ?? null,
    feedback_option: null,
    reason,
  };
  stopCollection(world, subscription);
  emit(world, 'customer.subscription.deleted', subscription);
}

/** The last retry failed: what the account's settings say happens. */
export function giveUp(world: World, invoice: Invoice): void {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription || subscription.status !== 'past_due') return;
  switch (world.settings.afterRetries) {
    case 'cancel':
      endSubscription(world, subscription, 'payment_failed');
      return;
    case 'unpaid':
      stopCollection(world, subscription);
      setStatus(world, subscription, 'unpaid');
      return;
    case 'past_due':
      return;
  }
}
