import type { AccountId } from '../domain/ids.js';
import type { Resource, ResourceState } from './target.js';

export type Snapshot = {
  readonly target: string;
  readonly resource: Resource;
  readonly state: ResourceState;
};

/** What was found running before it was stopped. An entry stands until it was put back. */
export type Snapshots = {
  /** Keeps the state unless one stands already for this resource: a second try must not record what the first one did. */
  keep(account: AccountId, snapshot: Snapshot): Promise<void>;
  /** All that is not put back yet, in the order it was kept. */
  standing(account: AccountId): Promise<readonly Snapshot[]>;
  /** Marks one as put back. Safe to repeat. */
  restored(account: AccountId, target: string, resource: Resource): Promise<void>;
};
