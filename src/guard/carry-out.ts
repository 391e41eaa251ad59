import type { EffectKey, Outcome } from '../domain/effect.js';
import type { Policy } from '../domain/policy.js';
import type { Standing } from '../domain/standing.js';
import type { Claims, Deed, RestrictionChange } from '../ports/claims.js';

/** An effect as it is ordered: its key, what it is judged on, what it changes for the account, and why. */
export type EffectOrder = {
  readonly key: EffectKey;
  readonly policy: Policy;
  readonly standing: Standing | null;
  readonly change: RestrictionChange | null;
  readonly reason: string;
};

/**
 * The shape of every effect: judge and claim, act, keep the outcome. `act` is run by every try until one has settled, so
 * it must be safe to repeat; it calls `check` before each call on the world and stops when that throws `FENCED`.
 */
export async function carryOut(
  claims: Claims,
  order: EffectOrder,
  act: (check: () => Promise<void>) => Promise<Deed>,
): Promise<Outcome> {
  const { key } = order;
  const claim = await claims.claim(order);
  switch (claim.status) {
    case 'done':
      return claim.outcome;
    case 'void':
      return { status: 'not_owed' };
    case 'held':
      return { status: 'held', reason: claim.reason, until: claim.until };
    case 'granted': {
      const deed = await act(() => claims.checkFence(key.account, claim.fence));
      return claims.settle(key, claim.fence, deed);
    }
  }
}
