import { MINUTE_MS } from '../domain/time.js';
import { PortError } from '../ports/errors.js';
import type { Snapshots } from '../ports/snapshots.js';
import type { Resource, Target } from '../ports/target.js';
import type { ClaimedAccount } from './carry-out.js';

/** How to take a resource from its account. `check` comes before each call on the world, and throws to stop. */
export type Taking = {
  readonly snapshots: Snapshots;
  readonly account: ClaimedAccount;
  readonly check: () => Promise<void>;
  readonly signal: AbortSignal;
};

// What was started between the listing and its lock shows in the next listing; a platform that never settles is a failure.
const mostPasses = 5;

/**
 * Takes every resource of the targets by `take`, one after the other: no call may be under way any more when a cancelled
 * act says that it has stopped. Looks again until no new one shows up; returns how many there are.
 */
export async function takeAll(
  targets: readonly Target[],
  taking: Taking,
  take: (target: Target, resource: Resource, taking: Taking) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (const target of targets) count += await takeAllOf(target, taking, take);
  return count;
}

async function takeAllOf(
  target: Target,
  taking: Taking,
  take: (target: Target, resource: Resource, taking: Taking) => Promise<void>,
): Promise<number> {
  const seen = new Set<string>();
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const fresh = (await target.find(taking.account)).filter(({ id }) => !seen.has(id));
    if (fresh.length === 0) return seen.size;
    for (const resource of fresh) {
      await take(target, resource, taking);
      seen.add(resource.id);
    }
  }
  throw new PortError('NOT_VERIFIED', `${target.name}: new resources keep appearing while they are taken`);
}

/** Records the exact state, then locks: the customer can't start or grow anything, and what runs goes on. */
export async function lockOne(target: Target, resource: Resource, taking: Taking): Promise<void> {
  const { account, check } = taking;
  if (!(await keepState(target, resource, taking))) return;
  await check();
  await target.lock(account, resource);
}

/** Records the exact state, locks, drains unless told not to, scales to 0, and looks whether it is off. */
export function pauseOneWith({ drain }: { readonly drain: boolean }) {
  return async (target: Target, resource: Resource, taking: Taking): Promise<void> => {
    const { account, check, signal } = taking;
    if (!(await keepState(target, resource, taking))) return;
    const steps = [
      () => target.lock(account, resource),
      ...(drain ? [() => drainOne(target, account, resource, signal)] : []),
      () => target.pause(account, resource),
    ];
    for (const step of steps) {
      await check();
      await step();
    }
    const probe = await target.probe(account, resource);
    if (probe !== 'off_and_locked' && probe !== 'gone')
      throw new PortError(
        'NOT_VERIFIED',
        `${resource.kind} ${resource.id} is ${probe}, not yet off and locked`,
      );
  };
}

/** Pauses, and then says at the platform that the account was revoked, where that has a word for it. */
export function revokeOneAfter(pause: ReturnType<typeof pauseOneWith>): typeof pause {
  return async (target, resource, taking) => {
    await pause(target, resource, taking);
    await taking.check();
    await target.revoke?.(taking.account, resource);
  };
}

/** Whether there is something to take: what has vanished leaves nothing to record. */
async function keepState(
  target: Target,
  resource: Resource,
  { snapshots, account, check }: Taking,
): Promise<boolean> {
  const state = await target.snapshot(account, resource);
  if (state === null) return false;
  // Asked between reading and keeping: what a lift has just put back must not be recorded as it was before.
  await check();
  await snapshots.keep(account.id, { target: target.name, resource, state });
  return true;
}

// A customer's job that never ends must not keep his account running, nor hold up those who wait for a worker.
const longestDrainMs = 5 * MINUTE_MS;

/** Lets running work end, for a bounded time. */
async function drainOne(
  target: Target,
  account: ClaimedAccount,
  resource: Resource,
  signal: AbortSignal,
): Promise<void> {
  const bound = AbortSignal.timeout(longestDrainMs);
  try {
    await target.drain(account, resource, AbortSignal.any([signal, bound]));
  } catch (error) {
    if (signal.aborted || !bound.aborted) throw error;
  }
}
