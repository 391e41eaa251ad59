import { describe, expect, it } from 'vitest';
import { asPolicyVersion } from '../../src/domain/ids.js';
import { DAY_MS } from '../../src/domain/time.js';
import { loadPolicy, parsePolicy } from '../../src/policy/load.js';
import { changesBetween } from '../../src/preview/changes.js';
import { isMoved, moveOf, reachOf } from '../../src/preview/impact.js';
import { previewLife } from '../../src/preview/life.js';
import { timelineOf } from '../../src/preview/line.js';
import { svgOf } from '../../src/preview/svg.js';
import { timetableOf } from '../../src/preview/timetable.js';
import { day, remindedCase, samplePolicy } from '../support/facts.js';

const hosting = loadPolicy('test/support/policies/whole.yaml').policy;
const failed = (at = day(0), paidAt: number | null = null) => ({
  dueAt: null,
  failedAt: at,
  paidAt,
  currency: 'usd',
  amountMinor: 4_900,
});
const stepsOf = (lines: readonly { step: string; day: number }[]) =>
  lines.map(({ step, day: on }) => [step, on]);

describe('a preview', () => {
  it('is the life of an account that never pays, each step on its day, to the deletion', () => {
    expect(stepsOf(timetableOf(hosting, [failed()]).lines)).toEqual([
      ['remind', 1],
      ['remind', 4],
      ['remind', 7],
      ['limit', 9],
      ['pause', 12],
      ['remind', 60],
      ['ask', 90],
      ['decommission', 90],
    ]);
  });

  it('names what the customer is told with each step', () => {
    const [first, , , limit] = timetableOf(hosting, [failed()]).lines;
    expect(first?.told).toEqual([
      { step: 'limit', at: day(9) },
      { step: 'pause', at: day(12) },
    ]);
    expect(limit?.told).toEqual([{ step: 'pause', at: day(12) }]);
  });

  it('counts from the due date of an invoice that was sent', () => {
    const sent = { dueAt: day(3), failedAt: null, currency: 'usd', amountMinor: 4_900 };
    const { startAt, lines } = timetableOf(samplePolicy, [sent]);
    expect(startAt).toBe(day(3));
    expect(stepsOf(lines)).toEqual([
      ['remind', 1],
      ['remind', 4],
      ['remind', 8],
      ['pause', 10],
    ]);
  });

  it('of what is below the threshold is empty', () => {
    expect(timetableOf({ ...samplePolicy, thresholdsMinor: { usd: 5_000 } }, [failed()]).lines).toEqual([]);
  });

  it('ends with the payment, and begins anew with the next failure', () => {
    const life = previewLife(samplePolicy, [failed(day(0), day(11)), failed(day(30))], day(0));
    expect(life.map(({ step, at }) => [step, (at - day(0)) / DAY_MS])).toEqual([
      ['remind', 1],
      ['remind', 4],
      ['remind', 8],
      ['pause', 10],
      ['lift', 11],
      ['close', 11],
      ['remind', 31],
      ['remind', 34],
      ['remind', 38],
      ['pause', 40],
    ]);
  });

  it('begins anew also after a debt that was paid before anybody was told', () => {
    const life = previewLife(samplePolicy, [failed(day(0), day(0.5)), failed(day(30))], day(0));
    expect(life.map(({ step, at }) => [step, (at - day(0)) / DAY_MS])).toEqual([
      ['remind', 31],
      ['remind', 34],
      ['remind', 38],
      ['pause', 40],
    ]);
  });

  it('is a line with a mark for each step and its day below', () => {
    const [bar = '', days = ''] = timelineOf(timetableOf(samplePolicy, [failed()]), 41).split('\n');
    expect(bar).toHaveLength(41);
    expect([4, 16, 32, 40].map((place) => bar[place])).toEqual(['r', 'r', 'r', 'P']);
    expect([days[4], days[16], days[32], days.slice(40, 42)]).toEqual(['1', '4', '8', '10']);
  });

  it('is a picture in which nothing of a name is markup', () => {
    const svg = svgOf(timetableOf({ ...samplePolicy, name: '<script>"&' }, [failed()]), 'UTC');
    expect(svg).not.toContain('<script>');
    expect(svg.match(/<circle/g)).toHaveLength(8);
    expect(svg).toContain('Thu 2026-11-12 09:00');
  });

  it('is a picture that tells whose life it is, in which zone, and what the customer is told', () => {
    const svg = svgOf(timetableOf({ ...hosting, segment: 'new' }, [failed()]), 'Europe/Berlin');
    expect(svg).toContain('hosting · segment new');
    expect(svg).toContain('from Mon 2026-11-02 10:00 on. Times are those of Europe/Berlin.');
    expect(svg).toContain('limit on 2026-11-11, pause on 2026-11-14');
    const [asked, deleted] = ['fill="none" stroke="#7c3aed"', 'r="7" fill="#111827"'].map(
      (mark) => svg.split('\n').find((line) => line.includes(mark)) ?? '',
    );
    expect(/cx="\d+"/.exec(asked ?? '')?.[0], 'the question stands around what it is for').toBe(
      /cx="\d+"/.exec(deleted ?? '')?.[0],
    );
  });
});

