import { newCaseFile, type CaseFile } from '../src/domain/case-file.js';
import {
  disagreement,
  mustBeGivenBack,
  shouldHaveOpened,
  type Disagreement,
} from '../src/domain/disagrees.js';
import { asCaseId, asPolicyVersion, type AccountId } from '../src/domain/ids.js';
import { nothingSwept, sumOfSweeps, type SweepTally } from '../src/domain/sweep.js';
import type { Instant } from '../src/domain/time.js';
import type { Facts } from '../src/domain/turn.js';
import type { Billing } from '../src/ports/billing.js';
import type { Account, Accounts, Cases } from '../src/ports/cases.js';
import type { Claims } from '../src/ports/claims.js';
import { PortError } from '../src/ports/errors.js';
import type { Logger } from '../src/ports/logger.js';
import type { Policies } from '../src/ports/policies.js';
import type { Runs, Tidings } from '../src/ports/runs.js';
import type { Snapshots } from '../src/ports/snapshots.js';
import type { SweepCursor, SweepPart, Sweeps } from '../src/ports/sweeps.js';
import { beating } from './heartbeat.js';

export type SweepDeps = {
  readonly accounts: Accounts;
  readonly billing: Billing;
  readonly cases: Cases;
  readonly claims: Claims;
  readonly logger: Logger;
  readonly policies: Policies;
  readonly runs: Runs;
  readonly snapshots: Snapshots;
  readonly sweeps: Sweeps;
  /** Resolves when the next account may be read: a sweep leaves most of Stripe's rate to the cases. */
  readonly nextTurn: (signal: AbortSignal) => Promise<void>;
};

export type PageRequest = {
  readonly part: SweepPart;
  /** Who was looked at since then has had his turn. */
  readonly since: Instant;
  readonly after: SweepCursor | null;
};
/** `after`: where the next page begins; `null` when there is none. */
export type PageResult = { readonly tally: SweepTally; readonly after: SweepCursor | null };

// Little enough that a page is over in less than a minute at the slowest rate, and not many pages stand in a history.
const pageSize = 25;
// Each waits for Stripe most of its time.
const atOnce = 4;
const mostRuns = 100_000;
const mostStrays = 500;

type Found = Disagreement | 'agrees' | 'workflow_missing' | 'case_missing';
const needsNothing = (found: Found) => found === 'agrees';

