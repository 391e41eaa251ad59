import type { AccountId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';
import type { Account } from './cases.js';

/** What a run is told: `paid` stops what is being taken, and is a reason to look twice. */
export type Tidings = 'paid' | 'changed';

/** The runs of the accounts' cases. Every method throws `RUNS_UNAVAILABLE` when nobody can say, or be told. */
export type Runs = {
  isRunning(account: AccountId): Promise<boolean>;
  /** Has the account's run look at Stripe; starts one where none runs. A repeat has it look once more. */
  wake(account: Pick<Account, 'id' | 'ref' | 'name'>, tidings: Tidings): Promise<void>;
  /** The accounts whose run has been there since before `startedBefore`, in batches; a run that has just begun or ended may be missed, or told. */
  running(startedBefore: Instant): AsyncIterable<readonly AccountId[]>;
};
