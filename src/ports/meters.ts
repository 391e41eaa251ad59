import type { RefusalReason } from './billing.js';

/** What is counted at the intake. Counting never fails and never waits. */
export type IntakeMeter = {
  /** An event is committed. `secret`: the fingerprint of the secret it was signed with; `null` where it was fetched. */
  readonly committed: (type: string, outcome: 'new' | 'duplicate' | 'ignored', secret: string | null) => void;
  readonly refused: (reason: RefusalReason) => void;
  /** Answered 429 or 503, so that Stripe sends it again. */
  readonly turnedAway: (why: 'limited' | 'busy' | 'not_stored') => void;
  /** From the first byte read to the answer, of what was acknowledged. */
  readonly acknowledgedIn: (ms: number) => void;
};

/** What is counted at the dispatcher, in events. */
export type DispatchMeter = {
  readonly dispatched: (outcome: 'signalled' | 'settled' | 'unmatched' | 'ignored', events: number) => void;
  readonly postponed: (why: 'failed' | 'coalesced', events: number) => void;
  readonly dead: (events: number) => void;
};

/** Counts nothing. */
export const noIntakeMeter: IntakeMeter = {
  committed: () => undefined,
  refused: () => undefined,
  turnedAway: () => undefined,
  acknowledgedIn: () => undefined,
};

export const noDispatchMeter: DispatchMeter = {
  dispatched: () => undefined,
  postponed: () => undefined,
  dead: () => undefined,
};
