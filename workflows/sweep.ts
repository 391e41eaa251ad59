import { ActivityFailure, CancellationScope, proxyActivities, setHandler } from '@temporalio/workflow';
import type { EffectActivities } from '../activities/index.js';
import type { PageResult } from '../activities/sweep.js';
import { nothingSwept, sumOfSweeps, type SweepTally } from '../src/domain/sweep.js';
import { MINUTE_MS } from '../src/domain/time.js';
import { heartbeatTimeout, retry } from './effects.js';
import { effectTaskQueue, sweepProgressQuery, type SweepEnding, type SweepStart } from './messages.js';

const patient = { taskQueue: effectTaskQueue, startToCloseTimeout: '10 minutes', heartbeatTimeout } as const;
const { beginSweep, lookAtPage, endSweep } = proxyActivities<EffectActivities>({ ...patient, retry });
const { lookAtStrays } = proxyActivities<EffectActivities>({
  ...patient,
  retry: { ...retry, maximumAttempts: 4 },
});

// A run that has just begun has not saved its case yet, and one whose case has just closed is still saying so.
const strayAfterMs = 10 * MINUTE_MS;
// A bound for the history; at a page of 25 accounts they are 12,500, far more than the rate allows in a quarter of an hour.
const mostPages = 500;

/**
 * Reads again at Stripe whoever is restricted or has an open case, whatever events came: first those who are off, then the
 * runs that no case belongs to, then everybody else, who was read longest ago first. Only looks and wakes: what follows is
 * decided in each account's own case. What it can't do in its time the next one goes on with.
 */
export async function sweep({ everyMs }: SweepStart): Promise<SweepEnding> {
  let tally = nothingSwept;
  let pages = 0;
  setHandler(sweepProgressQuery, () => tally);
  const begunAt = Date.now();
  const { id, startedAt } = await beginSweep();

  async function lookAtPart(part: 'off' | 'open'): Promise<boolean> {
    let after: PageResult['after'] = null;
    while (Date.now() - begunAt < everyMs && pages < mostPages) {
      const page: PageResult = await lookAtPage({ part, since: startedAt, after });
      pages += 1;
      tally = sumOfSweeps(tally, page.tally);
      if (page.after === null) return true;
      after = page.after;
    }
    return false;
  }

  const isWholeOff = await lookAtPart('off');
  tally = sumOfSweeps(tally, await strays(begunAt - strayAfterMs));
  const isWhole = (await lookAtPart('open')) && isWholeOff;
  await endSweep(id, tally);
  return { ...tally, id, isWhole };
}

/** Who can't be listed now is listed by the next sweep: the cases that are known don't wait for it. */
async function strays(before: number): Promise<SweepTally> {
  try {
    return await lookAtStrays(before);
  } catch (failure) {
    if (CancellationScope.current().consideredCancelled || !(failure instanceof ActivityFailure))
      throw failure;
    return { ...nothingSwept, failed: 1, found: { runs_not_listed: 1 } };
  }
}
