import { DAY_MS, SECOND_MS } from '../clock.js';
import { emit } from '../events.js';
import type { Invoice, Subscription } from '../state/objects.js';
import type { World } from '../world.js';
import { invoiceDueAt, reschedule, subscriptionDueAt } from './due.js';
import { voidInvoice } from './invoices.js';
import { attempt } from './payments.js';
import { endSubscription, fallPastDue } from './standing.js';
import { collect, renew } from './subscriptions.js';

// Stripe lists and shows events for 30 days, and remembers idempotency keys for one.
const EVENTS_KEPT_MS = 30 * DAY_MS;
const KEYS_KEPT_MS = DAY_MS;

function runSubscription(world: World, subscription: Subscription): void {
  if (subscription.status === 'incomplete') {
    const invoice = world.store.invoices.get(subscription.latest_invoice ?? '');
    // Voiding its first invoice is what expires it.
    if (invoice?.status === 'open') voidInvoice(world, invoice);
    return;
  }
  const periodEnd = subscription.items.data[0]?.current_period_end ?? 0;
  const endsAt = subscription.cancel_at_period_end ? periodEnd : subscription.cancel_at;
  if (endsAt !== null && endsAt <= world.clock.now())
    endSubscription(world, subscription, 'cancellation_requested');
  else renew(world, subscription);
}

function runInvoice(world: World, invoice: Invoice): void {
  const now = world.clock.now();
  if (invoice.status === 'draft') return collect(world, invoice);
  if (invoice.next_payment_attempt !== null && invoice.next_payment_attempt <= now) {
    // Counted as used before it runs, so that a failure looks for the one after it.
    invoice.fake.retriesUsed += 1;
    attempt(world, invoice, { automatic: true });
    return;
  }
  if (invoice.due_date !== null && invoice.due_date <= now && !invoice.fake.overdueTold) {
    invoice.fake.overdueTold = true;
    emit(world, 'invoice.overdue', invoice);
    fallPastDue(world, invoice);
    reschedule(world, invoice);
  }
}

/**
 * Runs everything that is due by then, in the order of its due times, each dated when it was due. Returns how many
 * things happened. Also forgets what Stripe would have forgotten.
 */
export function runDue(world: World, untilMs: number): number {
  let count = 0;
  const { store } = world;
  for (let due = world.agenda.takeDueBy(untilMs); due; due = world.agenda.takeDueBy(untilMs)) {
    const { id, at } = due;
    // Never dated before what has already been run.
    const moment = Math.max(at, store.ranUntilMs);
    const subscription = store.subscriptions.get(id);
    const invoice = store.invoices.get(id);
    // An entry that no longer says what its object says is left over from before a change.
    if (subscription && subscriptionDueAt(world, subscription) === at) {
      world.clock.at(moment, () => runSubscription(world, subscription));
      count += 1;
    } else if (invoice && invoiceDueAt(invoice) === at) {
      world.clock.at(moment, () => runInvoice(world, invoice));
      count += 1;
    }
  }
  store.ranUntilMs = Math.max(store.ranUntilMs, untilMs);
  const forget = (keptMs: number) => (world.clock.nowMs() - keptMs) / SECOND_MS;
  store.events.dropOldestWhile((event) => event.created < forget(EVENTS_KEPT_MS));
  store.responses.dropOldestWhile((response) => response.createdAt < forget(KEYS_KEPT_MS));
  return count;
}

/** Fills the agenda from a loaded state. */
export function rescheduleAll(world: World): void {
  for (const subscription of world.store.subscriptions.all()) reschedule(world, subscription);
  for (const invoice of world.store.invoices.all()) reschedule(world, invoice);
}
