import type { CaseId } from '../domain/ids.js';
import type { DecommissionPlan } from '../domain/plan.js';
import type { Account } from '../ports/cases.js';
import type { Deletions } from '../ports/deletions.js';
import { PortError } from '../ports/errors.js';
import type { Resource, Target } from '../ports/target.js';
import type { ClaimedAccount } from './carry-out.js';

export type Deleting = {
  readonly deletions: Deletions;
  readonly targets: readonly Target[];
  readonly account: ClaimedAccount;
  readonly caseId: CaseId;
  /** Comes before each call on the world, and throws to stop: what is not deleted by then stays. */
  readonly check: () => Promise<void>;
};

/** Every resource that the targets find now, with its target's name. */
export async function findAll(targets: readonly Target[], account: Account) {
  const found: DecommissionPlan['resources'][number][] = [];
  for (const target of targets) {
    for (const { id, kind } of await target.find(account)) found.push({ target: target.name, id, kind });
  }
  return found;
}

/**
 * Deletes what a plan names and nothing else: first archives all of it and reads every archive back, then deletes one after
 * the other and looks whether it is gone; says what it did. Safe to repeat. Throws `NOT_VERIFIED` before the first deletion when an archive
 * can't be read back.
 */
export async function deletePlanned({ resources }: DecommissionPlan, deleting: Deleting): Promise<string> {
  const standing: { readonly target: Target; readonly resource: Resource }[] = [];
  for (const { target: name, id, kind } of resources) {
    const target = targetNamed(deleting.targets, name);
    const resource = { id, kind };
    if ((await target.probe(deleting.account, resource)) === 'gone') {
      await deleting.deletions.deleted(deleting.account.id, deleting.caseId, name, resource);
    } else standing.push({ target, resource });
  }
  const archives: string[] = [];
  for (const { target, resource } of standing) archives.push(await archiveOne(target, resource, deleting));
  for (const { target, resource } of standing) await deleteOne(target, resource, deleting);
  return `${standing.length} of ${resources.length} planned resources deleted now, the rest was gone: ${archives.join('; ')}`;
}

function targetNamed(targets: readonly Target[], name: string): Target {
  const target = targets.find((t) => t.name === name);
  if (target !== undefined) return target;
  throw new PortError('TARGET_REFUSED', `target ${name} is not configured any more`);
}

async function archiveOne(target: Target, resource: Resource, deleting: Deleting): Promise<string> {
  const { account, caseId, deletions, check } = deleting;
  await check();
  const { location } = await target.archive(account, resource);
  const evidence = await target.verifyArchive(account, resource, location);
  await deletions.archived(account.id, caseId, { target: target.name, resource, archive: location });
  return `${resource.kind} ${resource.id}: ${evidence}`;
}

async function deleteOne(target: Target, resource: Resource, deleting: Deleting): Promise<void> {
  const { account, caseId, deletions, check } = deleting;
  await check();
  await target.decommission(account, resource);
  const probe = await target.probe(account, resource);
  if (probe !== 'gone')
    throw new PortError('NOT_VERIFIED', `${resource.kind} ${resource.id} is ${probe}, not gone`);
  await deletions.deleted(account.id, caseId, target.name, resource);
}
