import type { z } from 'zod';
import { locationShape, pageShape, readingShape, resourceShape, resumeShape } from './shapes.js';

/** One request of the contract. `order`: it changes the platform, and carries the number of its claim. */
export type Operation = {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly order: boolean;
  /** A platform may do without it, and says so: then nothing that runs on it is ever deleted. */
  readonly optional?: boolean;
  readonly summary: string;
  readonly description: string;
  readonly body?: z.ZodType;
  /** What a 2xx says; without it, its body is not read. */
  readonly answer?: z.ZodType;
};

const resource = '/accounts/{ref}/resources/{id}';

const orderOf = (
  id: string,
  summary: string,
  description: string,
  more: Pick<Operation, 'body' | 'answer' | 'optional'> = {},
): Operation => ({
  id,
  method: 'POST',
  path: `${resource}/${id}`,
  order: true,
  summary,
  description,
  ...more,
});

/** Every request that Forbear sends to a platform behind HTTP. */
export const operations = {
  list: {
    id: 'list',
    method: 'GET',
    path: '/accounts/{ref}/resources',
    order: false,
    summary: 'Every resource of the account, a page at a time',
    description:
      'Also those that are off, locked or draining. An account that the platform does not know has none: answer an empty ' +
      "page, or `gone`, which Forbear takes for a refusal. Never what is another account's.",
    answer: pageShape,
  },
  read: {
    id: 'read',
    method: 'GET',
    path: resource,
    order: false,
    summary: 'One resource as it is now',
    description:
      'Changes nothing. Forbear records `state` before its first order, and compares it with what it finds after giving back.',
    answer: resourceShape,
  },
  drain: orderOf(
    'drain',
    'Take in no new work, and let running work end',
    'Answer at once; `drained` of the resource says when no work is left. The size stays. Forbear asks again every 250 ms, ' +
      'and pauses after five minutes whatever is left.',
  ),
  pause: orderOf('pause', 'Scale to zero', 'Answer when it is in force: the next look has to find it off.'),
  lock: orderOf(
    'lock',
    'Keep the customer from starting, changing or adding to it',
    'Locked means: by no door of yours can the customer start, scale or change this resource, nor start another while ' +
      'anything of the account is locked. What runs goes on running. Only `unlock` takes a lock away: not `resume`, not a ' +
      'restart, not time. Lock is a state, not a count: one `unlock` ends it however often it was locked.',
  ),
  unlock: orderOf('unlock', 'Take the lock away', 'From now on the customer can start and change it again.'),
  resume: orderOf(
    'resume',
    'Put exactly this state back',
    'Puts the given state back whatever is there now, and undoes the drain. Leaves the lock. A state that the platform ' +
      'never gave is refused with a 4xx, and nothing changes.',
    { body: resumeShape },
  ),
  archive: orderOf(
    'archive',
    'Store all of it where it outlives the resource',
    'Answer when all of it is stored. Another call takes it anew, in the same place. A platform that has no archives ' +
      'says `not_offered`: then nothing of it is ever deleted.',
    { answer: locationShape, optional: true },
  ),
  decommission: orderOf(
    'decommission',
    'Delete for good',
    'Comes only after people approved it and the archive was read back. From then on the resource is `gone`.',
    { optional: true },
  ),
  verifyArchive: {
    id: 'verifyArchive',
    method: 'POST',
    path: '/accounts/{ref}/archives/{id}/verify',
    order: false,
    optional: true,
    summary: 'Read the archive of a resource back, whole',
    description:
      'Changes nothing. `readable: true` only when all of it was read again and is of this resource. It stands beside ' +
      '`resources` and not below it: an archive outlives its resource, and a platform that answers `gone` for everything ' +
      'below a deleted resource would deny an archive that is there. `gone` means the same as `readable: false`.',
    body: locationShape,
    answer: readingShape,
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OrderName = 'drain' | 'pause' | 'lock' | 'unlock' | 'resume' | 'archive' | 'decommission';
