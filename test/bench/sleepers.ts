import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { notices } from '../../src/db/schema.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import type { Bench, Findings } from './bench.js';
import { drain } from './sleepers/draining.js';
import { openScene, reminderAfterMs, restart } from './sleepers/scene.js';
import { startAll, warmUp } from './sleepers/starting.js';
import { countRows, secondsUntil } from './sleepers/waiting.js';
import type { Workbench } from './workbench.js';

export const sleepers: Bench = {
  name: 'sleepers',
  about: `Many cases that sleep until their first reminder, and a restart of everything before it is due. The worker is the built one
(\`forbear worker\`), a process of its own with its real cache size and real Postgres; the Temporal dev server runs on file. Stripe and
the mail server are answered by the bench, which says that everybody owes one invoice and counts mails. Each case is started by
signal-with-start, as the dispatcher does it, at most a hundred ahead of those that sleep already. \`workerRssMb\` is the resident
memory once all sleep and a quiet while has passed, \`workerPeakMb\` its highest value, \`bytesPerAccount\` what the server's file has
grown by, over that of a server with a few closed cases. Then worker and server are stopped and started again, all first timers come
due in the same second, and every account has to get exactly one mail; \`drainSeconds\` is how long after that second the last one was
accepted.`,
  goals: [
    { figure: 'workerRssMb', atMost: 400 },
    { figure: 'bytesPerAccount', atMost: 17 * 1024 },
    { figure: 'firedTwice', atMost: 0 },
    { figure: 'missing', atMost: 0 },
  ],
  options: { accounts: 10_000 },
  limitMs: 120 * MINUTE_MS,
  run: (bench, { accounts = 10_000 }) => measure(bench, accounts),
};

// All of it has to happen between the last start and the reminders: a quiet while, the restart, and some air.
const leastRestMs = 90_000;
const quietMs = 15_000;
// A machine that others use, too, may become slower than it was during the warm-up.
const caution = 2;

async function measure(bench: Workbench, count: number): Promise<Findings> {
  const scene = await openScene(bench);
  const { servers, world, db, client } = scene;
  const rate = await warmUp(bench, scene, Math.min(300, count));
  const emptyBytes = await restart(bench, scene);
  const empty = memoryOf(servers.worker.pid());
  const dueAt = Date.now() + caution * (count / rate) * 1_000 + leastRestMs;
  world.setDueAt(dueAt - reminderAfterMs);
  bench.say(`warmed up at ${rate.toFixed(0)}/s; reminders come due in ${secondsUntil(dueAt)} s`);

  const started = await startAll(bench, scene, count);
  await sleep(quietMs);
  const asleep = memoryOf(servers.worker.pid());
  bench.say(`all sleep; the worker has ${asleep.rssMb} MB`);
  const running = (await client.workflow.count("ExecutionStatus = 'Running'")).count;
  const bytes = await restart(bench, scene);
  const tooEarly = await countRows(db, notices);
  const leftS = secondsUntil(dueAt);

  const drained = await drain(bench, scene, started.all, dueAt);
  const after = memoryOf(servers.worker.pid());
  return {
    figures: {
      accounts: count,
      workerRssMb: asleep.rssMb,
      workerPeakMb: Math.max(asleep.peakMb, after.peakMb),
      workerEmptyMb: empty.rssMb,
      bytesPerAccount: Math.round((bytes - emptyBytes) / count),
      eventsAsleep: started.eventsAsleep,
      startsPerSecond: Math.round(started.perSecond),
      ...drained.figures,
    },
    wrong: [
      ...(running === count ? [] : [`${running} of ${count} cases ran when all should sleep`]),
      ...(tooEarly === 0 ? [] : [`${tooEarly} reminders were sent before they were due`]),
      ...(leftS > 0 ? [] : ['the machine was too slow: reminders came due before the restart was over']),
      ...(servers.deaths() === 0 ? [] : ['a server or the worker ended by itself']),
      ...drained.wrong,
    ],
    notes: [
      `most events of a sleeping case, of a hundred: ${started.mostEventsAsleep}`,
      `worker after the reminders: ${after.rssMb} MB`,
    ],
  };
}

/** Of a process, as the kernel counts it. */
function memoryOf(pid: number): { readonly rssMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
