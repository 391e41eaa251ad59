import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import { idOf } from './kinds.js';
import type { Cluster, Seen } from './looking.js';
import type { KubeObject } from './objects.js';

const claimName = z.looseObject({ persistentVolumeClaim: z.looseObject({ claimName: z.string() }) });
const podSpec = z.looseObject({ volumes: z.array(z.unknown()).default([]) }).catch({ volumes: [] });
const podTemplate = z.looseObject({ spec: z.unknown() }).catch({ spec: {} });
const templates = z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).catch([]);

const retention = z.looseObject({ whenScaled: z.string(), whenDeleted: z.string() }).partial().catch({});

/** Throws `TARGET_REFUSED` where Kubernetes itself would delete the volumes along with the Pods, as a StatefulSet may ask for. */
export function refuseLoss(
  { api }: Cluster,
  { place, object }: Seen,
  on: 'whenScaled' | 'whenDeleted',
): void {
  if (retention.parse(object.spec['persistentVolumeClaimRetentionPolicy'] ?? {})[on] !== 'Delete') return;
  throw new PortError(
    'TARGET_REFUSED',
    `${api.name}: ${idOf(place)} would lose its volumes: its persistentVolumeClaimRetentionPolicy has ${on}: Delete`,
  );
}

/** The claims that a Pod names in its spec. */
export function claimNamesOf(spec: unknown): readonly string[] {
  return podSpec.parse(spec).volumes.flatMap((volume) => {
    const read = claimName.safeParse(volume);
    return read.success ? [read.data.persistentVolumeClaim.claimName] : [];
  });
}

/** The volume claims of a workload: those that its Pods name, and those that a StatefulSet has made for each of them. */
export async function claimsOf({ api }: Cluster, { place, object }: Seen): Promise<readonly KubeObject[]> {
  const named = claimNamesOf(podTemplate.parse(object.spec['template']).spec);
  const prefixes = templates
    .parse(object.spec['volumeClaimTemplates'] ?? [])
    .map(({ metadata }) => `${metadata.name}-${place.name}-`);
  if (named.length === 0 && prefixes.length === 0) return [];
  const all = await api.list(`/api/v1/namespaces/${place.namespace}/persistentvolumeclaims`);
  const isMade = (name: string) =>
    prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)));
  return all.filter(({ metadata: { name } }) => named.includes(name) || isMade(name));
}
