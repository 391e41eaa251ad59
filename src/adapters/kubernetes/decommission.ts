import { PortError } from '../../ports/errors.js';
import type { Resource, TargetOrder } from '../../ports/target.js';
import { readArchive } from './archive.js';
import { pathOf, placeOf } from './kinds.js';
import { unlock } from './locks.js';
import { change, look, patchFenced, type Cluster } from './looking.js';
import { isAlive, objectShape, type KubeObject } from './objects.js';
import { settled } from './pods.js';
import { mustBeReady } from './volume-snapshots.js';
import { claimNamesOf, refuseLoss } from './volumes.js';

/**
 * Deletes the workload with what it has made, and after it, only where the settings say so, the volumes that its archive
 * names. Throws `NOT_OFFERED` for a kind that the settings do not name.
 */
export async function decommission(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
): Promise<void> {
  const { api, kinds, settings } = cluster;
  const { kind, namespace } = placeOf(api.name, kinds, resource);
  if (settings.decommission?.kinds.includes(kind.kind) !== true)
    throw new PortError('NOT_OFFERED', `${api.name}: the settings let no ${kind.kind} be deleted`);
  const { volumes } = settings.decommission;
  // Read before anything is deleted: after it, only the archive knows which volumes they were.
  const claims = volumes ? await archivedClaims(cluster, account, resource) : [];
  await change(cluster, account, resource, async (seen) => {
    if (!volumes) refuseLoss(cluster, seen, 'whenDeleted');
    const fenced = await patchFenced(cluster, account, seen);
    if (fenced === null) return;
    const { uid, resourceVersion } = fenced.metadata;
    await api.remove(pathOf(seen.place), {
      propagationPolicy: 'Foreground',
      // What was changed since we looked is looked at again.
      preconditions: { uid, resourceVersion },
    });
  });
  await settled(
    cluster,
    `${resource.id} is still being deleted`,
    async () => (await look(cluster, account, resource)) === null,
  );
  for (const claim of claims) await removeVolume(cluster, namespace, claim);
  await unlock(cluster, account, resource);
}

async function archivedClaims(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
): Promise<readonly KubeObject[]> {
  const { content } = await readArchive(cluster, account, resource);
  await mustBeReady(cluster, resource, content.snapshots);
  return content.claims;
}

/** Only the claim that was archived, and none that was made anew under its name. */
async function removeVolume({ api }: Cluster, namespace: string, { metadata }: KubeObject): Promise<void> {
  const { name, uid } = metadata;
  const pods = await api.list(`/api/v1/namespaces/${namespace}/pods`);
  if (pods.some((pod) => isAlive(pod) && claimNamesOf(pod.spec).includes(name)))
    throw new PortError(
      'TARGET_REFUSED',
      `${api.name}: the volume claim ${namespace}/${name} is in use by a Pod`,
    );
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  const found = await api.get(path, objectShape);
  if (found?.metadata.uid === uid) await api.remove(path, { preconditions: { uid } });
}
