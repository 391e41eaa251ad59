import { MINUTE_MS } from '../../src/domain/time.js';
import { load, type Round } from './access/load.js';
import { openScene } from './access/scene.js';
import { measureVisible } from './access/visible.js';
import { medianOf, type Bench, type Findings } from './bench.js';
import type { Workbench } from './workbench.js';

export const access: Bench = {
  name: 'access',
  about: `How many answers of \`GET /v1/accounts/:id/access\` the api gives, measured against the same path on bare Hono with
node-server, which knows neither keys nor limits nor a database. Ours is \`forbear serve\` with real Postgres; the load goes over all
accounts, 64 connections, one server at a time, alternately. \`ratioToBareHono\` is the median over the rounds with answers kept
ready, \`uncachedPerSecond\` the rate when nothing is kept and every answer is read. \`visibleMs\` is the longest time between a
commit in Postgres and the first new answer, while the load goes on. Each status and the shape of each body is checked, of every
twentieth whose it is.`,
  goals: [
    { figure: 'ratioToBareHono', atLeast: 0.5 },
    { figure: 'visibleMs', atMost: 1_000 },
  ],
  options: { accounts: 100_000, rounds: 3, seconds: 8, changes: 20 },
  limitMs: 20 * MINUTE_MS,
  run: (bench, { accounts = 100_000, rounds = 3, seconds = 8, changes = 20 }) =>
    measure(bench, { accounts, rounds, seconds, changes }),
};

type Size = {
  readonly accounts: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly changes: number;
};

async function measure(bench: Workbench, { accounts, rounds, seconds, changes }: Size): Promise<Findings> {
  const { db, bare, ours, uncached } = await openScene(bench, accounts);
  bench.say('warming up: every account is asked for once');
  await load(bare, 'once');
  const first = await load(ours, 'once');
  const bares: Round[] = [];
  const oursRounds: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const [one, other] = [await load(bare, seconds), await load(ours, seconds)];
    bares.push(one);
    oursRounds.push(other);
    bench.say(`round ${round}: bare ${one.perSecond.toFixed(0)}/s, ours ${other.perSecond.toFixed(0)}/s`);
  }
  await load(uncached, seconds);
  const misses = await load(uncached, seconds);
  bench.say(`uncached ${misses.perSecond.toFixed(0)}/s`);
  const [underLoad, times] = await Promise.all([load(ours, seconds), measureVisible(ours, db, changes)]);

  const median = (of: readonly Round[], figure: (round: Round) => number) => medianOf(of.map(figure));
  const ratios = oursRounds.map(({ perSecond }, index) => perSecond / (bares[index]?.perSecond ?? NaN));
  return {
    figures: {
      ratioToBareHono: Number(medianOf(ratios).toFixed(3)),
      perSecond: Math.round(median(oursRounds, ({ perSecond }) => perSecond)),
      bareHonoPerSecond: Math.round(median(bares, ({ perSecond }) => perSecond)),
      p99Ms: median(oursRounds, ({ p99Ms }) => p99Ms),
      bareHonoP99Ms: median(bares, ({ p99Ms }) => p99Ms),
      uncachedPerSecond: Math.round(misses.perSecond),
      uncachedP99Ms: misses.p99Ms,
      visibleMs: Math.ceil(Math.max(...times)),
    },
    wrong: [first, ...bares, ...oursRounds, misses, underLoad].flatMap(({ wrong }) => wrong),
    notes: [`ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`],
  };
}
