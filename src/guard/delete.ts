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

/** What is left to delete of a plan, each with its archive, which was read back. */
export type Archived = {
  readonly standing: readonly { readonly target: Target; readonly resource: Resource }[];
  readonly evidence: string;
};

/**
 * Archives what a plan names and is still there, and reads every archive back. Safe to repeat. Throws `NOT_OFFERED` where the
 * platform has no archives, `NOT_VERIFIED` when one can't be read back: nothing has been taken from anybody by then.
 */
export async function archivePlanned({ resources }: DecommissionPlan, deleting: Deleting): Promise<Archived> {
  const standing: Archived['standing'][number][] = [];
  for (const { target: name, id, kind } of resources) {
    const target = targetNamed(deleting.targets, name);
    const resource = { id, kind };
    if ((await target.probe(deleting.account, resource)) === 'gone') {
      await deleting.deletions.deleted(deleting.account.id, deleting.caseId, name, resource);
    } else standing.push({ target, resource });
  }
  const archives: string[] = [];
  for (const { target, resource } of standing) archives.push(await archiveOne(target, resource, deleting));
  const evidence = `${standing.length} of ${resources.length} planned resources deleted now, the rest was gone: ${archives.join('; ')}`;
  return { standing, evidence };
}

/** Deletes what was archived and nothing else, one after the other, and looks whether it is gone. Safe to repeat. */
export async function deleteArchived({ standing }: Archived, deleting: Deleting): Promise<void> {
  for (const { target, resource } of standing) await deleteOne(target, resource, deleting);
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
