import {
  breakerKinds,
  usualBreakers,
  type BreakerKind,
  type BreakerRules,
  type BreakerRuling,
  type BreakerState,
} from '../../src/domain/breaker.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';
import type { Core } from './core.js';
import type { Effect } from './ledger.js';
import type { Dice } from './random.js';

type Page = {
  tripped: boolean;
  allowance: number;
  /** When acts were claimed, ascending; of those before `from` none is younger than a day. */
  readonly claimed: Instant[];
  from: number;
  batch: Effect[];
  lastAt: Instant | null;
  readonly asked: Map<number, { readonly at: Instant; readonly vetoed: boolean }>;
  countries: string[];
  /** What people have let through on top, and when. */
  readonly released: { readonly at: Instant; readonly allowance: number }[];
};

/** What is kept of the breakers of a fleet; the rules themselves are the real ones. */
export type BreakerBook = {
  readonly rules: BreakerRules;
  readonly paying: number;
  readonly homes: Readonly<Record<string, number>>;
  readonly pages: Readonly<Record<BreakerKind, Page>>;
};

const newPage = (): Page => ({
  tripped: false,
  allowance: 0,
  claimed: [],
  from: 0,
  batch: [],
  lastAt: null,
  asked: new Map(),
  countries: [],
  released: [],
});

export function newBook(paying: number, homes: Readonly<Record<string, number>>, dice: Dice): BreakerBook {
  const pages = Object.fromEntries(breakerKinds.map((kind) => [kind, newPage()]));
  return { rules: drawRules(dice), paying, homes, pages: pages as BreakerBook['pages'] };
}

/** The usual ones, or tight ones, or none of a kind at all. */
function drawRules(dice: Dice): BreakerRules {
  const { bounds } = usualBreakers;
  const draw = dice.next();
  if (draw < 0.6) return usualBreakers;
  const tight = { most: dice.whole(1, 4), share: 0.01, floor: 10 };
  const none = { most: 0, share: 0.5, floor: 5 };
  if (draw < 0.8) return { ...usualBreakers, bounds: { ...bounds, pause: { ...bounds.pause, hour: tight } } };
  return { ...usualBreakers, bounds: { ...bounds, decommission: { hour: none, day: none } } };
}

/** Rules on an act that the guard would grant, and trips what has to. */
export function ruleOnAct(
  core: Core,
  book: BreakerBook,
  kind: BreakerKind,
  who: { readonly index: number; readonly country: string },
  now: Instant,
): BreakerRuling {
  const page = book.pages[kind];
  noteAsked(page, who.index, false, now);
  const ruling = core.ruleBreaker(book.rules, kind, stateOf(book, page, who.country, now));
  if (ruling.ruling === 'trip') page.tripped = true;
  if (ruling.ruling === 'pass' && ruling.byAllowance) page.allowance -= 1;
  return ruling;
}

/** An act came before the guard, and turned out not to be owed or may be done. */
export function noteAsked({ asked }: Page, index: number, vetoed: boolean, now: Instant): void {
  asked.delete(index);
  asked.set(index, { at: now, vetoed });
  for (const [other, { at }] of asked) {
    if (at > now - HOUR_MS) break;
    asked.delete(other);
  }
}

// One whose address refuses every mail never ends, and must not keep a whole fleet waiting.
const longestOpenMs = HOUR_MS;

function stateOf(book: BreakerBook, page: Page, country: string, now: Instant): BreakerState {
  const { claimed, asked } = page;
  while ((claimed[page.from] ?? Infinity) <= now - DAY_MS) page.from += 1;
  let hour = 0;
  while ((claimed[claimed.length - 1 - hour] ?? -Infinity) > now - HOUR_MS) hour += 1;
  if (page.lastAt !== null && now - page.lastAt > book.rules.canary.quietMs) page.batch = [];
  let [open, vetoed] = [0, 0];
  for (const { outcome, claimedAt } of page.batch)
    open += Number(outcome === null && claimedAt > now - longestOpenMs);
  for (const one of asked.values()) vetoed += Number(one.vetoed);
  return {
    now,
    tripped: page.tripped,
    hour,
    day: claimed.length - page.from,
    batch: { count: page.batch.length, open, lastAt: page.lastAt },
    asked: asked.size,
    vetoed,
    countries: [country, ...page.countries],
    plans: [],
    census: { paying: book.paying, countries: book.homes, plans: {}, forecast: { hour: 0, day: 0 } },
    allowance: page.allowance,
  };
}

// The newest of them are all that anybody asks for.
const mostCountries = 20;
const mostInBatch = 10;

export function noteClaimed(book: BreakerBook, kind: BreakerKind, effect: Effect, country: string): void {
  const page = book.pages[kind];
  page.claimed.push(effect.claimedAt);
  page.lastAt = effect.claimedAt;
  if (page.batch.length < mostInBatch) page.batch.push(effect);
  page.countries = [country, ...page.countries].slice(0, mostCountries);
}

/** A person has looked, and lets it go on. */
export function release({ pages }: BreakerBook, kind: BreakerKind, allowance: number, now: Instant): void {
  const page = pages[kind];
  page.tripped = false;
  page.allowance += allowance;
  page.batch = [];
  page.asked.clear();
  page.countries = [];
  page.released.push({ at: now, allowance });
}
