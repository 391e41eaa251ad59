import { firstOpen } from './calendar.js';
import type { Exemption, Immunity } from './case-file.js';
import type { HoldReason, Step, TakingStep } from './effect.js';
import type { ApprovalId } from './ids.js';
import type { NoticeTopic } from './notice.js';
import type { Policy } from './policy.js';
import { assess, type Standing, type Terms, type Verdict } from './standing.js';
import { MINUTE_MS, SECOND_MS, type Instant } from './time.js';
import { leadOf } from './timetable.js';

/** For so long nothing need be heard of Stripe's events: longer, and a payment may have come that nobody knows of. */
export const longestBlindMs = 10 * MINUTE_MS;

/** The oldest that a read of Stripe may be when something is taken away on its strength. */
export const longestStandingAgeMs = 60 * SECOND_MS;

/** For so long Stripe's lists may be behind the payment that brought something back. */
export const longestLagMs = 60 * SECOND_MS;

export type EnforcementMode = 'observe' | 'enforce';

/** The switches that hold every act but those that give back. */
export type Brakes = { readonly mode: EnforcementMode; readonly frozen: boolean };

/** An approval as it is on record, not as the case remembers it. */
export type ApprovalRecord = {
  readonly id: ApprovalId;
  readonly approved: boolean | null;
  readonly expiresAt: Instant;
};

