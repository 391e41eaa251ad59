import { takingSteps, type Act } from './effect.js';
import { longestStandingAgeMs, type Evidence } from './judge.js';
import type { FallbackPlan } from './policy.js';
import { isServiceOver, owesForLostService } from './standing.js';

/** What an act means for what access is worth: it may fall to the fallback plan, it comes back, or nothing changes. */
export type FallbackChange = 'falls' | 'returns' | 'stays';

export function fallbackChangeOf(act: Act): FallbackChange {
  switch (act.step) {
    case 'limit':
    case 'pause':
    case 'decommission':
      return 'falls';
    case 'lift':
      return fallbackLeftBy[act.leaves];
    case 'close':
      return act.topic === 'paid_but_ended' ? 'falls' : 'stays';
    case 'remind':
    case 'ask':
    case 'retry':
    case 'restrict':
    case 'unrestrict':
      return 'stays';
  }
}

const fallbackLeftBy = { nothing: 'returns', fallback: 'stays', ended: 'falls' } as const;

/** What the guard knows when an act is claimed. `granted`: the account is served without a paying subscription. */
export type FallbackEvidence = Pick<
  Evidence,
  'step' | 'now' | 'standing' | 'terms' | 'exemption' | 'policy' | 'mode' | 'frozen'
> & { readonly granted: boolean };

/**
 * What access is worth after an act, of which `known` is what it is worth now; `null`: as much as its subscription says.
 * A fallen plan is something taken away: every brake holds it, an exemption and a grant do, and it needs a complete
 * standing, at most 60 s old, that shows the subscription to be lost. Pure.
 */
export function fallbackAfter(
  known: FallbackPlan | null,
  change: FallbackChange,
  evidence: FallbackEvidence,
): FallbackPlan | null {
  switch (change) {
    case 'stays':
      return known;
    case 'returns':
      return null;
    case 'falls':
      return mayFall(evidence) && isLost(evidence) ? (evidence.policy.fallbackPlan ?? known) : known;
  }
}

/** The acts that give back pass no brake; what falls with them does. */
function mayFall({ mode, frozen, exemption, granted, now }: FallbackEvidence): boolean {
  const isExempt = exemption !== null && now < exemption.until;
  return mode === 'enforce' && !frozen && !isExempt && !granted;
}

/** While something is owed, by what it is owed for; once it is paid, by what is left. */
function isLost({ step, standing, terms, now }: FallbackEvidence): boolean {
  if (standing === null || Math.abs(now - standing.readAt) > longestStandingAgeMs) return false;
  const isTaking = takingSteps.some((taking) => taking === step);
  return isTaking ? owesForLostService(standing, terms) : isServiceOver(standing);
}
