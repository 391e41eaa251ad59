import { PortError } from '../../ports/errors.js';
import type { Resource, TargetOrder } from '../../ports/target.js';
import { idOf, pathOf, placeOf, type Place } from './kinds.js';
import {
  labelOf,
  look,
  namespacePath,
  patchFenced,
  refuseLate,
  untilUndisturbed,
  type Cluster,
  type Seen,
} from './looking.js';
import { fenceOf, lockFenceKey, lockKey, lockValue, marks } from './marks.js';
import { objectShape, type KubeObject } from './objects.js';
import { comesTrue } from './pods.js';
import { policyNames } from './policy-names.js';

export const isLocked = ({ namespace, place }: Seen): boolean =>
  lockKey(place) in namespace.metadata.annotations;

// The API server hears of a mark within milliseconds. A policy that was installed just now needs a few seconds.
const enforcedWithinMs = 10_000;

/**
 * Marks the namespace, and returns when the API server refuses a customer. Throws `TARGET_REFUSED` when it does not: a lock
 * that nobody enforces is none.
 */
export async function lock(cluster: Cluster, account: TargetOrder, resource: Resource): Promise<void> {
  const { api, settings } = cluster;
  const place = placeOf(api.name, cluster.kinds, resource);
  const value = lockValue(settings.find, labelOf(cluster, account), place);
  const isThere = await untilUndisturbed(cluster, resource.id, async () => {
    const seen = await look(cluster, account, resource);
    if (seen === null || (await patchFenced(cluster, account, seen)) === null) return false;
    await mark(cluster, account, { place, namespace: seen.namespace, value });
    return true;
  });
  if (
    !isThere ||
    (await comesTrue(Math.min(enforcedWithinMs, cluster.settleMs), () => isEnforced(cluster, place)))
  )
    return;
  throw new PortError(
    'TARGET_REFUSED',
    `${api.name}: ${resource.id} is marked as locked, and the API server lets everybody change it: the policy ${policyNames.lock} is not in force`,
  );
}

/** Takes the mark away, also that of a workload that has vanished: it would refuse a new one of its name. */
export async function unlock(cluster: Cluster, account: TargetOrder, resource: Resource): Promise<void> {
  const { api, kinds, settings } = cluster;
  const place = placeOf(api.name, kinds, resource);
  const value = lockValue(settings.find, labelOf(cluster, account), place);
  await untilUndisturbed(cluster, resource.id, async () => {
    const seen = await look(cluster, account, resource);
    if (seen !== null) await patchFenced(cluster, account, seen);
    const namespace = seen?.namespace ?? (await api.get(namespacePath(place.namespace), objectShape));
    const isOurs = namespace?.metadata.annotations[lockKey(place)] === value;
    if (namespace !== null && (isOurs || seen !== null))
      await mark(cluster, account, { place, namespace, value: null });
  });
}

type Mark = { readonly place: Place; readonly namespace: KubeObject; readonly value: string | null };

/** The policy looks only where the label is, so it stays while anything else of the namespace is locked. */
async function mark({ api }: Cluster, { fence }: TargetOrder, { place, namespace, value }: Mark) {
  const { name, resourceVersion, annotations } = namespace.metadata;
  refuseLate(api.name, fence, fenceOf(namespace, lockFenceKey(place)), idOf(place));
  const others = Object.keys(annotations).filter(
    (key) => key.startsWith(marks.lockPrefix) && key !== lockKey(place),
  );
  await api.patch(namespacePath(name), {
    metadata: {
      resourceVersion,
      labels: { [marks.locked]: value !== null || others.length > 0 ? 'true' : null },
      annotations: { [lockKey(place)]: value, [lockFenceKey(place)]: String(fence) },
    },
  });
}

/** Tries, as a dry run, what a customer could try: the policies let this one of Forbear's own through to the lock. */
async function isEnforced({ api }: Cluster, place: Place): Promise<boolean> {
  try {
    const patch = { metadata: { annotations: { [marks.check]: 'true' } } };
    return (await api.patch(pathOf(place), patch, { dryRun: 'All' })) === null;
  } catch (error) {
    // Whoever else refuses it says nothing of the lock.
    if (error instanceof PortError && error.message.includes(`'${policyNames.lock}'`)) return true;
    throw error;
  }
}
