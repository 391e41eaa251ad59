/** What became of the events that a replay found: `found` is the sum of the rest but `again`, which is a part of `known`. */
export type Counts = {
  readonly found: number;
  readonly fresh: number;
  readonly known: number;
  /** Of those that were here: dispatched once more. */
  readonly again: number;
  readonly foreign: number;
  /** Of types that Forbear does not keep unless they are named. */
  readonly skipped: number;
  /** Those of which nothing could be taken in. */
  readonly unreadable: number;
};

export const noCounts: Counts = {
  found: 0,
  fresh: 0,
  known: 0,
  again: 0,
  foreign: 0,
  skipped: 0,
  unreadable: 0,
};

export function sumOf(a: Counts, b: Counts): Counts {
  return {
    found: a.found + b.found,
    fresh: a.fresh + b.fresh,
    known: a.known + b.known,
    again: a.again + b.again,
    foreign: a.foreign + b.foreign,
    skipped: a.skipped + b.skipped,
    unreadable: a.unreadable + b.unreadable,
  };
}

/** The counts as people read them, one line each; zeros only where they say something. */
export function linesOf(counts: Counts, { dryRun, again }: { dryRun: boolean; again: boolean }): string[] {
  const { found, fresh, known, foreign, skipped, unreadable } = counts;
  const told = again ? `, ${counts.again} of them ${dryRun ? 'to be ' : ''}dispatched once more` : '';
  const rows: readonly (readonly [number, string, boolean])[] = [
    [fresh, dryRun ? 'missing here, and would be taken in' : 'new, taken in', true],
    [known, `here already${told}`, true],
    [foreign, 'not ours (of the other mode or another Stripe account): kept and ignored', foreign > 0],
    [skipped, 'of types that are not kept: `forbear events` lists those that are', skipped > 0],
    [unreadable, 'unreadable: not taken in', unreadable > 0],
  ];
  const width = String(found).length;
  const lines = rows
    .filter(([, , isTold]) => isTold)
    .map(([count, words]) => `  ${String(count).padStart(width)}  ${words}`);
  return [`Found ${found === 1 ? '1 event' : `${found} events`} at Stripe:`, ...lines];
}