describe('what a policy changes', () => {
  const base = {
    name: 'a',
    retryWindow: '8d',
    reminders: [{ after: '1d' }],
    pause: { after: '10d', lead: '2d' },
    contact: 'a@example.com',
  };
  const bookOf = (more: object) => parsePolicy(JSON.stringify({ ...base, ...more }), 'x.yaml');
  const vip = { name: 'vip', when: { tags: ['vip'] }, dwell: '2d' };

  it.each<[string, object, object, string[]]>([
    ['nothing', {}, {}, []],
    [
      'a day',
      {},
      { pause: { after: '12d', lead: '2d' } },
      [
        'pause: after 10d, lead 2d → after 12d, lead 2d',
        'who never pays is off on day 12 instead of on day 10',
      ],
    ],
    [
      'a step that is gone',
      {},
      { pause: undefined },
      ['pause: after 10d, lead 2d → none', 'who never pays is off never instead of on day 10'],
    ],
    [
      'a sum',
      { thresholds: { usd: 100_000 } },
      { thresholds: { usd: 5 } },
      ['thresholds: usd 100000 → usd 5'],
    ],
    [
      'a calendar',
      {},
      { calendar: { timeZone: 'UTC', days: ['mon'] } },
      ['calendar: any time → {"timeZone":"UTC","days":["mon"]}'],
    ],
    [
      'a fallback plan',
      {},
      { fallbackPlan: { plan: 'free', limits: { seats: 1, timeoutMs: 60_000 } } },
      ['fallbackPlan: none → free (seats 1, timeoutMs 60000)'],
    ],
    [
      'another fallback plan',
      { fallbackPlan: { plan: 'free', limits: { seats: 1 } } },
      { fallbackPlan: { plan: 'starter' } },
      ['fallbackPlan: free (seats 1) → starter'],
    ],
    ['a new segment', {}, { segments: [vip] }, ['segment vip: is new']],
    [
      'a segment that is gone',
      { segments: [vip] },
      {},
      ['segment vip: is gone; its accounts go by the rules that fit next'],
    ],
    [
      'a segment’s rule',
      { segments: [vip] },
      { segments: [{ ...vip, dwell: '3d' }] },
      ['segment vip: dwell: 2d → 3d'],
    ],
    [
      'whom a segment is for',
      { segments: [vip] },
      { segments: [{ ...vip, when: { tags: ['v'] } }] },
      ['segment vip: is for other accounts: tagged v; before: tagged vip'],
    ],
  ])('is told in words: %s', (_, before, after, changes) => {
    expect(changesBetween(bookOf(before), bookOf(after))).toEqual(changes);
  });
});

describe('the impact of a policy', () => {
  const later = {
    ...samplePolicy,
    pause: { afterMs: 20 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  };
  const version = asPolicyVersion('v2');

  it('tells of an open case what would come next, and when', () => {
    const move = moveOf('acme', remindedCase(3), { from: samplePolicy, to: later, version }, day(3));
    expect(move).toMatchObject({
      ref: 'acme',
      before: { step: 'pause', at: day(10) },
      after: { step: 'pause', at: day(20) },
    });
    expect(isMoved(move)).toBe(true);
    expect(
      isMoved(moveOf('acme', remindedCase(3), { from: samplePolicy, to: samplePolicy, version }, day(3))),
    ).toBe(false);
  });

  it('lives the past once more: who would have been off, who of them has paid since, and what they owed', () => {
    const policies = [samplePolicy, later] as const;
    const past = [
      { invoices: [failed(day(0), day(2))], policies },
      { invoices: [failed(day(0), day(15))], policies },
      { invoices: [failed(day(0))], policies },
    ];
    const pause = reachOf(past, day(30)).find(({ step }) => step === 'pause');
    expect(pause).toEqual({
      step: 'pause',
      before: 2,
      after: 1,
      paidBefore: 1,
      paidAfter: 0,
      owed: [{ currency: 'usd', amountMinor: 4_900 }],
    });
    expect(reachOf(past, day(12)).find(({ step }) => step === 'pause')?.after).toBe(0);
  });
});
