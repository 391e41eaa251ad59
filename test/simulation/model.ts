import type { TakingStep } from '../../src/domain/effect.js';
import type { OrderRequest } from '../../src/domain/orders.js';
import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS, type Instant } from '../../src/domain/time.js';
import { isWithin, type Debt, type Truth } from './truth.js';

/*
 * What is right, read from the timeline of what was truly owed and written down apart from the code under test: it uses
 * nothing of src/domain but types and the length of a day.
 */

/** What people have settled, as far as they were obeyed, in the order in which that was. */
export type Settled = { readonly at: Instant; readonly request: OrderRequest; readonly caseId: string };

export type Verdict = 'owing' | 'in_flight' | 'unconfirmed' | 'promised' | 'clear';

const isOpen = ({ overdueAt, paidAt }: Debt, at: Instant) => overdueAt - DAY_MS <= at && at < paidAt;

/** Invoices that a person has forgiven by then. */
const isForgiven = (settled: readonly Settled[], { id }: Debt, at: Instant) =>
  settled.some((s) => s.at <= at && s.request.kind === 'exempt' && s.request.invoices.includes(id));

/** Until when nothing is taken whatever is owed, by the last word of a person. */
export function exemptUntil(settled: readonly Settled[], at: Instant): Instant {
  let until = -Infinity;
  for (const { at: since, request } of settled) {
    if (since < at && request.kind === 'exempt' && request.invoices.length === 0)
      until = request.until ?? -Infinity;
  }
  return until;
}

/** Until when nothing is taken because a person gave it back: three days. */
export function immuneUntil(settled: readonly Settled[], at: Instant): Instant {
  const lift = settled.findLast(
    (s) => s.at < at && s.request.kind === 'lift' && s.request.restriction === 'nonpayment',
  );
  return lift === undefined ? -Infinity : lift.at + 3 * DAY_MS;
}

/**
 * Whether a debt is one for which instalments stand that were kept so far. One instalment pays it all here: what was
 * overdue when it was agreed on is kept off until its day is over.
 */
function isAgreed(
  truth: Truth,
  settled: readonly Settled[],
  debt: Debt,
  asOf: Instant,
  now: Instant,
  at: Instant,
): boolean {
  const promise = settled.findLast((s) => s.at <= at && s.request.kind === 'promise');
  if (promise === undefined || promise.request.kind !== 'promise') return false;
  const isCovered = (one: Debt) =>
    one.overdueAt <= promise.at && promise.at < one.paidAt && !isForgiven(settled, one, promise.at);
  if (!isCovered(debt)) return false;
  const dueAt = promise.request.instalments[0]?.dueAt ?? -Infinity;
  const isUnpaid = truth.debts.some(
    (one) => isCovered(one) && isOpen(one, asOf) && !isForgiven(settled, one, at),
  );
  return now <= dueAt || !isUnpaid;
}

/** Whether the account truly owes, by data that is as of `asOf`, for somebody whose clock shows `now` when it is `at`. */
export function verdictAt(
  truth: Truth,
  policy: Policy,
  settled: readonly Settled[],
  asOf: Instant,
  now: Instant,
  at: Instant = now,
): Verdict {
  const threshold = policy.thresholdsMinor['eur'] ?? 0;
  let [pressing, open] = [0, 0];
  let [isComing, isAwaited, isPromised] = [false, false, false];
  for (const debt of truth.debts) {
    if (!isOpen(debt, asOf) || isForgiven(settled, debt, at)) continue;
    const isOverdue = debt.overdueAt <= now && (debt.collection === 'sent' || debt.overdueAt <= asOf);
    const inFlight = isRunning(debt.inFlight, asOf, now, policy.longestProcessingMs);
    const confirming = isRunning(debt.confirming, asOf, now, policy.confirmationMs);
    const agreed = isAgreed(truth, settled, debt, asOf, now, at);
    if (isOverdue || confirming) open += debt.amountMinor;
    if (isOverdue && !agreed && !inFlight && !confirming) pressing += debt.amountMinor;
    isComing ||= isOverdue && inFlight && !agreed;
    isAwaited ||= confirming && !agreed;
    isPromised ||= isOverdue && agreed;
  }
  if (pressing > threshold) return 'owing';
  if (open <= threshold) return 'clear';
  return isComing ? 'in_flight' : isAwaited ? 'unconfirmed' : isPromised ? 'promised' : 'clear';
}

