import type { Probe, Resource, Target, TargetAccount } from '../../ports/target.js';
import { createApi } from './api.js';
import { archive, verifyArchive } from './archive.js';
import { createConnection, type Access } from './connection.js';
import { decommission } from './decommission.js';
import { findWorkloads } from './find.js';
import { inspectCluster } from './inspect.js';
import { kindsOf, placeOf } from './kinds.js';
import { isLocked, lock, unlock } from './locks.js';
import { look, patchFenced, change, type Cluster, type Seen } from './looking.js';
import { pauseScaled, resumeScaled, scaledRunning, scaledState, type Running } from './scaling.js';
import type { KubernetesSettings } from './settings.js';
import {
  drainSuspended,
  pauseSuspended,
  resumeSuspended,
  suspendedRunning,
  suspendedState,
} from './suspending.js';

export type KubernetesTargetOptions = {
  readonly name: string;
  readonly access: Access;
  readonly settings: KubernetesSettings;
  /** For one answer of the API server. */
  readonly timeoutMs?: number | undefined;
  /** How long the Pods of one workload may take to end before it is asked again later. */
  readonly settleMs?: number;
};

// Longer than the grace period that Pods have by default (30 s). A payment that comes meanwhile waits for it.
const defaultSettleMs = 45_000;

/**
 * The workloads of a cluster, found by a label. Pausing scales to 0 or suspends; a lock is enforced by the API server itself,
 * through an admission policy. Archives and deletes only where the settings say so (`NOT_OFFERED`). Connects at its first use.
 */
export function createKubernetesTarget(options: KubernetesTargetOptions): Target {
  const { name, access, settings, timeoutMs = 10_000, settleMs = defaultSettleMs } = options;
  const api = createApi(name, createConnection(name, access), timeoutMs);
  const cluster: Cluster = { api, settings, settleMs, kinds: kindsOf(settings.customKinds) };
  const isScaled = (resource: Resource) => placeOf(name, cluster.kinds, resource).kind.how === 'scale';
  const lookAt = async <T>(
    account: TargetAccount,
    resource: Resource,
    tell: (seen: Seen) => T | Promise<T>,
  ): Promise<T | null> => {
    const seen = await look(cluster, account, resource);
    return seen && tell(seen);
  };
  return {
    name,
    find: (account) => findWorkloads(cluster, account),
    snapshot: (account, resource) =>
      lookAt(account, resource, (seen) =>
        isScaled(resource) ? scaledState(cluster, seen) : suspendedState(seen),
      ),
    drain: async (account, resource, signal) => {
      if (!isScaled(resource)) return drainSuspended(cluster, account, resource, signal);
      signal.throwIfAborted();
      // Scaling down is what drains a Pod: it is taken out of its Services, and has its grace period to end.
      return change(cluster, account, resource, async (seen) => {
        await patchFenced(cluster, account, seen);
      });
    },
    pause: async (account, resource) =>
      (isScaled(resource) ? pauseScaled : pauseSuspended)(cluster, account, resource),
    lock: (account, resource) => lock(cluster, account, resource),
    probe: async (account, resource) =>
      (await lookAt(account, resource, (seen) => probeOf(cluster, seen))) ?? 'gone',
    resume: async (account, resource, state) =>
      (isScaled(resource) ? resumeScaled : resumeSuspended)(cluster, account, resource, state),
    unlock: (account, resource) => unlock(cluster, account, resource),
    archive: (account, resource) => archive(cluster, account, resource),
    verifyArchive: (account, resource, location) => verifyArchive(cluster, account, resource, location),
    decommission: (account, resource) => decommission(cluster, account, resource),
    inspect: () => inspectCluster(cluster),
  };
}

async function probeOf(cluster: Cluster, seen: Seen): Promise<Probe | null> {
  const running: Running | null =
    seen.place.kind.how === 'scale'
      ? await scaledRunning(cluster, seen)
      : await suspendedRunning(cluster, seen);
  switch (running) {
    case null:
      return null;
    case 'off':
      return isLocked(seen) ? 'off_and_locked' : 'off';
    case 'on':
      return isLocked(seen) ? 'in_between' : 'serving';
    case 'between':
      return 'in_between';
  }
}
