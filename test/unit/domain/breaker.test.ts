import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakerKinds,
  breakerOf,
  mostOf,
  ruleBreaker,
  usualBreakers,
  type Bound,
  type BreakerKind,
  type BreakerState,
} from '../../../src/domain/breaker.js';
import { allSteps } from '../../../src/domain/effect.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/domain/time.js';

const now = Date.UTC(2026, 10, 30, 9);
const census = {
  paying: 100_000,
  countries: { DE: 30_000, FR: 70_000 },
  plans: { team: 30_000, free: 70_000 },
  forecast: { hour: 0, day: 0 },
};
const quiet: BreakerState = {
  now,
  tripped: false,
  hour: 0,
  day: 0,
  batch: { count: 0, open: 0, lastAt: null },
  asked: 1,
  vetoed: 0,
  countries: [null],
  plans: [null],
  census,
  allowance: 0,
};
const ruled = (changes: Partial<BreakerState>, kind: BreakerKind = 'pause') =>
  ruleBreaker(usualBreakers, kind, { ...quiet, ...changes });

describe('docs/brakes.md', () => {
  const page = readFileSync('docs/brakes.md', 'utf8');
  const said = ({ most, share, floor }: Bound) =>
    `${most.toLocaleString('en')} or ${Number((100 * share).toFixed(4))} %, ${floor}`;

  it.each(breakerKinds)('says the limits of %s as they are', (kind) => {
    const { hour, day } = usualBreakers.bounds[kind];
    const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\` `)) ?? '';
    const [, , ofHour = '', ofDay = ''] = row.split('|').map((cell) => cell.trim());
    expect([ofHour, ofDay]).toEqual([said(hour), said(day)]);
  });
});

describe('which breaker an act passes', () => {
  it('P-8 none that gives back, and each that takes or tells', () => {
    const passed = Object.fromEntries(allSteps.map((step) => [step, breakerOf(step)]));
    expect(passed).toEqual({
      remind: 'notice',
      limit: 'limit',
      pause: 'pause',
      decommission: 'decommission',
      restrict: 'revoke',
      ask: null,
      retry: null,
      unrestrict: null,
      lift: null,
      close: null,
    });
  });
});

describe('the limit', () => {
  const bound = { most: 100, share: 0.01, floor: 5 };
  it.each([
    ['the share of many accounts, up to the number', 1_000_000, 100],
    ['the share of some', 2_000, 20],
    ['the floor of few', 10, 5],
    ['zero where nobody is billed', 0, 0],
  ])('P-7 is %s', (_, paying, most) => {
    expect(mostOf(bound, { ...census, paying }, 'hour', 0.1)).toBe(most);
  });

  it('P-7 is zero while nobody knows how many there are, and where a person wrote zero', () => {
    expect(mostOf(bound, null, 'hour', 0.1)).toBe(0);
    expect(mostOf({ ...bound, most: 0 }, census, 'hour', 0.1)).toBe(0);
    expect(mostOf({ ...bound, share: 0 }, census, 'hour', 0.1)).toBe(0);
    const announced = { ...census, paying: 0, forecast: { hour: 50, day: 50 } };
    expect(mostOf(bound, announced, 'hour', 0.1)).toBe(0);
  });

  it('P-7 has a floor that never exceeds the number', () => {
    expect(mostOf({ most: 2, share: 0.5, floor: 50 }, census, 'day', 0.1)).toBe(2);
  });

  it('P-7 gives way to what was announced, by a tenth more and no further', () => {
    const announced = { ...census, forecast: { hour: 1_000, day: 3_000 } };
    expect(mostOf(bound, announced, 'hour', 0.1)).toBe(1_100);
    expect(mostOf(bound, announced, 'day', 0.1)).toBe(3_300);
  });
});

describe('a breaker', () => {
  it('P-7 passes the last act that the limit allows, and trips by the next', () => {
    const most = mostOf(usualBreakers.bounds.pause.hour, census, 'hour', 0.1);
    const busy = { batch: { count: 50, open: 0, lastAt: now } };
    expect(ruled({ ...busy, hour: most - 1 })).toEqual({ ruling: 'pass', byAllowance: false });
    expect(ruled({ ...busy, hour: most })).toMatchObject({ ruling: 'trip', cause: 'hour' });
  });

  it('P-7 trips for everybody while nobody knows how many accounts there are, and says so', () => {
    expect(ruled({ census: null })).toMatchObject({
      ruling: 'trip',
      detail: expect.stringContaining('nobody knows') as string,
    });
  });

  it('P-7 stays open whatever else is known', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(10), (hour, asked, allowance) => {
        expect(ruled({ tripped: true, hour, asked, allowance })).toEqual({ ruling: 'open' });
      }),
    );
  });

  it('P-7 uses what a person allowed only beyond the limit', () => {
    const busy = { batch: { count: 50, open: 0, lastAt: now }, allowance: 1 };
    expect(ruled(busy)).toEqual({ ruling: 'pass', byAllowance: false });
    expect(ruled({ ...busy, hour: 100 })).toEqual({ ruling: 'pass', byAllowance: true });
    // It raises the number, and makes nothing plausible that is not.
    expect(ruled({ ...busy, asked: 2_001 })).toMatchObject({ ruling: 'trip', cause: 'selected' });
  });

  it('P-7 passes no more within an hour than its limit, in whatever order acts and times come', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 20 * MINUTE_MS }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 5_000 }), (gaps, paying) => {
        const counted = { ...census, paying };
        const most = mostOf(usualBreakers.bounds.pause.hour, counted, 'hour', 0.1);
        const passed: number[] = [];
        let [at, tripped] = [now, false];
        for (const gap of gaps) {
          at += gap;
          const within = (ms: number) => passed.filter((one) => one >= at - ms).length;
          const state = {
            ...quiet,
            now: at,
            tripped,
            census: counted,
            hour: within(HOUR_MS),
            day: within(24 * HOUR_MS),
          };
          const ruling = ruleBreaker(usualBreakers, 'pause', {
            ...state,
            batch: { count: 50, open: 0, lastAt: at },
          });
          if (ruling.ruling === 'pass') passed.push(at);
          tripped ||= ruling.ruling === 'trip';
          expect(within(HOUR_MS)).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});

