import {
  ruleBreaker,
  type BreakerKind,
  type BreakerRules,
  type BreakerRuling,
  type BreakerState,
  type Census,
  type TripCause,
} from '../../domain/breaker.js';
import { effectName, type EffectKey } from '../../domain/effect.js';
import type { AccountId } from '../../domain/ids.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../domain/time.js';

export type MemoryBreakers = {
  pass(rules: BreakerRules, kind: BreakerKind, key: EffectKey, now: Instant): BreakerRuling;
  noteSettled(effect: string): void;
  noteVeto(kind: BreakerKind, key: EffectKey, now: Instant): void;
  release(kind: BreakerKind, now: Instant): void;
  allow(kind: BreakerKind, count: number, until: Instant): void;
  tripped(kind: BreakerKind): { readonly cause: TripCause; readonly detail: string } | null;
};

export type MemoryBreakersOptions = {
  /** `null`: nobody knows how many accounts there are. */
  readonly census: (kind: BreakerKind) => Census | null;
  readonly traitsOf: (account: AccountId) => Traits;
};

type Traits = { readonly country: string | null; readonly plan: string | null };

type Breaker = {
  trip: { cause: TripCause; detail: string } | null;
  countsFrom: Instant;
  allowance: number;
  allowedUntil: Instant;
  acts: { at: Instant; effect: string; traits: Traits; isSettled: boolean }[];
  asks: Map<AccountId, { at: Instant; isVetoed: boolean }>;
};

/** Breakers in memory, held to the same conformance suite as those on Postgres. Each call is as atomic as a transaction. */
export function createMemoryBreakers(options: MemoryBreakersOptions): MemoryBreakers {
  const all = new Map<BreakerKind, Breaker>();
  const breakerFor = (kind: BreakerKind): Breaker => {
    const known = all.get(kind) ?? fresh();
    all.set(kind, known);
    return known;
  };
  return {
    pass(rules, kind, key, now) {
      const breaker = breakerFor(kind);
      const traits = options.traitsOf(key.account);
      breaker.asks.set(key.account, { at: now, isVetoed: false });
      const ruling = ruleBreaker(rules, kind, stateOf(breaker, options, rules, { kind, traits, now }));
      if (ruling.ruling === 'pass') {
        breaker.acts.push({ at: now, effect: effectName(key), traits, isSettled: false });
        if (ruling.byAllowance) breaker.allowance -= 1;
      }
      if (ruling.ruling === 'trip') breaker.trip = { cause: ruling.cause, detail: ruling.detail };
      return ruling;
    },
    noteSettled(effect) {
      for (const { acts } of all.values())
        for (const act of acts) if (act.effect === effect) act.isSettled = true;
    },
    noteVeto: (kind, { account }, now) =>
      void breakerFor(kind).asks.set(account, { at: now, isVetoed: true }),
    release(kind, now) {
      const breaker = breakerFor(kind);
      breaker.trip = null;
      breaker.countsFrom = now;
    },
    allow: (kind, count, until) =>
      void Object.assign(breakerFor(kind), { allowance: count, allowedUntil: until }),
    tripped: (kind) => breakerFor(kind).trip,
  };
}

const fresh = (): Breaker => ({
  trip: null,
  countsFrom: -Infinity,
  allowance: 0,
  allowedUntil: -Infinity,
  acts: [],
  asks: new Map(),
});

type Asked = { readonly kind: BreakerKind; readonly traits: Traits; readonly now: Instant };

function stateOf(
  { acts, asks, countsFrom, trip, allowance, allowedUntil }: Breaker,
  { census }: MemoryBreakersOptions,
  rules: BreakerRules,
  { kind, traits, now }: Asked,
): BreakerState {
  const counted = acts.filter(({ at }) => at >= Math.max(countsFrom, now - DAY_MS));
  const recent = [...asks.values()].filter(({ at }) => at > Math.max(countsFrom, now - HOUR_MS));
  const newest = counted.toReversed();
  const seen = [traits, ...newest.map((act) => act.traits)];
  const gap = newest.findIndex(({ at }, n) => (newest[n - 1]?.at ?? now) - at >= rules.canary.quietMs);
  const batch = gap === -1 ? newest : newest.slice(0, gap);
  return {
    now,
    tripped: trip !== null,
    hour: counted.filter(({ at }) => at >= now - HOUR_MS).length,
    day: counted.length,
    batch: {
      count: batch.length,
      open: batch.filter(({ isSettled }) => !isSettled).length,
      lastAt: batch[0]?.at ?? null,
    },
    asked: recent.length,
    vetoed: recent.filter(({ isVetoed }) => isVetoed).length,
    countries: seen.map(({ country }) => country),
    plans: seen.map(({ plan }) => plan),
    census: census(kind),
    allowance: now < allowedUntil ? allowance : 0,
  };
}
