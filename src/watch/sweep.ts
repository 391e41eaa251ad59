import type { SweepState } from '../db/queries/sweep.js';
import { formatDuration } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import { lookOf, type Look } from './look.js';

/** Within how many intervals a sweep has to have ended. */
const mostMissed = 3;

/** How long an account may have waited to be read again: the interval that is due, and a whole one more. */
export const behindAfterMs = (everyMs: number) => 2 * everyMs;

type Watched = {
  readonly everyMs: number;
  /** For how long somebody has been here to see them. */ readonly aliveMs: number;
};

/** Whether the sweeps come, and get to everybody. After an outage, and where they are new, they get the time they need. Pure. */
export function lookAtSweep({ sinceMs, behind }: SweepState, { everyMs, aliveMs }: Watched): Look {
  const silentMs = Math.min(sinceMs ?? Infinity, aliveMs);
  const isBehind = behind > 0 && aliveMs > behindAfterMs(everyMs);
  return lookOf(
    ['sweep_stopped', 'sweep_behind'],
    [silentMs > mostMissed * everyMs ? stopped(silentMs) : null, isBehind ? late(behind, everyMs) : null],
  );
}

/** Where nobody sweeps there is nothing to look at. */
export const withoutSweeps = (): Look => lookOf(['sweep_stopped', 'sweep_behind'], []);

const stopped = (silentMs: number): Alert => ({
  key: 'sweep_stopped',
  severity: 'page',
  title: `no sweep has ended for ${formatDuration(silentMs)}`,
  text: 'Nobody is read again at Stripe unless an event comes: who has paid stays off where the event of his payment got lost, and cases without a workflow stand still.',
  remedy:
    'See that forbear worker runs, and in the Temporal Web UI that the schedule forbear-sweep is there, not paused, and what its last run failed with. forbear sweep runs one now.',
});

const late = (behind: number, everyMs: number): Alert => ({
  key: 'sweep_behind',
  severity: 'warning',
  title: `${behind} ${behind === 1 ? 'account was' : 'accounts were'} not read again at Stripe for ${formatDuration(behindAfterMs(everyMs))}`,
  text: 'Each should have been within half of that. Either a sweep can’t get to everybody in its time, or these accounts can’t be looked at.',
  remedy:
    'select failed, detail from sweeps order by id desc limit 1 tells what failed; the log of forbear worker names the accounts. Where nothing fails, raise FORBEAR_SWEEP_PER_SECOND as far as Stripe’s rate allows.',
});
