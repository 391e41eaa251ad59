import type { Db } from '../db/client.js';
import { knownEvents } from '../db/queries/inbox.js';
import { noteWalked, type WatchState } from '../db/queries/watch.js';
import { typesAskedFor } from '../dispatcher/classify.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../domain/time.js';
import type { Ours } from '../domain/ours.js';
import { isReadable, isUnreadable, type BillingEvents, type UnreadableEvent } from '../ports/events.js';
import { takeIn } from './take-in.js';

export type MissingDeps = {
  readonly db: Db;
  readonly events: Pick<BillingEvents, 'list'>;
  readonly ours: Ours;
  /** A delivery may take a while: what Stripe created less than this ago may still be on its way. */
  readonly graceMs: number;
  readonly nowMs: () => Instant;
};

/** Notes what can't be read. Resolves to whether all of it is named: else the walk must not leave it behind. */
export type Meet = (met: readonly UnreadableEvent[]) => Promise<boolean>;

/**
 * `complete`: everything that Stripe created up to a moment ago is here, or named · `cut_short`: there is more · `held`: there is
 * more that can't be read than is named, so that the next walk begins before it again.
 */
export type WalkEnd = 'complete' | 'cut_short' | 'held';

// Stripe may list an event a little later than it says that it was created.
const overlapMs = 10 * MINUTE_MS;
// Before the first round nobody was there to miss anything; a day covers the set-up. Older: `forbear replay`.
const firstWalkMs = DAY_MS;
const keptAtStripeMs = 30 * DAY_MS;
// A busy account has more events in an hour than can be listed in a round: it is walked in steps that grow while they are quick.
const shortestSliceMs = MINUTE_MS;
const longestSliceMs = HOUR_MS;
const quickMs = 5 * SECOND_MS;
const batchSize = 100;
// Before the first round nothing was owed to anybody: this much of it comes by itself, the rest by `forbear replay`.
const mostUndelivered = 10_000;

/**
 * Compares Stripe's events with ours from where the last walk ended, and takes in whatever is missing. Goes on where it
 * stopped: each slice of time that is through is noted. Stops as soon as `isOver`. What can't be read is handed to `meet` before
 * its slice is noted. Throws `BILLING_UNAVAILABLE`, `BILLING_REFUSED`; then everything up to the last note is here, or named.
 */
export async function takeInMissing(
  deps: MissingDeps,
  state: WatchState,
  isOver: () => boolean,
  meet: Meet,
): Promise<WalkEnd> {
  const { db, graceMs, nowMs } = deps;
  let isHeld = false;
  const meetOrHold: Meet = async (met) => {
    const mayLeave = await meet(met);
    isHeld ||= !mayLeave;
    return mayLeave;
  };
  const end = nowMs() - graceMs;
  // What Stripe gave up on before we first looked is in no later walk.
  if (state.walkedUntil === null) {
    const undelivered = { since: end - keptAtStripeMs, until: end, undelivered: true };
    await compare(deps, undelivered, (looked) => isOver() || looked >= mostUndelivered, meetOrHold);
  }
  let from = startOf(state, end);
  let sliceMs = shortestSliceMs;
  while (from < end) {
    const begunAt = nowMs();
    const until = Math.min(from + sliceMs, end);
    if (isOver() || !(await compare(deps, { since: from, until }, isOver, meetOrHold)))
      return isHeld ? 'held' : 'cut_short';
    if (!isHeld) await noteWalked(db, until);
    from = until;
    const isQuick = nowMs() - begunAt <= quickMs;
    sliceMs = isQuick ? Math.min(2 * sliceMs, longestSliceMs) : Math.max(sliceMs / 2, shortestSliceMs);
  }
  return isHeld ? 'held' : 'complete';
}

/** Where the last walk ended; a day ago where there was none, or where it ended in the future: then our clock was wrong. */
function startOf({ walkedUntil }: WatchState, end: Instant): Instant {
  const isKnown = walkedUntil !== null && walkedUntil <= end + overlapMs;
  return isKnown ? Math.max(Math.min(walkedUntil, end) - overlapMs, end - keptAtStripeMs) : end - firstWalkMs;
}

type Filter = Parameters<BillingEvents['list']>[0];

/** Returns whether it came to the end of what was asked for. */
async function compare(
  { db, events, ours }: MissingDeps,
  filter: Filter,
  isOver: (looked: number) => boolean,
  meet: Meet,
): Promise<boolean> {
  let looked = 0;
  for await (const batch of inBatches(events.list({ ...filter, types: typesAskedFor }))) {
    looked += batch.length;
    const readable = batch.filter(isReadable);
    const known = await knownEvents(
      db,
      readable.map(({ event }) => event.id),
    );
    const missing = readable.filter(({ event }) => !known.has(event.id));
    if (missing.length > 0) await takeIn({ db, ours, source: 'watch' }, missing);
    const unreadable = batch.filter(isUnreadable);
    if (unreadable.length > 0) await meet(unreadable);
    if (batch.length === batchSize && isOver(looked)) return false;
  }
  return true;
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
