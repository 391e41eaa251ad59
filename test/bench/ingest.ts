import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { inbox } from '../../src/db/schema.js';
import { MINUTE_MS } from '../../src/domain/time.js';
import { medianOf, type Bench, type Figures, type Findings } from './bench.js';
import { measureGarbage } from './ingest/garbage.js';
import { measureKept } from './ingest/kept.js';
import { press, type Round } from './ingest/load.js';
import { openScene, type Scene } from './ingest/scene.js';
import type { Workbench } from './workbench.js';

export const ingest: Bench = {
  name: 'ingest',
  about: `How many deliveries the intake acknowledges, each with its row committed, measured against servers that keep nothing:
bare Hono with node-server that reads the body (\`ratioToBareHono\`), and the same that also verifies and parses it with Stripe's own
library (\`ratioToVerifyOnly\`); and against stripe-sync-engine on the same Postgres, where that package is installed. Ours is
\`forbear serve\` with real Postgres (fsync on) and its dispatcher at work; nobody else is measured before it has settled all. Events are \`invoice.paid\` of accounts in good standing, some
3 KB, each with an id and an invoice of its own, and signed when it is sent, for every server alike; 64 connections, one server at a time,
alternately. \`lost\` counts acknowledged events that are not in the database afterwards; of every thousandth the text is compared.
\`bytesPerEvent\` is the mean of an event's row with its payload and of the row that keeps its id; \`diskBytesPerEvent\` what both tables
take on disk, with their indexes. With \`npm run bench -- ingest --garbage\` valid deliveries come at a set rate, without and with four times as many forged ones
from the same address (the worst place for them: it is trusted, so each is verified); \`garbageP99Ratio\` compares the valid ones' p99.`,
  goals: [
    { figure: 'ratioToBareHono', atLeast: 0.22 },
    { figure: 'ratioToVerifyOnly', atLeast: 0.45 },
    { figure: 'ratioToSyncEngine', atLeast: 7 },
    { figure: 'p99ToSyncEngine', atMost: 0.25 },
    { figure: 'lost', atMost: 0 },
    { figure: 'non2xx', atMost: 0 },
    { figure: 'bytesPerEvent', atMost: 1_300 },
    { figure: 'garbageP99Ratio', atMost: 2 },
    { figure: 'garbageLost', atMost: 0 },
  ],
  options: { rounds: 3, seconds: 5, accounts: 1_000, rate: 300, garbage: 0 },
  switches: ['garbage'],
  limitMs: 15 * MINUTE_MS,
  run: (bench, { rounds = 3, seconds = 5, accounts = 1_000, rate = 300, garbage = 0 }) =>
    measure(bench, { rounds, seconds, accounts, rate, garbage }),
};

type Size = Readonly<Record<'rounds' | 'seconds' | 'accounts' | 'rate' | 'garbage', number>>;

async function measure(bench: Workbench, size: Size): Promise<Findings> {
  const scene = await openScene(bench, size.accounts);
  bench.say('warming up');
  for (const target of [scene.bare, scene.verify, scene.ours, scene.syncEngine])
    if (target !== null) await press(target, 2);
  const rounds = await pressAll(bench, scene, size);
  await settled(scene);
  const garbage = await measureGarbage(bench, scene, size);
  const ours = rounds.map((round) => round.ours);
  const kept = await measureKept(
    scene.db,
    ours.flatMap(({ acknowledged }) => acknowledged),
    scene.samples,
  );
  const non2xx = ours.reduce((sum, round) => sum + round.non2xx, 0);
  return {
    figures: {
      ...ratios(rounds),
      lost: kept.lost,
      non2xx,
      bytesPerEvent: kept.bytesPerEvent,
      diskBytesPerEvent: kept.diskBytesPerEvent,
      ...garbage.figures,
    },
    wrong: [...kept.wrong, ...garbage.wrong, ...(await lostBySyncEngine(scene, rounds))],
    notes: [
      `ratios to bare Hono of the rounds: ${rounds.map(({ ours: one, bare }) => (one.perSecond / bare.perSecond).toFixed(2)).join(', ')}`,
      ...(scene.syncEngine === null ? ['stripe-sync-engine is not installed'] : []),
      ...(rounds.some(({ syncEngine }) => syncEngine !== null && syncEngine.non2xx > 0)
        ? ['stripe-sync-engine answered with errors, and was not compared']
        : []),
      ...garbage.notes,
    ],
  };
}

