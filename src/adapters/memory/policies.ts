import type { PolicyVersion } from '../../domain/ids.js';
import type { Policy } from '../../domain/policy.js';
import type { Policies } from '../../ports/cases.js';
import { PortError } from '../../ports/errors.js';

type Versioned = { readonly version: PolicyVersion; readonly policy: Policy };

export type MemoryPolicies = Policies & {
  /** From now on new cases begin with this one; those that began with another keep it. */
  replace(next: Versioned): void;
};

/** Policies in memory: like on Postgres, one is remembered once a case could have begun with it. */
export function createMemoryPolicies(first: Versioned): MemoryPolicies {
  let newest = first;
  const known = new Map<PolicyVersion, Policy>();
  return {
    replace: (next) => void (newest = next),
    async current() {
      await Promise.resolve();
      known.set(newest.version, newest.policy);
      return newest;
    },
    async read(version) {
      await Promise.resolve();
      const policy = version === newest.version ? newest.policy : known.get(version);
      if (policy === undefined) throw new PortError('UNKNOWN_POLICY', `no policy has the version ${version}`);
      return policy;
    },
  };
}
