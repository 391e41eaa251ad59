import type { z } from 'zod';
import { PortError } from '../../../ports/errors.js';
import type { ResourceState, TargetAccount, TargetOrder } from '../../../ports/target.js';
import type { Clients } from '../clients.js';
import { changesFor, lockedTag, type Marks, type Tags } from '../tags.js';

export const kindNames = [
  'ecs-service',
  'ec2-instance',
  'auto-scaling-group',
  'rds-instance',
  'rds-cluster',
  'lambda-function',
  's3-bucket',
] as const;

export type KindName = (typeof kindNames)[number];

/** A resource as AWS describes it at this moment. */
export type Seen = {
  readonly arn: string;
  readonly tags: Tags;
  readonly state: ResourceState;
  readonly phase: 'on' | 'off' | 'between';
  readonly isLocked: boolean;
  /** Why AWS would never switch it off, where that is known beforehand. */
  readonly obstacle?: string;
};

/** How one kind of resource is found, switched off and put back. Each may throw AWS's own errors. */
export type Kind = {
  readonly name: KindName;
  /** Every resource of this kind with this tag, page by page to the end. */
  list(ref: string): Promise<readonly Seen[]>;
  /** `null`: it is no more. */
  look(arn: string): Promise<Seen | null>;
  pause(seen: Seen, account: TargetOrder): Promise<void>;
  resume(seen: Seen, state: ResourceState): Promise<void>;
  mark(seen: Seen, marks: Marks): Promise<void>;
  /** What an archive and a deletion need; `null` where AWS keeps no archive of it. */
  readonly forGood: ForGood | null;
};

export type ForGood = {
  archive(account: TargetOrder, seen: Seen): Promise<string>;
  /** Throws `NOT_VERIFIED`. */
  verify(account: TargetAccount, arn: string, location: string): Promise<string>;
  delete(seen: Seen): Promise<void>;
};

/** On an archive: what it is of, and of how many parts it is. */
export const archiveTag = 'forbear:archive-of';
export const partsTag = 'forbear:archive-parts';

export type KindContext = {
  readonly clients: Clients;
  /** The key of the tag that says whose a resource is. */
  readonly tag: string;
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** Who must never be shut out of anything. */
  readonly spared: readonly string[];
  /** Of a list; AWS's own sizes where it is absent. */
  readonly pageSize: number | undefined;
  /** Whether what is paused may be deleted some day, so that its pause has to prepare an archive. */
  readonly isDeletable: boolean;
};

/** Whether the lock's mark is on it, for kinds that carry it as a tag. */
export const isMarked = (tags: Tags): boolean => tags.has(lockedTag);

/** Leaves marks as tags, by the two calls that every service has. */
export function markByTags(
  set: (arn: string, tags: Readonly<Record<string, string>>) => Promise<unknown>,
  remove: (arn: string, keys: readonly string[]) => Promise<unknown>,
): Kind['mark'] {
  return async ({ arn }, marks) => {
    const changes = changesFor(marks);
    if (changes.remove.length > 0) await remove(arn, changes.remove);
    if (Object.keys(changes.set).length > 0) await set(arn, changes.set);
  };
}

/** Reads a recorded state. Throws `TARGET_REFUSED` when it is none of this kind. */
export function stateFor<Shape extends z.ZodType>(
  shape: Shape,
  name: KindName,
  state: ResourceState,
): z.infer<Shape> {
  const parsed = shape.safeParse(state);
  if (parsed.success) return parsed.data;
  throw new PortError('TARGET_REFUSED', `this is no state of an ${name}: ${JSON.stringify(state)}`);
}

// An AWS account with more is one that we don't understand; what we know of it then is not all.
const mostPages = 2_000;

/** All that a paginator of AWS gives, bounded. A page that fails is an error: what came before it is not the list. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    count += 1;
    if (count > mostPages) throw new PortError('TARGET_UNAVAILABLE', 'the list has no end');
    items.push(...(itemsOf(page) ?? []));
  }
  return items;
}

/** In groups of `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

// Services throttle far above this.
const atATime = 5;

/** Asks something of each, a few at a time, in their order. */
export async function eachOf<T, Result>(
  items: readonly T[],
  ask: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const some of chunksOf(items, atATime)) results.push(...(await Promise.all(some.map(ask))));
  return results;
}
