import { createHash } from 'node:crypto';
import { idOf, type Place } from './kinds.js';
import type { KubeObject } from './objects.js';

/** The labels and annotations that are Forbear's own. Its policies let nobody else change those that bind. */
export const marks = {
  /** On a workload: the highest fence of an order that it has seen. */
  fence: 'forbear.dev/fence',
  /** On a workload: how many replicas it had when it was paused. For people; the record is in Forbear's database. */
  replicas: 'forbear.dev/replicas',
  /** On a CronJob that is drained: whether it was suspended before. */
  drained: 'forbear.dev/drained',
  /** On a Job that Forbear has suspended. */
  suspended: 'forbear.dev/suspended',
  /** On a namespace in which anything is locked: the policy is asked nowhere else. */
  locked: 'forbear.dev/locked',
  /** On a namespace, each with the hash of a workload's id: that it is locked, and the highest fence of a lock. */
  lockPrefix: 'lock.forbear.dev/',
  fencePrefix: 'fence.forbear.dev/',
  /** In a dry run of Forbear's own that is to meet the lock as a customer would. */
  check: 'forbear.dev/lock-check',
} as const;

/** What is too long for a name, short. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

export const lockKey = (place: Place): string => `${marks.lockPrefix}${hashOf(idOf(place))}`;
export const lockFenceKey = (place: Place): string => `${marks.fencePrefix}${hashOf(idOf(place))}`;

/** What a lock says: how far it reaches, whose it is, and of what. The policy reads it. */
export const lockValue = (find: 'namespace' | 'label', ref: string, { kind, name }: Place): string =>
  `${find}/${ref}/${kind.plural}.${kind.group}/${name}`;

/** The fence that an object has seen; what is no number was written by nobody of ours. */
export function fenceOf({ metadata }: KubeObject, key: string): number {
  const text = metadata.annotations[key] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
