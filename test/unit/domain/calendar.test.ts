import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstOpen, isOpen, later, type Almanac } from '../../../src/domain/calendar.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/time.js';
import { almanacOf } from '../../../src/policy/almanac.js';
import { calendarShape } from '../../../src/policy/calendar.js';

const now = Date.UTC(2026, 0, 15);
const almanac = (
  rule: unknown,
  place = { timeZone: null as string | null, country: null as string | null },
) => almanacOf(calendarShape.parse(rule), place, now);
const at = (text: string) => Date.parse(text);
const shown = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

const berlin = almanac({ timeZone: 'Europe/Berlin' });
const office = almanac({
  timeZone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  hours: '09:00-17:00',
  holidays: ['DE'],
  blackouts: [{ from: '12-20', to: '01-06' }],
});

/** What a zone's clocks show, by the runtime's own rules. */
const clockIn = (timeZone: string, instant: number) => formatOf(timeZone).format(instant);
const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  const made =
    known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, made);
  return made;
}

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/St_Johns',
];
const almanacs = new Map(zones.map((timeZone) => [timeZone, almanac({ timeZone })]));
const zoned = (timeZone: string) => almanacs.get(timeZone) ?? null;
const instants = fc.integer({ min: Date.UTC(2026, 1, 1) / MINUTE_MS, max: Date.UTC(2028, 5, 1) / MINUTE_MS });

describe('days of a zone', () => {
  it.each([
    ['over the change to summer time', '2026-03-26T08:00:00Z', 10, '2026-04-05T07:00:00Z'],
    ['over the change to winter time', '2026-10-20T07:00:00Z', 10, '2026-10-30T08:00:00Z'],
    ['over the end of a short month', '2026-01-31T08:00:00Z', 29, '2026-03-01T08:00:00Z'],
    ['over the leap day', '2028-02-20T08:00:00Z', 10, '2028-03-01T08:00:00Z'],
    ['to an hour that clocks skip, as much later', '2026-03-28T01:30:00Z', 1, '2026-03-29T01:30:00Z'],
    ['to an hour that clocks show twice, the second time', '2026-10-24T00:30:00Z', 1, '2026-10-25T01:30:00Z'],
  ])('%s', (_, from, days, to) => {
    expect(shown(later(berlin, at(from), days * DAY_MS))).toBe(to);
  });

  it('counts what is less than a day by the hour, after the whole days', () => {
    expect(shown(later(berlin, at('2026-03-28T08:00:00Z'), DAY_MS + 6 * HOUR_MS))).toBe(
      '2026-03-29T13:00:00Z',
    );
  });

  it('shows the same hour so many days later, unless clocks skip it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        instants,
        fc.integer({ min: 0, max: 120 }),
        (timeZone, minutes, days) => {
          const from = minutes * MINUTE_MS;
          const to = later(zoned(timeZone), from, days * DAY_MS);
          const [fromTime, toTime] = [from, to].map((instant) => clockIn(timeZone, instant).slice(11));
          const dayAfter = later(zoned(timeZone), from, (days + 1) * DAY_MS);
          expect(to - from).toBeGreaterThanOrEqual(days * DAY_MS - HOUR_MS);
          expect(to - from).toBeLessThanOrEqual(days * DAY_MS + HOUR_MS);
          expect(dayAfter).toBeGreaterThan(to);
          // Only where clocks skip that minute of that day.
          const around = Array.from({ length: 240 }, (_, index) => to + (index - 120) * MINUTE_MS);
          const wished = `${clockIn(timeZone, to).slice(0, 10)} ${fromTime}`;
          if (toTime !== fromTime)
            expect(around.map((instant) => clockIn(timeZone, instant))).not.toContain(wished);
          const expected = new Date(
            Date.parse(`${clockIn(timeZone, from).slice(0, 10)}T00:00:00Z`) + days * DAY_MS,
          );
          expect(clockIn(timeZone, to).slice(0, 10)).toBe(expected.toISOString().slice(0, 10));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is 24 hours without an almanac', () => {
    expect(later(null, at('2026-03-26T08:00:00Z'), 10 * DAY_MS)).toBe(at('2026-04-05T08:00:00Z'));
  });
});

