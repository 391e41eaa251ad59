import type { Probe, ResourceState, Target, TargetAccount } from '../ports/target.js';

/** What a pause would do to a resource. */
export type PlannedResource = {
  readonly id: string;
  readonly kind: string;
  readonly now: Probe;
  /** In words, such as `locked, drained, off`. */
  readonly then: string;
  /** What would be recorded, and put back. */
  readonly state: ResourceState | null;
};

/** Looks at everything that runs for an account, and says what a pause would do to it. Changes nothing. */
export async function planFor(target: Target, account: TargetAccount): Promise<readonly PlannedResource[]> {
  const resources = await target.find(account);
  const planned: PlannedResource[] = [];
  for (const resource of resources) {
    const state = await target.snapshot(account, resource);
    const now = await target.probe(account, resource);
    planned.push({ ...resource, now, then: thenOf[now], state });
  }
  return planned;
}

const thenOf: Readonly<Record<Probe, string>> = {
  serving: 'locked, drained, off',
  in_between: 'locked, drained, off',
  off: 'locked; it is off already',
  off_and_locked: 'nothing: it is off and locked already',
  gone: 'nothing: it is gone',
};
