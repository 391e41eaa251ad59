import type { Workbench } from './workbench.js';

/** What a figure may be at most, or has to be at least. */
export type Goal = { readonly figure: string } & ({ readonly atMost: number } | { readonly atLeast: number });

/** `null`: not measured, as where what to compare with is not there; such a figure misses no goal. */
export type Figures = Readonly<Record<string, number | null>>;

export type Findings = {
  readonly figures: Figures;
  /** What is wrong with the result itself: a fast wrong answer is no answer. */
  readonly wrong: readonly string[];
  /** What the figures are made of, for people. */
  readonly notes: readonly string[];
};

export type Options = Readonly<Record<string, number>>;

export type Bench = {
  readonly name: string;
  /** What runs, what of it is real and what stands in for what; Markdown. */
  readonly about: string;
  readonly goals: readonly Goal[];
  /** Numbers that the command line may change, with their defaults. */
  readonly options: Options;
  /** Those of them that are given by their name alone, and are on, 1, when all benches run. */
  readonly switches?: readonly string[];
  /** Ended by force after that. */
  readonly limitMs: number;
  run(bench: Workbench, options: Options): Promise<Findings>;
};

export type Missed = Goal & { readonly is: number | null | undefined };

/** The goals that these figures miss; a figure that is not there misses its goal, too. */
export function missedBy(goals: readonly Goal[], figures: Figures): Missed[] {
  return goals
    .map((goal) => ({ ...goal, is: figures[goal.figure] }))
    .filter((goal) => goal.is === undefined || !isMet(goal, goal.is));
}

/** Whether a figure is as good as its goal wants it. */
export const isMet = (goal: Goal, is: number | null) =>
  is === null || ('atMost' in goal ? is <= goal.atMost : is >= goal.atLeast);

/** A goal in words: `at most 28`. */
export const wordsOfGoal = (goal: Goal) =>
  'atMost' in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;

export const medianOf = (values: readonly number[]) => quantile(values, 0.5);

/** The value below which a share of all values lies, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Does something for each number below `count`, so many at a time. */
export async function inPool<T>(
  count: number,
  width: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const one = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: width }, one));
  return results;
}
