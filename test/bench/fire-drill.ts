import { MockActivityEnvironment } from '@temporalio/testing';
import { sql } from 'drizzle-orm';
import {
  createFireDrillActivities,
  type AccessOff,
  type FireDrillDeps,
} from '../../activities/fire-drill.js';
import { createRedisSessions } from '../../src/adapters/redis/sessions.js';
import type { Db } from '../../src/db/client.js';
import { readDrill, readResults, type DrillResult } from '../../src/db/queries/drill-lists.js';
import { createPostgresSessionEnds } from '../../src/db/queries/session-ends.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import type { SessionStore } from '../../src/ports/sessions.js';
import { drillsOn } from '../support/drill-world.js';
import { installed } from '../support/installed.js';
import { startRedis } from '../support/redis.js';
import { startDatabase } from '../support/stack-database.js';
import { medianOf, type Bench, type Findings } from './bench.js';
import { addAccounts } from './sleepers/accounts.js';
import type { Workbench } from './workbench.js';

export const fireDrill: Bench = {
  name: 'fire-drill',
  about: `How soon the accounts of an approved list have no access any more. It is the activity of the worker over real Postgres, fsync
on, with the audit log and the outbox of changes; the clock of \`accessOffMs\` begins when its run begins and ends when
every account of the list has lost access and sessions, in Postgres and in a real Redis by epoch; where none is installed, in a
stand-in in memory, and the notes say so. Half as many accounts that pay, by their last known standing, stand on each list as well: \`planMs\` is the time in
which the whole list is looked up and they are refused, before anything is taken, \`startMs\` the time in which the approval is used and the
list written down. Each round has accounts of its own; figures are medians. The rows of all accounts, the results of all
lines and every chain of the audit log are checked.`,
  goals: [{ figure: 'accessOffMs', atMost: 3_000 }],
  options: { accounts: 5_000, rounds: 3 },
  limitMs: 10 * MINUTE_MS,
  run: (bench, { accounts = 5_000, rounds = 3 }) => measure(bench, accounts, rounds),
};

async function measure(bench: Workbench, count: number, rounds: number): Promise<Findings> {
  const { database, end } = await startDatabase('bench-fire-drill');
  bench.atEnd(end);
  const { redis, said } = await openRedis(bench);
  const done: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const one = await drillOnce(database.db, count, round, redis);
    bench.say(`round ${round}: access off after ${Math.round(one.offMs)} ms`);
    done.push(one);
  }
  const faults = await drillsOn(database.db).faults();
  const median = (figure: (round: Round) => number) => Math.round(medianOf(done.map(figure)));
  return {
    figures: {
      accounts: count,
      accessOffMs: median(({ offMs }) => offMs),
      planMs: median(({ planMs }) => planMs),
      startMs: median(({ startMs }) => startMs),
      perSecond: median(({ offMs }) => (count / offMs) * 1_000),
    },
    wrong: [
      ...done.flatMap(({ wrong }) => wrong),
      ...(faults.length > 0 ? ['the audit log is not whole'] : []),
    ],
    notes: [
      said,
      `access off in the rounds: ${done.map(({ offMs }) => `${Math.round(offMs)} ms`).join(', ')}`,
    ],
  };
}

type Round = {
  readonly planMs: number;
  readonly startMs: number;
  readonly offMs: number;
  readonly wrong: readonly string[];
};

async function drillOnce(db: Db, count: number, round: number, redis: SessionStore | null): Promise<Round> {
  const { plan, approve, start, drillsUnder } = drillsOn(db);
  const owing = await addAccounts(db, count, `cus_owing_${round}`);
  const paying = await addAccounts(db, Math.ceil(count / 2), `cus_paying_${round}`);
  await db.execute(sql`update accounts set billing_status = 'past_due' where ref like ${`owing_${round}-%`}`);
  await db.execute(sql`analyze`);
  const words = [...owing, ...paying].map(({ ref }) => ref).sort();
  const [planned, planMs] = await timed(() => plan(words));
  const approval = await approve(planned);
  const [started, startMs] = await timed(() => start(planned, approval));
  if (!('id' in started)) throw new Error(started.text);
  const told = new Set<string>();
  const { switchOffAccess, endSessionsOf } = createFireDrillActivities({
    ...unneeded,
    drills: drillsUnder(),
    sessionEnds: createPostgresSessionEnds(db),
    sessionStores: [storeOf(told, redis)],
  });
  const environment = new MockActivityEnvironment();
  const [off, offMs] = await timed(async () => {
    const taken = await environment.run<[string], AccessOff, typeof switchOffAccess>(
      switchOffAccess,
      started.id,
    );
    await environment.run<[string], void, typeof endSessionsOf>(endSessionsOf, started.id);
    return taken;
  });
  const results = await readResults(db, started.id);
  const isNoted = (await readDrill(db, started.id))?.accessOffAt !== null;
  return {
    planMs,
    startMs,
    offMs,
    wrong: [
      ...(off.status === 'off' && isNoted ? [] : ['the drill does not say that access is off']),
      ...wrongWith(results, count, paying.length),
      ...(told.size === count ? [] : [`the store was told of ${told.size} accounts`]),
      ...(await stillOn(db, round, count)),
    ],
  };
}

function wrongWith(results: readonly DrillResult[], off: number, spared: number): string[] {
  const of = (status: DrillResult['status']) => results.filter((one) => one.status === status).length;
  const isRight = of('access_off') === off && of('refused') === spared && results.length === off + spared;
  return isRight ? [] : [`of ${results.length} lines ${of('access_off')} off, ${of('refused')} refused`];
}

/** Every account that owes has to be off, and nobody else. */
async function stillOn(db: Db, round: number, count: number): Promise<string[]> {
  const [row] = await db.execute<{ off: number; others: number }>(sql`
    select count(*) filter (where a.ref like ${`owing_${round}-%`} and x.access = 'suspended' and x.sessions_ended_at is not null)::int as off,
      count(*) filter (where a.ref like ${`paying_${round}-%`})::int as others
    from access x join accounts a on a.id = x.account`);
  return row?.off === count && row.others === 0
    ? []
    : [`${row?.off} are off, ${row?.others} who pay touched`];
}

async function openRedis(bench: Workbench) {
  if (installed('redis') === null) return { redis: null, said: 'sessions: a stand-in in memory' };
  const server = await startRedis();
  bench.atEnd(() => server.close());
  const way = { by: 'epoch', epoch: 'forbear:epoch:{ref:uri}', longestSessionDays: 30 } as const;
  const redis = createRedisSessions({ name: 'redis', urls: [server.url], cluster: false, ...way });
  bench.atEnd(() => redis.close());
  return { redis, said: 'sessions: Redis, by epoch' };
}

/** Notes whom it is told of, on the way to Redis. */
function storeOf(told: Set<string>, redis: SessionStore | null): SessionStore {
  return {
    name: 'noting',
    end: async (accounts, at) => {
      const ended = await redis?.end(accounts, at);
      for (const { ref } of accounts) told.add(ref);
      return ended ?? accounts.map(({ ref }) => ({ ref, ended: null }));
    },
    left: () => Promise.resolve(null),
    inspect: () => Promise.resolve({ reached: 'noting', rights: [] }),
    close: () => Promise.resolve(),
  };
}

/** What comes after access is off is another activity's. */
const unneeded = {
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  nextTurn: () => Promise.resolve(),
} as unknown as FireDrillDeps;

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const began = performance.now();
  const result = await work();
  return [result, performance.now() - began];
}
