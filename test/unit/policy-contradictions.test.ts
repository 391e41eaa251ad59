import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/domain/time.js';
import { parsePolicy, PolicyError } from '../../src/policy/load.js';

/** A good policy with every step, field by field, so that each mistake is one field of a test. */
const fields = {
  name: 'whole',
  retryWindow: '8d',
  reminders: [{ after: '1d' }, { after: '4d' }, { after: '8d' }],
  limit: { after: '9d', lead: '2d' },
  pause: { after: '12d', lead: '2d' },
  decommission: {
    after: '60d',
    retention: '30d',
    approval: '14d',
    approvers: ['o@example.com'],
    collection: 'cancel',
  },
  contact: 'billing@example.com',
};
type Changes = Readonly<Record<string, unknown>>;
/** JSON is YAML; what is `undefined` is left out. */
const parse = (changes: Changes) => parsePolicy(JSON.stringify({ ...fields, ...changes }), 'my.yaml').policy;
const decommission = (changes: Changes) => ({ decommission: { ...fields.decommission, ...changes } });

function mistakesIn(changes: Changes): string[] {
  try {
    parse(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError);
    return (error as PolicyError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const insideRetries =
  'lies inside the retry window, while Stripe may still collect: make it later, or retryWindow shorter if Stripe really stops earlier';

/** Each contradiction, with all that is said about it. */
const contradictions: readonly [string, Changes, string[]][] = [
  [
    'reminders that don’t ascend',
    { reminders: [{ after: '1d' }, { after: '8d' }, { after: '4d' }] },
    ['reminders.2.after: must be later than the reminder before it'],
  ],
  [
    'two reminders at once',
    { reminders: [{ after: '1d' }, { after: '24h' }] },
    ['reminders.1.after: must be later than the reminder before it'],
  ],
  [
    'SUB-1 every step inside the retry window',
    { retryWindow: '61d' },
    [
      `limit.after: ${insideRetries}`,
      `pause.after: ${insideRetries}`,
      `decommission.after: ${insideRetries}`,
    ],
  ],
  [
    'SUB-1 a deletion inside it, though the pause may be',
    { pause: { immediate: true }, limit: undefined, retryWindow: '61d' },
    [`decommission.after: ${insideRetries}`],
  ],
  [
    'a limit without time for its notice',
    { limit: { after: '9d', lead: '8.5d' } },
    ['limit.lead: leaves no time for its notice: the first reminder plus the lead must come before'],
  ],
  [
    'a limit as late as the pause',
    { limit: { after: '12d', lead: '2d' } },
    ['limit.after: must be earlier than the pause'],
  ],
  [
    'a limit beside an immediate pause',
    { pause: { immediate: true } },
    ['limit: has no place beside an immediate pause, which takes more at once'],
  ],
  [
    'a pause without time for its notice',
    { pause: { after: '12d', lead: '11.5d' } },
    [
      'pause.lead: leaves no time for its notice: the first reminder plus the lead must come before the pause',
    ],
  ],
  [
    'a pause without any notice',
    { pause: { after: '12d', lead: '0d' } },
    ['pause.lead: must be more than nothing: a pause needs a delivered warning'],
  ],
  [
    'a pause before the last reminder',
    { reminders: [{ after: '1d' }, { after: '12d' }] },
    ['pause.after: must be later than the last reminder'],
  ],
  [
    'a deletion of what was never off',
    { pause: undefined },
    ['decommission: needs a pause before it: nothing is deleted that was not off for a while'],
  ],
  [
    'a deletion as early as the pause',
    decommission({ after: '12d' }),
    ['decommission.after: must be later than the pause and the last reminder'],
  ],
  [
    'a deletion before the last reminder',
    { ...decommission({ after: '3d' }), pause: { immediate: true }, limit: undefined, retryWindow: '0d' },
    ['decommission.after: must be later than the pause and the last reminder'],
  ],
  [
    'a deletion without retention',
    decommission({ retention: '0d' }),
    ['decommission.retention: must be more than nothing: customers need time to fetch their data'],
  ],
];

const pauseShape = 'pause: write either {after, lead} or {immediate: true}; drain may stand beside both';
const misshapen: readonly [string, Changes, string[]][] = [
  [
    'a pause both at once and on a day',
    { pause: { immediate: true, after: '12d', lead: '2d' }, limit: undefined },
    [pauseShape],
  ],
  ['a pause neither at once nor on a day', { pause: { drain: true } }, [pauseShape]],
  ['a pause without its lead', { pause: { after: '12d' } }, [pauseShape]],
  [
    'P-8 nobody to approve',
    decommission({ approvers: [] }),
    ['decommission.approvers: Too small: expected array to have >=1 items'],
  ],
  [
    'an approver without an address',
    decommission({ approvers: ['ops'] }),
    ['decommission.approvers.0: write the addresses of the people who are asked'],
  ],
  [
    'a request that is over at once, and would be asked again without end',
    decommission({ approval: '0s' }),
    ['decommission.approval: must be at least 1s'],
  ],
  [
    'an unknown end of collection',
    decommission({ collection: 'void' }),
    ['decommission.collection: Invalid option: expected one of "cancel"|"pause"'],
  ],
  [
    'TT-10 a collection that goes on for what is deleted',
    decommission({ collection: 'leave' }),
    ['decommission.collection: Invalid option: expected one of "cancel"|"pause"'],
  ],
  [
    'P-8 an approval that is turned off',
    decommission({ approval: false }),
    ['decommission.approval: write a duration with its unit, such as 3d, 6h, 15m or 90s'],
  ],
  [
    'an exposure that shortens nothing',
    { exposure: { caps: { usd: 100 }, pace: 1 } },
    ['exposure.pace: must be less than 1: it shortens the days'],
  ],
  [
    'an exposure without days',
    { exposure: { caps: { usd: 100 }, pace: 0 } },
    ['exposure.pace: must be more than 0'],
  ],
  [
    'a cap in major units',
    { exposure: { caps: { usd: 99.5 }, pace: 0.5 } },
    ['exposure.caps.usd: write the sum in the smallest unit of its currency: 4900 for 49.00'],
  ],
  [
    'a cap in a currency of its own',
    { exposure: { caps: { dollars: 100 }, pace: 0.5 } },
    ['exposure.caps.dollars: write the currency as three lower-case letters, such as usd'],
  ],
  [
    'an export that is no page',
    { exportUrl: 'ftp://example.com' },
    ['exportUrl: write the address of a page, such as https://…'],
  ],
  [
    'a language in words',
    { language: 'English' },
    ['language: write the language as two lower-case letters, such as en'],
  ],
  [
    'a retry in words',
    { retryOnNewCard: 'yes' },
    ['retryOnNewCard: Invalid input: expected boolean, received string'],
  ],
];

describe('a policy that contradicts itself', () => {
  it.each(contradictions)('says where and why, and nothing else: %s', (_, changes, sentences) => {
    expect(mistakesIn(changes)).toEqual(sentences);
  });

  it.each(misshapen)('says where and what to write: %s', (_, changes, sentences) => {
    expect(mistakesIn(changes)).toEqual(sentences);
  });

  it.each<[string, Changes]>([
    ['every step', {}],
    ['a limit from day 0 on, without a notice, inside the retry window', { limit: { after: '0d' } }],
    ['a limit after its retries, without a notice', { limit: { after: '9d' } }],
    ['a limit just its lead after the first reminder', { limit: { after: '9d', lead: '8d' } }],
    ['a limit and no pause', { pause: undefined, decommission: undefined }],
    [
      'an immediate pause inside the retry window, then deletion',
      { pause: { immediate: true, drain: false }, limit: undefined },
    ],
    ['a pause that says it is not immediate', { pause: { after: '12d', lead: '2d', immediate: false } }],
    ['a pause just its lead after the first reminder', { pause: { after: '12d', lead: '11d' } }],
  ])('is none: %s', (_, changes) => {
    expect(mistakesIn(changes)).toEqual([]);
  });
});

describe('what a field comes to', () => {
  const cases: readonly [string, Changes, Partial<Policy>][] = [
    [
      'a limit without a lead needs no notice',
      { limit: { after: '9d' } },
      { limit: { afterMs: 9 * DAY_MS, leadMs: 0 } },
    ],
    [
      'a pause drains unless it is told not to',
      {},
      { pause: { afterMs: 12 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true } },
    ],
    [
      'a pause that doesn’t drain',
      { pause: { after: '12d', lead: '2d', drain: false } },
      { pause: { afterMs: 12 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: false } },
    ],
    [
      'TT-17 an immediate pause',
      { pause: { immediate: true }, limit: undefined },
      { pause: { afterMs: 0, leadMs: 0, immediate: true, drain: true } },
    ],
    [
      'TT-4 a deletion asks for two weeks, and cancels, unless said',
      { decommission: { after: '60d', retention: '30d', approvers: ['o@example.com'] } },
      {
        decommission: {
          afterMs: 60 * DAY_MS,
          retentionMs: 30 * DAY_MS,
          approvalMs: 14 * DAY_MS,
          approvers: ['o@example.com'],
          collection: 'cancel',
        },
      },
    ],
    [
      'TT-14 an exposure',
      { exposure: { caps: { usd: 5 }, pace: 0.25 } },
      { exposure: { capsMinor: { usd: 5 }, pace: 0.25 } },
    ],
    [
      'bounds',
      { longestAgreement: '90d', longestProcessing: '5d', confirmation: '3d' },
      { longestAgreementMs: 90 * DAY_MS, longestProcessingMs: 5 * DAY_MS, confirmationMs: 3 * DAY_MS },
    ],
    [
      'waits',
      { recheck: '1m', holdRetry: '1h', dwell: '2d' },
      { recheckMs: 60 * SECOND_MS, holdRetryMs: HOUR_MS, dwellMs: 2 * DAY_MS },
    ],
    [
      'words',
      { exportUrl: 'https://example.com/x', language: 'de', retryOnNewCard: false },
      { exportUrl: 'https://example.com/x', language: 'de', retryOnNewCard: false },
    ],
  ];
  it.each(cases)('is as documented: %s', (_, changes, policy) => {
    expect(parse(changes)).toMatchObject(policy);
  });

  it('is part of the version, whichever it is', () => {
    const versionOf = (changes: Changes) =>
      parsePolicy(JSON.stringify({ ...fields, ...changes }), 'my.yaml').version;
    const versions = [{}, ...cases.map(([, changes]) => changes)].map(versionOf);
    // Two of the cases say what the defaults are.
    expect(new Set(versions).size).toBe(versions.length - 2);
    const sameOnce = versionOf({ exposure: { caps: { usd: 1, eur: 2 }, pace: 0.5 } });
    expect(versionOf({ exposure: { caps: { eur: 2, usd: 1 }, pace: 0.5 } })).toBe(sameOnce);
  });
});
