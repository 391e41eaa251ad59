import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource } from '../../ports/target.js';
import { placeOf } from './kinds.js';
import type { Cluster, Seen } from './looking.js';
import { hashOf } from './marks.js';
import type { KubeObject } from './objects.js';

const group = 'snapshot.storage.k8s.io/v1';
const pathOf = (namespace: string, name: string) =>
  `/apis/${group}/namespaces/${namespace}/volumesnapshots/${name}`;
const snapshotShape = z.looseObject({
  status: z.looseObject({ readyToUse: z.boolean().default(false) }).default({ readyToUse: false }),
});

/** Asks for a snapshot of each claim; one that is there already stays. Returns their names. */
export async function takeSnapshots(
  { api, settings }: Cluster,
  { place }: Seen,
  claims: readonly KubeObject[],
): Promise<string[]> {
  const volumeSnapshotClassName = settings.archive?.volumeSnapshotClass;
  if (volumeSnapshotClassName === undefined) return [];
  const names: string[] = [];
  for (const { metadata } of claims) {
    // By the identity of the claim: one that was made anew under the same name holds other data.
    const name = `forbear-${hashOf(metadata.uid)}`;
    await api.apply(pathOf(place.namespace, name), {
      apiVersion: group,
      kind: 'VolumeSnapshot',
      metadata: { name, namespace: place.namespace },
      spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName: metadata.name } },
    });
    names.push(name);
  }
  return names;
}

/** Throws `NOT_VERIFIED` unless every snapshot can be restored from. */
export async function mustBeReady(
  { api, kinds }: Cluster,
  resource: Resource,
  names: readonly string[],
): Promise<void> {
  const { namespace } = placeOf(api.name, kinds, resource);
  for (const name of names) {
    const snapshot = await api.get(pathOf(namespace, name), snapshotShape);
    if (snapshot?.status.readyToUse !== true)
      throw new PortError(
        'NOT_VERIFIED',
        `${api.name}: the volume snapshot ${namespace}/${name} is not ready`,
      );
  }
}