export function createSweepActivities(deps: SweepDeps) {
  const { accounts, cases, logger, runs, sweeps } = deps;

  async function lookAt(id: AccountId): Promise<Found> {
    const account = await accounts.read(id);
    const isRunning = await runs.isRunning(id);
    const file = await cases.open(id);
    if (file !== null) return isRunning ? compare(account, file) : revive(account);
    return isRunning ? lookAtStray(account) : lookAtLeft(account);
  }

  /** Nobody sees to the case that stands open, or to what was taken. */
  async function revive(account: Account): Promise<Found> {
    await runs.wake(account, 'changed');
    return 'workflow_missing';
  }

  async function compare(account: Account, file: CaseFile): Promise<Found> {
    const facts = await factsOf(deps, account, file);
    const found = disagreement(file, facts, facts.standing.readAt);
    if (found === null) return 'agrees';
    await runs.wake(account, tidingsOf(found));
    return found;
  }

  /** A run without a case that stands open: it waits for something, or it hangs. */
  async function lookAtStray(account: Account): Promise<Found> {
    const fresh = freshFile(account);
    const facts = await factsOf(deps, account, fresh);
    const verdict = shouldHaveOpened(fresh, facts, facts.standing.readAt);
    if (verdict === null) return 'agrees';
    await runs.wake(account, verdict === 'clear' ? 'paid' : 'changed');
    return 'case_missing';
  }

  /** Something was taken, and neither a case nor a run knows of it. */
  async function lookAtLeft(account: Account): Promise<Found> {
    const { restrictions } = await deps.claims.tracks(account.id, null);
    // What was deleted stays so until it is paid; everything else that a case has taken needs one.
    if (restrictions.some(({ access }) => access !== 'decommissioned')) return revive(account);
    const fresh = freshFile(account);
    const facts = await factsOf(deps, account, fresh);
    if (!mustBeGivenBack(fresh, facts, facts.standing.readAt)) return 'agrees';
    await runs.wake(account, 'paid');
    return 'paid';
  }

  /** Looks once; what fails is counted and left to the next sweep, so that one account stops no other. */
  async function lookOnce(id: AccountId, look: (id: AccountId) => Promise<Found>): Promise<SweepTally> {
    try {
      const found = await look(id);
      await sweeps.noteLook(id);
      return { looked: 1, mended: needsNothing(found) ? 0 : 1, failed: 0, found: { [found]: 1 } };
    } catch (error) {
      const code = error instanceof PortError ? error.code : 'UNFORESEEN';
      logger.warn({ error, account: id }, 'the sweep could not look at an account');
      return { looked: 0, mended: 0, failed: 1, found: { [code.toLowerCase()]: 1 } };
    }
  }

  async function lookAtAll(
    ids: readonly AccountId[],
    look: (id: AccountId) => Promise<Found>,
    signal: AbortSignal,
  ): Promise<SweepTally> {
    const left = [...ids];
    let tally = nothingSwept;
    const work = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        await deps.nextTurn(signal);
        signal.throwIfAborted();
        const one = await lookOnce(id, look);
        tally = sumOfSweeps(tally, one);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return tally;
  }

  return {
    /** Writes down that a sweep has begun, by the database's clock. */
    async beginSweep(): Promise<{ readonly id: number; readonly startedAt: Instant }> {
      return sweeps.begin();
    },

    /**
     * Reads the next accounts again at Stripe, whoever was read longest ago first, and wakes whose case says otherwise. Safe
     * to repeat: who was looked at has had his turn. What fails is counted.
     */
    lookAtPage({ part, since, after }: PageRequest): Promise<PageResult> {
      return beating(async (signal) => {
        const page = await sweeps.page(part, since, after, pageSize);
        const ids = page.map(({ account }) => account);
        const tally = await lookAtAll(ids, lookAt, signal);
        return { tally, after: page.length < pageSize ? null : (page.at(-1) ?? null) };
      });
    },

    /**
     * Looks at the runs that have been there since before `before` and whose account has no open case, nor one that was
     * closed since. Safe to repeat. Fails with `RUNS_UNAVAILABLE` (retried).
     */
    lookAtStrays(before: Instant): Promise<SweepTally> {
      return beating(async (signal) => {
        const strays: AccountId[] = [];
        let seen = 0;
        for await (const batch of runs.running(before)) {
          signal.throwIfAborted();
          strays.push(...(await sweeps.withoutCase(batch, before)));
          seen += batch.length;
          if (seen >= mostRuns || strays.length >= mostStrays) break;
        }
        return lookAtAll(strays.slice(0, mostStrays), lookAt, signal);
      });
    },

    /** Writes down what the sweep came to. Safe to repeat. */
    async endSweep(id: number, tally: SweepTally): Promise<void> {
      await sweeps.end(id, tally);
    },
  };
}

const tidingsOf = (found: Disagreement): Tidings => (found === 'paid' ? 'paid' : 'changed');

/** A case that is only thought of, without an id: what the account's next one would begin with. */
const freshFile = ({ id }: Account) => newCaseFile(asCaseId(''), id, asPolicyVersion(''));

/** All that a case would decide on. One that is only thought of goes by the rules of today. */
async function factsOf(
  { billing, claims, policies, snapshots }: SweepDeps,
  account: Account,
  file: CaseFile,
): Promise<Facts> {
  const isThoughtOf = file.id === '';
  const { policy } = isThoughtOf
    ? await policies.choose(account, () => billing.readTraits(account.customers))
    : { policy: await policies.read(file.policyVersion) };
  const kept = await snapshots.standing(account.id);
  const tracks = {
    ...(await claims.tracks(account.id, isThoughtOf ? null : file.id)),
    resourcesOff: kept.length > 0,
    // A contact that was added tells the case by itself.
    reachable: false,
  };
  return { standing: await billing.readStanding(account.customers, account.ref), policy, tracks };
}
