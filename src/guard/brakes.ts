import type { BreakerRules, BreakerRuling } from '../domain/breaker.js';
import type { AccountId } from '../domain/ids.js';
import type { Brakes } from '../domain/judge.js';
import type { Claim } from '../ports/claims.js';
import { PortError } from '../ports/errors.js';

/** By what a guard goes that does not stand in its ledger. `frozen`: from the start on, by the environment. */
export type GuardSettings = Brakes & {
  readonly breakers: BreakerRules;
  /** Whether a file says at this moment that everything that takes is frozen. */
  readonly isFrozenByFile: () => boolean;
};

/** What becomes of a claim that a breaker does not let through. Its release wakes it; a canary is looked at until then. */
export function heldBy(
  ruling: Exclude<BreakerRuling, { ruling: 'pass' }>,
): Extract<Claim, { readonly status: 'held' }> {
  return ruling.ruling === 'wait'
    ? { status: 'held', reason: 'canary', until: ruling.until }
    : { status: 'held', reason: 'breaker_open', until: null };
}

/** Stops what takes between two calls on the world, as a newer claim would: what was begun stands half-way until it may go on. */
export const frozenMeanwhile = (account: AccountId) =>
  new PortError('FENCED', `everything that takes was frozen while account ${account} was being acted on`);
