import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource, ResourceState, TargetOrder } from '../../ports/target.js';
import { pathOf } from './kinds.js';
import { change, look, patchFenced, type Cluster, type Seen } from './looking.js';
import { marks } from './marks.js';
import { refuseLoss } from './volumes.js';
import { scaleShape, type Scale } from './objects.js';
import { podsOf, settled } from './pods.js';

/** What runs of a workload: `off` only when no Pod is left, `on` only when all that are wanted are ready. */
export type Running = 'on' | 'off' | 'between';

const stateShape = z.strictObject({ replicas: z.int().min(0) });

async function scaleOf({ api }: Cluster, seen: Seen): Promise<Scale | null> {
  return api.get(`${pathOf(seen.place)}/scale`, scaleShape);
}

export async function scaledState(cluster: Cluster, seen: Seen): Promise<ResourceState | null> {
  const scale = await scaleOf(cluster, seen);
  return scale === null ? null : { replicas: scale.spec.replicas };
}

/** `null` when it has vanished. */
export async function scaledRunning(cluster: Cluster, seen: Seen): Promise<Running | null> {
  const scale = await scaleOf(cluster, seen);
  if (scale === null) return null;
  const { object, place } = seen;
  const wanted = scale.spec.replicas;
  // What a controller has not looked at yet says nothing of what is wanted now.
  const observed = object.status['observedGeneration'];
  if (typeof observed === 'number' && observed < object.metadata.generation) return 'between';
  if (wanted > 0) {
    const ready = object.status['readyReplicas'] ?? (isBuiltIn(seen) ? 0 : scale.status.replicas);
    return Number(ready) >= wanted ? 'on' : 'between';
  }
  if (scale.status.replicas > 0) return 'between';
  return (await podsOf(cluster, place.namespace, scale.status.selector)) === 0 ? 'off' : 'between';
}

const isBuiltIn = ({ place }: Seen) => place.kind.group === 'apps';

/** Scales to 0 and waits until the last Pod has ended, each within the grace period that it has. */
export async function pauseScaled(cluster: Cluster, account: TargetOrder, resource: Resource): Promise<void> {
  await change(cluster, account, resource, (seen) => scaleTo(cluster, account, seen, 0));
  await settled(cluster, `Pods of ${resource.id} are still ending`, async () => {
    const seen = await look(cluster, account, resource);
    const running = seen && (await scaledRunning(cluster, seen));
    return running === null || running === 'off';
  });
}

/** Throws `TARGET_REFUSED` when the state is none of ours. */
export async function resumeScaled(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
  state: ResourceState,
): Promise<void> {
  const wanted = stateShape.safeParse(state);
  if (!wanted.success)
    throw new PortError('TARGET_REFUSED', `${cluster.api.name}: this is no state of ${resource.id}`);
  await change(cluster, account, resource, (seen) => scaleTo(cluster, account, seen, wanted.data.replicas));
}

async function scaleTo(cluster: Cluster, account: TargetOrder, seen: Seen, replicas: number): Promise<void> {
  const before = await scaleOf(cluster, seen);
  if (before === null) return;
  const former = before.spec.replicas;
  if (replicas < former) refuseLoss(cluster, seen, 'whenScaled');
  const annotations = { [marks.replicas]: replicas > 0 ? null : former > 0 ? String(former) : undefined };
  const fenced = await patchFenced(cluster, account, seen, { annotations: given(annotations) });
  if (fenced === null || former === replicas) return;
  const { resourceVersion } = fenced.metadata;
  // Of the version that bears our fence: whoever was quicker with a later one is seen, and wins.
  await cluster.api.patch(`${pathOf(seen.place)}/scale`, {
    metadata: { resourceVersion },
    spec: { replicas },
  });
}

const given = (all: Readonly<Record<string, string | null | undefined>>) =>
  Object.fromEntries(
    Object.entries(all).filter((one): one is [string, string | null] => one[1] !== undefined),
  );