describe('the first moment that is open', () => {
  it.each([
    ['now, in office hours', '2026-03-25T10:00:00Z', '2026-03-25T10:00:00Z'],
    ['the same day, before them', '2026-03-25T03:00:00Z', '2026-03-25T08:00:00Z'],
    ['the next day, after them', '2026-03-25T16:00:00Z', '2026-03-26T08:00:00Z'],
    ['on Monday, at the weekend, in summer time', '2026-03-28T10:00:00Z', '2026-03-30T07:00:00Z'],
    ['after Easter', '2026-04-02T16:00:00Z', '2026-04-07T07:00:00Z'],
    ['after a blackout over the end of the year', '2026-12-20T12:00:00Z', '2027-01-07T08:00:00Z'],
    ['after the one that began the year before', '2026-01-02T12:00:00Z', '2026-01-07T08:00:00Z'],
  ])('is %s', (_, from, to) => {
    expect(shown(firstOpen(office, at(from)))).toBe(to);
  });

  it('is never before what was asked, is open, and is found again from itself', () => {
    fc.assert(
      fc.property(instants, (minutes) => {
        const from = minutes * MINUTE_MS;
        const open = firstOpen(office, from);
        expect(open).toBeGreaterThanOrEqual(from);
        expect(firstOpen(office, open)).toBe(open);
        expect(isOpen(office, open)).toBe(true);
        const [date = '', time = ''] = clockIn('Europe/Berlin', open).split(' ');
        expect(time >= '09:00:00' && time < '17:00:00').toBe(true);
        expect([1, 2, 3, 4, 5]).toContain(new Date(`${date}T00:00:00Z`).getUTCDay());
        expect(date.slice(5) >= '12-20' || date.slice(5) <= '01-06').toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is at once without an almanac, and for a date that never comes', () => {
    expect(firstOpen(null, 5)).toBe(5);
    expect(firstOpen(office, Infinity)).toBe(Infinity);
  });

  it('comes in the end, also where everything is closed', () => {
    const closed: Almanac = { ...office, closed: [[0, 1_000_000]] };
    expect(firstOpen(closed, now)).toBe(now + 400 * DAY_MS);
  });
});

describe('the almanac of an account', () => {
  it('has the account’s own zone and country where the policy says so, and UTC and no holidays where they are unknown', () => {
    const rule = { timeZone: 'account', holidays: 'account' };
    const known = almanac(rule, { timeZone: 'Asia/Tokyo', country: 'JP' });
    expect(known.offsets).toEqual([[Date.UTC(2026, 0, 1), 9 * HOUR_MS]]);
    const isClosed = (text: string) => !isOpen(known, at(text));
    // Greenery Day, in the middle of the Golden Week, and a day without a name.
    expect(['2026-05-04T03:00:00Z', '2026-06-10T03:00:00Z'].map(isClosed)).toEqual([true, false]);
    expect(almanac(rule)).toEqual({
      offsets: [[Date.UTC(2026, 0, 1), 0]],
      weekdays: [0, 1, 2, 3, 4, 5, 6],
      hours: null,
      closed: [],
    });
    expect(almanac(rule, { timeZone: 'Mars/Olympus', country: null }).offsets).toEqual([
      [Date.UTC(2026, 0, 1), 0],
    ]);
  });

  it('knows the second at which clocks change, for three years', () => {
    expect(berlin.offsets.map(([from, offset]) => [shown(from), offset / HOUR_MS])).toEqual([
      ['2026-01-01T00:00:00Z', 1],
      ['2026-03-29T01:00:00Z', 2],
      ['2026-10-25T01:00:00Z', 1],
      ['2027-03-28T01:00:00Z', 2],
      ['2027-10-31T01:00:00Z', 1],
      ['2028-03-26T01:00:00Z', 2],
      ['2028-10-29T01:00:00Z', 1],
    ]);
  });

  it('is small enough to stand in a history', () => {
    expect(JSON.stringify(office).length).toBeLessThan(1_500);
  });
});
