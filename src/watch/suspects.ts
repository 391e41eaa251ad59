import type { Db } from '../db/client.js';
import { knownEvents } from '../db/queries/inbox.js';
import { notOurs, type Ours } from '../domain/ours.js';
import { HOUR_MS, SECOND_MS, type Instant } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import type { RefusalReason } from '../ports/billing.js';
import { isReadable, type BillingEvents } from '../ports/events.js';
import type { Logger } from '../ports/logger.js';
import { takeIn } from './take-in.js';

export type SuspectsDeps = {
  readonly db: Db;
  readonly events: Pick<BillingEvents, 'read'>;
  readonly ours: Ours;
  readonly raise: (alert: Alert) => Promise<void>;
  /** Has the watch look at once: where one event was refused, others were, too. */
  readonly wakeWatch: () => void;
  readonly logger: Logger;
  readonly nowMs: () => Instant;
};

export type Suspicion = { readonly reason: RefusalReason; readonly eventId: string };

// Whoever sends us invented ids must not spend our share of Stripe's rate limit.
const askEveryMs = 5 * SECOND_MS;
const forgottenMs = HOUR_MS;
const mostRemembered = 1_000;

// What is refused for another reason was signed with our secret: an old one, or one from the future, is a clock's fault.
const unsigned: readonly RefusalReason[] = [
  'signature_missing',
  'signature_malformed',
  'signature_mismatch',
  'cut_off',
];

/** What is wrong when Stripe's own event is refused. */
export function wrongSecret(refused: number): Alert {
  return {
    key: 'wrong_secret',
    severity: 'page',
    title: 'Stripe’s deliveries are refused: our webhook secret is wrong',
    text: `${refused === 1 ? 'A delivery that we refused is' : `${refused} deliveries that we refused are`} genuine: Stripe has the event. They are fetched from Stripe meanwhile, some minutes late.`,
    remedy:
      'Copy the signing secret of just this endpoint, in just this mode, from Stripe’s dashboard into STRIPE_WEBHOOK_SECRET, and restart forbear serve. If it is right, see whether a proxy rewrites bodies or headers.',
  };
}

/**
 * The wrong-secret rule: when a refused body claims to be an event that Stripe has, and we have not, then it is our secret
 * that is wrong, and no stranger at the door. Pages at once, unless our secret had signed it, and takes the event in. Asks for one event at a time, and for
 * each once an hour at most.
 */
export function createSuspects({ db, events, ours, raise, wakeWatch, logger, nowMs }: SuspectsDeps) {
  const askedAt = new Map<string, Instant>();
  let nextAt = 0;

  async function ask({ eventId, reason }: Suspicion): Promise<void> {
    const known = await knownEvents(db, [eventId]);
    // Had we refused what we have, it would be a replay.
    if (known.has(eventId)) return;
    const listed = await events.read(eventId);
    if (listed === null) return;
    if (!isReadable(listed)) {
      logger.warn({ eventId, why: listed.why }, 'a refused delivery claims an event that can’t be read');
      return wakeWatch();
    }
    if (notOurs(listed.event, ours) !== null) return;
    await takeIn({ db, ours, source: 'watch' }, [listed]);
    logger.error({ eventId, reason }, 'a delivery that was refused is genuine');
    if (unsigned.includes(reason)) await raise(wrongSecret(1));
    wakeWatch();
  }

  return (suspicion: Suspicion): void => {
    const { eventId } = suspicion;
    const now = nowMs();
    const isRecent = now - (askedAt.get(eventId) ?? -Infinity) < forgottenMs;
    if (now < nextAt || isRecent) return;
    nextAt = now + askEveryMs;
    if (askedAt.size >= mostRemembered) askedAt.clear();
    askedAt.set(eventId, now);
    void ask(suspicion).catch((error: unknown) => {
      askedAt.delete(eventId);
      logger.warn({ error, eventId }, 'it could not be looked up whether a refused event is genuine');
    });
  };
}
