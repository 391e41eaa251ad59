import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createWorld, runWorld } from './engine.js';
import { add, newTally, type Tally } from './fleet.js';
import { violationsIn } from './invariants.js';
import { decoy, mutants, tryMutant, type Trial } from './mutants.js';
import { digestOf, storyOf, tell, truthOf } from './story.js';
import type { Order } from './thread.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const progress = (line: string) => void process.stderr.write(`${line}\n`);

const usage = `npm run simulate                                a whole run: 100,000 lifecycles, then the mutants
npm run simulate -- --lifecycles N --from SEED  fewer or more, in worlds of seeds from SEED on
npm run simulate -- --seed N [--account N]      the world of one seed again, byte for byte
  --accounts N   in each world (400)   --threads N   (1)   --no-mutants   --json   ends with one line of JSON`;

const options = {
  lifecycles: { type: 'string', default: '100000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  account: { type: 'string' },
  accounts: { type: 'string', default: '400' },
  threads: { type: 'string', default: '1' },
  'no-mutants': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Shows one world again: nothing of it depends on the machine or the hour. */
function replay(seed: number, accounts: number, account: number | null): number {
  const world = runWorld(createWorld(seed, { accounts }));
  const violations = violationsIn(world);
  const subject = account === null ? undefined : world.subjects[account];
  if (subject !== undefined) [...truthOf(subject), ...storyOf(subject)].forEach(say);
  violations.forEach((violation) => say(tell(world, violation)));
  say(`seed ${seed}: ${accounts} lifecycles, ${violations.length} violations, digest ${digestOf(world)}`);
  return violations.length === 0 ? 0 : 1;
}

// Room for the young for some worlds at once: each dies whole, and what is carried on with it meanwhile was a fifth of all work.
const youngMb = 512;

/** The worlds of some seeds, each on one of the threads. */
async function runFleets(
  from: number,
  worlds: number,
  accounts: number,
  threads: number,
  onReady: () => void,
): Promise<Tally> {
  const total = newTally();
  const seeds = Array.from({ length: worlds }, (_, n) => from + n);
  const run = (share: number) =>
    new Promise<void>((resolve, reject) => {
      const order: Order = { seeds: seeds.filter((_, n) => n % threads === share), accounts };
      const thread = new Worker(new URL('./thread.mjs', import.meta.url), {
        workerData: order,
        resourceLimits: { maxYoungGenerationSizeMb: youngMb },
      });
      thread.on('message', (tally: Tally | 'ready') => {
        if (tally === 'ready') return onReady();
        add(total, tally);
        if (total.worlds % 25 === 0)
          progress(`${total.lifecycles} lifecycles, ${total.violations} violations`);
      });
      thread.on('error', reject);
      thread.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: threads }, (_, share) => run(share)));
  return total;
}

const share = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

// A run in which hardly anything happens proves nothing.
function isEmpty({ lifecycles, paused, decommissioned, lifted }: Tally): boolean {
  return paused < 0.2 * lifecycles || decommissioned < 0.05 * lifecycles || lifted < 0.2 * lifecycles;
}

const mostWorlds = 25;

function tryMutants(all: boolean, from: number): Trial[] {
  const tried = all ? mutants : mutants.filter(({ name }) => name === decoy);
  const trials = tried.map((mutant) => tryMutant(mutant, from, mostWorlds));
  for (const { name, killedBy } of trials) if (killedBy === null) say(`ALIVE: a core that ${name}`);
  return trials;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options, allowPositionals: false });
  if (values.help) {
    say(usage);
    return 0;
  }
  const accounts = Number(values.accounts);
  if (values.seed !== undefined)
    return replay(
      Number(values.seed),
      accounts,
      values.account === undefined ? null : Number(values.account),
    );
  const from = Number(values.from);
  let cpu = process.cpuUsage();
  const worlds = Math.ceil(Number(values.lifecycles) / accounts);
  const tally = await runFleets(from, worlds, accounts, Number(values.threads), () => {
    // What loading the sources costs is no part of a life.
    cpu = process.cpuUsage();
  });
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round(tally.lifecycles / ((user + system) / 1e6));
  const beganAt = performance.now();
  const trials = tryMutants(!values['no-mutants'], from);
  const mutantSeconds = (performance.now() - beganAt) / 1000;
  return report(tally, trials, { perSecond, mutantSeconds, from, json: values.json });
}

type Measured = {
  readonly perSecond: number;
  readonly mutantSeconds: number;
  readonly from: number;
  readonly json: boolean;
};

function report(tally: Tally, trials: readonly Trial[], measured: Measured): number {
  const { lifecycles, violations, paused, decommissioned, lifted, worlds, told } = tally;
  const decoyCaught = trials.some(({ name, killedBy }) => name === decoy && killedBy !== null);
  const killed = trials.filter(({ killedBy }) => killedBy !== null).length;
  told.slice(0, 10).forEach(say);
  say(
    `${lifecycles} lifecycles in ${worlds} worlds of seeds from ${measured.from} on: ${violations} violations`,
  );
  say(
    `reached pause ${share(paused, lifecycles)}, decommission ${share(decommissioned, lifecycles)}, lifted ${share(lifted, lifecycles)}`,
  );
  if (violations === 0)
    say(
      `bound: 0 of ${lifecycles}, so at 95 % confidence fewer than ${(3e6 / lifecycles).toFixed(1)} lifecycles in a million go wrong`,
    );
  say(
    `${tally.effects} effects, ${tally.deliveriesVerified} deliveries verified byte for byte, ${tally.chained} audit chains hashed`,
  );
  say(`${measured.perSecond} lifecycles a second and core`);
  say(
    `${killed} of ${trials.length} mutants killed in ${measured.mutantSeconds.toFixed(1)} s; the decoy ${decoyCaught ? 'was caught' : 'WAS NOT CAUGHT: this run is void'}`,
  );
  if (isEmpty(tally)) say('too little happened: this run is void');
  if (measured.json) {
    const { perSecond, from: seed } = measured;
    say(
      JSON.stringify({
        lifecycles,
        perSecond,
        violations,
        decoyCaught,
        mutantsKilled: killed,
        mutants: trials.length,
        seed,
      }),
    );
  }
  const isSound = violations === 0 && decoyCaught && killed === trials.length && !isEmpty(tally);
  return isSound ? 0 : 1;
}

process.exitCode = await main();
