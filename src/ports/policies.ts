import type { PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import type { BillingTraits } from './billing.js';
import type { Account } from './cases.js';

/** What a case goes by. `blind`: whose rules they are could only be told by the billing provider, which was not asked. */
export type ChosenPolicy = {
  readonly version: PolicyVersion;
  readonly policy: Policy;
  readonly blind: boolean;
};

export type Policies = {
  /**
   * The policy that a case of this account begins with now, by the file of this process, the account's own rules and its
   * calendar. It is kept under the hash of its content, so that `read` finds it again. Asks the billing provider only where
   * the policy needs to know; `null` where it must not be waited for. Throws what `ask` throws.
   */
  choose(account: Account, ask: (() => Promise<BillingTraits>) | null): Promise<ChosenPolicy>;
  /** Throws `UNKNOWN_POLICY`. */
  read(version: PolicyVersion): Promise<Policy>;
};
