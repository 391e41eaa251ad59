import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { max, sql } from 'drizzle-orm';
import { openDatabase, type Db } from '../../src/db/client.js';
import { cases, notices } from '../../src/db/schema.js';
import { createSignaller, SignallerUnreachable, type Signaller } from '../../src/dispatcher/signaller.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { namespace } from '../../src/dev/temporal.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { inPool, type Bench, type Findings } from './bench.js';
import { addAccounts, type Sleeper } from './sleepers/accounts.js';
import { buildWorker } from './sleepers/build.js';
import { prepareServers, type Servers } from './sleepers/servers.js';
import { debtorPrefix, openWorld, type World } from './sleepers/world.js';
import type { Workbench } from './workbench.js';

export const sleepers: Bench = {
  name: 'sleepers',
  about: `Many cases that sleep until their first reminder, and a restart of everything before it is due. The worker is the built one
(\`forbear worker\`), a process of its own with its real cache size and real Postgres, the Temporal dev server runs on file; Stripe and
the mail server are answered by the bench, which says that everybody owes one invoice and counts mails. Each case is started by
signal-with-start, as the dispatcher does it. \`workerRssMb\` is the resident memory once all sleep and a quiet while has passed,
\`workerPeakMb\` its highest value, \`bytesPerAccount\` what the server's file (with its log) has grown by, over that of a server with a
few closed cases. Then worker and server are stopped and started again, all first timers come due in the same second, and every
account has to get exactly one mail; \`drainSeconds\` is how long after that second the last one was accepted.`,
  goals: [
    { figure: 'workerRssMb', atMost: 400 },
    { figure: 'bytesPerAccount', atMost: 17 * 1024 },
    { figure: 'firedTwice', atMost: 0 },
    { figure: 'missing', atMost: 0 },
  ],
  options: { accounts: 10_000 },
  limitMs: 60 * MINUTE_MS,
  run: (bench, { accounts = 10_000 }) => measure(bench, accounts),
};

const reminderAfterMs = 60 * MINUTE_MS;

// Only the first reminder comes within the bench.
const policy = `name: sleepers
retryWindow: 8d
reminders:
  - after: 1h
  - after: 4d
  - after: 8d
limit:
  after: 9d
  lead: 2d
pause:
  after: 12d
  lead: 3d
dwell: 1d
contact: billing@forbear.test
`;

type Scene = {
  readonly servers: Servers;
  readonly world: World;
  readonly db: Db;
  readonly signaller: Signaller;
  readonly client: Client;
};

async function measure(bench: Workbench, count: number): Promise<Findings> {
  const entry = await buildWorker(bench);
  const folder = makeTestFolder('bench-sleepers');
  bench.atEnd(() => folder.remove());
  const world = await openWorld(bench);
  const servers = await prepareServers(bench, { folder: folder.path, policy, world, entry });
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  const database = openDatabase(servers.databaseUrl, 4);
  bench.atEnd(() => database.close());
  const connection = Connection.lazy({ address: servers.address });
  bench.atEnd(() => connection.close());
  const client = new Client({ connection, namespace });
  const scene = { servers, world, db: database.db, client, signaller: createSignaller(client) };
  await servers.worker.up();

  const rate = await warmUp(bench, scene, Math.min(300, count));
  const emptyBytes = await restart(bench, servers);
  const emptyRssMb = memoryOf(servers.worker.pid()).rssMb;
  const dueAt = Date.now() + (count / rate) * 1_600 + restLeastMs;
  world.setDueAt(dueAt - reminderAfterMs);
  bench.say(`a warm-up ran at ${rate.toFixed(0)}/s; reminders come due ${inSeconds(dueAt)} s from now`);

  const started = await startAll(bench, scene, count);
  await sleep(quietMs);
  const memory = memoryOf(servers.worker.pid());
  bench.say(`all sleep; the worker has ${memory.rssMb} MB`);
  const running = await client.workflow.count("ExecutionStatus = 'Running'");
  const bytes = await restart(bench, servers);
  const tooEarly = await countNotices(database.db);
  const leftS = inSeconds(dueAt);
  bench.say(`restarted; reminders come due ${leftS} s from now`);
  const drained = await drain(bench, scene, started.sleepers, dueAt);
  const peak = memoryOf(servers.worker.pid());
  return {
    figures: {
      accounts: count,
      workerRssMb: memory.rssMb,
      workerPeakMb: Math.max(memory.peakMb, peak.peakMb),
      workerEmptyMb: emptyRssMb,
      bytesPerAccount: Math.round((bytes - emptyBytes) / count),
      startsPerSecond: started.perSecond,
      ...drained.figures,
    },
    wrong: [
      ...(running.count === count ? [] : [`${running.count} of ${count} cases ran when all should sleep`]),
      ...(tooEarly === 0 ? [] : [`${tooEarly} reminders were sent before they were due`]),
      ...(leftS > 0 ? [] : ['the machine was too slow: reminders came due before the restart was over']),
      ...(servers.deaths() === 0 ? [] : ['a server or the worker ended by itself']),
      ...drained.wrong,
    ],
    notes: [`worker after the reminders: ${peak.rssMb} MB`],
  };
}

