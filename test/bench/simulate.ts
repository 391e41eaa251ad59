import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { MINUTE_MS } from '../../src/domain/time.js';
import { checkout } from '../support/stack-folder.js';
import type { Bench } from './bench.js';

export const simulate: Bench = {
  name: 'simulate',
  about: `How many faulty lives of accounts a core of this machine simulates in a second, and whether any of them goes wrong. It is
\`npm run simulate\`: the decisions, the guard's judgement, the breakers' rules, the check of deliveries and the workflow's turns are
the real code; databases, clouds, Stripe and people are played in memory, with faults at rates drawn for each seed. A model apart from
the policy's code judges every life. \`perSecond\` counts time of the processor, the making of each world and its judging included; \`mutants\` are cores with
one thing wrong, of which each has to be found out.`,
  goals: [
    { figure: 'perSecond', atLeast: 5_000 },
    { figure: 'violations', atMost: 0 },
    { figure: 'decoyCaught', atLeast: 1 },
    { figure: 'mutantsAlive', atMost: 0 },
    { figure: 'mutants', atLeast: 40 },
  ],
  options: { lifecycles: 100_000, seed: 1 },
  limitMs: 15 * MINUTE_MS,
  async run(bench, { lifecycles = 100_000, seed = 1 }) {
    const said = await simulated((line) => bench.say(line), lifecycles, seed);
    const { perSecond, violations, mutants, mutantsKilled } = said;
    const mutantsAlive = mutants - mutantsKilled;
    return {
      figures: {
        lifecycles: said.lifecycles,
        perSecond,
        violations,
        decoyCaught: said.decoyCaught ? 1 : 0,
        mutants,
        mutantsKilled,
        mutantsAlive,
        seed: said.seed,
      },
      wrong: [
        ...(violations > 0 ? [`${violations} lives went wrong`] : []),
        ...(said.decoyCaught ? [] : ['the decoy was not found out']),
      ],
      notes: [],
    };
  },
};

type Said = Readonly<
  Record<'lifecycles' | 'perSecond' | 'violations' | 'mutants' | 'mutantsKilled' | 'seed', number>
> & { readonly decoyCaught: boolean };

/** Runs it as a process of its own, and takes what it says in its last line. */
async function simulated(say: (line: string) => void, lifecycles: number, seed: number): Promise<Said> {
  const args = ['--lifecycles', String(lifecycles), '--from', String(seed), '--json'];
  const program = join(checkout, 'test', 'simulation', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], { cwd: checkout });
  let out = '';
  child.stdout.on('data', (data) => (out += String(data)));
  child.stderr.on('data', (data) => say(String(data).trim()));
  await new Promise((resolve) => child.once('close', resolve));
  const last = out.trim().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Said;
}
