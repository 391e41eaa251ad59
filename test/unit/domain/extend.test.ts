import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import type { Act } from '../../../src/domain/effect.js';
import { extend, ruleOnExtension, type ExtensionRequest } from '../../../src/domain/extend.js';
import { record } from '../../../src/domain/record.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { dueOf, nextStepOf, promiseIsOutdated, promiseToMake } from '../../../src/domain/timetable.js';
import { readGraceInput } from '../../../workflows/messages.js';
import {
  caseFileOf,
  day,
  factsOf,
  frozen,
  openCase,
  pausedCase,
  remindedCase,
  samplePolicy,
  standingThatIs,
} from '../../support/facts.js';

const now = day(9);
const request = (changes: Partial<ExtensionRequest>): ExtensionRequest => ({
  id: 'x-1',
  reason: 'the invoice was sent to a wrong address',
  by: 'ada',
  ...changes,
});
const iso = (days: number) => new Date(day(days)).toISOString();
const pauseAt = (file: Parameters<typeof nextStepOf>[0]) => nextStepOf(file, samplePolicy, now)?.at;

describe('ruleOnExtension', () => {
  const refusals: readonly [string, Partial<ExtensionRequest>, RegExp][] = [
    ['neither days nor until', {}, /either days or until/],
    ['both days and until', { days: 1, until: iso(20) }, /either days or until/],
    ['no reason', { days: 1, reason: '  ' }, /reason is missing/],
    ['no time', { days: 0 }, /only gives time/],
    ['less time', { days: -3 }, /only gives time/],
    ['not a number of days', { days: NaN }, /not a date|only gives time/],
    ['no date', { until: 'next week' }, /not a date: write it as 2026-11-11T09:00:00.000Z/],
    ['a date before the next step', { until: iso(9.5) }, /only gives time/],
    ['the very moment of the next step', { until: iso(10) }, /only gives time/],
    ['more days than the policy allows', { days: 60.1 }, /at most 60 days/],
    ['a date further off than the policy allows', { until: iso(70.1) }, /at most 60 days/],
  ];
  it.each(refusals)('TT-6 refuses %s, says why, and moves nothing', (_, changes, sentence) => {
    const file = remindedCase(3);
    const ruling = ruleOnExtension(file, samplePolicy, request(changes), now);
    expect('refusal' in ruling && ruling.refusal).toMatch(sentence);
    const after = extend(frozen(file), samplePolicy, request(changes), now);
    expect({ ...after, remarks: [] }).toEqual(file);
    expect(after.remarks.at(-1)?.text).toContain('refused');
  });

  it.each([
    ['days', request({ days: 3 })],
    ['until', request({ until: iso(20) })],
  ])('TT-6 refuses more time (%s) for a case that is paused already: no step is to come', (_, asked) => {
    const ruling = ruleOnExtension(pausedCase(), samplePolicy, asked, day(11));
    expect('refusal' in ruling && ruling.refusal).toMatch(/no step is to come/);
  });

  it('keeps days for a case that has not looked at Stripe yet', () => {
    const after = extend(caseFileOf(), samplePolicy, request({ days: 3 }), day(0));
    const { file } = advance(after, factsOf(standingThatIs('owing', day(0))), day(0));
    expect(nextStepOf(file, samplePolicy, day(0))).toEqual({ step: 'remind', at: day(4) });
  });
});

