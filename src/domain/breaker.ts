import type { Step } from './effect.js';
import { HOUR_MS, MINUTE_MS, type Instant } from './time.js';

/** What is bounded, each by itself. `revoke`: taken by a person's order · `dispute_suspend`: taken for a dispute. */
export const breakerKinds = [
  'notice',
  'limit',
  'pause',
  'revoke',
  'dispute_suspend',
  'decommission',
] as const;
export type BreakerKind = (typeof breakerKinds)[number];

/** Which breaker an act passes; `null` for what takes nothing and tells nobody. */
export function breakerOf(step: Step): BreakerKind | null {
  switch (step) {
    case 'remind':
      return 'notice';
    case 'limit':
    case 'pause':
    case 'decommission':
      return step;
    case 'restrict':
      return 'revoke';
    case 'ask':
    case 'retry':
    case 'unrestrict':
    case 'lift':
    case 'close':
      return null;
  }
}

/** How many acts of a kind there may be in a rolling hour, or day. */
export type Bound = {
  readonly most: number;
  /** Of the accounts that are billed, from 0 to 1. */
  readonly share: number;
  /** What an install with few accounts may do although its share is less; never more than `most`. */
  readonly floor: number;
};

export type BreakerRules = {
  readonly bounds: Readonly<Record<BreakerKind, { readonly hour: Bound; readonly day: Bound }>>;
  readonly canary: {
    /** After so long without an act of the kind, the next one goes alone. */
    readonly quietMs: number;
    /** How long one looks at those that went first before the next may go. */
    readonly lookMs: number;
    /** How many go first, and then: the rest follows when these are done. */
    readonly sizes: readonly number[];
  };
  /** More accounts than this share of all, or than this number where that is more, in an hour: something is inverted. */
  readonly selected: { readonly share: number; readonly least: number };
  /** More of the acts of an hour than this share turned out not to be owed, of at least so many. */
  readonly vetoed: { readonly share: number; readonly least: number };
  /** So many acts in a row, and more than this share of them of one country or on one plan, as at most `home` of all are. */
  readonly alike: { readonly share: number; readonly least: number; readonly home: number };
  /** By how much what was announced may be exceeded, as a share of it. */
  readonly tolerance: number;
};

export type TripCause = 'hour' | 'day' | 'selected' | 'vetoed' | 'alike' | 'canary';

/** What is known of a kind when an act of it wants to be claimed, this act not counted. */
export type BreakerState = {
  readonly now: Instant;
  readonly tripped: boolean;
  /** Acts claimed within the last hour, and day. */
  readonly hour: number;
  readonly day: number;
  /** The newest acts since the kind was last quiet, or released: how many, how many of them have no outcome, and when the last one was claimed. */
  readonly batch: { readonly count: number; readonly open: number; readonly lastAt: Instant | null };
  /** Accounts whose act came before the guard within the hour, this one among them, and of these the vetoed. */
  readonly asked: number;
  readonly vetoed: number;
  /** The country of this act and of those before it, the newest first. */
  readonly countries: readonly (string | null)[];
  /** Their plans, in the same order. */
  readonly plans: readonly (string | null)[];
  readonly census: Census | null;
  /** What a person has allowed on top and is not used up. */
  readonly allowance: number;
};

/** What is measured against. `forecast`: what open cases have announced for this kind long before. */
export type Census = {
  readonly paying: number;
  readonly countries: Readonly<Record<string, number>>;
  readonly plans: Readonly<Record<string, number>>;
  readonly forecast: { readonly hour: number; readonly day: number };
};

/** `wait`: a canary is looked at · `open`: it has tripped before · `trip`: it trips by this act, which is held like all that follow. */
export type BreakerRuling =
  | { readonly ruling: 'pass'; readonly byAllowance: boolean }
  | { readonly ruling: 'wait'; readonly until: Instant }
  | { readonly ruling: 'open' }
  | { readonly ruling: 'trip'; readonly cause: TripCause; readonly detail: string };

// A country, a plan or a share can only mislead where something is taken; a notice to many is bounded by its number.
const isTaking = (kind: BreakerKind) => kind !== 'notice';

/**
 * Whether one more act of its kind may happen now. Zero means zero, and so does an unknown number of accounts. What was
 * announced long before, as the month's end is, may exceed the limit, by its own number. Pure.
 */
export function ruleBreaker(rules: BreakerRules, kind: BreakerKind, state: BreakerState): BreakerRuling {
  if (state.tripped) return { ruling: 'open' };
  const trip = meaningless(rules, kind, state);
  if (trip !== null) return trip;
  const waiting = canary(rules, kind, state);
  if (waiting !== null) return waiting;
  const { bounds } = rules;
  for (const span of ['hour', 'day'] as const) {
    const most = mostOf(bounds[kind][span], state.census, span, rules.tolerance);
    if (state[span] < most) continue;
    if (state.allowance > 0) return { ruling: 'pass', byAllowance: true };
    return {
      ruling: 'trip',
      cause: span,
      detail: `${state[span]} in the last ${span}, at most ${most} are allowed${state.census === null ? ': nobody knows how many accounts there are' : ''}`,
    };
  }
  return { ruling: 'pass', byAllowance: false };
}