type Rounds = Readonly<Record<'bare' | 'verify' | 'ours', Round>> & { readonly syncEngine: Round | null };

async function pressAll(bench: Workbench, scene: Scene, { rounds, seconds }: Size): Promise<Rounds[]> {
  const all: Rounds[] = [];
  for (let n = 1; n <= rounds; n += 1) {
    await settled(scene);
    const bare = await press(scene.bare, seconds);
    const verify = await press(scene.verify, seconds);
    const ours = await press(scene.ours, seconds);
    await settled(scene);
    const syncEngine = scene.syncEngine === null ? null : await press(scene.syncEngine, seconds);
    const said = Object.entries({ bare, verify, ours, syncEngine }).map(
      ([name, round]) => `${name} ${round === null ? '–' : `${round.perSecond.toFixed(0)}/s`}`,
    );
    bench.say(`round ${n}: ${said.join(', ')}`);
    all.push({ bare, verify, ours, syncEngine });
  }
  return all;
}

/** Once the dispatcher has nothing left to do: else it would slow down whoever is measured next. */
async function settled({ db }: Scene): Promise<void> {
  for (;;) {
    const pending = await db.$count(inbox, eq(inbox.state, 'pending'));
    if (pending === 0) return;
    await sleep(500);
  }
}

/** To acknowledge what is not kept would be easy, and no comparison. */
async function lostBySyncEngine({ syncEngine }: Scene, rounds: readonly Rounds[]): Promise<string[]> {
  const acknowledged = rounds.flatMap((round) => round.syncEngine?.acknowledged ?? []);
  const lost = (await syncEngine?.countLost(acknowledged)) ?? 0;
  return lost === 0
    ? []
    : [`of ${acknowledged.length} events, ${lost} are not in stripe-sync-engine's table`];
}

/** Each is a median over the rounds, and a ratio is taken within one round: the machine is not the same in the next. */
function ratios(rounds: readonly Rounds[]): Figures {
  const median = (figure: (round: Rounds) => number) => medianOf(rounds.map(figure));
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  // Where it answers with errors it is not at work, and there is nothing to compare with.
  const engine = rounds.flatMap(({ ours, syncEngine }) =>
    syncEngine === null || syncEngine.non2xx > 0 ? [] : [{ ours, syncEngine }],
  );
  const toEngine = (figure: (round: (typeof engine)[number]) => number) =>
    engine.length === 0 ? null : rounded(medianOf(engine.map(figure)), 2);
  return {
    ratioToBareHono: rounded(
      median(({ ours, bare }) => ours.perSecond / bare.perSecond),
      3,
    ),
    ratioToVerifyOnly: rounded(
      median(({ ours, verify }) => ours.perSecond / verify.perSecond),
      3,
    ),
    ratioToSyncEngine: toEngine(({ ours, syncEngine }) => ours.perSecond / syncEngine.perSecond),
    p99ToSyncEngine: toEngine(({ ours, syncEngine }) => ours.p99Ms / syncEngine.p99Ms),
    perSecond: Math.round(median(({ ours }) => ours.perSecond)),
    bareHonoPerSecond: Math.round(median(({ bare }) => bare.perSecond)),
    verifyOnlyPerSecond: Math.round(median(({ verify }) => verify.perSecond)),
    p99Ms: Math.ceil(median(({ ours }) => ours.p99Ms)),
  };
}
