import { PortError } from '../../ports/errors.js';
import type { Probe, Resource, Target, TargetAccount, TargetOrder } from '../../ports/target.js';
import { kindOf, openAccount, type AsRole, type AwsTargetOptions } from './account.js';
import { arnOf } from './arn.js';
import { createDeletion } from './deletion.js';
import { guarded, isGone } from './failures.js';
import { inspectRoles } from './inspect.js';
import type { Kind, Seen } from './kinds/kind.js';
import type { Principals } from './principals.js';
import { fenceOf } from './tags.js';

type Found = { readonly kind: string; readonly seen: Seen };
type Work = (kind: Kind, seen: Seen, account: TargetOrder) => Promise<void>;

/**
 * Resources of one AWS account in one region, by the tag that says whose each is. To pause and to delete it takes two roles,
 * each assumed for a quarter of an hour. What no longer carries the account's tag is gone, as if it were no more.
 */
export function createAwsTarget(options: AwsTargetOptions): Target {
  const { name, tag, region } = options;
  const { pausing, deleting, principals } = openAccount(options);
  const told = <T>(work: () => Promise<T>): Promise<T> => guarded(name, work);
  const look = (as: AsRole, account: TargetAccount, resource: Resource) => lookAt(as, tag, account, resource);
  const order = (work: Work) => (account: TargetOrder, resource: Resource) =>
    told(() => obey({ as: pausing, tag, account, resource, work }));
  const mark = (locked: boolean) =>
    order(async (kind, seen) => {
      if (seen.isLocked !== locked) await kind.mark(seen, { locked });
    });

  return {
    name,
    find: (account) =>
      told(async () => {
        const all = await listAll(pausing, tag, account);
        return all.map(({ kind, seen }) => ({ id: seen.arn, kind }));
      }),
    snapshot: (account, resource) =>
      told(async () => (await look(pausing, account, resource))?.state ?? null),
    // What stops gets its time from AWS itself: a signal, and a load balancer that waits for open requests.
    drain: (_account, _resource, signal) => Promise.resolve().then(() => signal.throwIfAborted()),
    pause: order(async (kind, seen, account) => {
      if (seen.phase !== 'off' && seen.obstacle !== undefined)
        throw new PortError('TARGET_REFUSED', `${name}: ${seen.arn} ${seen.obstacle}`);
      await kind.pause(seen, account);
    }),
    lock: order(async (kind, seen, { ref }) => {
      await principals?.bind(ref);
      if (!seen.isLocked) await kind.mark(seen, { locked: true });
    }),
    async unlock(account, resource) {
      await mark(false)(account, resource);
      // Also for what has vanished: it may have been the last that was locked.
      if (principals !== null) await told(() => releaseUnlessLocked(pausing, tag, account, principals));
    },
    resume: (account, resource, state) => order((kind, seen) => kind.resume(seen, state))(account, resource),
    probe: (account, resource) =>
      told(async () => probeOf(await look(pausing, account, resource), principals, account.ref)),
    ...createDeletion({ options, deleting, look, told }),
    inspect: () => told(() => inspectRoles(region, [pausing, ...(deleting === null ? [] : [deleting])])),
  };
}

async function lookAt({ kinds }: AsRole, tag: string, { ref }: TargetAccount, resource: Resource) {
  const kind = kindOf(kinds, resource);
  const seen = arnOf(resource.id) === null ? null : await kind.look(resource.id);
  return seen?.tags.get(tag) === ref ? seen : null;
}

async function listAll({ kinds }: AsRole, tag: string, { ref }: TargetAccount): Promise<Found[]> {
  if (ref === '') throw new PortError('TARGET_REFUSED', 'an account without a name has no resources');
  const all: Found[] = [];
  for (const kind of kinds.values())
    for (const seen of await kind.list(ref)) all.push({ kind: kind.name, seen });
  // A filter of AWS's may mean more than it says.
  return all.filter(({ seen }) => seen.tags.get(tag) === ref);
}

type Obeying = {
  readonly as: AsRole;
  readonly tag: string;
  readonly account: TargetOrder;
  readonly resource: Resource;
  readonly work: Work;
};

/** Does something to what is still there, under a claim that is not older than the newest that it remembers. */
async function obey({ as, tag, account, resource, work }: Obeying): Promise<void> {
  const seen = await lookAt(as, tag, account, resource);
  if (seen === null) return;
  const kind = kindOf(as.kinds, resource);
  const newest = fenceOf(seen.tags);
  if (account.fence < newest)
    throw new PortError('TARGET_UNAVAILABLE', `${seen.arn} was acted on under a later claim`);
  try {
    if (account.fence > newest) await kind.mark(seen, { fence: account.fence });
    await work(kind, seen, account);
  } catch (error) {
    // It vanished between the look and the act.
    if (!isGone(error)) throw error;
  }
}

async function releaseUnlessLocked(
  as: AsRole,
  tag: string,
  account: TargetAccount,
  principals: Principals,
): Promise<void> {
  const all = await listAll(as, tag, account);
  if (!all.some(({ seen }) => seen.isLocked)) await principals.release(account.ref);
}

async function probeOf(seen: Seen | null, principals: Principals | null, ref: string): Promise<Probe> {
  if (seen === null) return 'gone';
  if (seen.phase === 'between') return 'in_between';
  if (seen.phase === 'on') return seen.isLocked ? 'in_between' : 'serving';
  if (!seen.isLocked) return 'off';
  // A mark without the denial is no lock.
  return principals === null || (await principals.areBound(ref)) ? 'off_and_locked' : 'off';
}
