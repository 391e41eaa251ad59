import type { AccountId, PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import type { Instant } from '../../domain/time.js';
import type { PolicyBook } from '../../policy/book.js';
import { choosePolicy, type PolicyOverride } from '../../policy/resolve.js';
import { PortError } from '../../ports/errors.js';
import type { Policies } from '../../ports/policies.js';

export type MemoryPolicies = Policies & {
  /** From now on new cases begin with this one; those that began with another keep it. */
  replace(next: PolicyBook): void;
  /** From now on a case of this account begins with rules of its own. */
  override(account: AccountId, own: PolicyOverride): void;
};

/** Policies in memory: like on Postgres, one is remembered once a case could have begun with it. */
export function createMemoryPolicies(
  first: PolicyBook,
  clock: () => Instant | Promise<Instant> = Date.now,
): MemoryPolicies {
  let newest = first;
  const known = new Map<PolicyVersion, Policy>();
  const overrides = new Map<AccountId, PolicyOverride>();
  return {
    replace: (next) => void (newest = next),
    override: (account, own) => void overrides.set(account, own),
    async choose(account, ask) {
      const own = { override: overrides.get(account.id) ?? null, now: await clock() };
      const chosen = await choosePolicy(newest, account, own, ask);
      known.set(chosen.version, chosen.policy);
      return chosen;
    },
    async read(version) {
      await Promise.resolve();
      const policy = version === newest.version ? newest.policy : known.get(version);
      if (policy === undefined) throw new PortError('UNKNOWN_POLICY', `no policy has the version ${version}`);
      return policy;
    },
  };
}
