import type { HoldReason, Step } from './effect.js';
import type { Policy } from './policy.js';
import { assess, type Standing } from './standing.js';
import { SECOND_MS, type Instant } from './time.js';

/** The oldest that a read of Stripe may be when something is taken away on its strength. */
export const longestStandingAgeMs = 60 * SECOND_MS;

export type EnforcementMode = 'observe' | 'enforce';

/** What the guard knows when an effect wants to be claimed. `now` is the claim's own clock: the database's. */
export type Evidence = {
  readonly step: Step;
  readonly now: Instant;
  readonly mode: EnforcementMode;
  readonly frozen: boolean;
  readonly standing: Standing | null;
  readonly policy: Policy;
  /** When something was last given back to this account, or claimed to be. */
  readonly liftedAt: Instant | null;
  /** The notice that last named a pause date and was accepted by a mail server, as recorded, not as remembered. */
  readonly notice: { readonly promisedAt: Instant; readonly acceptedAt: Instant } | null;
};

export type Judgement =
  | { readonly ruling: 'grant' }
  | { readonly ruling: 'void' }
  | { readonly ruling: 'hold'; readonly reason: HoldReason; readonly until: Instant | null };

const hold = (reason: HoldReason, until: Instant | null = null): Judgement => ({
  ruling: 'hold',
  reason,
  until,
});

/**
 * Whether an effect may happen. Giving back passes none of the brakes. Everything else needs a complete standing, at
 * most 60 s old, that says the account owes; unknown or contradictory data holds. Pure.
 */
export function judge(evidence: Evidence): Judgement {
  switch (evidence.step) {
    case 'lift':
    case 'close':
      return { ruling: 'grant' };
    case 'remind':
      return debt(evidence) ?? brakes(evidence) ?? { ruling: 'grant' };
    case 'pause':
      return debt(evidence) ?? brakes(evidence) ?? warning(evidence) ?? { ruling: 'grant' };
  }
}

function debt({ standing, policy, now, liftedAt }: Evidence): Judgement | null {
  if (standing === null) return hold('standing_unclear');
  // Whoever read before it was given back may be a process that slept through the payment.
  if (liftedAt !== null && liftedAt >= standing.readAt)
    return hold('standing_stale', now + longestStandingAgeMs);
  // A read from the future is as little to be trusted as an old one.
  if (Math.abs(now - standing.readAt) > longestStandingAgeMs)
    return hold('standing_stale', now + longestStandingAgeMs);
  switch (assess(standing, policy, now).verdict) {
    case 'owing':
      return null;
    case 'clear':
      return { ruling: 'void' };
    case 'in_flight':
      return hold('payment_in_flight');
    case 'unclear':
      return hold('standing_unclear');
  }
}

function brakes({ mode, frozen }: Evidence): Judgement | null {
  if (mode === 'observe') return hold('observing');
  return frozen ? hold('frozen') : null;
}

function warning({ notice, policy, now }: Evidence): Judgement | null {
  if (notice === null) return hold('notice_missing');
  const earliest = Math.max(notice.promisedAt, notice.acceptedAt + (policy.pause?.leadMs ?? 0));
  return now < earliest ? hold('notice_too_recent', earliest) : null;
}
