import { loadCore } from './core-loader.js';
import type { Core } from './core.js';
import { createWorld, runWorld } from './engine.js';
import type { Violation } from './findings.js';
import { violationsIn } from './invariants.js';
import { wrongDecisions } from './mutants-decisions.js';
import { wrongGuards } from './mutants-guard.js';
import type { Ports } from './ports.js';
import type { Resource } from './world.js';

const protectedOne: Resource = {
  name: 'forbear-itself',
  owner: -1,
  isProtected: true,
  sizeBefore: 1,
  size: 1,
  isLocked: false,
  isGone: false,
  kept: null,
};

/** What is wrong with each mutant of the ports. */
export const wrongPorts: Readonly<Record<string, Partial<Ports>>> = {
  'knows no event again': { isStoredAgain: true },
  'answers everything with 200': { answerTo: () => 200 },
  'answers what it refuses with 200': {
    answerTo: (storing) =>
      storing === null ? 200 : storing === 'committed' || storing === 'known' ? 200 : 500,
  },
  'answers before it has stored': { answerTo: (storing) => (storing === null ? 400 : 200) },
  'lets test mode in': { shutsOut: () => false },
  'writes every line of the audit twice': {
    append: (audit, line) => void audit.push(line, { ...line, position: line.position + 1 }),
  },
  'leaves lines of the audit out': {
    append: (audit, line) => {
      if (line.position % 3 !== 0) audit.push(line);
    },
  },
  'writes no outcomes': {
    append: (audit, line) => {
      if (line.kind !== 'outcome') audit.push(line);
    },
  },
  'minds no fence': { isNewest: () => true },
  'is judged on what the case has read long before': { judgedOn: (fresh, known) => known ?? fresh },
  'stamps an old read as a new one': {
    judgedOn: (fresh, known) => (known === null ? fresh : { ...known, readAt: fresh.readAt }),
  },
  'does again what is settled': { isSettled: () => false },
  'takes an empty tag for everything': { find: ({ resources }) => [...resources, { ...protectedOne }] },
  'records what it has switched off as the state before': { recordsAgain: true },
};

export type Mutant = { readonly name: string; readonly core: () => Core };

export const mutants: readonly Mutant[] = [
  ...Object.entries({ ...wrongDecisions, ...wrongGuards }).map(([name, edits]) => ({
    name,
    core: () => loadCore(edits),
  })),
  ...Object.entries(wrongPorts).map(([name, ports]) => ({ name, core: () => loadCore([], ports) })),
];

/** The mutant that has to be caught in every run. */
export const decoy = 'does not look again before it acts';

export type Trial = { readonly name: string; readonly killedBy: Violation | null; readonly worlds: number };

const accountsOfATrial = 120;

/** Lets a mutant live in one world after the other, until it is found out. */
export function tryMutant({ name, core }: Mutant, firstSeed: number, mostWorlds: number): Trial {
  const wrong = core();
  for (let n = 0; n < mostWorlds; n += 1) {
    const world = runWorld(createWorld(firstSeed + n, { core: wrong, accounts: accountsOfATrial }));
    const [killedBy] = violationsIn(world);
    if (killedBy !== undefined) return { name, killedBy, worlds: n + 1 };
  }
  return { name, killedBy: null, worlds: mostWorlds };
}
