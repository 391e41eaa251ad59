import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { accessLevels, type Access } from '../domain/restrictions.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import type { Account } from '../ports/cases.js';
import type { Deed } from '../ports/claims.js';
import type { Deletions } from '../ports/deletions.js';
import { PortError } from '../ports/errors.js';
import type { Snapshot, Snapshots } from '../ports/snapshots.js';
import type { Resource, Target } from '../ports/target.js';
import type { ClaimedAccount } from './carry-out.js';

export type Giving = {
  readonly snapshots: Snapshots;
  readonly deletions: Deletions;
  readonly targets: readonly Target[];
  readonly account: ClaimedAccount;
  readonly check: () => Promise<void>;
};

const isAtLeast = (access: Access, least: Access) =>
  accessLevels.indexOf(access) >= accessLevels.indexOf(least);

/**
 * Puts back what was recorded, as far as the restrictions that remain leave room: `access` is what is left to the account.
 * Says what could not be put back. Safe to repeat.
 */
export async function giveBack(giving: Giving, access: Access): Promise<Deed> {
  const { snapshots, account } = giving;
  const kept = await snapshots.standing(account.id);
  if (isAtLeast(access, 'suspended')) return { evidence: `${kept.length} resources stay off: ${access}` };
  const staysLocked = isAtLeast(access, 'read_only');
  const beganAt = performance.now();
  const tried = await settleAll(kept, (one) => restore(giving, one, staysLocked));
  const failed = tried.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const missing = tried.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  const evidence = `${kept.length - missing.length} of ${kept.length} resources as they were${staysLocked ? ', locked' : ''}, after ${secondsSince(beganAt)} s`;
  return missing.length === 0 ? { evidence } : { evidence, caveat: missing.join('; ') };
}

const secondsSince = (beganAt: number) => ((performance.now() - beganAt) / SECOND_MS).toFixed(1);

// A platform bounds how often it is asked, and an account may have hundreds of resources.
const mostAtOnce = 10;

/** Works on each of them, so many at a time, and says of each how that ended. */
async function settleAll<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const left = items.entries();
  const next = async () => {
    for (const [index, item] of left) [results[index]] = await Promise.allSettled([work(item)]);
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, next));
  return results;
}

/** Puts one resource back exactly and waits until it serves. Returns what people should look at, `null` if nothing. */
async function restore(
  { snapshots, deletions, targets, account, check }: Giving,
  { target: name, resource, state }: Snapshot,
  staysLocked: boolean,
): Promise<string | null> {
  const target = targets.find((t) => t.name === name);
  if (target === undefined)
    throw new PortError('TARGET_REFUSED', `target ${name} is not configured any more`);
  await check();
  await target.resume(account, resource, state);
  if (!staysLocked) {
    await check();
    await target.unlock(account, resource);
  }
  const caveat = await untilBack(target, account, { resource, state, staysLocked });
  if (!staysLocked) await snapshots.restored(account.id, name, resource);
  return caveat === 'vanished' ? whereIs(deletions, account, name, resource) : caveat;
}

/** What has vanished was deleted by us, and has an archive, or by somebody else. */
async function whereIs(
  deletions: Deletions,
  account: Account,
  target: string,
  { id, kind }: Resource,
): Promise<string> {
  const ours = (await deletions.of(account.id)).find((d) => d.target === target && d.resource.id === id);
  return ours === undefined
    ? `${kind} ${id} has vanished meanwhile`
    : `${kind} ${id} was deleted before the payment: rebuild it from ${ours.archive}, or refund`;
}

// Most things serve again within seconds. Beyond this it is not put back again and again over what the customer does with
// it now: it is reported.
const usualStartMs = 2 * MINUTE_MS;
// Soon after, so that a payer sees it at once; then less often, because a database takes a quarter of an hour.
const [firstProbeMs, longestProbeMs] = [250, 5 * SECOND_MS];

async function untilBack(
  target: Target,
  account: Account,
  { resource, state, staysLocked }: Pick<Snapshot, 'resource' | 'state'> & { readonly staysLocked: boolean },
): Promise<string | null> {
  const { startsWithinMs = usualStartMs } = target;
  let probe = await target.probe(account, resource);
  let [waitedMs, waitMs] = [0, firstProbeMs];
  while (probe !== 'serving' && waitedMs < startsWithinMs) {
    if (probe === 'gone') return 'vanished';
    // What was off before is rightly off again, and what stays locked is not free to serve as it did.
    if (
      (probe === 'off' || staysLocked) &&
      isDeepStrictEqual(await target.snapshot(account, resource), state)
    )
      return null;
    await sleep(waitMs);
    waitedMs += waitMs;
    // The first two seconds at the same pace: that is how long most things take.
    if (waitedMs >= 2 * SECOND_MS) waitMs = Math.min(longestProbeMs, waitMs * 1.5);
    probe = await target.probe(account, resource);
  }
  return probe === 'serving' ? null : `${resource.kind} ${resource.id} is put back and still ${probe}`;
}
