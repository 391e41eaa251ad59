import type { Db } from '../db/client.js';
import { knownEvents } from '../db/queries/inbox.js';
import { noteWalked, type WatchState } from '../db/queries/watch.js';
import { typesAskedFor } from '../dispatcher/classify.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../domain/time.js';
import type { Ours } from '../domain/ours.js';
import type { BillingEvents } from '../ports/events.js';
import { takeIn } from './take-in.js';

export type MissingDeps = {
  readonly db: Db;
  readonly events: Pick<BillingEvents, 'list'>;
  readonly ours: Ours;
  /** A delivery may take a while: what Stripe created less than this ago may still be on its way. */
  readonly graceMs: number;
  readonly nowMs: () => Instant;
};

export type Walk = {
  /** How many events were missing here, and are taken in now. */
  readonly missing: number;
  /** When the eldest of them was created. */
  readonly eldestAt: Instant | null;
  /** Everything that Stripe created up to a moment ago is here. */
  readonly isComplete: boolean;
};

// Stripe may list an event a little later than it says that it was created.
const overlapMs = 10 * MINUTE_MS;
// Before the first round nobody was there to miss anything; a day covers the set-up. Older: `forbear replay`.
const firstWalkMs = DAY_MS;
const keptAtStripeMs = 30 * DAY_MS;
const sliceMs = HOUR_MS;
const batchSize = 100;

/**
 * Compares Stripe's events with ours from where the last walk ended, and takes in whatever is missing. Goes on where it
 * stopped: each hour of events that is through is noted. Stops between two hours when `untilMs` has come. Throws
 * `BILLING_UNAVAILABLE`, `BILLING_REFUSED`; then everything up to the last note is here.
 */
export async function takeInMissing(deps: MissingDeps, state: WatchState, untilMs: Instant): Promise<Walk> {
  const { db, graceMs, nowMs } = deps;
  const end = nowMs() - graceMs;
  const counted = { missing: 0, eldestAt: null as Instant | null };
  // What Stripe gave up on before we first looked is in no later walk.
  if (state.walkedUntil === null)
    await compare(deps, { since: end - keptAtStripeMs, until: end, undelivered: true }, counted);
  let from = Math.max(
    state.walkedUntil === null ? end - firstWalkMs : state.walkedUntil - overlapMs,
    end - keptAtStripeMs,
  );
  while (from < end) {
    const until = Math.min(from + sliceMs, end);
    await compare(deps, { since: from, until }, counted);
    await noteWalked(db, until);
    from = until;
    if (from < end && nowMs() >= untilMs) return { ...counted, isComplete: false };
  }
  return { ...counted, isComplete: true };
}

type Counted = { missing: number; eldestAt: Instant | null };
type Filter = Parameters<BillingEvents['list']>[0];

async function compare({ db, events, ours }: MissingDeps, filter: Filter, counted: Counted): Promise<void> {
  for await (const batch of inBatches(events.list({ ...filter, types: typesAskedFor }))) {
    const known = await knownEvents(
      db,
      batch.map(({ event }) => event.id),
    );
    const missing = batch.filter(({ event }) => !known.has(event.id));
    if (missing.length === 0) continue;
    const { fresh, foreign } = await takeIn({ db, ours, source: 'watch' }, missing);
    counted.missing += fresh.length + foreign.length;
    const eldest = Math.min(...missing.map(({ event }) => event.createdAt));
    counted.eldestAt = Math.min(counted.eldestAt ?? eldest, eldest);
  }
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
