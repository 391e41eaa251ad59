import type { Core } from './core.js';
import { createWorld, runWorld } from './engine.js';
import { livedBy } from './findings.js';
import { chainOf } from './invariants-ending.js';
import { violationsIn } from './invariants.js';
import { tell } from './story.js';

/** What came of some worlds. */
export type Tally = {
  worlds: number;
  lifecycles: number;
  paused: number;
  decommissioned: number;
  lifted: number;
  effects: number;
  deliveriesVerified: number;
  chained: number;
  violations: number;
  readonly told: string[];
  readonly seeds: number[];
};

export const newTally = (): Tally => ({
  worlds: 0,
  lifecycles: 0,
  paused: 0,
  decommissioned: 0,
  lifted: 0,
  effects: 0,
  deliveriesVerified: 0,
  chained: 0,
  violations: 0,
  told: [],
  seeds: [],
});

export function add(to: Tally, more: Tally): void {
  for (const key of ['worlds', 'lifecycles', 'paused', 'decommissioned', 'lifted', 'effects'] as const)
    to[key] += more[key];
  for (const key of ['deliveriesVerified', 'chained', 'violations'] as const) to[key] += more[key];
  to.told.push(...more.told);
  to.seeds.push(...more.seeds);
}

// More of one kind tell nothing new.
const mostTold = 3;
// The real hash costs as much as a short life.
const chainedEvery = 64;

/** Runs one world to its end and judges it. */
export function judgeWorld(seed: number, accounts: number, core?: Core): Tally {
  const world = runWorld(createWorld(seed, { accounts, ...(core !== undefined && { core }) }));
  const tally = newTally();
  tally.worlds = 1;
  tally.lifecycles = world.subjects.length;
  tally.deliveriesVerified = world.intake.sampled;
  for (const subject of world.subjects) {
    tally.paused += Number(subject.stages.has('paused'));
    tally.decommissioned += Number(subject.stages.has('decommissioned'));
    const { effects } = subject.ledger;
    tally.lifted += Number(
      effects.some(({ act, outcome }) => act.step === 'lift' && outcome?.status === 'done'),
    );
    tally.effects += effects.length;
    if (subject.index % chainedEvery === 0 && chainOf(livedBy(world, subject, [])).length > 0)
      tally.chained += 1;
  }
  const violations = violationsIn(world);
  tally.violations = violations.length;
  if (violations.length > 0) tally.seeds.push(seed);
  tally.told.push(...violations.slice(0, mostTold).map((one) => tell(world, one)));
  return tally;
}
