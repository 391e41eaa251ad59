import type { AccountId } from '../domain/ids.js';
import type { SweepTally } from '../domain/sweep.js';
import type { Instant } from '../domain/time.js';

/**
 * Whom a sweep looks at, in this order. `off`: something stands between the account and its service · `open`: every other
 * account with an open case, with a restriction that takes nothing from it or is final, or on a fallback plan.
 */
export const sweepParts = ['off', 'open'] as const;
export type SweepPart = (typeof sweepParts)[number];

/** The last account of a page, by what pages are sorted by: who was looked at longest ago comes first, who never was before all. */
export type SweepCursor = { readonly lookedAt: Instant | null; readonly account: AccountId };

/** The record of the sweeps, and of when each account was last read again. */
export type Sweeps = {
  /** A sweep has begun. A repeat makes another one, which never ends. */
  begin(): Promise<{ readonly id: number; readonly startedAt: Instant }>;
  /** The next accounts of a part after `after` that were not looked at since `since`, at most `limit`. */
  page(
    part: SweepPart,
    since: Instant,
    after: SweepCursor | null,
    limit: number,
  ): Promise<readonly SweepCursor[]>;
  /** The account was read again, whatever came of it. It is no account's fault that one is gone meanwhile. */
  noteLook(account: AccountId): Promise<void>;
  /** Of these accounts those that have no open case, nor one that was closed since `since`. */
  withoutCase(accounts: readonly AccountId[], since: Instant): Promise<readonly AccountId[]>;
  /** What the sweep came to. Safe to repeat. */
  end(id: number, tally: SweepTally): Promise<void>;
};