function isRunning(span: Debt['inFlight'], asOf: Instant, now: Instant, longestMs: number): boolean {
  return span !== null && isWithin(span, asOf) && now - span.from < longestMs;
}

/** Since when nothing has been owed that could be taken away for, seen from `at`; `null` while something is. */
export function clearSince({ debts }: Truth, at: Instant): Instant | null {
  let since = -Infinity;
  for (const { overdueAt, paidAt } of debts) {
    if (overdueAt <= at && at < paidAt) return null;
    if (paidAt <= at) since = Math.max(since, paidAt);
  }
  return since;
}

/** Whether all was paid between the data and the moment: with the debt went what was agreed on it, heard of or not. */
export function isPaidSince(truth: Truth, asOf: Instant, at: Instant): boolean {
  return (clearSince(truth, at) ?? -Infinity) > asOf;
}

/** When the oldest debt that is unpaid became overdue; `Infinity`: none is. */
export function oldestOverdue({ debts }: Truth, at: Instant): Instant {
  let oldest = Infinity;
  for (const debt of debts)
    if (debt.overdueAt <= at && at < debt.paidAt) oldest = Math.min(oldest, debt.overdueAt);
  return oldest;
}

/** How long before a step the customer has to know its date. */
export function leadFor({ limit, pause, decommission }: Policy, step: TakingStep): number {
  switch (step) {
    case 'limit':
      return limit?.leadMs ?? 0;
    case 'pause':
      return pause === null || pause.immediate ? 0 : pause.leadMs;
    case 'decommission':
      return decommission?.retentionMs ?? Infinity;
  }
}

/** Whether the operator's office is open, by the clocks on its wall. */
export function isOfficeOpen({ almanac }: Policy, at: Instant): boolean {
  if (almanac === null) return true;
  const offsetMs = almanac.offsets.findLast(([from]) => from <= at)?.[1] ?? 0;
  const local = new Date(at + offsetMs);
  const sinceMidnightMs = (at + offsetMs) % DAY_MS;
  const { fromMs, toMs } = almanac.hours ?? { fromMs: 0, toMs: DAY_MS };
  return almanac.weekdays.includes(local.getUTCDay()) && fromMs <= sinceMidnightMs && sinceMidnightMs < toMs;
}

export type PlannedRung = { readonly step: 'remind' | 'final' | TakingStep; readonly afterMs: number };

const rungsKnown = new Map<Policy, readonly PlannedRung[]>();

/** The policy's rungs, the mildest first. */
export function rungsOf(policy: Policy): readonly PlannedRung[] {
  const known = rungsKnown.get(policy) ?? planned(policy);
  rungsKnown.set(policy, known);
  return known;
}

function planned({ reminders, limit, pause, decommission }: Policy): PlannedRung[] {
  const early: PlannedRung[] = reminders.map(({ afterMs }) => ({ step: 'remind', afterMs }));
  if (limit !== null) early.push({ step: 'limit', afterMs: limit.afterMs });
  if (pause !== null && !pause.immediate) early.push({ step: 'pause', afterMs: pause.afterMs });
  early.sort((a, b) => a.afterMs - b.afterMs);
  if (pause?.immediate === true) early.unshift({ step: 'pause', afterMs: 0 });
  if (decommission === null) return early;
  const { afterMs, retentionMs } = decommission;
  return [...early, { step: 'final', afterMs }, { step: 'decommission', afterMs: afterMs + retentionMs }];
}
