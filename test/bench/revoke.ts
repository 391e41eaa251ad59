import { MINUTE_MS } from '../../src/domain/time.js';
import type { SessionStore } from '../../src/ports/sessions.js';
import { redisMissing } from '../support/redis.js';
import { medianOf, type Bench, type Findings } from './bench.js';
import { openScene, type Scene, type Size } from './revoke/scene.js';
import type { Workbench } from './workbench.js';

export const revoke: Bench = {
  name: 'revoke',
  about: `How long it takes to end the sessions of many accounts in Redis, whatever else Redis holds. The server is a real one, a process
of its own; ours is the adapter in this process, over one connection. Each round signs everybody in anew and ends all in
one call: by index the sets that the app keeps, by epoch one key an account, which is raised on the server. Figures are medians over the
rounds, \`…WorstMs\` the slowest of them, \`…FirstMs\` one round before them, in which the connection is made and all code runs for the first
time. By scan the whole of Redis is read for each account, so a few are measured, one after the other, and
the time for all is their mean times all accounts (\`scanMs\`, extrapolated). After each round all answers, and the number of keys that
are left, are checked.`,
  goals: [
    { figure: 'epochMs', atMost: 250 },
    { figure: 'indexMs', atMost: 250 },
    { figure: 'scanToIndex', atLeast: 500 },
    { figure: 'scanToEpoch', atLeast: 500 },
  ],
  options: { accounts: 5_000, sessions: 10, others: 1_000_000, rounds: 7, scanned: 5 },
  limitMs: 10 * MINUTE_MS,
  run: (bench, { accounts = 5_000, sessions = 10, others = 1_000_000, rounds = 7, scanned = 5 }) =>
    measure(bench, { accounts, sessions, others, rounds, scanned }),
};

type Whole = Size & { readonly rounds: number; readonly scanned: number };

async function measure(bench: Workbench, size: Whole): Promise<Findings> {
  if (redisMissing !== '') return nothing(`Not measured:${redisMissing}`);
  const scene = await openScene(bench, size);
  const wrong: string[] = [];
  const [epochFirst = NaN, ...epoch] = await roundsOf(
    size.rounds,
    () => epochRound(scene, size, wrong),
    scene.storeBy('epoch'),
  );
  bench.say(`by epoch ${epoch.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const [indexFirst = NaN, ...index] = await roundsOf(
    size.rounds,
    () => indexRound(scene, size, wrong),
    scene.storeBy('index'),
  );
  bench.say(`by index ${index.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  await scene.signEverybodyIn();
  const memoryMb = await scene.memoryMb();
  const scanned = await scanSome(scene, size, wrong);
  bench.say(`by scan ${scanned.map((ms) => ms.toFixed(0)).join(', ')} ms, one account each`);
  const meanMs = scanned.reduce((sum, ms) => sum + ms, 0) / scanned.length;
  const scanMs = meanMs * size.accounts;
  const [epochMs, indexMs] = [medianOf(epoch), medianOf(index)];
  return {
    figures: {
      epochMs: Math.round(epochMs),
      epochWorstMs: Math.round(Math.max(...epoch)),
      epochFirstMs: Math.round(epochFirst),
      indexMs: Math.round(indexMs),
      indexWorstMs: Math.round(Math.max(...index)),
      indexFirstMs: Math.round(indexFirst),
      scanAccountMs: Math.round(meanMs),
      scanMs: Math.round(scanMs),
      scanToIndex: Math.round(scanMs / indexMs),
      scanToEpoch: Math.round(scanMs / epochMs),
      redisMb: memoryMb,
    },
    wrong,
    notes: [`by scan ${scanned.length} of ${size.accounts} accounts were measured, the rest is extrapolated`],
  };
}

function nothing(note: string): Findings {
  const names = ['epochMs', 'indexMs', 'scanToIndex', 'scanToEpoch'];
  return { figures: Object.fromEntries(names.map((name) => [name, null])), wrong: [], notes: [note] };
}

type Round = (store: SessionStore) => Promise<number>;

async function roundsOf(rounds: number, roundBy: () => Round, store: SessionStore): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) times.push(await roundBy()(store));
  return times;
}

let lastAt = 1_800_000_000_000;

function epochRound(scene: Scene, size: Whole, wrong: string[]): Round {
  return async (store) => {
    await scene.signEverybodyIn();
    const at = new Date((lastAt += 1));
    const { ms, ended } = await timed(() => store.end(scene.accounts, at));
    if (ended.length !== size.accounts) wrong.push(`by epoch ${ended.length} accounts were answered for`);
    const epoch = await scene.epoch();
    if (epoch !== at.getTime()) wrong.push(`the epochs are not all ${at.getTime()}: ${epoch}`);
    return ms;
  };
}

function indexRound(scene: Scene, size: Whole, wrong: string[]): Round {
  return async (store) => {
    await scene.signEverybodyIn();
    const { ms, ended } = await timed(() => store.end(scene.accounts, new Date()));
    const odd = ended.filter((one) => one.ended !== size.sessions).length;
    if (odd > 0 || ended.length !== size.accounts) wrong.push(`by index ${odd} accounts have other counts`);
    const keys = await scene.keys();
    if (keys !== size.others) wrong.push(`by index ${keys} keys are left, and not ${size.others}`);
    return ms;
  };
}

async function scanSome(
  scene: Scene,
  { accounts, scanned, sessions }: Whole,
  wrong: string[],
): Promise<number[]> {
  const store = scene.storeBy('scan');
  // The first reads nothing but makes the connection.
  await store.inspect();
  const times: number[] = [];
  for (let n = 0; n < scanned; n += 1) {
    const some = scene.accounts.slice(Math.floor((n * accounts) / scanned)).slice(0, 1);
    const { ms, ended } = await timed(() => store.end(some, new Date()));
    if (ended[0]?.ended !== sessions) wrong.push(`by scan ${ended[0]?.ended} sessions were ended`);
    times.push(ms);
  }
  return times;
}

async function timed(work: () => ReturnType<SessionStore['end']>) {
  const began = performance.now();
  const ended = await work();
  return { ms: performance.now() - began, ended };
}
