import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PortError } from '../../ports/errors.js';
import type { Resource, ResourceState, TargetOrder } from '../../ports/target.js';
import { change, look, patchFenced, type Cluster, type Seen } from './looking.js';
import { marks } from './marks.js';
import type { KubeObject } from './objects.js';
import { podsOf, settled } from './pods.js';
import type { Running } from './scaling.js';

const stateShape = z.strictObject({ suspend: z.boolean() });

/** Whether a drain has stopped new Jobs, so that `suspend` is no more what the customer had. */
const isDrained = ({ object }: Seen): boolean => marks.drained in object.metadata.annotations;

const isSuspended = ({ spec }: KubeObject) => spec['suspend'] === true;

export function suspendedState({ object }: Seen): ResourceState {
  const before = object.metadata.annotations[marks.drained];
  return { suspend: before === undefined ? isSuspended(object) : before === 'true' };
}

export async function suspendedRunning(cluster: Cluster, seen: Seen): Promise<Running> {
  const { object, place } = seen;
  if (!isSuspended(object)) return 'on';
  if (isDrained(seen)) return 'between';
  const jobs = await openJobs(cluster, seen);
  if (jobs.some((job) => !isSuspended(job))) return 'between';
  if (jobs.length === 0) return 'off';
  const owners = jobs.map(({ metadata }) => metadata.uid).join(',');
  const selector = `batch.kubernetes.io/controller-uid in (${owners})`;
  return (await podsOf(cluster, place.namespace, selector)) === 0 ? 'off' : 'between';
}

/** Lets no new Job begin, and waits for those that run. Rejects with the reason of `signal` within a second. */
export async function drainSuspended(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await change(cluster, account, resource, async (seen) => {
    const annotations = { [marks.drained]: String(suspendedState(seen)['suspend']) };
    await patchFenced(cluster, account, seen, { annotations, spec: { suspend: true } });
  });
  for (;;) {
    signal.throwIfAborted();
    const seen = await look(cluster, account, resource);
    if (seen === null) return;
    if ((await openJobs(cluster, seen)).every(isSuspended)) return;
    // An abort ends the sleep; its own reason is thrown above.
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

const pollMs = 500;

/** Lets no new Job begin, suspends those that run, and waits until their Pods have ended. */
export async function pauseSuspended(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
): Promise<void> {
  await change(cluster, account, resource, async (seen) => {
    const annotations = { [marks.drained]: null };
    const fenced = await patchFenced(cluster, account, seen, { annotations, spec: { suspend: true } });
    if (fenced !== null) await suspendJobs(cluster, seen);
  });
  await settled(cluster, `Jobs of ${resource.id} are still ending`, async () => {
    const seen = await look(cluster, account, resource);
    if (seen === null) return true;
    // One that began while the CronJob was being suspended.
    await suspendJobs(cluster, seen);
    return (await suspendedRunning(cluster, seen)) === 'off';
  });
}

/** Throws `TARGET_REFUSED` when the state is none of ours. */
export async function resumeSuspended(
  cluster: Cluster,
  account: TargetOrder,
  resource: Resource,
  state: ResourceState,
): Promise<void> {
  const wanted = stateShape.safeParse(state);
  if (!wanted.success)
    throw new PortError('TARGET_REFUSED', `${cluster.api.name}: this is no state of ${resource.id}`);
  const { suspend } = wanted.data;
  await change(cluster, account, resource, async (seen) => {
    const fenced = await patchFenced(cluster, account, seen, {
      annotations: { [marks.drained]: null },
      spec: { suspend },
    });
    if (fenced === null) return;
    for (const job of await openJobs(cluster, seen))
      if (marks.suspended in job.metadata.annotations) await patchJob(cluster, job, false);
  });
}

async function suspendJobs(cluster: Cluster, seen: Seen): Promise<void> {
  for (const job of await openJobs(cluster, seen)) if (!isSuspended(job)) await patchJob(cluster, job, true);
}

async function patchJob({ api }: Cluster, { metadata }: KubeObject, suspend: boolean): Promise<void> {
  const { namespace = '', name, resourceVersion } = metadata;
  await api.patch(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`, {
    metadata: { resourceVersion, annotations: { [marks.suspended]: suspend ? 'true' : null } },
    spec: { suspend },
  });
}

/** The Jobs of a CronJob that have not ended. */
async function openJobs({ api }: Cluster, { place, object }: Seen): Promise<readonly KubeObject[]> {
  const jobs = await api.list(`/apis/batch/v1/namespaces/${place.namespace}/jobs`);
  const isOurs = ({ metadata }: KubeObject) =>
    metadata.ownerReferences.some(({ uid }) => uid === object.metadata.uid);
  return jobs.filter((job) => isOurs(job) && !hasEnded(job));
}

const endings = z.array(z.looseObject({ type: z.string(), status: z.string() })).catch([]);

function hasEnded({ status }: KubeObject): boolean {
  const conditions = endings.parse(status['conditions'] ?? []);
  return conditions.some(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}