/** How many acts a rolling span allows. */
export function mostOf(
  { most, share, floor }: Bound,
  census: Census | null,
  span: 'hour' | 'day',
  tolerance: number,
): number {
  if (census === null || census.paying === 0 || most === 0 || share === 0) return 0;
  const usual = Math.max(Math.min(most, Math.floor(share * census.paying)), Math.min(most, floor));
  return Math.max(usual, Math.floor(census.forecast[span] * (1 + tolerance)));
}

/** What no honest day looks like, whatever the limits are. */
function meaningless(rules: BreakerRules, kind: BreakerKind, state: BreakerState): BreakerRuling | null {
  if (!isTaking(kind) || state.census === null) return null;
  const { selected, vetoed, tolerance } = rules;
  const { asked, census } = state;
  const expected = Math.floor(census.forecast.day * (1 + tolerance));
  const most = Math.max(selected.least, Math.floor(selected.share * census.paying), expected);
  const trip = (cause: TripCause, detail: string) => ({ ruling: 'trip', cause, detail }) as const;
  if (asked > most)
    return trip('selected', `${asked} accounts of ${census.paying} at once, at most ${most} are plausible`);
  if (asked >= vetoed.least && state.vetoed > vetoed.share * asked)
    return trip('vetoed', `${state.vetoed} of ${asked} accounts turned out to owe nothing`);
  return alike(rules, state, census);
}

function alike(rules: BreakerRules, { countries, plans }: BreakerState, { paying, ...census }: Census) {
  const says = (count: number, of: number, word: string, share: number) =>
    `${count} of the last ${of} accounts are ${word}, as ${Math.round(share * 100)} % of all are`;
  const traits = [
    { values: countries, all: census.countries, word: (country: string) => `of ${country}` },
    { values: plans, all: census.plans, word: (plan: string) => `on the plan ${plan}` },
  ];
  for (const { values, all, word } of traits) {
    const { least, share, home } = rules.alike;
    const newest = values.slice(0, least);
    if (newest.length < least) continue;
    for (const value of new Set(newest)) {
      if (value === null) continue;
      const count = newest.filter((one) => one === value).length;
      const usual = (all[value] ?? 0) / Math.max(1, paying);
      if (count <= share * newest.length || usual > home) continue;
      const detail = says(count, newest.length, word(value), usual);
      return { ruling: 'trip', cause: 'alike', detail } as const;
    }
  }
  return null;
}

// Longer than any pause takes, with its drain.
const longestCanaryMs = HOUR_MS;

/** The first acts after a quiet time go alone, then a few, then the rest: each group waits until the one before it is done and was looked at. */
function canary(
  { canary: { sizes, lookMs } }: BreakerRules,
  kind: BreakerKind,
  { batch, now }: BreakerState,
): BreakerRuling | null {
  const isBetweenGroups = sizes.some((_, n) => batch.count === sum(sizes.slice(0, n + 1)));
  if (!isBetweenGroups) return null;
  const agoMs = now - (batch.lastAt ?? now);
  if (batch.open > 0 && agoMs >= longestCanaryMs) {
    // A mail server that is away comes back by itself, and takes nothing from anybody meanwhile.
    if (!isTaking(kind)) return null;
    const detail = `${batch.open} of the first ${batch.count} have come to no end for an hour: nobody knows what they do`;
    return { ruling: 'trip', cause: 'canary', detail };
  }
  const lookedAt = (batch.lastAt ?? now) + lookMs;
  if (batch.open === 0 && now >= lookedAt) return null;
  return { ruling: 'wait', until: now < lookedAt ? lookedAt : now + lookMs };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

const bound = (most: number, share: number, floor: number): Bound => ({ most, share, floor });

/** The reasons of these numbers stand in docs/brakes.md. */
export const usualBreakers: BreakerRules = {
  bounds: {
    notice: { hour: bound(1_000, 0.02, 20), day: bound(5_000, 0.06, 50) },
    limit: { hour: bound(200, 0.005, 10), day: bound(1_000, 0.015, 25) },
    pause: { hour: bound(100, 0.005, 5), day: bound(500, 0.01, 20) },
    revoke: { hour: bound(50, 0.005, 10), day: bound(200, 0.01, 30) },
    dispute_suspend: { hour: bound(50, 0.0025, 5), day: bound(200, 0.005, 10) },
    decommission: { hour: bound(10, 0.001, 2), day: bound(50, 0.0025, 5) },
  },
  canary: { quietMs: 6 * HOUR_MS, lookMs: MINUTE_MS, sizes: [1, 5] },
  selected: { share: 0.02, least: 20 },
  vetoed: { share: 0.2, least: 10 },
  alike: { share: 0.8, least: 10, home: 0.5 },
  tolerance: 0.1,
};

const endless = bound(1_000_000, 1, 1_000_000);
const everything = { hour: endless, day: endless };

/** What holds nobody back: for a machine on which nothing is real, never with a live key. */
export const rehearsalBreakers: BreakerRules = {
  bounds: {
    notice: everything,
    limit: everything,
    pause: everything,
    revoke: everything,
    dispute_suspend: everything,
    decommission: everything,
  },
  canary: { quietMs: HOUR_MS, lookMs: 0, sizes: [] },
  selected: { share: 1, least: 1_000_000 },
  vetoed: { share: 1, least: 1_000_000 },
  alike: { share: 1, least: 1_000_000, home: 1 },
  tolerance: 0,
};
