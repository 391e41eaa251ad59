import { proxyActivities, sleep } from '@temporalio/workflow';
import type { EffectActivities } from '../activities/index.js';
import { heartbeatTimeout, retry } from './effects.js';
import { effectTaskQueue, type FireDrillStart } from './messages.js';

const patient = {
  taskQueue: effectTaskQueue,
  startToCloseTimeout: '12 hours',
  heartbeatTimeout,
  retry,
} as const;
const { switchOffAccess, endSessionsOf, readAgain, followCases, endDrill } =
  proxyActivities<EffectActivities>(patient);

// Each waits ten minutes: a day for the end of a freeze, and an hour for cases, whose own bound is less.
const mostHeld = 144;
const mostLooks = 6;
// Stripe's outages last minutes.
const mostReadings = 20;
const readAgainAfterMs = 60_000;

/**
 * Switches off the accounts of an approved list: access and sessions of all of them first, and then, after each was read again
 * at Stripe, what runs, in each account's own case. Who pays is given back, also while a store of sessions is away. Everything
 * it has done stands in the list, so a run that is ended by force is started anew and goes on.
 */
export async function fireDrill({ drill }: FireDrillStart): Promise<void> {
  for (let tries = 0; tries < mostHeld; tries += 1) {
    const off = await switchOffAccess(drill);
    if (off.status === 'off') break;
  }
  await Promise.all([endSessionsOf(drill), switchOffWhatRuns(drill)]);
  await endDrill(drill);
}

async function switchOffWhatRuns(drill: string): Promise<void> {
  for (let readings = 0; readings < mostReadings; readings += 1) {
    const { unread } = await readAgain(drill);
    if (unread === 0) break;
    await sleep(readAgainAfterMs);
  }
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const { left } = await followCases(drill);
    if (left === 0) break;
  }
}
