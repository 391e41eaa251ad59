import { setTimeout as sleep } from 'node:timers/promises';
import { cases } from '../../../src/db/schema.js';
import { SignallerUnreachable, type Signaller } from '../../../src/dispatcher/signaller.js';
import { workflowIdOf } from '../../../workflows/messages.js';
import { inPool, quantile } from '../bench.js';
import type { Workbench } from '../workbench.js';
import { addAccounts, type Sleeper } from './accounts.js';
import type { Scene } from './scene.js';
import { countRows, until } from './waiting.js';
import { debtorPrefix } from './world.js';

/**
 * Lives through a few cases that close at once, so that everything is loaded; resolves to how many a second. The last tenth
 * doesn't count: a task that an overloaded server lost comes again only after minutes.
 */
export async function warmUp(bench: Workbench, scene: Scene, count: number): Promise<number> {
  const { db, client } = scene;
  const some = await addAccounts(db, count, 'cus_healthy');
  const began = Date.now();
  const enough = Math.ceil(count * 0.9);
  let closed = 0;
  let perSecond = 0;
  const areClosed = async () => {
    closed = (await client.workflow.count("ExecutionStatus = 'Completed'")).count;
    if (closed >= enough && perSecond === 0) perSecond = closed / ((Date.now() - began) / 1_000);
    return closed >= count;
  };
  const waiting = until(bench, areClosed, () => `warming up: ${closed} of ${count} are closed`);
  await Promise.all([signalAll(scene.signaller, some, () => closed), waiting]);
  return perSecond;
}

/** Starts so many cases and waits until all of them sleep. */
export async function startAll(bench: Workbench, { db, signaller, client }: Scene, count: number) {
  const all = await addAccounts(db, count, debtorPrefix);
  const began = Date.now();
  let asleep = 0;
  const areAsleep = async () => {
    asleep = await countRows(db, cases);
    return asleep >= count;
  };
  const waiting = until(bench, areAsleep, () => `${asleep} of ${count} sleep`);
  await Promise.all([signalAll(signaller, all, () => asleep), waiting]);
  const perSecond = count / ((Date.now() - began) / 1_000);
  // The case is written down just before it falls asleep.
  await sleep(2_000);
  const some = all.filter((_, index) => index % Math.ceil(count / mostLookedAt) === 0);
  const lengths = await inPool(some.length, 8, async (index) => {
    const { historyLength } = await client.workflow.getHandle(workflowIdOf(some[index]!.id)).describe();
    return historyLength;
  });
  return { all, perSecond, eventsAsleep: quantile(lengths, 0.5), mostEventsAsleep: Math.max(...lengths) };
}

const mostLookedAt = 100;
const signalsAtOnce = 16;
// A queue that grows without bound would measure timeouts of the overloaded server instead.
const mostAhead = 100;

async function signalAll(
  signaller: Signaller,
  all: readonly Sleeper[],
  settled: () => number,
): Promise<void> {
  await inPool(all.length, signalsAtOnce, async (index) => {
    while (index - settled() > mostAhead) await sleep(50);
    await signal(signaller, all[index]!, `evt_bench${index}`);
  });
}

const mostTries = 10;

/** As the dispatcher does it, which tries again, too, when Temporal is too busy to answer. */
async function signal(signaller: Signaller, sleeper: Sleeper, eventId: string, tries = 1): Promise<void> {
  const { id, ref, name } = sleeper;
  try {
    await signaller.signal(id, 'paymentFailed', [{ eventId, type: 'invoice.overdue' }], { ref, name });
  } catch (error) {
    if (!(error instanceof SignallerUnreachable) || tries === mostTries) throw error;
    await signal(signaller, sleeper, eventId, tries + 1);
  }
}