describe('a canary', () => {
  const look = usualBreakers.canary.lookMs;
  it.each([
    ['the first goes', { count: 0, open: 0, lastAt: null }, 'pass'],
    ['nobody else while it is looked at', { count: 1, open: 0, lastAt: now - look + 1 }, 'wait'],
    ['nobody else while it is not done', { count: 1, open: 1, lastAt: now - 10 * look }, 'wait'],
    ['then a second', { count: 1, open: 0, lastAt: now - look }, 'pass'],
    ['a sixth at once', { count: 5, open: 5, lastAt: now }, 'pass'],
    ['no seventh while one of the six is not done', { count: 6, open: 1, lastAt: now - 10 * look }, 'wait'],
    ['then the rest', { count: 6, open: 0, lastAt: now - look }, 'pass'],
    ['and all that follow', { count: 7, open: 7, lastAt: now }, 'pass'],
  ])('IN-5 %s', (_, batch, ruling) => {
    expect(ruled({ batch })).toMatchObject({ ruling });
  });

  it('IN-5 trips when the first come to no end for an hour, and lets notices wait for no mail server', () => {
    const batch = { count: 1, open: 1, lastAt: now - HOUR_MS };
    expect(ruled({ batch })).toMatchObject({ ruling: 'trip', cause: 'canary' });
    expect(ruled({ batch: { ...batch, lastAt: now - HOUR_MS + 1 } })).toMatchObject({ ruling: 'wait' });
    expect(ruled({ batch }, 'notice')).toMatchObject({ ruling: 'pass' });
  });

  it('IN-5 says when to ask again, and never in the past', () => {
    fc.assert(
      fc.property(fc.nat(3 * look), fc.nat(1), (agoMs, open) => {
        const ruling = ruled({ batch: { count: 1, open, lastAt: now - agoMs } });
        if (ruling.ruling === 'wait') expect(ruling.until).toBeGreaterThan(now);
      }),
    );
  });
});

describe('what no honest day looks like', () => {
  const busy = { batch: { count: 50, open: 0, lastAt: now } };
  it('IN-5 more accounts at once than a fiftieth of all, unless just as many were announced', () => {
    expect(ruled({ ...busy, asked: 2_000 })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, asked: 2_001 })).toMatchObject({ ruling: 'trip', cause: 'selected' });
    const announced = { ...census, forecast: { hour: 3_000, day: 3_000 } };
    expect(ruled({ ...busy, asked: 3_300, census: announced })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, asked: 3_301, census: announced })).toMatchObject({ cause: 'selected' });
  });

  it('IN-5 more than a fifth of what was due turns out not to be owed, of at least ten', () => {
    expect(ruled({ ...busy, asked: 10, vetoed: 2 })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, asked: 10, vetoed: 3 })).toMatchObject({ ruling: 'trip', cause: 'vetoed' });
    expect(ruled({ ...busy, asked: 9, vetoed: 9 })).toMatchObject({ ruling: 'pass' });
  });

  it('IN-5 a batch of ten of one country, or on one plan, where most are of another', () => {
    const of = (country: string, count: number) =>
      Array.from({ length: 10 }, (_, n) => (n < count ? country : null));
    expect(ruled({ ...busy, countries: of('DE', 8) })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, countries: of('DE', 9) })).toMatchObject({ ruling: 'trip', cause: 'alike' });
    expect(ruled({ ...busy, countries: of('FR', 10) })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, countries: of('DE', 9).slice(0, 9) })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, plans: of('team', 8) })).toMatchObject({ ruling: 'pass' });
    expect(ruled({ ...busy, plans: of('team', 9) })).toEqual({
      ruling: 'trip',
      cause: 'alike',
      detail: '9 of the last 10 accounts are on the plan team, as 30 % of all are',
    });
    expect(ruled({ ...busy, plans: of('free', 10) })).toMatchObject({ ruling: 'pass' });
  });

  it('tells nobody anything about notices, which are bounded by their number', () => {
    const strange = { ...busy, asked: 90_000, vetoed: 90_000 };
    expect(ruled(strange, 'notice')).toMatchObject({ ruling: 'pass' });
  });
});