// All of it has to happen between the last start and the reminders: a quiet while, the restart, and some air.
const restLeastMs = 60_000;
const quietMs = 15_000;

const inSeconds = (at: number) => Math.round((at - Date.now()) / 1_000);

/** Lives through a few cases that close at once, so that everything is loaded; resolves to how many a second. */
async function warmUp(bench: Workbench, { db, signaller, client }: Scene, count: number): Promise<number> {
  const some = await addAccounts(db, count, 'cus_healthy');
  const began = Date.now();
  await signalAll(signaller, some);
  const closed = "ExecutionStatus = 'Completed'";
  await until(bench, 'the warm-up is over', async () => (await client.workflow.count(closed)).count >= count);
  return count / ((Date.now() - began) / 1_000);
}

async function startAll(bench: Workbench, { db, signaller, client }: Scene, count: number) {
  const all = await addAccounts(db, count, debtorPrefix);
  setInterval(async () => {
    const rows = await db.select({ a: cases.account }).from(cases);
    const known = new Set(rows.map((r) => r.a as string));
    const stuck = all.filter((x) => !known.has(x.id));
    if (stuck.length > 10 || stuck.length === 0) return;
    for (const x of stuck) {
      const d = await client.workflow.getHandle(`account/${x.id}`).describe().catch((e) => e);
      bench.say(JSON.stringify({ len: d.historyLength, st: d.status?.name, act: d.raw?.pendingActivities, wft: d.raw?.pendingWorkflowTask, start: d.startTime }));
    }
  }, 10000).unref();
  setInterval(async () => {
    const rows = await db.select({ a: notices.account }).from(notices);
    const known = new Set(rows.map((r) => r.a as string));
    const stuck = all.filter((x) => !known.has(x.id));
    if (stuck.length > 10 || stuck.length === 0) return;
    for (const x of stuck) {
      const d = await client.workflow.getHandle(`account/${x.id}`).describe().catch((e) => e);
      bench.say('N' + JSON.stringify({ len: d.historyLength, st: d.status?.name, act: d.raw?.pendingActivities, wft: d.raw?.pendingWorkflowTask, start: d.startTime }));
    }
  }, 10000).unref();
  const began = Date.now();
  const signalled = signalAll(signaller, all);
  let asleep = 0;
  await until(
    bench,
    'all sleep',
    async () => {
      const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(cases);
      asleep = row?.count ?? 0;
      return asleep >= count;
    },
    () => `${asleep} of ${count} sleep`,
  );
  await signalled;
  return { sleepers: all, perSecond: Math.round(count / ((Date.now() - began) / 1_000)) };
}

