import Holidays from 'date-holidays';
import type { Almanac } from '../domain/calendar.js';
import { DAY_MS, type Instant } from '../domain/time.js';
import { isZone, weekdayNumbers, type CalendarRule } from './calendar.js';

/** Where an account is, as far as it is known. */
export type Place = { readonly timeZone: string | null; readonly country: string | null };

// A case lives for months; what is agreed in instalments for half a year. Beyond the last year no day is closed any more.
const years = 3;

/**
 * What a policy's calendar means for an account, from the year of `now` on and for three years. An account whose zone or
 * country isn't known has UTC and no holidays. Depends on the zone and holiday data of this machine, so it is never to be
 * called where the same answer has to come again.
 */
export function almanacOf(rule: CalendarRule, place: Place, now: Instant): Almanac {
  const wanted = rule.timeZone === 'account' ? (place.timeZone ?? 'UTC') : rule.timeZone;
  const zone = isZone(wanted) ? wanted : 'UTC';
  const firstYear = new Date(now).getUTCFullYear();
  const allYears = Array.from({ length: years }, (_, index) => firstYear + index);
  return {
    offsets: offsetsOf(zone, Date.UTC(firstYear, 0, 1), Date.UTC(firstYear + years, 0, 1)),
    weekdays: weekdayNumbers(rule.days),
    hours: rule.hours ?? null,
    closed: joined([
      ...allYears.flatMap((year) => blackoutsIn(rule, year)),
      ...regionsOf(rule, place).flatMap((region) => holidaysOf(region, allYears)),
    ]),
  };
}

type Days = readonly [first: number, last: number];

/** From when on which offset holds; found to the minute by halving the days on which it changes. */
function offsetsOf(zone: string, from: Instant, to: Instant): [Instant, number][] {
  const offsetAt = offsetReader(zone);
  const found: [Instant, number][] = [[from, offsetAt(from)]];
  for (let day = from; day < to; day += DAY_MS) {
    if (offsetAt(day) === offsetAt(day + DAY_MS)) continue;
    let [before, after] = [day, day + DAY_MS];
    while (after - before > 1_000) {
      const middle = Math.floor((before + after) / 2_000) * 1_000;
      if (offsetAt(middle) === offsetAt(before)) before = middle;
      else after = middle;
    }
    found.push([after, offsetAt(after)]);
  }
  return found;
}

function offsetReader(zone: string): (at: Instant) => number {
  const parts = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    calendar: 'gregory',
    ...parts,
  });
  return (at) => {
    const shown = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
  };
}

const dayNumber = (date: string) => Math.floor(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY_MS);

function blackoutsIn({ blackouts = [] }: CalendarRule, year: number): Days[] {
  return blackouts.flatMap(({ from, to }): Days[] => {
    if (from.length > 5) return from.startsWith(`${year}-`) ? [[dayNumber(from), dayNumber(to)]] : [];
    // One that goes over the end of the year began, at its first, in the year before.
    const first = dayNumber(`${year}-${from}`);
    const last = dayNumber(`${year}-${to}`);
    return from <= to
      ? [[first, last]]
      : [
          [dayNumber(`${year - 1}-${from}`), last],
          [first, dayNumber(`${year + 1}-${to}`)],
        ];
  });
}

function regionsOf({ holidays }: CalendarRule, { country }: Place): readonly string[] {
  if (holidays === undefined) return [];
  return holidays === 'account' ? (country === null ? [] : [country]) : holidays;
}

/** Days on which banks and offices are closed by law. */
function holidaysOf(region: string, allYears: readonly number[]): Days[] {
  const [country = '', ...parts] = region.split('-');
  const calendar = new Holidays(country, ...(parts as []), { types: ['public', 'bank'] });
  return allYears.flatMap((year) =>
    calendar.getHolidays(year).map(({ date, start, end }): Days => {
      const first = dayNumber(date);
      // The end is the first instant after it.
      const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS));
      return [first, first + length - 1];
    }),
  );
}

/** Whether there is a list of holidays for a country or a part of it. */
export function hasHolidays(region: string): boolean {
  const [country = '', ...parts] = region.split('-');
  return new Holidays(country, ...(parts as [])).getHolidays(2026).length > 0;
}

function joined(ranges: readonly Days[]): Days[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return sorted.reduce<Days[]>((kept, [first, last]) => {
    const before = kept.at(-1);
    if (before === undefined || first > before[1] + 1) return [...kept, [first, last]];
    return [...kept.slice(0, -1), [before[0], Math.max(before[1], last)]];
  }, []);
}
