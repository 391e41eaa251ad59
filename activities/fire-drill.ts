import { setTimeout as sleep } from 'node:timers/promises';
import type { HoldReason } from '../src/domain/effect.js';
import { assess, type Standing } from '../src/domain/standing.js';
import { MINUTE_MS } from '../src/domain/time.js';
import { endSessions, type EndingSessions } from '../src/guard/end-sessions.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts } from '../src/ports/cases.js';
import type { AccessTaken, DrillLine, Drills } from '../src/ports/drills.js';
import { PortError } from '../src/ports/errors.js';
import type { Logger } from '../src/ports/logger.js';
import type { Policies } from '../src/ports/policies.js';
import type { Runs } from '../src/ports/runs.js';
import { beating } from './heartbeat.js';

export type FireDrillDeps = EndingSessions & {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly drills: Drills;
  readonly logger: Logger;
  readonly policies: Policies;
  readonly runs: Runs;
  /** Resolves when the next account may be read. */
  readonly nextTurn: (signal: AbortSignal) => Promise<void>;
};

/** `held`: everything that takes is frozen, or only observed; nothing more is taken until it no longer is. */
export type AccessOff = { readonly status: 'off' } | { readonly status: 'held'; readonly reason: HoldReason };
/** How many lines are left to be read, and how many of them could not be. */
export type ReadAgain = { readonly unread: number };

// Locks of so many accounts are held for a fraction of a second.
const atOnce = 1_000;
const readAtOnce = 4;
const lookEveryMs = 1_000;
const mostLooks = 600;
// A drain is bounded by five minutes for each resource; after so long a person has to look.
const longestCaseMs = 30 * MINUTE_MS;