const signalsAtOnce = 16;

async function signalAll(signaller: Signaller, all: readonly Sleeper[]): Promise<void> {
  await inPool(all.length, signalsAtOnce, async (index) => {
    const { id, ref, name } = all[index]!;
    const hints = [{ eventId: `evt_bench${index}`, type: 'invoice.overdue' }];
    // The dispatcher, too, tries again when Temporal is too busy to answer.
    for (let tries = 1; ; tries += 1) {
      try {
        return await signaller.signal(id, 'paymentFailed', hints, { ref, name });
      } catch (error) {
        if (!(error instanceof SignallerUnreachable) || tries === 10) throw error;
      }
    }
  });
}

/** Stops worker and server and starts them again from what is on disk; resolves to how much that was. */
async function restart(bench: Workbench, { worker, temporal, temporalBytes }: Servers): Promise<number> {
  bench.say('restarting worker and Temporal');
  await worker.down();
  await temporal.down();
  const bytes = temporalBytes();
  await temporal.up();
  await worker.up();
  return bytes;
}

async function countNotices(db: Db): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(notices);
  return row?.count ?? 0;
}

/** Waits for the reminders, and counts what everybody got. */
async function drain(bench: Workbench, { db, world }: Scene, all: readonly Sleeper[], dueAt: number) {
  const due = () => Promise.resolve(Date.now() >= dueAt);
  await until(bench, 'they come due', due, () => `due in ${inSeconds(dueAt)} s`);
  let told = 0;
  await until(
    bench,
    'all are reminded',
    async () => {
      told = await countNotices(db);
      return told >= all.length;
    },
    () => `${told} of ${all.length} are reminded`,
  ).catch((error: unknown) => bench.say(String(error)));
  // What fires twice may do so a little later.
  await sleep(quietMs);
  const [last] = await db.select({ at: max(notices.acceptedAt) }).from(notices);
  const topics = await db
    .select({ account: notices.account, topic: notices.topic, count: sql<number>`count(*)::int` })
    .from(notices)
    .groupBy(notices.account, notices.topic);
  const mailsTo = all.map(({ email }) => world.mails.get(email) ?? 0);
  const firedTwice = mailsTo.filter((mails) => mails > 1).length;
  const odd = topics.filter(({ topic, count }) => topic !== 'reminder' || count > 1).length;
  return {
    figures: {
      fired: mailsTo.filter((mails) => mails > 0).length,
      firedTwice,
      missing: mailsTo.filter((mails) => mails === 0).length,
      drainSeconds: Math.round(((last?.at?.getTime() ?? NaN) - dueAt) / 1_000),
    },
    wrong: [
      ...(odd === 0 ? [] : [`${odd} accounts have other notices in the books than one reminder`]),
      ...(topics.length === all.length
        ? []
        : [`${topics.length} of ${all.length} reminders are in the books`]),
    ],
  };
}

// Without any progress for so long, nothing comes any more.
const patienceMs = 10 * MINUTE_MS;
const lookEveryMs = 1_000;
const sayEveryMs = 20_000;

/** Waits for something, says now and then how far it is, and gives up when that doesn't change any more. */
async function until(
  { halt, say }: Workbench,
  what: string,
  isSo: () => Promise<boolean>,
  progress: () => string = () => what,
): Promise<void> {
  let last = { text: '', at: Date.now() };
  let saidAt = Date.now();
  while (!(await isSo())) {
    halt.throwIfAborted();
    const text = progress();
    if (text !== last.text) last = { text, at: Date.now() };
    if (Date.now() - last.at > patienceMs) throw new Error(`no progress any more: ${text}`);
    if (Date.now() - saidAt > sayEveryMs) {
      say(text);
      saidAt = Date.now();
    }
    await sleep(lookEveryMs);
  }
}

/** Of a process, as the kernel counts it. */
function memoryOf(pid: number): { readonly rssMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
