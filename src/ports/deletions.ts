import type { AccountId, CaseId } from '../domain/ids.js';
import type { Resource } from './target.js';

/** One resource that was archived to be deleted. `deleted` is false until the target said that it is gone. */
export type Deletion = {
  readonly target: string;
  readonly resource: Resource;
  /** Where its archive is, which was read back before anything was deleted. */
  readonly archive: string;
  readonly deleted: boolean;
};

/** The proof of what was deleted, and where its archive is. Entries are never taken away. */
export type Deletions = {
  /** Written before the deletion itself. Safe to repeat: a later archive of the same resource replaces the earlier. */
  archived(account: AccountId, caseId: CaseId, deletion: Omit<Deletion, 'deleted'>): Promise<void>;
  /** Safe to repeat. */
  deleted(account: AccountId, caseId: CaseId, target: string, resource: Resource): Promise<void>;
  /** Everything that was ever archived or deleted of the account, the newest first. */
  of(account: AccountId): Promise<readonly Deletion[]>;
};
