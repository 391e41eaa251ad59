import type { AccountId, CaseId } from '../../domain/ids.js';
import type { Deletion, Deletions } from '../../ports/deletions.js';

type Entry = { readonly account: AccountId; readonly deletion: Deletion };

/** Proofs of deletion in memory, one for each resource that a case deletes. For tests and the simulator. */
export function createMemoryDeletions(): Deletions {
  const entries = new Map<string, Entry>();
  const nameOf = (account: AccountId, caseId: CaseId, target: string, id: string) =>
    JSON.stringify([account, caseId, target, id]);
  return {
    async archived(account, caseId, { target, resource, archive }) {
      await Promise.resolve();
      const name = nameOf(account, caseId, target, resource.id);
      const deleted = entries.get(name)?.deletion.deleted ?? false;
      entries.set(name, { account, deletion: { target, resource, archive, deleted } });
    },
    async deleted(account, caseId, target, resource) {
      await Promise.resolve();
      const name = nameOf(account, caseId, target, resource.id);
      const entry = entries.get(name);
      if (entry === undefined) return;
      entries.set(name, { account, deletion: { ...entry.deletion, deleted: true } });
    },
    async of(account) {
      await Promise.resolve();
      const own = [...entries.values()].filter((entry) => entry.account === account);
      return own.map(({ deletion }) => deletion).reverse();
    },
  };
}
