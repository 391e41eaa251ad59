import type { CaseFile } from '../domain/case-file.js';
import type { InvoiceId } from '../domain/ids.js';
import { sumByCurrency, type Money } from '../domain/money.js';
import type { Policy } from '../domain/policy.js';
import { DAY_MS, type Instant } from '../domain/time.js';
import { previewLife, type PreviewInvoice } from './life.js';
import { viewOf, type View, type Word } from './words.js';

/** A case that was only observed, with what is known of its debt and of what people said about its account. */
export type TrialCase = {
  readonly ref: string;
  readonly file: CaseFile;
  readonly policy: Policy;
  /** The account's failed invoices, as the kept events tell of them. */
  readonly invoices: readonly RealInvoice[];
  readonly words: readonly Word[];
};

export type RealInvoice = PreviewInvoice & { readonly id: InvoiceId };

/** What Forbear would have done in one case, against what its payer and people did. */
export type Comparison = {
  readonly ref: string;
  readonly caseId: string;
  readonly openedAt: Instant;
  /** All that was overdue in it, paid since or not. */
  readonly owed: readonly Money[];
  /** When notices that warn would have been sent. */
  readonly noticesAt: readonly Instant[];
  readonly limitAt: Instant | null;
  /** `no`: it was paid before, or its policy never pauses. */
  readonly paused: 'yes' | 'no' | 'not yet';
  /** When it would have been paused, or will be, or would have been if nobody had paid; `null`: never. */
  readonly pauseAt: Instant | null;
  /** When approvers would have been asked for its deletion. */
  readonly askAt: Instant | null;
  /** Since when nothing of it is owed, and by what; `null` while it is owed. */
  readonly settled: { readonly by: 'paid' | 'forgiven'; readonly at: Instant } | null;
  readonly view: View;
};

/** Why a case can't be compared: Forbear has acted in it already · no debt of it is known (any more). */
export type LeftOut = 'acted_on' | 'no_debt_known';

// Beyond any timetable that is to be reported, and short enough to be lived in a moment.
const longestLookAheadMs = 400 * DAY_MS;

/**
 * Lives a case as it would have been had Forbear enforced from its opening on: by its own rules, with every notice delivered
 * and every act done, and without what people ordered, which is set against it. Pure.
 */
export function compare(trial: TrialCase, now: Instant): Comparison | LeftOut {
  const { file, policy, ref } = trial;
  if (wasActedOn(file)) return 'acted_on';
  const debts = debtsOf(trial, now);
  if (debts.length === 0) return 'no_debt_known';
  const from = file.openedAt ?? now;
  const endAt = file.closedAt ?? now;
  const life = previewLife(policy, debts, from, endAt);
  const firstOf = (step: string) => life.find((event) => event.step === step)?.at ?? null;
  const settled = settlementOf(trial, debts);
  const pausedAt = firstOf('pause');
  const pauseAt = pausedAt ?? pauseUnlessPaid(policy, debts, from, endAt);
  return {
    ref,
    caseId: file.id,
    openedAt: from,
    owed: sumByCurrency(debts),
    noticesAt: life.filter(({ step }) => step === 'remind').map(({ at }) => at),
    limitAt: firstOf('limit'),
    paused: pausedAt !== null ? 'yes' : settled === null && pauseAt !== null ? 'not yet' : 'no',
    pauseAt,
    askAt: firstOf('ask'),
    settled,
    view: viewOf(wordsIn(trial, endAt), pausedAt),
  };
}

/** Whoever was written to may have paid for just that reason. */
export const wasActedOn = ({ rounds }: CaseFile) =>
  rounds.remind + rounds.limit + rounds.pause + rounds.decommission > 0;

/** What was overdue in the case, and until when: by the events that are kept, else by the case itself while it is open. */
export function debtsOf({ file, invoices, words }: TrialCase, now: Instant): PreviewInvoice[] {
  const openedAt = file.openedAt ?? now;
  const endAt = file.closedAt ?? now;
  // An older one that the open case doesn't count was settled in a way of which no event told.
  const oldestAt = (file.firstAnchorAt ?? -Infinity) - DAY_MS;
  const known = invoices
    .map((invoice) => ({ ...invoice, paidAt: overAt(invoice, words, file.closedAt) }))
    .filter((invoice) => clockOf(invoice) < endAt && clockOf(invoice) >= oldestAt)
    .filter(({ paidAt }) => (paidAt ?? Infinity) > openedAt);
  if (known.length > 0) return known;
  const failedAt = file.firstAnchorAt ?? openedAt;
  return file.owed.map((sum) => ({ dueAt: null, failedAt, paidAt: null, ...sum }));
}

const clockOf = ({ dueAt, failedAt }: PreviewInvoice) => dueAt ?? failedAt ?? Infinity;

/** With the case ends what was owed in it, whatever became of it. */
function overAt(invoice: RealInvoice, words: readonly Word[], closedAt: Instant | null): Instant | null {
  const ends = [invoice.paidAt ?? Infinity, forgivenAt(invoice.id, words), closedAt ?? Infinity];
  const first = Math.min(...ends);
  return Number.isFinite(first) ? first : null;
}

const forgivenAt = (id: InvoiceId | undefined, words: readonly Word[]): Instant =>
  words.find(({ kind, invoices }) => kind === 'forgave' && id !== undefined && invoices?.includes(id))?.at ??
  Infinity;

function settlementOf({ file, words }: TrialCase, debts: readonly PreviewInvoice[]): Comparison['settled'] {
  if (file.closedAt === null && file.owed.length > 0) return null;
  const at = lastPaidAt(debts) ?? file.closedAt;
  if (at === null) return null;
  const last = debts.filter(({ paidAt }) => paidAt === at);
  const isForgiven = last.length > 0 && last.every(({ id }) => forgivenAt(id, words) === at);
  return { by: isForgiven ? 'forgiven' : 'paid', at };
}

function lastPaidAt(debts: readonly PreviewInvoice[]): Instant | null {
  const paid = debts.flatMap(({ paidAt }) => paidAt ?? []);
  return paid.length === 0 ? null : Math.max(...paid);
}

/** When the pause would have come if what was paid last had not been paid. */
function pauseUnlessPaid(
  policy: Policy,
  debts: readonly PreviewInvoice[],
  from: Instant,
  endAt: Instant,
): Instant | null {
  const lastAt = lastPaidAt(debts);
  const unpaid = debts.map((debt) => (debt.paidAt === lastAt ? { ...debt, paidAt: null } : debt));
  const life = previewLife(policy, unpaid, from, endAt + longestLookAheadMs);
  return life.find(({ step }) => step === 'pause')?.at ?? null;
}

/** What people said while the case was open, or before and it still counted. */
function wordsIn({ file, words }: TrialCase, endAt: Instant): Word[] {
  const openedAt = file.openedAt ?? endAt;
  const said = words.filter(({ at, until }) => at <= endAt && (until ?? at) >= openedAt);
  const { exemption } = file;
  const isOlder = exemption !== null && !said.some(({ kind }) => kind === 'exempted');
  return isOlder && exemption.until > openedAt ? [{ kind: 'exempted', at: openedAt }, ...said] : said;
}
