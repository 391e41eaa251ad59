import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { EffectKey, Outcome } from '../src/domain/effect.js';
import type { Policy } from '../src/domain/policy.js';
import { MINUTE_MS } from '../src/domain/time.js';
import { carryOut } from '../src/guard/carry-out.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts } from '../src/ports/cases.js';
import type { Claims } from '../src/ports/claims.js';
import { PortError } from '../src/ports/errors.js';
import type { Snapshot, Snapshots } from '../src/ports/snapshots.js';
import type { Resource, Target } from '../src/ports/target.js';

export type ResourceDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly claims: Claims;
  readonly snapshots: Snapshots;
  readonly targets: readonly Target[];
};

export type PauseOrder = { readonly key: EffectKey; readonly policy: Policy };
export type LiftOrder = { readonly key: EffectKey; readonly policy: Policy };

// The reasons that a case restricts for. A full lift takes all of them back, whatever the file remembers.
const casesOwn = ['nonpayment', 'ended'] as const;

/** What each call on the world asks first: is this try still the newest, and not cancelled? */
type Check = () => Promise<void>;

export function createResourceActivities({ accounts, billing, claims, snapshots, targets }: ResourceDeps) {
  return {
    /**
     * Pauses all that runs for an account, whole: reads the standing fresh, claims, records the exact state, locks, drains,
     * scales to 0, probes. A repeat under the same key goes on where it stood. Cancelled by a payment, it stops between
     * two calls and leaves what it did to the lift. Fails with `BILLING_UNAVAILABLE`, `TARGET_UNAVAILABLE`, `NOT_VERIFIED`
     * (retried), `TARGET_REFUSED`, `FENCED` (final).
     */
    async pauseResources({ key, policy }: PauseOrder): Promise<Outcome> {
      return beating(async (signal) => {
        const account = await accounts.read(key.account);
        const standing = await billing.readStanding(account.customers);
        const owner = 'forbear';
        const impose = {
          reason: 'nonpayment' as const,
          access: 'suspended' as const,
          owner,
          evidence: 'overdue at Stripe',
        };
        const order = { key, policy, standing, change: { impose }, reason: 'unpaid past the pause day' };
        signal.throwIfAborted();
        return carryOut(claims, order, async (checkFence) => {
          const check = async () => {
            signal.throwIfAborted();
            await checkFence();
          };
          let count = 0;
          // One after the other: no call may be under way any more when a cancelled pause says that it has stopped.
          for (const target of targets) count += await pauseAll(snapshots, target, account, check, signal);
          return { evidence: `${count} resources off and locked` };
        });
      });
    },

    /**
     * Takes a restriction back and puts every recorded resource exactly as it was, then probes it. Waits for no brake and
     * reads nothing at Stripe. Safe to repeat. Fails with `TARGET_UNAVAILABLE`, `NOT_VERIFIED` (retried), `TARGET_REFUSED`,
     * `FENCED` (final).
     */
    async liftRestriction({ key, policy }: LiftOrder): Promise<Outcome> {
      return beating(async () => {
        const account = await accounts.read(key.account);
        const order = {
          key,
          policy,
          standing: null,
          change: { lift: casesOwn },
          reason: 'nothing is owed any more',
        };
        return carryOut(claims, order, async (check) => {
          const kept = await snapshots.standing(account.id);
          const tried = await Promise.allSettled(
            kept.map((one) => restore(snapshots, targets, account, one, check)),
          );
          const failed = tried.find((result) => result.status === 'rejected');
          if (failed !== undefined) throw failed.reason;
          const missing = tried.flatMap((result) =>
            result.status === 'fulfilled' ? (result.value ?? []) : [],
          );
          const evidence = `${kept.length - missing.length} of ${kept.length} resources as they were`;
          return missing.length === 0 ? { evidence } : { evidence, caveat: missing.join('; ') };
        });
      });
    },
  };
}

