import type { CaseFile } from '../domain/case-file.js';
import type { TakingStep } from '../domain/effect.js';
import { takingSteps } from '../domain/effect.js';
import { sumByCurrency, type Money } from '../domain/money.js';
import type { PolicyVersion } from '../domain/ids.js';
import type { Policy } from '../domain/policy.js';
import { reissue } from '../domain/reissue.js';
import type { Instant } from '../domain/time.js';
import { nextTakingOf, type NextStep } from '../domain/timetable.js';
import { previewLife, type PreviewInvoice } from './life.js';

/** Where an open case would go from here: by its own rules, and by others. */
export type Move = {
  readonly ref: string;
  readonly stage: CaseFile['stage'];
  readonly owed: readonly Money[];
  readonly before: NextStep | null;
  readonly after: NextStep | null;
};

/** What the other rules make of an open case at `now`. Pure; nothing that was told to the customer comes sooner by it. */
export function moveOf(
  ref: string,
  file: CaseFile,
  rules: { readonly from: Policy; readonly to: Policy; readonly version: PolicyVersion },
  now: Instant,
): Move {
  const moved = reissue(file, rules, now);
  return {
    ref,
    stage: file.stage,
    owed: file.owed,
    before: nextTakingOf(file, rules.from, now),
    after: nextTakingOf(moved, rules.to, now),
  };
}

export const isMoved = ({ before, after }: Move) => before?.step !== after?.step || before?.at !== after?.at;

/** What came of an account's invoices, as the events that are kept tell it. */
export type Past = {
  readonly invoices: readonly PreviewInvoice[];
  readonly policies: readonly [before: Policy, after: Policy];
};

/** How many accounts would have come to a step, by the rules before and after, and what they have paid since. */
export type Reach = {
  readonly step: TakingStep;
  readonly before: number;
  readonly after: number;
  /** Who would have met the step and has paid since: payers, whom it might have driven away. */
  readonly paidBefore: number;
  readonly paidAfter: number;
  /** What those of `after` owed. */
  readonly owed: readonly Money[];
};

/** Lives the past once more under both policies, until `now`. Pure. */
export function reachOf(past: readonly Past[], now: Instant): Reach[] {
  const lived = past.map(({ invoices, policies }) => {
    const from = Math.min(...invoices.map(({ dueAt, failedAt }) => dueAt ?? failedAt ?? Infinity));
    const [before, after] = policies.map(
      (policy) => new Set(previewLife(policy, invoices, from, now).map(({ step }) => step)),
    );
    return {
      before,
      after,
      hasPaid: invoices.every(({ paidAt }) => (paidAt ?? null) !== null),
      owed: invoices,
    };
  });
  return takingSteps.map((step) => {
    const [were, are] = [
      lived.filter(({ before }) => before?.has(step)),
      lived.filter(({ after }) => after?.has(step)),
    ];
    const paid = (some: typeof lived) => some.filter(({ hasPaid }) => hasPaid).length;
    return {
      step,
      before: were.length,
      after: are.length,
      paidBefore: paid(were),
      paidAfter: paid(are),
      owed: sumByCurrency(are.flatMap(({ owed }) => owed)),
    };
  });
}
