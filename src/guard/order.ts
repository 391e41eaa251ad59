import type { Act, EffectKey } from '../domain/effect.js';
import { fallbackChangeOf } from '../domain/fallback.js';
import type { PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import { noTerms, type Grounds, type SparseGrounds, type Standing } from '../domain/standing.js';
import type { ClaimRequest, RestrictionChange } from '../ports/claims.js';
import type { Restriction } from '../domain/restrictions.js';

/**
 * An act as the case orders it: whose it is, the policy it goes by, and what it was decided on. Each stands in the history of
 * its workflow for good, so it says nothing twice, and nothing of terms that were never made.
 */
export type EffectOrder<A extends Act = Act> = Omit<EffectKey, 'step' | 'round'> & {
  readonly act: A;
  readonly policyVersion: PolicyVersion;
  readonly grounds: SparseGrounds;
};

export const keyOf = ({ account, caseId, act: { step, round } }: EffectOrder): EffectKey => ({
  account,
  caseId,
  step,
  round,
});

export const groundsOf = ({ grounds }: EffectOrder): Grounds => ({ ...noTerms, ...grounds });

/** The claim of an order that is judged on `standing`. */
export function requestOf(
  order: EffectOrder,
  policy: Policy,
  standing: Standing | null,
  change: RestrictionChange | null,
  reason: string,
): ClaimRequest {
  const { act } = order;
  const topic = act.step === 'remind' ? act.topic : null;
  const approval = act.step === 'decommission' ? act.approval : null;
  const [key, grounds, fallback] = [keyOf(order), groundsOf(order), fallbackChangeOf(act)];
  return { key, topic, standing, grounds, policy, change, fallback, approval, reason };
}

/** A restriction for non-payment, as Forbear itself imposes it. */
export const forNonpayment = (access: Restriction['access']): RestrictionChange => ({
  impose: { reason: 'nonpayment', access, owner: 'forbear', evidence: 'overdue at Stripe' },
});