// What was started between the listing and its lock shows in the next listing; a platform that never settles is a failure.
const mostPasses = 5;

/** Pauses every resource of one target, and looks again until no new one shows up. Returns how many there are. */
async function pauseAll(
  snapshots: Snapshots,
  target: Target,
  account: Account,
  check: Check,
  signal: AbortSignal,
): Promise<number> {
  const seen = new Set<string>();
  for (let pass = 0; pass < mostPasses; pass += 1) {
    const fresh = (await target.find(account)).filter(({ id }) => !seen.has(id));
    if (fresh.length === 0) return seen.size;
    for (const resource of fresh) {
      await pauseOne(snapshots, target, account, resource, check, signal);
      seen.add(resource.id);
    }
  }
  throw new PortError('NOT_VERIFIED', `${target.name}: new resources keep appearing while they are paused`);
}

async function pauseOne(
  snapshots: Snapshots,
  target: Target,
  account: Account,
  resource: Resource,
  check: Check,
  signal: AbortSignal,
): Promise<void> {
  const state = await target.snapshot(account, resource);
  if (state === null) return;
  // Asked between reading and keeping: what a lift has just put back must not be recorded as it was before.
  await check();
  await snapshots.keep(account.id, { target: target.name, resource, state });
  const steps = [
    () => target.lock(account, resource),
    () => drain(target, account, resource, signal),
    () => target.pause(account, resource),
  ];
  for (const step of steps) {
    await check();
    await step();
  }
  const probe = await target.probe(account, resource);
  if (probe !== 'off_and_locked' && probe !== 'gone') throw notVerified(resource, probe, 'off and locked');
}

// A customer's job that never ends must not keep his account running, nor hold up those who wait for a worker.
const longestDrainMs = 5 * MINUTE_MS;

/** Lets running work end, for a bounded time. */
async function drain(
  target: Target,
  account: Account,
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

/** Puts one resource back exactly and waits until it serves. Returns what people should look at, `null` if nothing. */
async function restore(
  snapshots: Snapshots,
  targets: readonly Target[],
  account: Account,
  { target: name, resource, state }: Snapshot,
  check: Check,
): Promise<string | null> {
  const target = targets.find((t) => t.name === name);
  if (target === undefined)
    throw new PortError('TARGET_REFUSED', `target ${name} is not configured any more`);
  await check();
  await target.resume(account, resource, state);
  await check();
  await target.unlock(account, resource);
  const caveat = await untilBack(target, account, resource, state);
  await snapshots.restored(account.id, name, resource);
  return caveat;
}

// Most things serve again within seconds. Beyond this it is not put back again and again over what the customer does with
// it now: it is reported.
const longestStartMs = 2 * MINUTE_MS;
const probeEveryMs = 250;

async function untilBack(
  target: Target,
  account: Account,
  resource: Resource,
  state: Snapshot['state'],
): Promise<string | null> {
  let probe = await target.probe(account, resource);
  for (let waitedMs = 0; probe !== 'serving' && waitedMs < longestStartMs; waitedMs += probeEveryMs) {
    if (probe === 'gone') return `${resource.kind} ${resource.id} has vanished meanwhile`;
    // What was off before is rightly off again.
    if (probe === 'off' && isDeepStrictEqual(await target.snapshot(account, resource), state)) return null;
    await sleep(probeEveryMs);
    probe = await target.probe(account, resource);
  }
  return probe === 'serving' ? null : `${resource.kind} ${resource.id} is put back and still ${probe}`;
}

function notVerified(resource: Resource, probe: string, wanted: string): PortError {
  return new PortError('NOT_VERIFIED', `${resource.kind} ${resource.id} is ${probe}, not yet ${wanted}`);
}

// Cancellation reaches an activity only in the answer to a heartbeat, and the SDK sends at most every 0.8 timeouts.
const heartbeatEveryMs = 500;

/** Runs `work` with a heartbeat, so that a payment cancels it within seconds, and ends with its cancellation. */
async function beating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}
