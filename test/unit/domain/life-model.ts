import type { Act, TakingStep } from '../../../src/domain/effect.js';
import type { OrderRequest } from '../../../src/domain/orders.js';
import type { Policy } from '../../../src/domain/policy.js';
import { DAY_MS, type Instant } from '../../../src/domain/time.js';
import { promisesIn } from './life-ledger.js';
import type { Life, Ordered, Performed } from './life-simulator.js';
import {
  invoiceOf,
  isOpen,
  isWithin,
  processingSince,
  remainingOf,
  within,
  type Debt,
  type Timeline,
} from './life-world.js';

/*
 * What is right, read from the timeline itself and written down apart from the code under test: it uses nothing of
 * src/domain but types.
 */

type Kind<K extends OrderRequest['kind']> = Ordered & {
  readonly request: Extract<OrderRequest, { kind: K }>;
};

/** The orders of a kind that were taken before `at`. */
export function taken<K extends OrderRequest['kind']>({ ordered }: Life, kind: K, at: Instant): Kind<K>[] {
  return ordered.filter(
    (order): order is Kind<K> => order.request.kind === kind && order.refusal === null && order.at <= at,
  );
}

export function exemptUntil(life: Life, at: Instant): Instant {
  const last = taken(life, 'exempt', at)
    .filter(({ request }) => request.invoices.length === 0)
    .at(-1);
  return last?.request.until ?? -Infinity;
}

/** Three days from each order to give back what was taken for a debt. */
export function immuneUntil(life: Life, at: Instant): Instant {
  const last = taken(life, 'lift', at).findLast(({ request }) => request.restriction === 'nonpayment');
  return last === undefined ? -Infinity : last.at + 3 * DAY_MS;
}

const isForgiven = (life: Life, index: number, at: Instant) =>
  taken(life, 'exempt', at).some(({ request }) => request.invoices.includes(invoiceOf(index)));

type Numbered = { readonly debt: Debt; readonly index: number };

/** What is open, and neither forgiven nor paid. */
function debtsAt(life: Life, { debts }: Timeline, at: Instant): Numbered[] {
  return debts
    .map((debt, index) => ({ debt, index }))
    .filter(
      ({ debt, index }) => isOpen(debt, at) && remainingOf(debt, at) > 0 && !isForgiven(life, index, at),
    );
}

/** Whether all that was promised until `at` has come on its day. */
function isKeptTo(life: Life, timeline: Timeline, order: Kind<'promise'>, at: Instant): boolean {
  const covered = coveredBy(life, timeline, order);
  const remaining = (when: Instant) =>
    debtsAt(life, timeline, when)
      .filter(({ index }) => covered.includes(index))
      .reduce((sum, { debt }) => sum + remainingOf(debt, when), 0);
  const totalMinor = covered.reduce((sum, index) => sum + remainingOf(timeline.debts[index]!, order.at), 0);
  return order.request.instalments.every(({ dueAt }, i) => {
    const promised = order.request.instalments
      .slice(0, i + 1)
      .reduce((sum, part) => sum + part.amountMinor, 0);
    return at <= dueAt || remaining(dueAt + 1) <= Math.max(0, totalMinor - promised);
  });
}

const coveredBy = (life: Life, timeline: Timeline, { at, after }: Kind<'promise'>) =>
  debtsAt(life, timeline, at)
    .map(({ index }) => index)
    .filter((index) => after.agreement?.invoices.includes(invoiceOf(index)));

/** The overdue debts for which nothing speaks, above the threshold of their currency; empty while the lists are cut short. */
export function pressing(life: Life, timeline: Timeline, at: Instant): readonly Debt[] {
  if (within(timeline.blind, at) !== undefined) return [];
  const agreement = taken(life, 'promise', at).at(-1);
  const agreed =
    agreement !== undefined && isKeptTo(life, timeline, agreement, at)
      ? coveredBy(life, timeline, agreement)
      : [];
  const unpaid = debtsAt(life, timeline, at).filter(
    ({ debt, index }) =>
      debt.overdueAt <= at && !agreed.includes(index) && !isComing(debt, timeline.policy, at),
  );
  return countable(
    unpaid.map(({ debt }) => debt),
    timeline,
    at,
  );
}

function isComing(debt: Debt, { longestProcessingMs, confirmationMs }: Policy, at: Instant): boolean {
  const since = processingSince(debt, at);
  if (since !== null && at < since + longestProcessingMs) return true;
  const { confirming } = debt;
  return confirming !== null && isWithin(confirming, at) && at < confirming.from + confirmationMs;
}