/** What the guard knows when an effect wants to be claimed. `now` is the claim's own clock: the database's. */
export type Evidence = Brakes & {
  readonly step: Step;
  /** What a notice is about; `null` for every other step. */
  readonly topic: NoticeTopic | null;
  readonly now: Instant;
  /** Until when it is known that no event of Stripe is missing; `null`: nobody has ever looked. */
  readonly sightedAt: Instant | null;
  readonly standing: Standing | null;
  /** When the oldest debt became overdue, as it was known when the act was decided; `null` where no debt has to do with it. */
  readonly anchorAt: Instant | null;
  readonly terms: Terms;
  readonly exemption: Exemption | null;
  readonly immunity: Immunity | null;
  readonly policy: Policy;
  /** When something was last given back to this account, or claimed to be. */
  readonly liftedAt: Instant | null;
  /** The notice that last named a date for this step and was accepted by a mail server, as recorded. */
  readonly notice: { readonly promisedAt: Instant; readonly acceptedAt: Instant } | null;
  /** The approval that a deletion refers to. */
  readonly approval: ApprovalRecord | null;
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
const grant: Judgement = { ruling: 'grant' };

/**
 * Whether an effect may happen. Giving back passes none of the brakes; a person's order waits for none of Stripe's answers.
 * While the intake is blind nobody is reminded, and nothing is taken: what would call it off might not be heard.
 * Everything else needs a complete standing, at most 60 s old, that says the account owes, and since no later than it was
 * decided on; unknown or contradictory data holds. Pure.
 */
export function judge(evidence: Evidence): Judgement {
  switch (evidence.step) {
    case 'lift':
    case 'unrestrict':
    case 'close':
      return grant;
    case 'restrict':
      return frozen(evidence) ?? observing(evidence) ?? grant;
    case 'retry':
      return debt(evidence) ?? observing(evidence) ?? grant;
    case 'remind':
    case 'ask':
      return (
        debt(evidence) ??
        frozen(evidence) ??
        blind(evidence) ??
        exempt(evidence) ??
        observing(evidence) ??
        grant
      );
    case 'limit':
    case 'pause':
      return (
        debt(evidence) ??
        frozen(evidence) ??
        blind(evidence) ??
        exempt(evidence) ??
        immune(evidence) ??
        warning(evidence, evidence.step) ??
        calendar(evidence) ??
        observing(evidence) ??
        grant
      );
    case 'decommission':
      return (
        debt(evidence) ??
        frozen(evidence) ??
        blind(evidence) ??
        exempt(evidence) ??
        immune(evidence) ??
        warning(evidence, evidence.step) ??
        calendar(evidence) ??
        approval(evidence) ??
        observing(evidence) ??
        grant
      );
  }
}

function debt({ standing, policy, terms, now, liftedAt, topic, anchorAt }: Evidence): Judgement | null {
  if (standing === null) return hold('standing_unclear');
  // Whoever read before it was given back may be a process that slept through the payment; soon after, Stripe may not list it
  // yet. What a person gave back is told at once.
  const lagMs = topic === 'restored' ? 0 : longestLagMs;
  if (liftedAt !== null && liftedAt + lagMs >= standing.readAt)
    return hold('standing_stale', now + longestStandingAgeMs);
  // A read from the future is as little to be trusted as an old one.
  if (Math.abs(now - standing.readAt) > longestStandingAgeMs)
    return hold('standing_stale', now + longestStandingAgeMs);
  const { verdict, oldestAt } = assess(standing, policy, now, terms);
  if (topic === 'confirm' && verdict === 'unconfirmed') return null;
  const judgement = byVerdict(verdict);
  if (judgement !== null) return judgement;
  // The invoice that set the clock was paid meanwhile: the rest is younger, and so are its dates.
  const isYounger = anchorAt !== null && oldestAt !== null && oldestAt > anchorAt;
  return isYounger ? hold('standing_changed') : null;
}

function byVerdict(verdict: Verdict): Judgement | null {
  switch (verdict) {
    case 'owing':
      return null;
    case 'clear':
      return { ruling: 'void' };
    case 'in_flight':
      return hold('payment_in_flight');
    case 'unconfirmed':
      return hold('confirmation_awaited');
    case 'promised':
      return hold('instalments_agreed');
    case 'covered':
      return hold('credit_covers_debt');
    case 'unclear':
      return hold('standing_unclear');
  }
}

const frozen = (evidence: Evidence) => (evidence.frozen ? hold('frozen') : null);

function blind({ sightedAt, now }: Evidence): Judgement | null {
  const isSighted = sightedAt !== null && now - sightedAt <= longestBlindMs;
  return isSighted ? null : hold('intake_blind', now + longestBlindMs);
}

/** Asked last: who only observes decides like who enforces, and does nothing. */
const observing = ({ mode }: Evidence) => (mode === 'observe' ? hold('observing') : null);

function exempt({ exemption, now }: Evidence): Judgement | null {
  return exemption !== null && now < exemption.until ? hold('exempt', exemption.until) : null;
}

/** People may be reminded of what they owe; what a person gave back is not taken again so soon. */
function immune({ immunity, now }: Evidence): Judgement | null {
  return immunity !== null && now < immunity.until ? hold('immune', immunity.until) : null;
}

function warning({ notice, policy, now }: Evidence, step: TakingStep): Judgement | null {
  // Nobody can have been told of a step that the policy doesn't take.
  if (policy[step] === null) return hold('notice_missing');
  const leadMs = leadOf(policy, step);
  // A policy may limit without notice, or pause at once; it can't delete so.
  if (leadMs === 0 && step !== 'decommission') return null;
  if (notice === null) return hold('notice_missing');
  const earliest = Math.max(notice.promisedAt, notice.acceptedAt + leadMs);
  if (now < earliest) return hold('notice_too_recent', earliest);
  // An act that was tried for days comes when nobody expects it any more: a new date has to be told first.
  return now > earliest + leadMs ? hold('promise_outdated', now) : null;
}

/** An act that was tried for a while may come to a closed day. What the policy does at once doesn't wait. */
function calendar({ policy, step, now }: Evidence): Judgement | null {
  if (step === 'pause' && policy.pause?.immediate === true) return null;
  const openAt = firstOpen(policy.almanac, now);
  return openAt > now ? hold('closed_now', openAt) : null;
}

function approval({ approval: found, now }: Evidence): Judgement | null {
  if (found === null || found.approved === null) return hold('approval_missing');
  if (!found.approved) return hold('rejected');
  return now < found.expiresAt ? null : hold('approval_expired');
}
