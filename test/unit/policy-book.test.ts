import { describe, expect, it } from 'vitest';
import { parsePolicy, PolicyError } from '../../src/policy/load.js';
import { policyJsonSchema } from '../../src/policy/json-schema.js';

const base = {
  name: 'sample',
  retryWindow: '8d',
  reminders: [{ after: '1d' }, { after: '4d' }],
  pause: { after: '10d', lead: '2d' },
  contact: 'billing@example.com',
};

function mistakesIn(changes: object): string[] {
  try {
    parsePolicy(JSON.stringify({ ...base, ...changes }), 'my.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return (error as PolicyError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const vip = { name: 'vip', when: { tags: ['vip'] }, dwell: '2d' };
const insideRetries =
  'lies inside the retry window, while Stripe may still collect: make it later, or retryWindow shorter if Stripe really stops earlier';

const mistakes: readonly [string, object, string[]][] = [
  [
    'segments that are no list',
    { segments: vip },
    ['segments: write a list of segments, each with name, when, and the fields that differ'],
  ],
  [
    'a segment without a name',
    { segments: [{ ...vip, name: undefined }] },
    ['segments.0.name: give the segment a name'],
  ],
  [
    'a segment with a name for people',
    { segments: [{ ...vip, name: 'Our VIPs' }] },
    ['segments.0.name: write the name in small letters, digits and hyphens'],
  ],
  [
    'two segments of a name',
    { segments: [vip, { ...vip, when: { tags: ['x'] } }] },
    ['segments.1.name: vip is the name of another segment already'],
  ],
  [
    'a segment that is never reached',
    { segments: [vip, { ...vip, name: 'again' }] },
    ['segments.1.when: is never reached: vip is for the same accounts and comes first'],
  ],
  [
    'a segment that changes nothing',
    { segments: [{ name: 'vip', when: { tags: ['vip'] } }] },
    ['segments.0: changes nothing: name the fields that differ, or remove it'],
  ],
  [
    'a segment for everybody',
    { segments: [{ ...vip, when: {} }] },
    ['segments.0.when: says nothing, so it is for everybody: write these rules into the policy itself'],
  ],
  [
    'a segment for no tag',
    { segments: [{ ...vip, when: { tags: [] } }] },
    ['segments.0.when.tags: name at least one, or leave it out'],
  ],
  [
    'a segment by a country’s name',
    { segments: [{ ...vip, when: { countries: ['Germany'] } }] },
    ['segments.0.when.countries.0: write a country as two capital letters, such as DE'],
  ],
  [
    'a segment by a tenure without a unit',
    { segments: [{ ...vip, when: { tenureBelow: 90 } }] },
    ['segments.0.when.tenureBelow: write a duration with its unit, such as 3d, 6h, 15m or 90s'],
  ],
  [
    'a segment by a sum in capital letters',
    { segments: [{ ...vip, when: { owedAtLeast: { USD: 1 } } }] },
    ['segments.0.when.owedAtLeast.USD: write the currency as three lower-case letters, such as usd'],
  ],
  [
    'a mistake in what a segment changes',
    { segments: [{ ...vip, dwell: 'long' }] },
    ['segments.0.dwell: "long" is no duration: write 3d, 6h, 15m or 90s'],
  ],
  [
    'SUB-1 a segment that pauses inside the retry window',
    { segments: [{ ...vip, pause: { after: '6d', lead: '1d' } }] },
    [`segments.0.pause.after: ${insideRetries}`],
  ],
  [
    'a segment whose retry window reaches over the pause of all',
    { segments: [{ ...vip, retryWindow: '20d' }] },
    [`segments.0: with these changes pause.after ${insideRetries}`],
  ],
  [
    'a segment that limits beside an immediate pause',
    { segments: [{ ...vip, limit: { after: '9d' }, pause: { immediate: true } }] },
    ['segments.0.limit: has no place beside an immediate pause, which takes more at once'],
  ],
  [
    'a zone that is none',
    { calendar: { timeZone: 'Berlin' } },
    ['calendar.timeZone: write a zone such as Europe/Berlin, or account for that of each account'],
  ],
  ['no open day', { calendar: { days: [] } }, ['calendar.days: name at least one day']],
  [
    'a day in another language',
    { calendar: { days: ['lun'] } },
    ['calendar.days.0: write days as sun, mon, tue, wed, thu, fri, sat'],
  ],
  [
    'hours the wrong way round',
    { calendar: { hours: '17:00-09:00' } },
    ['calendar.hours: "17:00-09:00" are no hours: write 09:00-17:00, the later time last'],
  ],
  [
    'hours that do not exist',
    { calendar: { hours: '09:00-24:30' } },
    ['calendar.hours: "09:00-24:30" are no hours: write 09:00-17:00, the later time last'],
  ],
  ['hours as a number', { calendar: { hours: 9 } }, ['calendar.hours: write the hours as 09:00-17:00']],
  [
    'holidays of a country by its name',
    { calendar: { holidays: ['Germany'] } },
    ['calendar.holidays.0: write a country or a part of it as DE or DE-BY'],
  ],
  [
    'holidays of nowhere',
    { calendar: { holidays: ['XX'] } },
    ['calendar.holidays: there is no list of holidays for XX'],
  ],
  [
    'a blackout that ends before it begins',
    { calendar: { blackouts: [{ from: '2026-12-24', to: '2026-12-20' }] } },
    ['calendar.blackouts.0.to: must not be before the first day'],
  ],
  [
    'a blackout of half a year',
    { calendar: { blackouts: [{ from: '01-01', to: '06-30' }] } },
    ['calendar.blackouts.0.to: is too late: a blackout is at most 60 days long'],
  ],
  [
    'a blackout with one year',
    { calendar: { blackouts: [{ from: '2026-12-24', to: '01-06' }] } },
    ['calendar.blackouts.0.to: write both dates with their year, or both without'],
  ],
  [
    'a blackout on a day that there is not',
    { calendar: { blackouts: [{ from: '02-30', to: '03-01' }] } },
    ['calendar.blackouts.0.from: there is no such day'],
  ],
  [
    'a date of another country',
    { calendar: { blackouts: [{ from: '24.12.', to: '06.01.' }] } },
    [
      'calendar.blackouts.0.from: write a date as 2026-12-24, or as 12-24 for every year',
      'calendar.blackouts.0.to: write a date as 2026-12-24, or as 12-24 for every year',
    ],
  ],
  [
    'a clock that is none',
    { clock: 'due_date' },
    ['clock: write first_failure or finalisation: what counts where there is no due date'],
  ],
  [
    'a limit of a segment’s fallback plan below nothing',
    { segments: [{ ...vip, fallbackPlan: { plan: 'free', limits: { seats: -1 } } }] },
    [
      'segments.0.fallbackPlan.limits.seats: must not be less than 0: leave the limit out where there is none',
    ],
  ],
  [
    'a field of a segment’s that is none',
    { segments: [{ ...vip, dwel: '1d' }] },
    ['segments.0: Unrecognized key: "dwel"'],
  ],
];

describe('a policy with segments and a calendar', () => {
  it.each(mistakes)('says where and what to write: %s', (_, changes, sentences) => {
    expect(mistakesIn(changes)).toEqual(sentences);
  });

  it('tells the mistakes of all its segments at once', () => {
    const both = [
      { ...vip, dwell: 'x' },
      { name: 'new', when: { tenureBelow: '30d' }, recheck: '1ms' },
    ];
    expect(mistakesIn({ segments: both, dwell: 'y' })).toHaveLength(1);
    expect(mistakesIn({ segments: both })).toHaveLength(2);
  });

  it('may leave a step out of a segment', () => {
    const book = parsePolicy(JSON.stringify({ ...base, segments: [{ ...vip, pause: null }] }), 'my.yaml');
    expect(book.segments[0]?.policy.pause).toBeNull();
    expect(book.policy.pause).not.toBeNull();
  });

  it('SUB-2 may have another fallback plan in a segment, as a whole, or none there', () => {
    const planOf = (fallbackPlan: unknown) => {
      const segments = [{ name: 'vip', when: { tags: ['vip'] }, fallbackPlan }];
      const free = { plan: 'free', limits: { seats: 1 } };
      const book = parsePolicy(JSON.stringify({ ...base, fallbackPlan: free, segments }), 'my.yaml');
      expect(book.policy.fallbackPlan).toEqual(free);
      return book.segments[0]?.policy.fallbackPlan;
    };
    expect(planOf({ plan: 'starter' })).toEqual({ plan: 'starter', limits: {} });
    expect(planOf(null)).toBeNull();
  });

  it('has another version with each change of a segment or of the calendar, and the same without any', () => {
    const versionOf = (more: object) => parsePolicy(JSON.stringify({ ...base, ...more }), 'my.yaml').version;
    const versions = [
      versionOf({}),
      versionOf({ segments: [vip] }),
      versionOf({ segments: [{ ...vip, dwell: '3d' }] }),
      versionOf({ segments: [{ ...vip, when: { tags: ['other'] } }] }),
      versionOf({ calendar: { days: ['mon'] } }),
      versionOf({ clock: 'finalisation' }),
    ];
    expect(new Set(versions).size).toBe(versions.length);
    expect(versionOf({ segments: [], clock: 'first_failure' })).toBe(versionOf({}));
  });
});

describe('the JSON Schema of policies', () => {
  it('knows every field, and that a segment may leave a step out', () => {
    const { properties, required } = policyJsonSchema() as {
      properties: Record<string, { items?: { properties: object } }>;
      required: string[];
    };
    expect(required).toEqual(['name', 'retryWindow', 'reminders', 'contact']);
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['pause', 'calendar', 'segments', 'clock']),
    );
    expect(properties['segments']?.items?.properties).toMatchObject({
      pause: { anyOf: [{}, { type: 'null' }] },
    });
  });
});
