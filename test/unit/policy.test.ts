import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { advance } from '../../src/domain/advance.js';
import type { Act } from '../../src/domain/effect.js';
import type { Policy } from '../../src/domain/policy.js';
import { record } from '../../src/domain/record.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import { loadPolicy, parsePolicy, PolicyError } from '../../src/policy/load.js';
import { caseFileOf, day, factsOf, standingThatIs } from '../support/facts.js';

/** A good policy, line by line, so that each mistake is one line of a test. */
const lines = {
  name: 'name: sample',
  retryWindow: 'retryWindow: 8d',
  reminders: 'reminders: [{ after: 1d }, { after: 4d }, { after: 8d }]',
  pause: 'pause: { after: 10d, lead: 2d }',
  contact: 'contact: billing@example.com',
};
const written = (changes: Partial<Record<keyof typeof lines | 'more', string>> = {}) =>
  Object.values({ ...lines, more: '', ...changes }).join('\n');

function mistakesIn(text: string): string {
  try {
    parsePolicy(text, 'my.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return (error as PolicyError).message;
  }
  throw new Error('the policy was taken');
}

const folder = mkdtempSync(join(tmpdir(), 'forbear-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shipped = readdirSync('policies').filter((name) => name.endsWith('.yaml'));

describe('the policies that come with Forbear', () => {
  it.each(shipped)('is a policy, named as its file: %s', (name) => {
    const { policy, version } = loadPolicy(`policies/${name}`);
    expect(`${policy.name}.yaml`).toBe(name);
    expect(version).toMatch(/^[0-9a-f]{16}$/);
  });

  it('EC-2 saas: reminds on day 1, 4 and 8, pauses on day 10, after Stripe’s last retry and cancellation, and falls to the free plan', () => {
    expect(loadPolicy('policies/saas.yaml').policy).toEqual<Policy>({
      name: 'saas',
      retryWindowMs: 8 * DAY_MS,
      reminders: [{ afterMs: DAY_MS }, { afterMs: 4 * DAY_MS }, { afterMs: 8 * DAY_MS }],
      limit: null,
      pause: { afterMs: 10 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
      decommission: null,
      fallbackPlan: { plan: 'free', limits: { seats: 1, projects: 3 } },
      dwellMs: DAY_MS,
      longestEpisodeMs: 30 * DAY_MS,
      longestExtensionMs: 60 * DAY_MS,
      longestAgreementMs: 180 * DAY_MS,
      longestProcessingMs: 14 * DAY_MS,
      confirmationMs: 7 * DAY_MS,
      thresholdsMinor: {},
      exposure: null,
      retryOnNewCard: true,
      clock: 'first_failure',
      segment: null,
      own: null,
      almanac: null,
      contact: 'billing@example.com',
      exportUrl: null,
      language: 'en',
      recheckMs: 30 * SECOND_MS,
      holdRetryMs: 6 * HOUR_MS,
    });
  });

  it('demo: goes through a whole life within half a minute', () => {
    const { policy } = loadPolicy('policies/demo.yaml');
    expect(policy.pause?.afterMs).toBeLessThanOrEqual(30 * SECOND_MS);
  });

  it('TT-17 compute: suspends at once, without waiting for what runs', () => {
    const { pause } = loadPolicy('policies/compute.yaml').policy;
    expect(pause).toEqual({ afterMs: 0, leadMs: 0, immediate: true, drain: false });
  });

  it('TT-4 hosting: limits, pauses, announces, and deletes only with an approval', () => {
    const { limit, pause, decommission, exposure } = loadPolicy('policies/hosting.yaml').policy;
    expect([limit?.afterMs, pause?.afterMs, decommission?.afterMs].map((ms) => (ms ?? 0) / DAY_MS)).toEqual([
      10, 14, 16,
    ]);
    expect(decommission).toMatchObject({
      retentionMs: 28 * DAY_MS,
      approvalMs: 14 * DAY_MS,
      collection: 'cancel',
    });
    expect(exposure).toEqual({ capsMinor: { eur: 500_000, usd: 500_000 }, pace: 0.5 });
  });

  it('SUB-1 saas: takes nothing away from a past_due subscription while Stripe still retries', () => {
    const { policy } = loadPolicy('policies/saas.yaml');
    let file = caseFileOf();
    const taken: [Act['step'], number][] = [];
    for (let hour = 0; hour <= 11 * 24; hour += 1) {
      const now = day(0) + hour * HOUR_MS;
      // The adapter reads `past_due` as live.
      const facts = factsOf(standingThatIs('owing', now, 'live'), { policy });
      for (let turn = advance(file, facts, now); ; turn = advance(file, facts, now)) {
        file = turn.file;
        if (turn.act === null) break;
        taken.push([turn.act.step, hour / 24]);
        file = record(file, turn.act, { status: 'done', at: now }, policy, now);
      }
    }
    expect(taken).toEqual([
      ['remind', 1],
      ['remind', 4],
      ['remind', 8],
      ['pause', 10],
    ]);
    const pausedOn = taken.find(([step]) => step === 'pause')?.[1] ?? 0;
    expect(pausedOn * DAY_MS).toBeGreaterThanOrEqual(policy.retryWindowMs);
  });
});

describe('a policy with a mistake', () => {
  const mistakes: readonly [string, string, RegExp[]][] = [
    ['an unknown field', written({ more: 'pauze: 3d' }), [/\(the file\).*"pauze"/]],
    [
      'an unknown field of a reminder',
      written({ reminders: 'reminders: [{ after: 1d, text: hi }]' }),
      [/reminders\.0:.*"text"/],
    ],
    [
      'a duration in words',
      written({ retryWindow: 'retryWindow: a week' }),
      [/retryWindow: "a week".*write 3d/],
    ],
    [
      'a number without a unit',
      written({ retryWindow: 'retryWindow: 8' }),
      [/retryWindow: .*with its unit, such as 3d/],
    ],
    [
      'a quoted number without a unit',
      written({ more: 'dwell: "8"' }),
      [/dwell: "8" is no duration: write 3d/],
    ],
    ['a negative duration', written({ more: 'dwell: -1d' }), [/dwell: "-1d".*write 3d/]],
    ['two units', written({ more: 'dwell: 1d 2h' }), [/dwell: "1d 2h"/]],
    [
      'a duration beyond all dates',
      written({ more: 'longestEpisode: 99999999999d' }),
      [/longestEpisode: .*at most 3650d/],
    ],
    [
      'an endless duration',
      written({ more: `longestEpisode: ${'9'.repeat(400)}d` }),
      [/longestEpisode: .*at most 3650d/],
    ],
    [
      'a hold that is asked again without a wait',
      written({ more: 'holdRetry: 0s' }),
      [/holdRetry: must be at least 1s/],
    ],
    ['a second look without a wait', written({ more: 'recheck: 10ms' }), [/recheck: must be at least 1s/]],
    ['no reminders', written({ reminders: 'reminders: []' }), [/reminders: /]],
    [
      'a pause without its lead',
      written({ pause: 'pause: { after: 10d }' }),
      [/pause: write either \{after, lead\}/],
    ],
    ['no contact', written({ contact: '' }), [/contact: write the address that customers can write to/]],
    [
      'a contact that is no address',
      written({ contact: 'contact: the billing team' }),
      [/contact: write the address/],
    ],
    [
      'a currency in capitals',
      written({ more: 'thresholds: { USD: 100 }' }),
      [/thresholds\.USD: .*three lower-case letters/],
    ],
    ['a threshold in major units', written({ more: 'thresholds: { usd: 1.5 }' }), [/thresholds\.usd: /]],
    [
      'a fallback plan by its name alone',
      written({ more: 'fallbackPlan: free' }),
      [
        /fallbackPlan: write the plan, and its limits if it has any: \{ plan: free, limits: \{ seats: 1 \} \}/,
      ],
    ],
    [
      'a fallback plan without its name',
      written({ more: 'fallbackPlan: { limits: { seats: 1 } }' }),
      [/fallbackPlan\.plan: write the app’s own name of the plan, such as free/],
    ],
    [
      'a fallback plan with an empty name',
      written({ more: 'fallbackPlan: { plan: " " }' }),
      [/fallbackPlan\.plan: write the app’s own name of the plan, such as free/],
    ],
    [
      'an unknown field of the fallback plan',
      written({ more: 'fallbackPlan: { plan: free, seats: 1 }' }),
      [/fallbackPlan: .*"seats"/],
    ],
    [
      'a limit that is negative',
      written({ more: 'fallbackPlan: { plan: free, limits: { seats: -1 } }' }),
      [/fallbackPlan\.limits\.seats: must not be less than 0: leave the limit out where there is none/],
    ],
    [
      'a limit that is no whole number',
      written({ more: 'fallbackPlan: { plan: free, limits: { seats: 1.5, projects: many } }' }),
      [
        /fallbackPlan\.limits\.seats: write a whole number, such as 3/,
        /fallbackPlan\.limits\.projects: write a whole number, such as 3/,
      ],
    ],
    [
      'a limit without a name',
      written({ more: 'fallbackPlan: { plan: free, limits: { "": 1 } }' }),
      [/fallbackPlan\.limits\.: give the limit its name/],
    ],
    [
      'more limits than an answer should hold',
      written({
        more: `fallbackPlan: { plan: free, limits: { ${Array.from({ length: 51 }, (_, i) => `l${i}: 1`).join(', ')} } }`,
      }),
      [/fallbackPlan\.limits: has more than 50 entries/],
    ],
    ['no name', written({ name: '' }), [/name: /]],
    ['text that is no YAML', 'name: [unclosed', [/not readable as YAML/]],
    ['an alias without its anchor', 'name: *nobody', [/not readable as YAML/]],
    ['a field given twice', written({ more: 'name: again' }), [/not readable as YAML.*unique/]],
    ['two documents', `${written()}\n---\n${written()}`, [/not readable as YAML/]],
    ['an empty file', '', [/\(the file\): /]],
    ['a list', '- a\n- b', [/\(the file\): /]],
  ];

  it.each(mistakes)('says where it is and what to do: %s', (_, text, sentences) => {
    const message = mistakesIn(text);
    expect(message.startsWith('my.yaml')).toBe(true);
    for (const sentence of sentences) expect(message).toMatch(sentence);
  });

  it('tells every mistake at once', () => {
    const message = mistakesIn(
      written({ retryWindow: 'retryWindow: 8', contact: 'contact: nobody', more: 'colour: red' }),
    );
    for (const path of ['retryWindow', 'contact', 'colour']) expect(message).toContain(path);
  });

  it('names the file that is missing, and the setting that names another', () => {
    expect(() => loadPolicy(join(folder, 'none.yaml'))).toThrow(PolicyError);
    expect(() => loadPolicy(join(folder, 'none.yaml'))).toThrow(
      /none\.yaml.*FORBEAR_POLICY.*policies\/saas\.yaml/,
    );
    expect(() => loadPolicy(folder), 'a folder is no file').toThrow(PolicyError);
  });

  it('throws nothing but PolicyError, whatever stands in the file', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'{}[]:-*&!|>#%@"\'\n\t ,ab1?'.split('')) }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        expect(mistakesIn(text)).toContain('my.yaml');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is allowed', () => {
  it.each([
    ['the pause on the very day when the retry window ends', written({ retryWindow: 'retryWindow: 10d' })],
    [
      'the first reminder just the lead before the pause',
      written({ pause: 'pause: { after: 10d, lead: 9d }' }),
    ],
    ['no pause', written({ pause: '' })],
    ['no steps but reminders, and all that goes with them', written({ pause: '', more: 'language: de' })],
    ['a reminder at once', written({ reminders: 'reminders: [{ after: 0s }]' })],
  ])('takes %s', (_, text) => {
    expect(() => parsePolicy(text, 'my.yaml')).not.toThrow();
  });

  it('reads every unit, and fractions to the millisecond', () => {
    const dwellOf = (dwell: string) =>
      parsePolicy(written({ more: `dwell: ${dwell}` }), 'my.yaml').policy.dwellMs;
    expect(['500ms', '90s', '15m', '6h', '3d', '1.5h', '0s', '0.5ms'].map(dwellOf)).toEqual([
      500,
      90_000,
      900_000,
      6 * HOUR_MS,
      3 * DAY_MS,
      1.5 * HOUR_MS,
      0,
      1,
    ]);
  });
});

describe('SUB-2 the fallback plan', () => {
  const planIn = (more: string) => parsePolicy(written({ more }), 'my.yaml').policy.fallbackPlan;

  it('is a name and its limits, and there is none where nothing is said', () => {
    expect(planIn('fallbackPlan: { plan: free, limits: { seats: 1, projects: 3, exports: 0 } }')).toEqual({
      plan: 'free',
      limits: { seats: 1, projects: 3, exports: 0 },
    });
    expect(planIn('fallbackPlan: { plan: free }')).toEqual({ plan: 'free', limits: {} });
    expect(planIn('')).toBeNull();
  });
});

describe('the version', () => {
  const versionOf = (text: string) => parsePolicy(text, 'my.yaml').version;
  const plain = versionOf(written());

  it.each([
    ['comments and blank lines', `# ours\n\n${written()}\n# the end`],
    ['the order of fields', Object.values(lines).reverse().join('\n')],
    ['other units for the same time', written({ retryWindow: 'retryWindow: 192h' })],
    ['a default that is written out', written({ more: 'dwell: 1d\nlongestEpisode: 30d\nholdRetry: 6h' })],
  ])('is not changed by %s', (_, text) => {
    expect(versionOf(text)).toBe(plain);
  });

  it('is not changed by the order of thresholds', () => {
    const one = versionOf(written({ more: 'thresholds: { usd: 100, eur: 200 }' }));
    expect(versionOf(written({ more: 'thresholds: { eur: 200, usd: 100 }' }))).toBe(one);
  });

  it('is not changed by the order of a plan’s limits', () => {
    const one = versionOf(written({ more: 'fallbackPlan: { plan: free, limits: { seats: 1, a: 2 } }' }));
    const two = versionOf(written({ more: 'fallbackPlan: { limits: { a: 2, seats: 1 }, plan: free }' }));
    expect(two).toBe(one);
    expect(one).not.toBe(plain);
  });

  it('is that of a file from before there were fallback plans', () => {
    expect(plain).toBe('d0d6e3a0039531e9');
  });

  it.each(
    Object.entries({
      name: 'name: other',
      retryWindow: 'retryWindow: 7d',
      reminders: 'reminders: [{ after: 1d }, { after: 4d }, { after: 7d }]',
      pause: 'pause: { after: 11d, lead: 2d }',
      contact: 'contact: money@example.com',
      more: 'thresholds: { usd: 1 }',
    }),
  )('is changed by another %s', (field, line) => {
    expect(versionOf(written({ [field]: line }))).not.toBe(plain);
  });

  it('is that of the file’s content, wherever it is', () => {
    const path = join(folder, 'copy.yaml');
    writeFileSync(path, written());
    expect(loadPolicy(path).version).toBe(plain);
  });
});