export function createFireDrillActivities(deps: FireDrillDeps) {
  const { accounts, billing, drills, logger, policies, runs, nextTurn } = deps;

  /** Until nobody waits any more, or everything is held. */
  async function takeFromAll(drill: string, signal: AbortSignal): Promise<AccessTaken> {
    for (;;) {
      signal.throwIfAborted();
      const taken = await drills.takeAccess(drill, atOnce);
      if (taken.status === 'held' || taken.count === 0) return taken;
    }
  }

  async function endAllSessions(drill: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const lines = await drills.withSessions(drill, atOnce);
      if (lines.length === 0) return;
      await endSessions(
        deps,
        lines.map(({ account }) => account),
      );
      await drills.noteSessionsEnded(
        drill,
        lines.map(({ line }) => line),
      );
    }
  }

  /** Reads an account again; `false` when nobody can say how it stands. */
  async function readOne(
    drill: string,
    { line, account: { id }, isOverridden }: DrillLine,
  ): Promise<boolean> {
    const account = await accounts.read(id);
    const why = isOverridden ? null : await whyPays(account);
    if (why === 'unclear') return false;
    if (why !== null) await drills.refuse(drill, line, why);
    else {
      await drills.order(drill, line);
      // Should it never hear of it, the next sweep finds an account that is off without a run.
      await runs.wake(account, 'changed');
    }
    return true;
  }

  async function whyPays(account: Account): Promise<string | null> {
    // Who is no customer of Stripe's pays nothing there.
    if (account.customers.length === 0) return null;
    const { policy } = await policies.choose(account, () => billing.readTraits(account.customers));
    const standing = await billing.readStanding(account.customers, account.ref);
    return reasonToSpare(standing, assess(standing, policy, standing.readAt).verdict);
  }

  async function readOrSay(drill: string, line: DrillLine): Promise<boolean> {
    try {
      return await readOne(drill, line);
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      logger.warn({ error, account: line.account.id }, 'a line of a fire drill could not be read again');
      return false;
    }
  }

  async function settleWhoIsOff(drill: string): Promise<number> {
    let left = 0;
    for (const { line, isOff, isLifted, ageMs, says } of await drills.underWay(drill)) {
      const late = `not everything is off yet (${says ?? 'no case has said anything'}); its case goes on`;
      if (isOff) await drills.settle(drill, line, 'done', '');
      else if (isLifted) await drills.settle(drill, line, 'failed', 'a person gave it back meanwhile');
      else if (ageMs > longestCaseMs) await drills.settle(drill, line, 'failed', late);
      else left += 1;
    }
    return left;
  }

  return {
    /**
     * Takes access from all accounts of a drill; sessions and what runs go on. Waits ten minutes for the end of a freeze.
     * Safe to repeat: it goes on where it stood.
     */
    switchOffAccess(drill: string): Promise<AccessOff> {
      return beating(async (signal) => {
        for (let held = 0; ; held += 1) {
          const result = await takeFromAll(drill, signal);
          if (result.status === 'taken') return { status: 'off' };
          if (held === mostLooks) return result;
          await sleep(lookEveryMs, undefined, { signal });
        }
      });
    },

    /**
     * Ends the sessions of all accounts of a drill whose access is off. Safe to repeat: it goes on where it stood. Fails with
     * `TARGET_UNAVAILABLE` when a store can't be told (retried).
     */
    endSessionsOf(drill: string): Promise<void> {
      return beating(async (signal) => {
        await endAllSessions(drill, signal);
        await drills.noteAccessOff(drill);
      });
    },

    /**
     * Reads every account of a drill again at Stripe: who pays gets access back, the rest's cases switch off what runs. Safe
     * to repeat. Says how many could not be read; they stay without access, and their resources run.
     */
    readAgain(drill: string): Promise<ReadAgain> {
      return beating(async (signal) => {
        let [after, unread] = [0, 0];
        for (;;) {
          const lines = await drills.toRead(drill, after, 100);
          const last = lines.at(-1);
          if (last === undefined) return { unread };
          const left = [...lines];
          const work = async () => {
            for (let line = left.shift(); line !== undefined; line = left.shift()) {
              await nextTurn(signal);
              signal.throwIfAborted();
              if (!(await readOrSay(drill, line))) unread += 1;
            }
          };
          await Promise.all(Array.from({ length: readAtOnce }, work));
          after = last.line;
        }
      });
    },

    /** Follows the cases, at most ten minutes; says how many are still at work. Safe to repeat. */
    followCases(drill: string): Promise<{ readonly left: number }> {
      return beating(async (signal) => {
        for (let looks = 0; ; looks += 1) {
          const left = await settleWhoIsOff(drill);
          if (left === 0 || looks === mostLooks) return { left };
          await sleep(lookEveryMs, undefined, { signal });
        }
      });
    },

    /** Ends a drill: who could not be read until now is left without access, with what runs. Safe to repeat. */
    async endDrill(drill: string): Promise<void> {
      await drills.refuseWaiting(drill, 'everything was frozen all the time: nothing was taken');
      let after = 0;
      for (;;) {
        const lines = await drills.toRead(drill, after, 100);
        const last = lines.at(-1);
        if (last === undefined) break;
        for (const { line } of lines)
          await drills.settle(
            drill,
            line,
            'failed',
            'Stripe could not be read: access is off, and what runs goes on',
          );
        after = last.line;
      }
      await drills.end(drill);
    },
  };
}

/** Why an account is spared on a fresh reading; `null`: it is not. Pure. */
export function reasonToSpare(
  { subscriptions }: Standing,
  verdict: ReturnType<typeof assess>['verdict'],
): string | null {
  switch (verdict) {
    case 'unclear':
      return 'unclear';
    case 'owing':
      return null;
    case 'clear':
      return subscriptions.some(({ state }) => state === 'live')
        ? 'it pays: nothing is overdue at Stripe'
        : null;
    case 'in_flight':
    case 'unconfirmed':
      return 'a payment is on its way';
    case 'promised':
      return 'instalments were agreed on';
    case 'covered':
      return 'a credit covers what is owed';
  }
}
