import { PortError, type PortErrorCode } from '../ports/errors.js';
import type { Culprit, KillSwitch, Principal, Verification } from '../ports/kill-switch.js';

type Failed = { readonly status: 'failed'; readonly code: PortErrorCode; readonly why: string };
type Changed = { readonly status: 'done'; readonly wasThere: boolean };

/** What became of one principal. `failed`: the change itself; whether a change has worked is what `verification` says. */
export type KillResult = { readonly principal: Principal } & (
  (Changed & { readonly verification: Verification }) | Failed
);

type Change = (culprit: Culprit, principal: Principal) => Promise<{ readonly wasThere: boolean }>;

/**
 * Denies everything to all of them first, and sees to it that it has worked then. One that fails keeps no other from being
 * denied. `check` is called before each change, which fails where it throws. Safe to repeat.
 */
export async function killAll(
  kill: KillSwitch,
  culprit: Culprit,
  principals: readonly Principal[],
  check: () => Promise<void>,
): Promise<KillResult[]> {
  const witness = await kill.witness(principals);
  const deny: Change = async (...args) => {
    await check();
    return kill.deny(...args);
  };
  return changeAll(culprit, principals, deny, (principal) => witness.refused(principal));
}

/** Takes all of it back; nothing stops that. Safe to repeat. */
export async function restoreAll(
  kill: KillSwitch,
  culprit: Culprit,
  principals: readonly Principal[],
): Promise<KillResult[]> {
  const witness = await kill.witness(principals);
  const restore: Change = (...args) => kill.restore(...args);
  return changeAll(culprit, principals, restore, (principal) => witness.free(principal));
}

/** Whether everything was done, and nothing is known to have had no effect. */
export const isWhole = (results: readonly KillResult[]): boolean =>
  results.every((one) => one.status === 'done' && one.verification.verified !== 'failed');

async function changeAll(
  culprit: Culprit,
  principals: readonly Principal[],
  change: Change,
  verify: (principal: Principal) => Promise<Verification>,
): Promise<KillResult[]> {
  const made: (readonly [Principal, Changed | Failed])[] = [];
  for (const principal of principals)
    made.push([principal, await orFailure(() => change(culprit, principal))]);
  const results: KillResult[] = [];
  for (const [principal, one] of made)
    results.push(
      one.status === 'failed'
        ? { principal, ...one }
        : { principal, ...one, verification: await verify(principal) },
    );
  return results;
}

async function orFailure(change: () => Promise<{ readonly wasThere: boolean }>): Promise<Changed | Failed> {
  try {
    return { status: 'done', ...(await change()) };
  } catch (error) {
    // What nobody foresaw is no answer of the cloud, and stops everything.
    if (!(error instanceof PortError)) throw error;
    return { status: 'failed', code: error.code, why: error.message };
  }
}
