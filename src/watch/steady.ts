import type { Instant } from '../domain/time.js';
import type { Look } from './look.js';

// What a restart, or one lost packet, looks like as well.
const passing = ['temporal_down', 'worker_dead', 'way_in', 'events_unread'];

export type Steady = (look: Look, now: Instant) => Look & { readonly isSure: boolean };

/**
 * Keeps back what may pass by itself until it was found for so long. What is kept back counts as not looked at: an alert that is
 * open stays open. `isSure` is false while something is kept back, so that it is looked at again soon.
 */
export function createSteady(afterMs: number): Steady {
  let since = new Map<string, Instant>();
  return ({ found, looked }, now) => {
    const seen = found.filter(({ key }) => passing.includes(key)).map(({ key }) => key);
    since = new Map(seen.map((key) => [key, since.get(key) ?? now]));
    const doubtful = seen.filter((key) => now - (since.get(key) ?? now) < afterMs);
    return {
      found: found.filter(({ key }) => !doubtful.includes(key)),
      looked: looked.filter((key) => !doubtful.includes(key)),
      isSure: doubtful.length === 0,
    };
  };
}
