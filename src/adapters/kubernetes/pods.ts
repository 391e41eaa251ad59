import { setTimeout as sleep } from 'node:timers/promises';
import { PortError } from '../../ports/errors.js';
import type { Cluster } from './looking.js';
import { isAlive } from './objects.js';

/** How many Pods there are, also those that are still ending. */
export async function podsOf({ api }: Cluster, namespace: string, labelSelector: string): Promise<number> {
  // An empty one selects every Pod of the namespace.
  if (labelSelector.trim() === '')
    throw new PortError(
      'TARGET_REFUSED',
      `${api.name}: a workload in ${namespace} does not say which Pods are its own`,
    );
  const pods = await api.list(`/api/v1/namespaces/${namespace}/pods`, { labelSelector });
  return pods.filter(isAlive).length;
}

const pollMs = 300;

/** Asks until it is so; returns whether it is within the time. */
export async function comesTrue(withinMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() >= until) return false;
    await sleep(pollMs);
  }
  return true;
}

/** Waits until it is so. Throws `TARGET_UNAVAILABLE` when it is not within the cluster's time. */
export async function settled(
  { api, settleMs }: Cluster,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  if (await comesTrue(settleMs, isSo)) return;
  throw new PortError('TARGET_UNAVAILABLE', `${api.name}: ${what} after ${settleMs / 1_000} s`);
}
