import type { ActOf, Outcome } from '../src/domain/effect.js';
import type { RestrictionReason } from '../src/domain/restrictions.js';
import { carryOut } from '../src/guard/carry-out.js';
import { requestOf, type EffectOrder } from '../src/guard/order.js';
import { giveBack } from '../src/guard/put-back.js';
import type { Accounts } from '../src/ports/cases.js';
import type { Policies } from '../src/ports/policies.js';
import type { Claims } from '../src/ports/claims.js';
import type { Deletions } from '../src/ports/deletions.js';
import type { Snapshots } from '../src/ports/snapshots.js';
import type { Target } from '../src/ports/target.js';
import { beating } from './heartbeat.js';

export type GivingBackDeps = {
  readonly accounts: Accounts;
  readonly claims: Claims;
  readonly deletions: Deletions;
  readonly policies: Policies;
  readonly snapshots: Snapshots;
  readonly targets: readonly Target[];
};

/**
 * What gives back. Waits for no brake and reads nothing at Stripe; takes its own restrictions back and puts every recorded
 * resource exactly as it was, as far as other restrictions leave room, then probes it. Safe to repeat. They fail with
 * `TARGET_UNAVAILABLE`, `NOT_VERIFIED` (retried), `TARGET_REFUSED`, `FENCED` (final).
 */
export function createGivingBackActivities(deps: GivingBackDeps) {
  const { accounts, claims, policies } = deps;

  async function give(
    order: EffectOrder<ActOf<'lift' | 'unrestrict'>>,
    lift: readonly RestrictionReason[],
    reason: string,
  ): Promise<Outcome> {
    return beating(async () => {
      const policy = await policies.read(order.policyVersion);
      const account = await accounts.read(order.account);
      const request = requestOf(order, policy, null, { lift }, reason);
      return carryOut(claims, request, ({ check, fence, access }) =>
        giveBack({ ...deps, account: { ...account, fence }, check }, access),
      );
    });
  }

  return {
    /**
     * Gives back what was taken for non-payment or an ending; all of it, whatever the case remembers. From a fallback
     * plan: only what access is worth.
     */
    liftRestriction: (order: EffectOrder<ActOf<'lift'>>): Promise<Outcome> =>
      order.act.from === 'fallback'
        ? give(order, [], 'a subscription or a grant says again what access is worth')
        : give(order, ['nonpayment', 'ended'], 'nothing is owed any more, or a person lifted it'),

    /** Gives back what a person had ordered to take. */
    unrestrictAccount: (order: EffectOrder<ActOf<'unrestrict'>>): Promise<Outcome> =>
      give(order, ['manual'], 'the order of a person is over'),
  };
}
