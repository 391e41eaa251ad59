import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../src/domain/case-file.js';
import type { TakingStep } from '../../../src/domain/effect.js';
import type { Policy } from '../../../src/domain/policy.js';
import { DAY_MS, type Instant } from '../../../src/domain/time.js';
import {
  deletionToPromise,
  dueOf,
  firstTakingRung,
  isTold,
  ladderOf,
  leadOf,
  nextStepOf,
  nextTakingOf,
  promisesAreOutdated,
  promisesToMake,
  resumeClock,
  rungAfter,
} from '../../../src/domain/timetable.js';
import {
  announcedCase,
  caseFileOf,
  day,
  immediatePolicy,
  limitedCase,
  openCase,
  pausedCase,
  remindedCase,
  samplePolicy,
  wholePolicy,
} from '../../support/facts.js';

const inDays = (at: Instant) => Number(((at - day(0)) / DAY_MS).toFixed(3));
const told = (step: TakingStep, at: number, acceptedAt: number) => ({
  step,
  at: day(at),
  acceptedAt: day(acceptedAt),
});
const duesOf = (file: CaseFile, policy: Policy) =>
  ladderOf(policy).map((_, index) => inDays(dueOf(file, policy, index, -Infinity)));

describe('the ladder', () => {
  const stepsOf = (policy: Policy) => ladderOf(policy).map(({ step }) => step);

  it('goes from the mildest to the hardest, deletion last', () => {
    expect(stepsOf(wholePolicy)).toEqual([
      'remind',
      'remind',
      'remind',
      'limit',
      'pause',
      'final',
      'decommission',
    ]);
    expect(firstTakingRung(wholePolicy)).toBe(3);
    expect(firstTakingRung({ ...samplePolicy, pause: null })).toBe(3);
    expect(rungAfter(wholePolicy, 'pause')).toBe(5);
  });

  it('on the same day a reminder comes before what it tells of', () => {
    const policy = { ...wholePolicy, limit: { afterMs: 4 * DAY_MS, leadMs: 0 } };
    expect(stepsOf(policy).slice(0, 4)).toEqual(['remind', 'remind', 'limit', 'remind']);
  });

  it('TT-17 begins with an immediate pause, which needs no notice', () => {
    expect(stepsOf(immediatePolicy)).toEqual(['pause', 'remind', 'remind']);
    expect(leadOf(immediatePolicy, 'pause')).toBe(0);
    const now = { ...immediatePolicy, reminders: [{ afterMs: 0 }] };
    expect(stepsOf(now)).toEqual(['pause', 'remind']);
  });

  it('TT-4 counts the retention from the final notice', () => {
    expect(leadOf(wholePolicy, 'decommission')).toBe(30 * DAY_MS);
    expect(leadOf(samplePolicy, 'decommission')).toBe(0);
  });
});

describe('when a step is due', () => {
  it('is on its day, counted from the oldest unpaid invoice', () => {
    expect(duesOf(openCase(), wholePolicy)).toEqual([1, 4, 8, 9, 12, 60, 90]);
    expect(duesOf(caseFileOf(), wholePolicy)).toEqual(Array.from({ length: 7 }, () => Infinity));
  });

  it('never comes within the dwell after the one before it, as that was executed', () => {
    const late = remindedCase(2, { lastStepAt: day(20) });
    expect(duesOf(late, wholePolicy).slice(2)).toEqual([21, 22, 23, 60, 90]);
  });

  it('never leaps after an outage of any length: each later step waits for the one before it to be executed', () => {
    for (const days of [1, 13, 95, 400]) {
      const file = remindedCase(1, { lastStepAt: day(1) });
      const dues = ladderOf(wholePolicy).map((_, index) =>
        inDays(dueOf(file, wholePolicy, index, day(days))),
      );
      const toCome = dues.slice(1);
      toCome.slice(1).forEach((due, i) => expect(due).toBeGreaterThanOrEqual((toCome[i] ?? 0) + 1));
    }
  });

  it('TT-7 is never put off for longer than the longest life of an episode', () => {
    const chained = openCase({ anchorAt: day(100), firstAnchorAt: day(0) });
    expect(duesOf(chained, wholePolicy)).toEqual([31, 34, 38, 39, 42, 90, 120]);
  });

  it('IN-5 is not before an immunity ends, where it takes something', () => {
    const immune = openCase({ immunity: { until: day(20), by: 'ada' } });
    expect(duesOf(immune, wholePolicy)).toEqual([1, 4, 8, 20, 21, 60, 90]);
    expect(nextTakingOf(immune, wholePolicy, day(5))).toEqual({ step: 'limit', at: day(20) });
  });

  it('IN-5 is told with a date on which the account is no longer immune', () => {
    const immune = openCase({ rung: 3, immunity: { until: day(40), by: 'ada' } });
    for (const { at } of promisesToMake(immune, wholePolicy, day(5)))
      expect(at).toBeGreaterThanOrEqual(day(40));
    expect(promisesToMake(immune, wholePolicy, day(5))).not.toEqual([]);
  });

  it('TT-6 is moved by all the time that was granted', () => {
    expect(duesOf(openCase({ shiftMs: 2.5 * DAY_MS }), wholePolicy)).toEqual([
      3.5, 6.5, 10.5, 11.5, 14.5, 62.5, 92.5,
    ]);
  });
});

