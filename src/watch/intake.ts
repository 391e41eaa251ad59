import type { IntakeTrouble } from '../db/queries/trouble.js';
import { formatDuration, MINUTE_MS } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import { lookOf, type Look } from './look.js';
import { wrongSecret } from './suspects.js';

// A healthy dispatcher takes a second; this is long enough for a restart.
const longestPendingMs = 2 * MINUTE_MS;
// Strangers knock at every door; so many in five minutes are either an attack or a mistake of ours.
const manyRefused = 100;

/** What the database shows of the intake and the dispatcher. Pure. */
export function lookAtTrouble(trouble: IntakeTrouble): Look {
  const { genuineRefused, refused, ignored } = trouble;
  return lookOf(
    ['wrong_secret', 'events_missing', 'refusals_high', 'events_ignored', 'dispatcher_stuck', 'dead_letters'],
    [
      genuineRefused > 0 ? wrongSecret(genuineRefused) : null,
      trouble.undelivered > 0 ? missingEvents(trouble.undelivered) : null,
      refused >= manyRefused ? manyRefusals(refused) : null,
      ignored > 0 ? ignoredEvents(ignored) : null,
      stuck(trouble),
      trouble.dead > 0 ? deadLetters(trouble.dead) : null,
    ],
  );
}

const missingEvents = (undelivered: number): Alert => ({
  key: 'events_missing',
  severity: 'page',
  title: `Stripe’s deliveries do not arrive: ${undelivered} ${undelivered === 1 ? 'event' : 'events'} had to be fetched`,
  text: 'Since then not one was delivered. Whatever is missing is fetched from Stripe every few minutes, so payers are late to come back, and nothing is lost.',
  remedy:
    'See in Stripe’s dashboard what its deliveries to the endpoint are answered with. forbear doctor looks at the endpoint and its address.',
});

const manyRefusals = (refused: number): Alert => ({
  key: 'refusals_high',
  severity: 'warning',
  title: `${refused} deliveries were refused within five minutes`,
  text: 'None of them did anything. Either somebody tries the door, or something between Stripe and us spoils what it carries.',
  remedy:
    "select reason, sum(times) from rejected_deliveries where at > now() - interval '1 hour' group by reason; docs/intake.md says what each reason is likely to come from.",
});

const ignoredEvents = (ignored: number): Alert => ({
  key: 'events_ignored',
  severity: 'warning',
  title: `${ignored} genuine events of another mode or Stripe account came within the hour`,
  text: 'They are kept and not acted on, and Stripe was told that they arrived, so that it does not disable the endpoint.',
  remedy:
    'Is the key of one mode and the endpoint of the other? Where a Connect endpoint is meant, this is as it should be; name your own account by STRIPE_ACCOUNT.',
});

function stuck({ oldestPendingMs, pending }: IntakeTrouble): Alert | null {
  if (oldestPendingMs === null || oldestPendingMs < longestPendingMs) return null;
  return {
    key: 'dispatcher_stuck',
    severity: 'page',
    title: `${pending} ${pending === 1 ? 'event waits' : 'events wait'} to be dispatched: what has been due for ${formatDuration(oldestPendingMs)} was not taken up`,
    text: 'They are kept, and no case hears of them: who has paid stays off, and nobody new is reminded.',
    remedy:
      "See that forbear serve runs and reaches Temporal and Stripe; select last_error, count(*) from inbox where state = 'pending' group by last_error tells why.",
  };
}

const deadLetters = (dead: number): Alert => ({
  key: 'dead_letters',
  severity: 'page',
  title: `${dead} ${dead === 1 ? 'event' : 'events'} could not be dispatched and ${dead === 1 ? 'was' : 'were'} put aside`,
  text: 'Each failed for a reason of its own, time after time. They are kept, and wait for a person.',
  remedy:
    "select event_id, last_error from inbox where state = 'dead'; when it is mended: forbear replay --dead.",
});
