import type { AccountId } from '../../domain/ids.js';
import type { SweepTally } from '../../domain/sweep.js';
import type { Instant } from '../../domain/time.js';
import type { SweepCursor, SweepPart, Sweeps } from '../../ports/sweeps.js';

export type MemorySweep = SweepTally & { readonly startedAt: Instant };

export type MemorySweeps = Sweeps & {
  /** Every sweep that has ended. */
  readonly ended: readonly MemorySweep[];
  /** Every look that was noted, in order. */
  readonly looks: readonly AccountId[];
};

type Holdings = {
  readonly clock: () => Promise<Instant>;
  /** Who belongs to a part now. */
  readonly accounts: (part: SweepPart) => readonly AccountId[];
  readonly hasCaseSince: (account: AccountId, since: Instant) => boolean;
};

/** The record of sweeps in memory. For tests. */
export function createMemorySweeps({ clock, accounts, hasCaseSince }: Holdings): MemorySweeps {
  const starts: Instant[] = [];
  const ended: MemorySweep[] = [];
  const looks: AccountId[] = [];
  const lookedAt = new Map<AccountId, Instant>();
  return {
    ended,
    looks,
    async begin() {
      const startedAt = await clock();
      return { id: starts.push(startedAt), startedAt };
    },
    page(part, since, after, limit) {
      const all = accounts(part).map((account) => ({ account, lookedAt: lookedAt.get(account) ?? null }));
      const due = all.filter((one) => (one.lookedAt ?? -Infinity) < since).sort(inOrder);
      const rest = due.filter((one) => after === null || inOrder(after, one) < 0);
      return Promise.resolve(rest.slice(0, limit));
    },
    async noteLook(account) {
      looks.push(account);
      lookedAt.set(account, await clock());
    },
    withoutCase: (asked, since) => Promise.resolve(asked.filter((account) => !hasCaseSince(account, since))),
    end(id, tally) {
      ended.push({ ...tally, startedAt: starts[id - 1] ?? 0 });
      return Promise.resolve();
    },
  };
}

function inOrder(a: SweepCursor, b: SweepCursor): number {
  const [one, other] = [a.lookedAt ?? -Infinity, b.lookedAt ?? -Infinity];
  if (one !== other) return one - other;
  return a.account < b.account ? -1 : a.account > b.account ? 1 : 0;
}
