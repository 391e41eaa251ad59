import type { AccountId } from '../../domain/ids.js';
import type { Instant } from '../../domain/time.js';

export type MemoryGrants = {
  /** From now on the account is served without a paying subscription; `until: null`: until that is ended. */
  grant(account: AccountId, until: Instant | null): void;
  end(account: AccountId): void;
  stands(account: AccountId, now: Instant): boolean;
};

/** Grants in memory, one an account. For tests and the simulator. */
export function createMemoryGrants(): MemoryGrants {
  const ends = new Map<AccountId, Instant>();
  return {
    grant: (account, until) => void ends.set(account, until ?? Infinity),
    end: (account) => void ends.delete(account),
    stands: (account, now) => now < (ends.get(account) ?? -Infinity),
  };
}
