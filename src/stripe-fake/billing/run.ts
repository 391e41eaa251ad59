import type { Due } from '../agenda.js';
import { DAY_MS, SECOND_MS } from '../clock.js';
import { emit } from '../events.js';
import type { Invoice, Subscription } from '../state/objects.js';
import type { World } from '../world.js';
import { nullify } from './closing.js';
import { dueAt, reschedule } from './due.js';
import { attempt, settle } from './payments.js';
import { collect, renew } from './renewals.js';
import { endSubscription, fallPastDue, followLatestInvoice } from './standing.js';
import { resumeCollection } from './subscriptions.js';

// Stripe lists and shows events for 30 days, and remembers idempotency keys for one.
const EVENTS_KEPT_MS = 30 * DAY_MS;
const KEYS_KEPT_MS = DAY_MS;

function runSubscription(world: World, subscription: Subscription): void {
  if (subscription.status === 'incomplete') {
    const invoice = world.store.invoices.get(subscription.latest_invoice ?? '');
    if (invoice?.status !== 'open') return;
    // Voiding its first invoice is what expires it.
    nullify(world, invoice);
    followLatestInvoice(world, invoice);
    return;
  }
  const now = world.clock.now();
  const resumesAt = subscription.pause_collection?.resumes_at ?? null;
  const periodEnd = subscription.items.data[0]?.current_period_end ?? 0;
  const endsAt = subscription.cancel_at_period_end ? periodEnd : subscription.cancel_at;
  if (endsAt !== null && endsAt <= now) endSubscription(world, subscription, 'cancellation_requested');
  else if (resumesAt !== null && resumesAt <= now) resumeCollection(world, subscription);
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
    const customer = world.store.customers.get(invoice.customer);
    if (customer) customer.delinquent = true;
    emit(world, 'invoice.overdue', invoice);
    fallPastDue(world, invoice);
    reschedule(world, invoice);
  }
}

/** What the entry stands for, or nothing: one that no longer says what its object says is left from before a change. */
function workOf(world: World, { id, at }: Due): (() => void) | undefined {
  const { subscriptions, invoices, paymentIntents } = world.store;
  const object = subscriptions.get(id) ?? invoices.get(id) ?? paymentIntents.get(id);
  if (!object || dueAt(world, object) !== at) return undefined;
  switch (object.object) {
    case 'subscription':
      return () => runSubscription(world, object);
    case 'invoice':
      return () => runInvoice(world, object);
    case 'payment_intent':
      return () => settle(world, object, object.fake?.ending ?? 'fail');
  }
}

/** Forgets what Stripe would have forgotten. */
function forgetOld({ clock, store }: World): void {
  const before = (keptMs: number) => (clock.nowMs() - keptMs) / SECOND_MS;
  store.events.dropOldestWhile((event) => event.created < before(EVENTS_KEPT_MS));
  store.responses.dropOldestWhile((response) => response.createdAt < before(KEYS_KEPT_MS));
}

/**
 * Runs everything that is due by then, in the order of its due times, each dated when it was due. Returns how many
 * things happened. Also forgets what Stripe would have forgotten.
 */
export function runDue(world: World, untilMs: number): number {
  let count = 0;
  const { store } = world;
  for (let due = world.agenda.takeDueBy(untilMs); due; due = world.agenda.takeDueBy(untilMs)) {
    const work = workOf(world, due);
    if (!work) continue;
    // Never dated before what has already been run.
    world.clock.at(Math.max(due.at, store.ranUntilMs), work);
    count += 1;
  }
  store.ranUntilMs = Math.max(store.ranUntilMs, untilMs);
  forgetOld(world);
  return count;
}

/** Fills the agenda from a loaded state. */
export function rescheduleAll(world: World): void {
  for (const subscription of world.store.subscriptions.all()) reschedule(world, subscription);
  for (const invoice of world.store.invoices.all()) reschedule(world, invoice);
  for (const intent of world.store.paymentIntents.all()) reschedule(world, intent);
}