describe('TT-14 under too large an exposure', () => {
  const policy = { ...wholePolicy, exposure: { capsMinor: { usd: 4000 }, pace: 0.5 } };

  it('TT-14 comes nearer, but takes nothing while Stripe itself still collects', () => {
    // The dwell keeps the steps apart that come to the same day.
    expect(duesOf(openCase({ exposed: true }), policy)).toEqual([0.5, 2, 4, 8, 9, 30, 45]);
    expect(duesOf(openCase(), policy)).toEqual(duesOf(openCase(), wholePolicy));
  });

  it('TT-14 shortens no lead and no retention', () => {
    const file = remindedCase(3, { exposed: true, lastStepAt: day(8), told: [] });
    expect(promisesToMake(file, policy, day(8))).toEqual([
      { step: 'limit', at: day(10) },
      { step: 'pause', at: day(10) },
    ]);
    expect(deletionToPromise(announcedCase({ exposed: true, rung: 5 }), policy, day(50))).toEqual({
      step: 'decommission',
      at: day(80),
    });
  });

  it('TT-14 comes never earlier than what was told before', () => {
    const file = remindedCase(3, { exposed: true, told: [told('limit', 9, 1), told('pause', 12, 1)] });
    expect(nextStepOf(file, policy, day(8))).toEqual({ step: 'limit', at: day(9) });
    expect(promisesAreOutdated(file, policy, day(8))).toBe(false);
  });

  it('keeps a step where it is that lies before the retry window anyway', () => {
    const early = { ...policy, limit: { afterMs: 0, leadMs: 0 } };
    expect(duesOf(openCase({ exposed: true }), early)[0]).toBe(0);
  });
});

describe('what a notice promises', () => {
  it('TT-2 names, for each step that has to be told, its planned day, never nearer than its lead', () => {
    expect(promisesToMake(openCase(), wholePolicy, day(1))).toEqual([
      { step: 'limit', at: day(9) },
      { step: 'pause', at: day(12) },
    ]);
    const late = remindedCase(2, { told: [], lastStepAt: day(4) });
    // The third reminder is sent now, the limit follows a dwell after it, and neither is nearer than two days.
    expect(promisesToMake(late, wholePolicy, day(9.5))).toEqual([
      { step: 'limit', at: day(11.5) },
      { step: 'pause', at: day(12) },
    ]);
  });

  it('names a date that was told before while it holds', () => {
    const file = remindedCase(1, { told: [told('limit', 9.3, 1), told('pause', 12.4, 1)] });
    expect(promisesToMake(file, wholePolicy, day(4))).toEqual([
      { step: 'limit', at: day(9.3) },
      { step: 'pause', at: day(12.4) },
    ]);
  });

  it('names no date that has come: a notice can only tell what is ahead', () => {
    const file = remindedCase(3, { told: [told('limit', 9, 1)] });
    expect(promisesToMake(file, wholePolicy, day(9.5))).toEqual([{ step: 'pause', at: day(12) }]);
  });

  it('TT-4 says nothing of deletion before its final notice, which names the day after the whole retention', () => {
    expect(promisesToMake(limitedCase(), wholePolicy, day(11)).map(({ step }) => step)).toEqual(['pause']);
    const off = announcedCase({ rung: 5, lastStepAt: day(12), told: [] });
    expect(promisesToMake(off, wholePolicy, day(59))).toEqual([]);
    expect(deletionToPromise(off, wholePolicy, day(60))).toEqual({ step: 'decommission', at: day(90) });
    expect(deletionToPromise(off, wholePolicy, day(75))).toEqual({ step: 'decommission', at: day(105) });
    expect(promisesToMake(announcedCase(), wholePolicy, day(70))).toEqual([
      { step: 'decommission', at: day(90) },
    ]);
  });

  it('is nothing where the policy takes nothing, or needs to tell nothing', () => {
    expect(promisesToMake(openCase(), { ...samplePolicy, pause: null }, day(1))).toEqual([]);
    expect(promisesToMake(openCase(), immediatePolicy, day(1))).toEqual([]);
    expect(promisesAreOutdated(remindedCase(3), { ...samplePolicy, pause: null }, day(30))).toBe(false);
  });
});

