import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../../src/domain/time.js';
import type { Dice } from './random.js';
import { spanAt, type Span } from './truth.js';

/** How often each fault comes while a world is unwell, from 0 to 1. */
export type Rates = {
  readonly doubled: number;
  readonly dropped: number;
  readonly delayed: number;
  readonly neverRaised: number;
  readonly forged: number;
  readonly testMode: number;
  readonly stripeFails: number;
  readonly readsStale: number;
  readonly listsCut: number;
  readonly valuesUnknown: number;
  readonly lostAfterCommit: number;
  readonly notSerialised: number;
  readonly cloudFails: number;
  readonly executedThenFails: number;
  readonly vanishes: number;
  readonly killed: number;
  readonly mailFails: number;
  readonly twice: number;
  readonly stalls: number;
  readonly doubleClicks: number;
};

/** When something as a whole is down, or set wrongly. */
export type Spells = {
  readonly workersDown: readonly Span[];
  readonly intakeDown: readonly Span[];
  readonly wrongSecret: readonly Span[];
  readonly stripeDown: readonly Span[];
  readonly frozen: readonly Span[];
  /** Nobody knows whether an event is missing. */
  readonly blind: readonly Span[];
  readonly skewed: (Span & { readonly caseMs: number; readonly workerMs: number }) | null;
};

/** What goes wrong in one world, and from when on nothing does any more. */
export type Faults = { readonly rates: Rates; readonly spells: Spells; readonly healAt: Instant };

export const longestDelayMs = 9 * DAY_MS;
export const longestStaleMs = 30_000;

export function drawFaults(dice: Dice, startAt: Instant, healAt: Instant): Faults {
  const upTo = (most: number) => (dice.chance(0.25) ? 0 : dice.next() * most);
  const rates: Rates = {
    doubled: upTo(0.5),
    dropped: upTo(0.3),
    delayed: upTo(0.3),
    neverRaised: upTo(0.1),
    forged: upTo(0.02),
    testMode: upTo(0.05),
    stripeFails: upTo(0.15),
    readsStale: upTo(0.5),
    listsCut: upTo(0.1),
    valuesUnknown: upTo(0.05),
    lostAfterCommit: upTo(0.1),
    notSerialised: upTo(0.1),
    cloudFails: upTo(0.15),
    executedThenFails: upTo(0.15),
    vanishes: upTo(0.02),
    killed: upTo(0.06),
    mailFails: upTo(0.15),
    twice: upTo(0.1),
    stalls: upTo(0.1),
    doubleClicks: upTo(0.5),
  };
  return { rates, spells: drawSpells(dice, startAt, healAt), healAt };
}

function drawSpells(dice: Dice, startAt: Instant, healAt: Instant): Spells {
  const spell = (longestMs: number): Span => {
    const from = startAt + dice.next() * (healAt - startAt);
    return { from: Math.round(from), to: Math.round(Math.min(healAt, from + dice.next() * longestMs)) };
  };
  const some = (chance: number, longestMs: number): Span[] =>
    dice.chance(chance) ? [spell(longestMs), spell(longestMs / 4)] : [];
  const skew = () => dice.whole(-10 * MINUTE_MS, 10 * MINUTE_MS);
  return {
    workersDown: some(0.3, dice.chance(0.2) ? 30 * DAY_MS : DAY_MS),
    intakeDown: some(0.4, DAY_MS),
    wrongSecret: some(0.2, 2 * DAY_MS),
    stripeDown: some(0.4, 12 * HOUR_MS),
    frozen: some(0.3, 3 * DAY_MS),
    blind: some(0.3, 12 * HOUR_MS),
    skewed: dice.chance(0.25) ? { ...spell(3 * DAY_MS), caseMs: skew(), workerMs: skew() } : null,
  };
}

/** A world in which nothing goes wrong. */
export const noFaults = (startAt: Instant): Faults => ({
  rates: drawFaults(
    { next: () => 0, chance: () => true, whole: (least) => least, pick: ([one]) => one },
    startAt,
    startAt,
  ).rates,
  spells: {
    workersDown: [],
    intakeDown: [],
    wrongSecret: [],
    stripeDown: [],
    frozen: [],
    blind: [],
    skewed: null,
  },
  healAt: startAt,
});

/** The first moment from `at` on that lies in none of the spells. */
export function endOf(spells: readonly Span[], at: Instant): Instant {
  const spell = spanAt(spells, at);
  return spell === null ? at : endOf(spells, spell.to);
}
