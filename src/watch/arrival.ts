import { knownEvents } from '../db/queries/inbox.js';
import { noteSighted, noteSightedByDelivery, readWatch } from '../db/queries/watch.js';
import { typesAskedFor } from '../dispatcher/classify.js';
import { longestBlindMs } from '../domain/judge.js';
import { formatDuration, HOUR_MS, MINUTE_MS, type Instant } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import { PortError } from '../ports/errors.js';
import type { BillingEvents } from '../ports/events.js';
import { isClockRight } from './clocks.js';
import { lookOf, type Look } from './look.js';
import { takeInMissing, type Meet, type MissingDeps, type WalkEnd } from './missing.js';
import { openRecord, unreadableEvents, unreadableKey } from './unreadable.js';

// A round is to be over before the next one begins.
const walkMs = 3 * MINUTE_MS;
const newestLooked = 100;

export type ArrivalDeps = MissingDeps & {
  readonly events: Pick<BillingEvents, 'list' | 'read'>;
  /** Whether the watch is to end: it goes on where it stopped when it is started again. */
  readonly isStopped: () => boolean;
};

/**
 * Takes in what is missing, and notes until when it is known that nothing is. Where Stripe can't be asked, what it has
 * delivered itself is what is known; when there was nothing either for ten minutes, the intake is blind. The same holds where more
 * can't be read than is named. `skewMs`: how far our clock is ahead of the database's.
 */
export async function lookAtArrival(deps: ArrivalDeps, skewMs: number): Promise<Look> {
  const { db } = deps;
  try {
    const record = await openRecord(deps);
    const end = await walk(deps, record.meet);
    const isHere = end === 'complete' || (await arrivesByItself(deps));
    if (isHere && isClockRight(skewMs)) await noteSighted(db);
    if (!isHere && end === 'held') await noteSightedByDelivery(db);
    const unreadable = record.all().length > 0 ? unreadableEvents(record.all()) : null;
    // What a walk that was cut short did not meet may be further on.
    const looked = ['events_unread', 'intake_blind', ...(end === 'complete' ? [unreadableKey] : [])];
    return lookOf(looked, [await blindness(deps), unreadable]);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    await noteSightedByDelivery(db);
    return lookOf(['events_unread', 'intake_blind'], [unread(error), await blindness(deps)]);
  }
}

async function walk(deps: ArrivalDeps, meet: Meet): Promise<WalkEnd> {
  const { db, nowMs, isStopped } = deps;
  const endsAt = nowMs() + walkMs;
  return takeInMissing(deps, await readWatch(db), () => isStopped() || nowMs() >= endsAt, meet);
}

/** Where the walk did not come to the end, or can't vouch for it: whether the newest events are all here. */
async function arrivesByItself({ db, events, graceMs, nowMs }: MissingDeps): Promise<boolean> {
  const until = nowMs() - graceMs;
  const ids: string[] = [];
  for await (const { event } of events.list({ since: until - HOUR_MS, until, types: typesAskedFor })) {
    // The walk names it when it comes there; that it has arrived nobody can say.
    if (event === null) return false;
    ids.push(event.id);
    if (ids.length === newestLooked) break;
  }
  return (await knownEvents(db, ids)).size === ids.length;
}

async function blindness({ db, nowMs }: MissingDeps): Promise<Alert | null> {
  const { sightedAt } = await readWatch(db);
  if (sightedAt !== null && nowMs() - sightedAt <= longestBlindMs) return null;
  return blind(sightedAt === null ? null : nowMs() - sightedAt);
}

const blind = (forMs: Instant | null): Alert => ({
  key: 'intake_blind',
  severity: 'page',
  title: 'the intake is blind: nobody is reminded, and nothing is taken',
  text: `${forMs === null ? 'It was never' : `For ${formatDuration(forMs)} it was not`} known whether Stripe’s events arrive: its list can’t be read, and nothing was delivered. Giving back goes on.`,
  remedy:
    'See that this machine reaches Stripe, and that the key may read events; forbear doctor says what Stripe answers.',
});

function unread({ code, message }: PortError): Alert {
  const isRefused = code === 'BILLING_REFUSED';
  return {
    key: 'events_unread',
    severity: isRefused ? 'page' : 'warning',
    title: isRefused
      ? 'Stripe’s list of events can’t be read'
      : 'Stripe’s list of events can’t be read just now',
    text: `${message}. What does not arrive by itself is not fetched meanwhile.`,
    remedy: isRefused
      ? 'As a rule STRIPE_SECRET_KEY lacks the right to read events (and webhook endpoints).'
      : 'See status.stripe.com, and whether this machine reaches Stripe. It is tried every minute.',
  };
}
