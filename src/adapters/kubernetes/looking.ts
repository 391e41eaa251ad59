import { PortError } from '../../ports/errors.js';
import type { Resource, TargetAccount, TargetOrder } from '../../ports/target.js';
import { Conflict, type Api } from './api.js';
import { idOf, pathOf, placeOf, type Kind, type Place } from './kinds.js';
import { fenceOf, marks } from './marks.js';
import { objectShape, type KubeObject } from './objects.js';
import type { KubernetesSettings } from './settings.js';

/** What every method works with. */
export type Cluster = {
  readonly api: Api;
  readonly settings: KubernetesSettings;
  readonly kinds: readonly Kind[];
  /** How long Pods may take to end, or a lock to be in force, before it counts as "not yet". */
  readonly settleMs: number;
};

/** A workload of the account, with the namespace around it. */
export type Seen = { readonly place: Place; readonly object: KubeObject; readonly namespace: KubeObject };

const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The account's name as a value of a label. Throws `TARGET_REFUSED` where it can be none: then nothing can carry it. */
export function labelOf({ api }: Cluster, { ref }: TargetAccount): string {
  if (labelValue.test(ref)) return ref;
  throw new PortError(
    'TARGET_REFUSED',
    `${api.name}: the account's name can't be the value of a label: up to 63 letters, digits, dashes, dots and underscores`,
  );
}

export const namespacePath = (name: string): string => `/api/v1/namespaces/${name}`;

/** The workload with its namespace; `null` when either is gone. Throws `TARGET_REFUSED` when it is not of the account. */
export async function look(
  cluster: Cluster,
  account: TargetAccount,
  resource: Resource,
): Promise<Seen | null> {
  const { api, kinds, settings } = cluster;
  const ref = labelOf(cluster, account);
  const place = placeOf(api.name, kinds, resource);
  if (settings.namespaces !== undefined && !settings.namespaces.includes(place.namespace))
    throw new PortError(
      'TARGET_REFUSED',
      `${api.name}: ${place.namespace} is not among the namespaces of the settings`,
    );
  const namespace = await api.get(namespacePath(place.namespace), objectShape);
  const object = namespace === null ? null : await api.get(pathOf(place), objectShape);
  if (namespace === null || object === null) return null;
  const bearer = settings.find === 'namespace' ? namespace : object;
  if (bearer.metadata.labels[settings.label] !== ref)
    throw new PortError(
      'TARGET_REFUSED',
      `${api.name}: ${idOf(place)} does not carry the account's label ${settings.label} (any more)`,
    );
  return { place, object, namespace };
}

// Controllers write the status of what they watch all the time.
const mostTries = 10;

/** Does it again as long as others are quicker. Throws `TARGET_UNAVAILABLE` when they always are. */
export async function untilUndisturbed<T>(
  { api }: Cluster,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
  throw new PortError('TARGET_UNAVAILABLE', `${api.name}: ${what} is changed by others all the time`);
}

/** Changes a workload of the account under its fence; what has vanished has nothing to be changed. */
export async function change(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
  work: (seen: Seen) => Promise<void>,
): Promise<void> {
  await untilUndisturbed(cluster, resource.id, async () => {
    const seen = await look(cluster, account, resource);
    if (seen !== null) await work(seen);
  });
}

/**
 * Leaves the fence on the workload, together with what else is patched: only on what was read, so that of two orders that
 * come at once one sees the other. `null` when it has vanished. Throws `TARGET_UNAVAILABLE` under a later one's fence.
 */
export async function patchFenced(
  { api }: Cluster,
  { fence }: TargetOrder,
  { place, object }: Seen,
  patch: { readonly annotations?: Readonly<Record<string, string | null>>; readonly spec?: object } = {},
): Promise<KubeObject | null> {
  refuseLate(api.name, fence, fenceOf(object, marks.fence), idOf(place));
  const { annotations = {}, spec } = patch;
  return api.patch(pathOf(place), {
    metadata: {
      resourceVersion: object.metadata.resourceVersion,
      annotations: { ...annotations, [marks.fence]: String(fence) },
    },
    ...(spec !== undefined && { spec }),
  });
}

export function refuseLate(name: string, fence: number, seen: number, id: string): void {
  if (fence >= seen) return;
  throw new PortError(
    'TARGET_UNAVAILABLE',
    `${name}: ${id} has seen a later order (fence ${seen}, this is ${fence})`,
  );
}
