import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../domain/time.js';

const firstWaitsMs = [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS];
const longestWaitMs = HOUR_MS;

/** An endpoint at which nothing has arrived for so long is disabled. */
export const givenUpAfterMs = 5 * DAY_MS;
/** How often it is looked whether a disabled endpoint answers again. */
export const pingEveryMs = HOUR_MS;

/**
 * How long a delivery waits after its how-manieth try in vain: ever longer, up to an hour, as long as the endpoint is
 * enabled. What the endpoint asks for counts where it is longer. `dice` is at random, from 0 to 1: it keeps what has failed
 * together from coming back together.
 */
export function waitAfter(attempts: number, retryAfterMs: number | null, dice: number): number {
  const plannedMs = firstWaitsMs[attempts - 1] ?? longestWaitMs;
  const scatteredMs = plannedMs * (0.8 + 0.4 * dice);
  return Math.round(Math.max(scatteredMs, Math.min(retryAfterMs ?? 0, longestWaitMs)));
}

/** What an answer makes of its endpoint. */
export type Health = 'arrived' | 'failed' | 'gone' | 'given_up';

/** Standard Webhooks: any 2xx has arrived, 410 wants no more. `failingSince`: before this answer. */
export function healthAfter(status: number | null, failingSince: Instant | null, now: Instant): Health {
  if (status !== null && status >= 200 && status <= 299) return 'arrived';
  if (status === 410) return 'gone';
  return failingSince !== null && now - failingSince >= givenUpAfterMs ? 'given_up' : 'failed';
}

// A healthy endpoint is told of several accounts at once; one that fails is tried with one.
const slotsOfHealthy = 8;

export const slotsOf = (failingSince: Instant | null) => (failingSince === null ? slotsOfHealthy : 1);
