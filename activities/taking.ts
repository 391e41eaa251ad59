import type { ActOf, ManualAccess, Outcome } from '../src/domain/effect.js';
import type { NoticeTopic } from '../src/domain/notice.js';
import type { Restriction } from '../src/domain/restrictions.js';
import { carryOut, type Licence } from '../src/guard/carry-out.js';
import { endSessions, type EndingSessions } from '../src/guard/end-sessions.js';
import { forNonpayment, groundsOf, keyOf, requestOf, type EffectOrder } from '../src/guard/order.js';
import { lockOne, pauseOneWith, revokeOneAfter, takeAll } from '../src/guard/switch-off.js';
import { tellOfDeed, type Post } from '../src/guard/tell.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts } from '../src/ports/cases.js';
import type { Policies } from '../src/ports/policies.js';
import type { Claims, Deed, RestrictionChange } from '../src/ports/claims.js';
import type { Snapshots } from '../src/ports/snapshots.js';
import type { Target } from '../src/ports/target.js';
import { beating, stoppable } from './heartbeat.js';

export type TakingDeps = Post &
  EndingSessions & {
    readonly accounts: Accounts;
    readonly billing: Billing;
    readonly claims: Claims;
    readonly policies: Policies;
    readonly snapshots: Snapshots;
    readonly targets: readonly Target[];
  };

type Take = typeof lockOne;

const pauseOne = pauseOneWith({ drain: true });
const takeFor: Readonly<Record<ManualAccess, Take>> = {
  read_only: lockOne,
  suspended: pauseOne,
  revoked: revokeOneAfter(pauseOne),
};

const orderedBy = (
  { by, reason, until }: ActOf<'restrict'>,
  access: Restriction['access'],
): RestrictionChange => ({
  impose: { reason: 'manual', access, owner: by, evidence: reason, ...(until !== null && { until }) },
});

/**
 * What takes something away from an account. Every one reads the standing fresh, claims, records the exact state before it
 * touches anything, and goes on where it stood when it is repeated under the same key. Cancelled by a payment, it stops
 * between two calls and leaves what it did to the lift. They fail with `BILLING_UNAVAILABLE`, `TARGET_UNAVAILABLE`,
 * `NOT_VERIFIED` (retried), `TARGET_REFUSED`, `FENCED` (final).
 */
export function createTakingActivities(deps: TakingDeps) {
  const { accounts, billing, claims, policies, snapshots, targets } = deps;

  async function take(
    order: EffectOrder<ActOf<'limit' | 'pause'>>,
    how: { readonly access: 'read_only' | 'suspended'; readonly topic: NoticeTopic; readonly one: Take },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { act } = order;
    const key = keyOf(order);
    const policy = await policies.read(order.policyVersion);
    const account = await accounts.read(key.account);
    const standing = await billing.readStanding(account.customers, account.ref);
    const reason = `unpaid past the ${key.step} day`;
    signal.throwIfAborted();
    const request = requestOf(order, policy, standing, forNonpayment(how.access), reason);
    return carryOut(claims, request, async (licence) => {
      const check = stoppable(signal, licence.check);
      const held = { ...account, fence: licence.fence };
      const count = await takeAll(targets, { snapshots, account: held, check, signal }, how.one);
      const about = { topic: how.topic, promises: act.promises };
      const message = { key, account, ...about, standing, policy, terms: groundsOf(order) };
      await check();
      return { evidence: `${count} resources ${how.topic}`, ...(await tellOfDeed(deps, message)) };
    });
  }

  async function takeByHand(
    { access }: ActOf<'restrict'>,
    account: Account,
    licence: Licence,
    signal: AbortSignal,
  ): Promise<Deed> {
    const held = { ...account, fence: licence.fence };
    const taking = { snapshots, account: held, check: stoppable(signal, licence.check), signal };
    const one = takeFor[access];
    return { evidence: `${await takeAll(targets, taking, one)} resources ${access}` };
  }

  async function revoke(
    act: ActOf<'restrict'>,
    account: Account,
    licence: Licence,
    signal: AbortSignal,
  ): Promise<Deed> {
    await stoppable(signal, licence.check)();
    const ended = await endSessions(deps, [account]);
    const { evidence } = await takeByHand(act, account, licence, signal);
    return { evidence: `${ended}; ${evidence}`, change: orderedBy(act, 'revoked') };
  }

  return {
    /** Makes the account read-only: everything is locked, so that nothing can be started or grow, and goes on running. */
    async limitAccess(order: EffectOrder<ActOf<'limit'>>): Promise<Outcome> {
      return beating((signal) =>
        take(order, { access: 'read_only', topic: 'limited', one: lockOne }, signal),
      );
    },

    /** Pauses all that runs for the account: records, locks, drains (unless the policy says not to), scales to 0, probes. */
    async pauseResources(order: EffectOrder<ActOf<'pause'>>): Promise<Outcome> {
      const { pause } = await policies.read(order.policyVersion);
      const one = pauseOneWith({ drain: pause?.drain ?? true });
      return beating((signal) => take(order, { access: 'suspended', topic: 'paused', one }, signal));
    },

    /**
     * Takes away what a person ordered, whatever Stripe says. The customer is told by that person, not by us. Who is revoked
     * can't sign in from the claim on; his sessions end before anything else, and `revoked` is said when all of it is off.
     */
    async restrictAccount(order: EffectOrder<ActOf<'restrict'>>): Promise<Outcome> {
      return beating(async (signal) => {
        const { act } = order;
        const policy = await policies.read(order.policyVersion);
        const account = await accounts.read(order.account);
        const pending = act.access === 'revoked' ? 'revoked_pending' : act.access;
        const request = requestOf(order, policy, null, orderedBy(act, pending), 'ordered by a person');
        return carryOut(claims, request, (licence) =>
          act.access === 'revoked'
            ? revoke(act, account, licence, signal)
            : takeByHand(act, account, licence, signal),
        );
      });
    },
  };
}