function countable(debts: readonly Debt[], { policy, credits }: Timeline, at: Instant): readonly Debt[] {
  const sumOf = (currency: Debt['currency']) =>
    debts.filter((d) => d.currency === currency).reduce((sum, d) => sum + remainingOf(d, at), 0);
  const owed = (['usd', 'eur'] as const).filter(
    (currency) => sumOf(currency) > (policy.thresholdsMinor[currency] ?? 0),
  );
  const isCovered = owed.every((currency) =>
    credits.some((c) => isWithin(c, at) && c.currency === currency && c.amountMinor >= sumOf(currency)),
  );
  return isCovered ? [] : debts.filter((d) => owed.includes(d.currency));
}

/** Whether anything at all may still come to be owed or paid: what has to be known before all is given back. */
export function isClear(life: Life, timeline: Timeline, at: Instant): boolean {
  const { policy, blind } = timeline;
  if (within(blind, at) !== undefined) return false;
  const overdue = debtsAt(life, timeline, at).filter(({ debt }) => debt.overdueAt <= at);
  return (['usd', 'eur'] as const).every((currency) => {
    const sum = overdue.filter(({ debt }) => debt.currency === currency);
    return (
      sum.reduce((total, { debt }) => total + remainingOf(debt, at), 0) <=
      (policy.thresholdsMinor[currency] ?? 0)
    );
  });
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

export type Told = { readonly at: Instant; readonly acceptedAt: Instant };

/** Every date of a step that the customer was told since something was last given back, and when. */
export function toldBefore(life: Life, timeline: Timeline, step: TakingStep, before: Performed): Told[] {
  const { performed } = life;
  const earlier = performed.slice(0, performed.indexOf(before));
  const liftedAt = earlier.findLast(({ act, granted }) => act.step === 'lift' && granted)?.at ?? -Infinity;
  const sinceAt = Math.max(liftedAt, ...quietAt(life, timeline).filter((at) => at < before.at));
  return earlier
    .filter(({ at }) => at > sinceAt)
    .flatMap(({ act, outcome, isRepeat }) =>
      // What is asked for again after it was done tells nothing: the customer has the dates of the first time.
      isRepeat || outcome.status !== 'done' || outcome.untold === true
        ? []
        : promisesIn(act)
            .filter((promise) => promise.step === step)
            .map(({ at }) => ({ at, acceptedAt: outcome.at })),
    );
}

/** When nothing but a person's order kept the case open: what is owed after that is another episode. */
export const quietAt = (life: Life, timeline: Timeline) =>
  life.looks
    .filter(({ turn, at }) => turn.act === null && turn.file.taken === null && isClear(life, timeline, at))
    .map(({ at }) => at);

export const takingOf = ({ step }: Act): TakingStep | null =>
  step === 'limit' || step === 'pause' || step === 'decommission' ? step : null;

/** Of each round of what is taken, the first claim: what comes under it later goes on with what was begun. */
export function begun({ performed }: Life): Performed[] {
  const granted = performed.filter(({ act, granted: is }) => is && takingOf(act) !== null);
  return granted.filter(
    ({ act, before }, i) =>
      granted.findIndex(
        (g) => g.act.step === act.step && g.act.round === act.round && g.before.id === before.id,
      ) === i,
  );
}

export type PlannedRung = { readonly step: 'remind' | 'final' | TakingStep; readonly afterMs: number };

/** The policy's rungs, the mildest first. */
export function rungsOf({ reminders, limit, pause, decommission }: Policy): PlannedRung[] {
  const early: PlannedRung[] = reminders.map(({ afterMs }) => ({ step: 'remind', afterMs }));
  if (limit !== null) early.push({ step: 'limit', afterMs: limit.afterMs });
  if (pause !== null && !pause.immediate) early.push({ step: 'pause', afterMs: pause.afterMs });
  early.sort((a, b) => a.afterMs - b.afterMs);
  if (pause?.immediate === true) early.unshift({ step: 'pause', afterMs: 0 });
  if (decommission === null) return early;
  const { afterMs, retentionMs } = decommission;
  return [...early, { step: 'final', afterMs }, { step: 'decommission', afterMs: afterMs + retentionMs }];
}

/** The rung that an act carries out, or `null`. */
export function rungIn(act: Act): PlannedRung['step'] | null {
  if (act.step !== 'remind') return takingOf(act);
  return act.topic === 'reminder' ? 'remind' : act.topic === 'final' ? 'final' : null;
}

/** How far days may come nearer under too large an exposure. */
export function earliestAfterMs({ exposure, retryWindowMs }: Policy, { step, afterMs }: PlannedRung): number {
  const paced = afterMs * (exposure?.pace ?? 1);
  return step === 'remind' ? paced : Math.max(paced, Math.min(afterMs, retryWindowMs));
}

/** By how much people have extended grace until `at`. */
export const extendedMs = (life: Life, at: Instant) =>
  taken(life, 'extendGrace', at).reduce((sum, { request }) => sum + (request.days ?? 0) * DAY_MS, 0);
