import type { AccountId } from '../../domain/ids.js';
import type { Snapshot, Snapshots } from '../../ports/snapshots.js';

type Entry = Snapshot & { readonly account: AccountId };

/** Snapshots in memory: one standing entry a resource, and the first one wins. For tests and the simulator. */
export function createMemorySnapshots(): Snapshots {
  let entries: readonly Entry[] = [];
  const isOf = (account: AccountId, target: string, id: string) => (entry: Entry) =>
    entry.account === account && entry.target === target && entry.resource.id === id;
  return {
    async keep(account, snapshot) {
      await Promise.resolve();
      if (entries.some(isOf(account, snapshot.target, snapshot.resource.id))) return;
      entries = [...entries, { ...snapshot, account }];
    },
    async standing(account) {
      await Promise.resolve();
      return entries
        .filter((entry) => entry.account === account)
        .map(({ target, resource, state }) => ({ target, resource, state }));
    },
    async restored(account, target, { id }) {
      await Promise.resolve();
      const isRestored = isOf(account, target, id);
      entries = entries.filter((entry) => !isRestored(entry));
    },
  };
}
