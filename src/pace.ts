import { setTimeout as timer } from 'node:timers/promises';
import { SECOND_MS } from './domain/time.js';

type Waiting = {
  readonly nowMs: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

const byTheClock: Waiting = { nowMs: Date.now, pause: (ms, signal) => timer(ms, undefined, { signal }) };

/** Lets so many through in a second, evenly, over all who ask. Rejects when the signal is aborted meanwhile. */
export function createPace(
  perSecond: number,
  { nowMs, pause }: Waiting = byTheClock,
): (signal: AbortSignal) => Promise<void> {
  const gapMs = SECOND_MS / perSecond;
  let freeAt = 0;
  return async (signal) => {
    const now = nowMs();
    const at = Math.max(now, freeAt);
    freeAt = at + gapMs;
    if (at > now) await pause(at - now, signal);
  };
}
