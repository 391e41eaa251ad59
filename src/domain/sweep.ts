/** What a sweep has found so far, by kind. */
export type SweepFindings = Readonly<Record<string, number>>;

export type SweepTally = {
  /** Accounts that were read again at Stripe, or whose workflow was found to be missing. */
  readonly looked: number;
  /** Of these, accounts whose workflow was started, or told to look. */
  readonly mended: number;
  /** Accounts that could not be looked at. */
  readonly failed: number;
  readonly found: SweepFindings;
};

export const nothingSwept: SweepTally = { looked: 0, mended: 0, failed: 0, found: {} };

export function sumOfSweeps(a: SweepTally, b: SweepTally): SweepTally {
  const kinds = new Set([...Object.keys(a.found), ...Object.keys(b.found)]);
  return {
    looked: a.looked + b.looked,
    mended: a.mended + b.mended,
    failed: a.failed + b.failed,
    found: Object.fromEntries([...kinds].map((kind) => [kind, (a.found[kind] ?? 0) + (b.found[kind] ?? 0)])),
  };
}
