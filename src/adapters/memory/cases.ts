import type { CaseFile } from '../../domain/case-file.js';
import type { AccountId } from '../../domain/ids.js';
import type { Instant } from '../../domain/time.js';
import type { NextStep } from '../../domain/timetable.js';
import type { Cases } from '../../ports/cases.js';
import type { MemoryClaims } from './claims.js';

export type SavedCase = { readonly file: CaseFile; readonly next: NextStep | null; readonly at: Instant };

export type MemoryCases = Cases & {
  /** Every case of the account as last saved, in the order of their first saving. */
  saved(account: AccountId): readonly SavedCase[];
  billingStatus(account: AccountId): 'current' | 'past_due';
};

/**
 * The projection in memory. As on Postgres an account has at most one open case. `endWithCase`: ends what was claimed for a
 * case that has closed. For tests and the simulator.
 */
export function createMemoryCases(endWithCase?: MemoryClaims['endWithCase']): MemoryCases {
  const cases = new Map<string, SavedCase>();
  const statuses = new Map<AccountId, 'current' | 'past_due'>();
  const saved = (account: AccountId) => [...cases.values()].filter(({ file }) => file.account === account);
  const open = (account: AccountId) =>
    saved(account).find(({ file }) => file.closedAt === null)?.file ?? null;
  return {
    saved,
    billingStatus: (account) => statuses.get(account) ?? 'current',
    open: (account) => Promise.resolve(open(account)),
    lastAgreement(account) {
      const closedAt = ({ file }: SavedCase) => file.closedAt ?? -Infinity;
      const closed = saved(account).filter(({ file }) => file.closedAt !== null);
      const newest = closed.sort((a, b) => closedAt(a) - closedAt(b)).at(-1);
      return Promise.resolve(newest?.file.agreement ?? null);
    },
    async save(file, next, at) {
      await Promise.resolve();
      if (file.openedAt === null || (cases.get(file.id)?.at ?? at) > at) return;
      const standing = open(file.account);
      if (file.closedAt === null && standing !== null && standing.id !== file.id) {
        throw new Error(`account ${file.account} has the open case ${standing.id} already`);
      }
      cases.set(file.id, { file, next, at });
      if (file.closedAt !== null) await endWithCase?.(file.account, file.id);
      // A case that is over may be saved again when the next one has begun: that one's word counts.
      if (saved(file.account).some((other) => other.at > at)) return;
      statuses.set(file.account, file.owed.length > 0 && file.closedAt === null ? 'past_due' : 'current');
    },
  };
}
