import { sumByCurrency, type Money } from '../domain/money.js';
import { DAY_MS } from '../domain/time.js';
import type { Comparison } from './trial.js';

/** So many cases, and what was overdue in them. */
export type Sum = { readonly cases: number; readonly owed: readonly Money[] };

/** For so long after a pause a payment counts as one that would have come anyway. */
const soonMs = 7 * DAY_MS;

/** What a trial comes to. */
export type Totals = {
  readonly all: Sum;
  readonly notices: number;
  readonly reminded: Sum;
  readonly limited: Sum;
  readonly paused: Sum;
  /** Of those that would have been paused: */
  readonly ofPaused: {
    /** paid within seven days afterwards, without having been paused */
    readonly paidSoon: Sum;
    /** were restricted by hand by people, too */
    readonly restricted: Sum;
    /** were given time, or excused, by people: before the pause, and after it */
    readonly sparedBefore: Sum;
    readonly sparedAfter: Sum;
    readonly stillOwe: Sum;
  };
  readonly settledBefore: Sum;
  readonly notYet: Sum;
  readonly asked: Sum;
  /** Restricted by hand, although Forbear would not have paused them (yet). */
  readonly restrictedOnly: Sum;
};

/** Adds up what was compared. Pure. */
export function totalsOf(compared: readonly Comparison[]): Totals {
  const paused = compared.filter((one) => one.paused === 'yes');
  const others = compared.filter((one) => one.paused !== 'yes');
  const spared = paused.filter(({ view }) => view.verdict === 'disagree');
  return {
    all: sumOf(compared),
    notices: compared.reduce((total, { noticesAt }) => total + noticesAt.length, 0),
    reminded: sumOf(compared.filter(({ noticesAt }) => noticesAt.length > 0)),
    limited: sumOf(compared.filter(({ limitAt }) => limitAt !== null)),
    paused: sumOf(paused),
    ofPaused: {
      paidSoon: sumOf(paused.filter(isPaidSoon)),
      restricted: sumOf(paused.filter(({ view }) => view.verdict === 'agree')),
      sparedBefore: sumOf(spared.filter(({ view }) => view.spared?.beforehand === true)),
      sparedAfter: sumOf(spared.filter(({ view }) => view.spared?.beforehand === false)),
      stillOwe: sumOf(paused.filter(({ settled }) => settled === null)),
    },
    settledBefore: sumOf(others.filter(({ settled }) => settled !== null)),
    notYet: sumOf(others.filter((one) => one.paused === 'not yet')),
    asked: sumOf(compared.filter(({ askAt }) => askAt !== null)),
    restrictedOnly: sumOf(others.filter(({ view }) => view.verdict === 'agree')),
  };
}

const sumOf = (some: readonly Comparison[]): Sum => ({
  cases: some.length,
  owed: sumByCurrency(some.flatMap(({ owed }) => owed)),
});

/** Would have been paused, and paid soon afterwards without that. */
export function isPaidSoon(one: Comparison): boolean {
  const lateMs = paidAfterPauseMs(one);
  return one.paused === 'yes' && one.settled?.by === 'paid' && lateMs !== null && lateMs <= soonMs;
}

/** How long after the pause that would have come it was settled, negative for before; `null` without one of the two. */
export function paidAfterPauseMs({ settled, pauseAt }: Comparison): number | null {
  return settled === null || pauseAt === null ? null : settled.at - pauseAt;
}