describe('extend', () => {
  it('TT-6 moves every later step by the same days', () => {
    const file = openCase();
    const after = extend(frozen(file), samplePolicy, request({ days: 2.5 }), day(0));
    for (const index of [0, 1, 2, 3]) {
      const moved =
        dueOf(after, samplePolicy, index, -Infinity) - dueOf(file, samplePolicy, index, -Infinity);
      expect(moved).toBe(2.5 * DAY_MS);
    }
    expect(after.extensions).toEqual([
      {
        id: 'x-1',
        byMs: 2.5 * DAY_MS,
        reason: 'the invoice was sent to a wrong address',
        by: 'ada',
        at: day(0),
      },
    ]);
    expect(after.remarks.at(-1)?.text).toBe(
      'grace extended by 2.5 days by ada: the invoice was sent to a wrong address',
    );
  });

  it('TT-6 puts the next step on the very date that was given', () => {
    expect(pauseAt(extend(remindedCase(3), samplePolicy, request({ until: iso(15) }), now))).toBe(day(15));
  });

  it('TT-6 counts from the day that the customer was told, when that was later than planned', () => {
    const told = remindedCase(3, { promise: { step: 'pause', at: day(20), acceptedAt: day(8) } });
    expect(pauseAt(extend(told, samplePolicy, request({ days: 3 }), now))).toBe(day(23));
    expect(pauseAt(extend(told, samplePolicy, request({ until: iso(25) }), now))).toBe(day(25));
  });

  it('TT-6 counts from now when the next step is overdue, and from its dwell when that is what it waits for', () => {
    const late = extend(remindedCase(2, { lastStepAt: day(4) }), samplePolicy, request({ days: 3 }), day(9));
    expect(nextStepOf(late, samplePolicy, day(9))?.at).toBe(day(12));
    const dwelling = remindedCase(2, { lastStepAt: day(8.5) });
    const after = extend(dwelling, samplePolicy, request({ until: iso(11) }), day(9));
    expect(nextStepOf(after, samplePolicy, day(9))?.at).toBe(day(11));
  });

  it('TT-6 adds one extension to another, and takes each only once', () => {
    const one = extend(remindedCase(3), samplePolicy, request({ days: 3 }), now);
    const two = extend(one, samplePolicy, request({ id: 'x-2', days: 3 }), now);
    expect(pauseAt(two)).toBe(day(16));
    expect(extend(two, samplePolicy, request({ days: 30 }), now)).toBe(two);
  });

  it('TT-6 sends a fresh notice of the moved date, and pauses only then', () => {
    const extended = extend(remindedCase(3), samplePolicy, request({ days: 3 }), now);
    const turn = advance(extended, factsOf(standingThatIs('owing', now)), now);
    expect(turn.act).toEqual({
      step: 'remind',
      round: 4,
      topic: 'moved',
      promise: { step: 'pause', at: day(13) },
    });
    const told = record(turn.file, turn.act as Act, { status: 'done', at: now }, samplePolicy, now);
    const at = (days: number) => advance(told, factsOf(standingThatIs('owing', day(days))), day(days)).act;
    expect(at(12.9)).toBeNull();
    expect(at(13)).toEqual({ step: 'pause', round: 1 });
  });

  it('keeps the newest fifty extensions', () => {
    const file = Array.from({ length: 60 }).reduce<ReturnType<typeof openCase>>(
      (known, _, i) => extend(known, samplePolicy, request({ id: `x-${i}`, days: 0.1 }), day(0)),
      openCase(),
    );
    expect(file.extensions).toHaveLength(50);
    expect(file.extensions.at(-1)?.id).toBe('x-59');
  });
});

describe('the promise', () => {
  it('TT-2 names, in each reminder, the planned day of the pause, never nearer than its lead', () => {
    expect(promiseToMake(openCase(), samplePolicy, day(1))).toEqual({ step: 'pause', at: day(10) });
    const late = remindedCase(2, { promise: null, lastStepAt: day(4) });
    // The third reminder is sent now, the pause follows a dwell after it, and no nearer than two days.
    expect(promiseToMake(late, samplePolicy, day(9.5))).toEqual({ step: 'pause', at: day(11.5) });
  });

  it('is none where the policy plans no pause', () => {
    const policy = { ...samplePolicy, pause: null };
    expect(promiseToMake(openCase(), policy, day(1))).toBeNull();
    expect(promiseIsOutdated(remindedCase(3), policy, day(30))).toBe(false);
    const turn = advance(remindedCase(3), factsOf(standingThatIs('owing', day(20)), { policy }), day(20));
    expect(turn).toMatchObject({ act: null, next: null, wakeAt: day(50) });
  });

  it('holds until the pause moves by more than a quarter of the lead, or a whole lead has passed since its day', () => {
    const moved = (days: number) =>
      promiseIsOutdated(remindedCase(3, { shiftMs: days * DAY_MS }), samplePolicy, now);
    expect(moved(0.5)).toBe(false);
    expect(moved(0.5 + 1e-6)).toBe(true);
    const file = remindedCase(3);
    expect(promiseIsOutdated(file, samplePolicy, day(12))).toBe(false);
    expect(promiseIsOutdated(file, samplePolicy, day(12) + 1)).toBe(true);
    const lateAccepted = remindedCase(3, { promise: { step: 'pause', at: day(10), acceptedAt: day(9.5) } });
    expect(promiseIsOutdated(lateAccepted, samplePolicy, day(13.5))).toBe(false);
    expect(promiseIsOutdated(lateAccepted, samplePolicy, day(13.5) + 1)).toBe(true);
  });
});

describe('readGraceInput', () => {
  it('takes what a person types, with or without a name', () => {
    expect(readGraceInput({ days: 3, reason: 'r', by: 'ada' }, 'id')).toEqual({
      id: 'id',
      days: 3,
      until: undefined,
      reason: 'r',
      by: 'ada',
    });
    expect(readGraceInput({ until: '2026-12-01', reason: 'r' }, 'id')).toMatchObject({
      by: 'unnamed sender',
    });
  });

  it.each([
    ['nothing', undefined, /give an object/],
    ['null', null, /give an object/],
    ['a sentence', 'seven days please', /give an object/],
    ['days in words', { days: '7', reason: 'r' }, /days must be a number/],
    ['endless days', { days: Infinity, reason: 'r' }, /days must be a number/],
    ['a number as a date', { until: 5, reason: 'r' }, /until must be a date/],
    ['no reason', { days: 7 }, /reason is missing/],
    ['a number as a name', { days: 7, reason: 'r', by: 5 }, /by must be a name/],
  ])('answers with a sentence to %s', (_, input, sentence) => {
    expect(readGraceInput(input, 'id')).toMatch(sentence);
  });
});
