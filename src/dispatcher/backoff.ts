import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import { PortError } from '../ports/errors.js';
import { SignallerUnreachable } from './signaller.js';

/** `outage`: nobody can be told, or asked about, now · `own`: it is about this account or customer. */
export type Cause = 'outage' | 'own';

export function causeOf(error: unknown): Cause {
  const isSilence = error instanceof PortError && error.code === 'BILLING_UNAVAILABLE';
  return isSilence || error instanceof SignallerUnreachable ? 'outage' : 'own';
}

/** How often an event is tried that fails for a reason of its own: for about half an hour. */
export const mostAttempts = 12;

const longestWaitMs = { outage: 30 * SECOND_MS, own: 10 * MINUTE_MS } as const;
// From there on an outage waits no longer, so it need not count further: it never brings an event near its end.
const mostCountedOfOutages = 5;

/** What a failure makes of an event. `waitMs`: until the next try; `null`: there is none, a person has to look. */
export type Retry = { readonly attempts: number; readonly waitMs: number | null };

/**
 * After a failure of an event that had failed so often before. What fails for a reason of its own waits ever longer, up to
 * ten minutes, and is given up after 12 attempts. An outage makes it wait half a minute at most, and never ends it. `dice`
 * is at random, from 0 to 1: it keeps what has failed together from coming back together.
 */
export function afterFailure(failedBefore: number, cause: Cause, dice: number): Retry {
  const doubledMs = SECOND_MS * 2 ** Math.min(failedBefore, mostAttempts);
  const waitMs = Math.round(Math.min(doubledMs, longestWaitMs[cause]) * (0.8 + 0.2 * dice));
  const attempts = failedBefore + 1;
  if (cause === 'outage')
    return { attempts: Math.max(failedBefore, Math.min(attempts, mostCountedOfOutages)), waitMs };
  return { attempts, waitMs: attempts >= mostAttempts ? null : waitMs };
}
