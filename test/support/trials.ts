import { advance } from '../../src/domain/advance.js';
import type { CaseFile } from '../../src/domain/case-file.js';
import { asInvoiceId } from '../../src/domain/ids.js';
import { judge } from '../../src/domain/judge.js';
import { record } from '../../src/domain/record.js';
import type { Policy } from '../../src/domain/policy.js';
import type { RealInvoice, TrialCase } from '../../src/preview/trial.js';
import { caseFileOf, day, invoiceFact, openCase, samplePolicy, standingOf, tracksOf } from './facts.js';

/** An invoice of 49 dollars whose charge failed on a day, and was paid on another. */
export const failedOn = (failed: number, paid: number | null = null, id = 'in_1'): RealInvoice => ({
  id: asInvoiceId(id),
  dueAt: null,
  failedAt: day(failed),
  paidAt: paid === null ? null : day(paid),
  currency: 'usd',
  amountMinor: 4_900,
});

/** A case that was opened on day 0 and only observed, and owes 49 dollars still. */
export function openTrial(changes: Partial<Omit<TrialCase, 'file'>> & { file?: Partial<CaseFile> } = {}) {
  const { file, ...rest } = changes;
  const invoices = [failedOn(0)];
  const trial: TrialCase = {
    ref: 'acme',
    policy: samplePolicy,
    invoices,
    words: [],
    ...rest,
    file: openCase({ stage: 'watching', ...file }),
  };
  return trial;
}

/** One that was paid, and closed without a word, on a day. */
export function closedTrial(paid: number, changes: Parameters<typeof openTrial>[0] = {}): TrialCase {
  const invoices = [failedOn(0, paid)];
  const file = {
    stage: 'closed',
    closedAt: day(paid),
    owed: [],
    anchorAt: null,
    firstAnchorAt: null,
  } as const;
  return openTrial({ invoices, ...changes, file: { ...file, ...changes.file } });
}

/** What becomes of the file of a case that owes from day 0 on while its guard only observes, until so many days have passed. */
export function observedFor(days: number, policy: Policy = samplePolicy): CaseFile {
  let file = caseFileOf();
  for (let now = day(0); now <= day(days);) {
    const standing = standingOf([invoiceFact()], now);
    const { act, wakeAt, file: next } = advance(file, { standing, policy, tracks: tracksOf() }, now);
    if (act === null) {
      file = next;
      now = wakeAt;
      continue;
    }
    const judgement = judge({ ...observing, step: act.step, policy, now, sightedAt: now, standing });
    if (judgement.ruling !== 'hold') throw new Error(`${act.step} was not held`);
    const held = { status: 'held', reason: judgement.reason, until: judgement.until } as const;
    file = record(next, act, held, policy, now);
  }
  return file;
}

const observing = {
  mode: 'observe',
  frozen: false,
  topic: null,
  anchorAt: null,
  terms: { forgiven: [], agreement: null },
  exemption: null,
  immunity: null,
  liftedAt: null,
  notice: null,
  approval: null,
} as const;
