import type { Act, EffectKey } from '../domain/effect.js';
import type { PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import type { Standing, Grounds } from '../domain/standing.js';
import type { ClaimRequest, RestrictionChange } from '../ports/claims.js';
import type { Restriction } from '../domain/restrictions.js';

/** An act as the case orders it: its key, the policy it goes by, and what it was decided on. */
export type EffectOrder<A extends Act = Act> = {
  readonly key: EffectKey;
  readonly act: A;
  readonly policyVersion: PolicyVersion;
  readonly grounds: Grounds;
};

/** The claim of an order that is judged on `standing`. */
export function requestOf(
  { key, act, grounds }: EffectOrder,
  policy: Policy,
  standing: Standing | null,
  change: RestrictionChange | null,
  reason: string,
): ClaimRequest {
  const topic = act.step === 'remind' ? act.topic : null;
  const approval = act.step === 'decommission' ? act.approval : null;
  return { key, topic, standing, grounds, policy, change, approval, reason };
}

/** A restriction for non-payment, as Forbear itself imposes it. */
export const forNonpayment = (access: Restriction['access']): RestrictionChange => ({
  impose: { reason: 'nonpayment', access, owner: 'forbear', evidence: 'overdue at Stripe' },
});