describe('a promise holds', () => {
  const now = day(9);

  it('TT-6 until its step moves by more than a quarter of the lead', () => {
    const moved = (days: number) =>
      promisesAreOutdated(remindedCase(3, { shiftMs: days * DAY_MS }), samplePolicy, now);
    expect(moved(0.5)).toBe(false);
    expect(moved(0.5 + 1e-6)).toBe(true);
  });

  it('until a whole lead has passed since its day, or since the lead after its acceptance', () => {
    expect(promisesAreOutdated(remindedCase(3), samplePolicy, day(12))).toBe(false);
    expect(promisesAreOutdated(remindedCase(3), samplePolicy, day(12) + 1)).toBe(true);
    const late = remindedCase(3, { told: [told('pause', 10, 9.5)] });
    expect(promisesAreOutdated(late, samplePolicy, day(13.5))).toBe(false);
    expect(promisesAreOutdated(late, samplePolicy, day(13.5) + 1)).toBe(true);
  });

  it('for each step by itself: a moved pause does not unsay the limit', () => {
    const file = remindedCase(3, { told: [told('limit', 9, 1), told('pause', 10, 1)] });
    expect(promisesAreOutdated(file, wholePolicy, day(8.5))).toBe(true);
    expect(promisesToMake(file, wholePolicy, day(8.5))).toEqual([
      { step: 'limit', at: day(9) },
      { step: 'pause', at: day(12) },
    ]);
  });
});

describe('the next step', () => {
  it('never comes before the customer was told, with the full lead, however late that was', () => {
    const later = remindedCase(3, { told: [told('pause', 11, 1)] });
    expect(nextStepOf(later, samplePolicy, day(9))).toEqual({ step: 'pause', at: day(11) });
    const short = remindedCase(3, { told: [told('pause', 10, 9)] });
    expect(nextStepOf(short, samplePolicy, day(9))).toEqual({ step: 'pause', at: day(11) });
    const untold = remindedCase(3, { told: [] });
    expect(isTold(untold, samplePolicy)).toBe(false);
    expect(nextStepOf(untold, samplePolicy, day(10))).toEqual({ step: 'pause', at: day(12) });
  });

  it('is none when nothing is known to be owed, or nothing is left to be done', () => {
    expect(nextStepOf(caseFileOf(), samplePolicy, day(1))).toBeNull();
    expect(nextStepOf(pausedCase(), samplePolicy, day(11))).toBeNull();
    expect(nextTakingOf(pausedCase(), samplePolicy, day(11))).toBeNull();
  });

  it('for lists, is the next one that takes something, whatever comes before it', () => {
    expect(nextTakingOf(openCase(), wholePolicy, day(0))).toEqual({ step: 'limit', at: day(9) });
    expect(nextTakingOf(limitedCase(), wholePolicy, day(10))).toEqual({ step: 'pause', at: day(12) });
    expect(nextTakingOf(limitedCase({ rung: 5 }), wholePolicy, day(13))).toEqual({
      step: 'decommission',
      at: day(90),
    });
  });
});

describe('the clock that stood still', () => {
  const held = (reason: NonNullable<CaseFile['hold']>['reason'], of: 'pause' | null = null) =>
    remindedCase(3, { hold: { of, reason, since: day(5), until: day(6), tries: 1 } });

  it.each(['payment_in_flight', 'instalments_agreed', 'credit_covers_debt', 'exempt'] as const)(
    'TT-12 gives the time of: %s',
    (reason) => {
      expect(resumeClock(held(reason), day(8))).toMatchObject({ hold: null, shiftMs: 3 * DAY_MS });
    },
  );

  it.each(['standing_unclear', 'confirmation_awaited', 'frozen', 'observing'] as const)(
    'gives none for what is no merit of the customer: %s',
    (reason) => {
      expect(resumeClock(held(reason), day(8))).toMatchObject({ hold: null, shiftMs: 0 });
    },
  );

  it('gives none for a debt whose clock began only meanwhile, nor for what the guard held', () => {
    const younger = { ...held('payment_in_flight'), anchorAt: day(6) };
    expect(resumeClock(younger, day(8)).shiftMs).toBe(0);
    const guarded = held('payment_in_flight', 'pause');
    expect(resumeClock(guarded, day(8))).toBe(guarded);
  });
});
