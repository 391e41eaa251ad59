import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import type { Act } from '../../../src/domain/effect.js';
import type { Policy } from '../../../src/domain/policy.js';
import { extend } from '../../../src/domain/extend.js';
import { assess } from '../../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.js';
import { ladderOf, nextStepOf, promiseToMake } from '../../../src/domain/timetable.js';
import { day, samplePolicy } from '../../support/facts.js';
import {
  heldFor,
  live,
  type Debt,
  type Fault,
  type Life,
  type Performed,
  type Timeline,
} from './life-simulator.js';

// Cheap enough to run hundreds of lives on every change; a failure prints the seed that replays it.
const runs = { numRuns: 400 };

const hours = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => n * HOUR_MS);

const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    gapsMs: fc.array(hours(6, 96), { minLength: 1, maxLength: 4 }),
    leadMs: hours(2, 96),
    slackMs: hours(1, 96),
    dwellMs: hours(0, 48),
    longestEpisodeMs: hours(0, 40 * 24),
    hasPause: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
    thresholdUsd: fc.constantFrom(0, 0, 1000),
  })
  .map(({ gapsMs, leadMs, slackMs, dwellMs, longestEpisodeMs, hasPause, thresholdUsd }) => {
    const reminders = gapsMs.map((_, i) => ({ afterMs: gapsMs.slice(0, i + 1).reduce((a, b) => a + b, 0) }));
    const firstMs = reminders[0]?.afterMs ?? 0;
    const lastMs = reminders.at(-1)?.afterMs ?? 0;
    const afterMs = Math.max(lastMs + slackMs, firstMs + leadMs);
    return {
      ...samplePolicy,
      reminders,
      pause: hasPause ? { afterMs, leadMs } : null,
      dwellMs,
      longestEpisodeMs,
      thresholdsMinor: { usd: thresholdUsd },
    };
  });

const anyDebt: fc.Arbitrary<Debt> = fc
  .record({
    overdueMs: hours(-48, 40 * 24),
    openMs: hours(1, 60 * 24),
    currency: fc.constantFrom('usd' as const, 'eur' as const),
    amountMinor: fc.constantFrom(500, 1000, 4900),
    processingMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: hours(1, 72) }),
  })
  .map(({ overdueMs, openMs, currency, amountMinor, processingMs }) => ({
    overdueAt: day(0) + overdueMs,
    paidAt: day(0) + overdueMs + openMs,
    currency,
    amountMinor,
    processingMs,
  }));

const anySpan = (longestHours: number) =>
  fc.record({ fromMs: hours(0, 60 * 24), lengthMs: hours(1, longestHours) }).map(({ fromMs, lengthMs }) => ({
    from: day(0) + fromMs,
    to: day(0) + fromMs + lengthMs,
  }));

const someFaults = fc.array(fc.constantFrom<Fault>('done', 'done', 'failed', 'interrupted', 'not_begun'), {
  maxLength: 4,
});

// Nothing holds what gives back before it is claimed.
const graver = someFaults.map((faults) => faults.filter((fault) => fault !== 'not_begun'));

const anyTimeline: fc.Arbitrary<Timeline> = fc.record({
  policy: anyPolicy,
  startAt: hours(0, 48).map((ms) => day(0) + ms),
  endAt: fc.constant(day(400)),
  debts: fc.array(anyDebt, { minLength: 1, maxLength: 6 }),
  outages: fc.array(anySpan(30 * 24), { maxLength: 3 }),
  blind: fc.array(anySpan(48), { maxLength: 2 }),
  frozen: fc.array(anySpan(15 * 24), { maxLength: 2 }),
  subscriptionEndedAt: fc.oneof(
    { weight: 3, arbitrary: fc.constant(Infinity) },
    { weight: 1, arbitrary: hours(0, 60 * 24).map((ms) => day(0) + ms) },
  ),
  extensions: fc.array(
    fc.record({ at: hours(0, 60 * 24).map((ms) => day(0) + ms), days: fc.constantFrom(0.5, 1, 3, 7, 30) }),
    { maxLength: 3 },
  ),
  faults: fc.record({ remind: someFaults, pause: someFaults, lift: graver, close: graver }),
  clockLeadMs: fc.constantFrom(0, 0, 0, 20 * SECOND_MS, -20 * SECOND_MS, 10 * MINUTE_MS, -10 * MINUTE_MS),
  effectMs: fc.constantFrom(0, 2 * SECOND_MS, 10 * MINUTE_MS),
  heard: fc.boolean(),
  killedAfter: fc.constant([]),
});

/** Lives every timeline and checks what must hold of each life. */
function always(check: (life: Life, timeline: Timeline) => void, timelines = anyTimeline): void {
  fc.assert(
    fc.property(timelines, (timeline) => check(live(timeline), timeline)),
    runs,
  );
}

const verdictAt = ({ facts, at }: Performed) => assess(facts.standing, facts.policy, at).verdict;
const isDone = ({ outcome }: Performed) => outcome.status === 'done';
const isStep =
  <S extends Act['step']>(step: S) =>
  (p: Performed): p is Performed & { readonly act: Extract<Act, { step: S }> } =>
    p.act.step === step;

/** Pauses at their first claim: what comes under the same round later resumes one that was begun. */
function begunPauses({ performed }: Life): Performed[] {
  const granted = performed.filter((p) => p.act.step === 'pause' && p.granted);
  return granted.filter((p, i) => granted.findIndex((q) => q.act.round === p.act.round) === i);
}

/** Every date that the customer was told before, with the moment it was accepted. */
function toldBefore({ performed }: Life, pause: Performed) {
  return performed
    .slice(0, performed.indexOf(pause))
    .filter(isStep('remind'))
    .flatMap(({ act, outcome }) =>
      act.promise === null || outcome.status !== 'done'
        ? []
        : [{ at: act.promise.at, acceptedAt: outcome.at }],
    );
}

/** The rungs of the ladder as they were executed: reminders on their day, and pauses. */
const rungsDone = ({ performed }: Life) =>
  performed.filter(
    (p) => isDone(p) && (p.act.step === 'pause' || (isStep('remind')(p) && p.act.topic === 'reminder')),
  );

describe('the generated lives', () => {
  it('hold what the properties are about: pauses, lifts, moved dates, resumed pauses, closings', () => {
    const lives = fc.sample(fc.noShrink(anyTimeline), { numRuns: 600, seed: 42 }).map(live);
    const acts = lives.flatMap((l) => l.performed);
    const count = (is: (p: Performed) => boolean) => acts.filter(is).length;
    expect(count((p) => p.act.step === 'pause' && isDone(p))).toBeGreaterThan(50);
    expect(count((p) => p.act.step === 'lift' && isDone(p))).toBeGreaterThan(50);
    expect(count((p) => isStep('remind')(p) && p.act.topic === 'moved')).toBeGreaterThan(50);
    expect(count((p) => p.act.step === 'pause' && !isDone(p))).toBeGreaterThan(10);
    expect(count((p) => p.act.step === 'lift' && p.outcome.status === 'failed')).toBeGreaterThan(10);
    expect(count((p) => isStep('lift')(p) && p.act.leaves === 'ended')).toBeGreaterThan(3);
    expect(count((p) => heldFor(p) === 'frozen')).toBeGreaterThan(50);
    expect(lives.filter((l) => l.file.closedAt !== null).length).toBeGreaterThan(300);
  });
});

describe('taking away', () => {
  it('happens only while something is owed, never when the standing is clear, unclear or in flight', () => {
    always(({ performed }) => {
      for (const p of performed.filter(({ act }) => act.step === 'pause' || act.step === 'remind')) {
        expect(verdictAt(p)).toBe('owing');
      }
    });
  });

  it('TT-6 never comes earlier than any date told, nor without the full lead since the last date was accepted', () => {
    always((life, { policy }) => {
      for (const pause of begunPauses(life)) {
        const told = toldBefore(life, pause);
        const last = told.at(-1);
        expect(last).toBeDefined();
        for (const { at } of told) expect(pause.claimedAt).toBeGreaterThanOrEqual(at);
        const firstOfDate = told.find(({ at }) => at === last?.at);
        const leadEndsAt = (firstOfDate?.acceptedAt ?? Infinity) + (policy.pause?.leadMs ?? 0);
        expect(pause.claimedAt).toBeGreaterThanOrEqual(leadEndsAt);
      }
    });
  });

  it('TT-2 names only dates that are to come, with at least the lead when the date is new', () => {
    always(({ performed }, { policy }) => {
      for (const { at, act, before } of performed.filter(isStep('remind'))) {
        if (act.promise === null) continue;
        expect(act.promise.at).toBeGreaterThan(at);
        const isNew = before.promise?.at !== act.promise.at;
        if (isNew) expect(act.promise.at).toBeGreaterThanOrEqual(at + (policy.pause?.leadMs ?? 0));
      }
    });
  });

  it('TT-6 tells a date that moved by more than a quarter of the lead before it goes by it', () => {
    always((life, { policy }) => {
      for (const pause of begunPauses(life)) {
        const { anchorAt, firstAnchorAt, shiftMs } = pause.before;
        const { afterMs = 0, leadMs = 0 } = policy.pause ?? {};
        const plannedAt =
          Math.min((anchorAt ?? 0) + afterMs, (firstAnchorAt ?? 0) + afterMs + policy.longestEpisodeMs) +
          shiftMs;
        const last = toldBefore(life, pause).at(-1);
        expect(plannedAt).toBeLessThanOrEqual((last?.at ?? -Infinity) + leadMs / 4);
      }
    });
  });

  it('agrees with the guard: where the clocks agree, no pause is asked for that the guard finds not announced', () => {
    always(
      ({ performed }) => {
        const reasons = performed.map(heldFor);
        expect(reasons).not.toContain('notice_missing');
        expect(reasons).not.toContain('notice_too_recent');
        expect(reasons).not.toContain('standing_stale');
      },
      anyTimeline.map((t) => ({ ...t, clockLeadMs: 0 })),
    );
  });

  it('skips no rung of the ladder and repeats none but the pause', () => {
    always((life, { policy }) => {
      const taken = rungsDone(life).map(({ act }) => act.step);
      const reminders = policy.reminders.map(() => 'remind');
      expect(taken.slice(0, reminders.length)).toEqual(reminders.slice(0, taken.length));
      expect(taken.slice(reminders.length).every((step) => step === 'pause')).toBe(true);
    });
  });

  it('keeps the dwell between two rungs, counted from when the earlier one was executed', () => {
    always((life, { policy }) => {
      const taken = rungsDone(life);
      taken.slice(1).forEach((later, i) => {
        const earlier = taken[i];
        const executedAt = earlier?.outcome.status === 'done' ? earlier.outcome.at : Infinity;
        if (later.act.step === 'pause' && later !== firstTry(life, later)) return;
        expect(later.at).toBeGreaterThanOrEqual(executedAt + policy.dwellMs);
      });
    });
  });

  it('takes no rung before its day, counted from the oldest unpaid invoice or from the longest life of the episode', () => {
    always((life, timeline) => {
      const ladder = ladderOf(timeline.policy);
      let firstAnchorAt = Infinity;
      for (const { at, facts, before, turn } of life.looks) {
        const { verdict, oldestAt } = assess(facts.standing, facts.policy, at);
        if (verdict !== 'owing' || oldestAt === null) continue;
        firstAnchorAt = Math.min(firstAnchorAt, oldestAt);
        const isRung =
          turn.act?.step === 'remind' ? turn.act.topic === 'reminder' : turn.act?.step === 'pause';
        const isResumed = before.pause !== null || facts.unsettledPause !== null;
        if (!isRung || isResumed) continue;
        const afterMs = ladder[before.rung]?.afterMs ?? Infinity;
        const planned = Math.min(
          oldestAt + afterMs,
          firstAnchorAt + afterMs + timeline.policy.longestEpisodeMs,
        );
        const extendedMs = before.extensions.reduce((sum, e) => sum + e.byMs, 0);
        expect(at).toBeGreaterThanOrEqual(planned + extendedMs);
      }
    });
  });
});

function firstTry(life: Life, { act }: Performed): Performed | undefined {
  return life.performed.find((p) => p.act.step === act.step && p.act.round === act.round && p.granted);
}

describe('giving back', () => {
  it('TT-7 lifts and closes only when nothing that is overdue is unpaid', () => {
    always((life, timeline) => {
      for (const p of life.performed.filter(({ act }) => act.step === 'lift' || act.step === 'close')) {
        expect(verdictAt(p)).toBe('clear');
        expect(p.facts.standing.complete).toBe(true);
        expect(assess(p.facts.standing, timeline.policy, p.at).overdue).toEqual([]);
      }
    });
  });

  it('TT-5 follows the payment within three acts, lifts what was paused, and closes', () => {
    always((_, timeline) => {
      const paidAt = Math.max(...timeline.debts.map((d) => d.paidAt));
      // Once all is paid, nobody is away, blind or hindered, and the effects work.
      const calm: Timeline = {
        ...timeline,
        debts: timeline.debts.map((d) => ({ ...d, processingMs: 0 })),
        outages: timeline.outages.filter((o) => o.to <= paidAt),
        blind: timeline.blind.filter((b) => b.to <= paidAt),
        faults: {},
        subscriptionEndedAt: Infinity,
        extensions: [],
        heard: true,
      };
      const { file, performed } = live(calm);
      expect(file.closedAt).not.toBeNull();
      const after = performed.filter((p) => p.at >= paidAt);
      expect(after.length).toBeLessThanOrEqual(3);
      const wasPaused = performed.some((p) => p.act.step === 'pause' && isDone(p));
      const lastPause = performed.findLastIndex((p) => p.act.step === 'pause' && isDone(p));
      const lastLift = performed.findLastIndex((p) => p.act.step === 'lift' && isDone(p));
      if (wasPaused) expect(lastLift).toBeGreaterThan(lastPause);
      expect(file.pause).toBeNull();
      expect(file.closedAt).toBeLessThanOrEqual(
        Math.max(paidAt, timeline.startAt) + 4 * timeline.effectMs + MINUTE_MS * 11,
      );
    });
  });

  it('TT-5 comes in the end of every life, whatever failed on the way, unless the subscription is over', () => {
    always(({ file, performed }) => {
      expect(file.closedAt !== null || file.ended).toBe(true);
      const paused = performed.filter((p) => p.act.step === 'pause' && p.granted).length > 0;
      const lifted = performed.some((p) => p.act.step === 'lift' && isDone(p));
      if (paused) expect(lifted).toBe(true);
      if (file.closedAt !== null) expect(file.pause).toBeNull();
    });
  });
});

describe('the loop', () => {
  it('always sleeps until later than now when there is nothing to do, and decides the same when asked again', () => {
    always(({ looks }) => {
      for (const { at, facts, turn } of looks) {
        if (turn.file.closedAt !== null) continue;
        expect(advance(turn.file, facts, at)).toEqual(turn);
        if (turn.act === null) expect(turn.wakeAt).toBeGreaterThan(at);
      }
    });
  });

  it('never tries again before it slept what was held, refused, or found not to be owed', () => {
    always(({ performed }) => {
      performed.forEach((p, i) => {
        if (p.outcome.status === 'done' || p.outcome.status === 'interrupted') return;
        const next = performed[i + 1];
        const isSame = next?.act.step === p.act.step && next.act.round === p.act.round;
        if (isSame) expect(next.wake, `${p.act.step} ${p.outcome.status}`).toBeGreaterThan(p.wake);
      });
    });
  });

  it('asks for no effect a second time that was settled', () => {
    always(({ performed }) => {
      const settled = new Set<string>();
      for (const { act, outcome, isRepeat } of performed) {
        const key = `${act.step} ${act.round}`;
        expect(isRepeat).toBe(false);
        expect(settled).not.toContain(key);
        if (outcome.status === 'done') settled.add(key);
      }
    });
  });

  it('ends within as many acts as a life has steps, when the facts stay and every effect is done', () => {
    always(
      ({ performed }, { policy }) => {
        const byWake = new Map<number, number>();
        for (const { wake } of performed) byWake.set(wake, (byWake.get(wake) ?? 0) + 1);
        expect(Math.max(0, ...byWake.values())).toBeLessThanOrEqual(policy.reminders.length + 4);
      },
      anyTimeline.map((t) => ({ ...t, faults: {}, effectMs: 0 })),
    );
  });
});

describe('a run that was ended by force', () => {
  const killed = fc
    .tuple(anyTimeline, fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 4 }))
    .map(([timeline, killedAfter]): Timeline => ({ ...timeline, killedAfter }));

  it('TT-5 leaves nothing behind: in the end all is given back, unless the subscription is over', () => {
    always(({ file, access, resourcesOff }) => {
      expect(file.closedAt !== null || file.ended).toBe(true);
      if (file.closedAt === null) return;
      expect(resourcesOff).toBe(false);
      expect(access).toEqual([]);
    }, killed);
  });

  it('still pauses only after the full lead of the date told last, and only while something is owed', () => {
    always((life, { policy }) => {
      for (const pause of begunPauses(life)) {
        expect(verdictAt(pause)).toBe('owing');
        const told = toldBefore(life, pause);
        const last = told.at(-1);
        const firstOfDate = told.find(({ at }) => at === last?.at);
        expect(pause.claimedAt).toBeGreaterThanOrEqual(last?.at ?? Infinity);
        const leadEndsAt = (firstOfDate?.acceptedAt ?? Infinity) + (policy.pause?.leadMs ?? 0);
        expect(pause.claimedAt).toBeGreaterThanOrEqual(leadEndsAt);
      }
    }, killed);
  });

  it('asks for no effect for ever that was settled: what was done can be seen', () => {
    always(({ performed }, { killedAfter }) => {
      // Its outcome is taken in by asking once more: after a kill, and when a lift of the same wake had ended it.
      const repeated = performed.filter((p) => p.isRepeat).length;
      expect(repeated).toBeLessThanOrEqual(2 * killedAfter.length);
    }, killed);
  });
});

describe('an extension', () => {
  it('TT-6 moves the next step by all that was granted, counted from where the step stands, and never forward', () => {
    always(({ looks }) => {
      for (const { at, facts, turn } of looks) {
        const before = nextStepOf(turn.file, facts.policy, at);
        if (turn.act !== null || before === null || turn.file.closedAt !== null) continue;
        const longer = extend(turn.file, facts.policy, { id: 'x', days: 2, reason: 'asked', by: 'test' }, at);
        const after = nextStepOf(longer, facts.policy, at);
        expect(after?.step).toBe(before.step);
        expect(after?.at).toBeGreaterThanOrEqual(Math.max(before.at, at) + 2 * DAY_MS);
        const until = new Date(Math.max(before.at, at) + 5 * DAY_MS).toISOString();
        const put = extend(turn.file, facts.policy, { id: 'y', until, reason: 'asked', by: 'test' }, at);
        expect(nextStepOf(put, facts.policy, at)?.at).toBeGreaterThanOrEqual(Date.parse(until));
      }
    });
  });

  it('TT-6 moves the pause by all that was granted, also where a later day than planned was told', () => {
    always(({ looks }) => {
      for (const { at, facts, turn } of looks) {
        const before = promiseToMake(turn.file, facts.policy, at);
        if (
          turn.act !== null ||
          turn.file.anchorAt === null ||
          before === null ||
          turn.file.closedAt !== null
        )
          continue;
        const days = 2 + (facts.policy.pause?.leadMs ?? 0) / DAY_MS;
        const longer = extend(turn.file, facts.policy, { id: 'x', days, reason: 'asked', by: 'test' }, at);
        expect(promiseToMake(longer, facts.policy, at)?.at).toBeGreaterThanOrEqual(before.at + days * DAY_MS);
      }
    });
  });
});

describe('TT-7 an episode without end', () => {
  const chains = fc.record({
    everyMs: hours(24, 20 * 24),
    overlapMs: hours(1, 48),
    policy: anyPolicy.filter((p) => p.pause !== null),
  });

  it('TT-7 paying only the oldest of ever new invoices buys no endless grace', () => {
    fc.assert(
      fc.property(chains, ({ everyMs, overlapMs, policy }) => {
        // Each invoice is paid only after the next one is overdue, so that something always is.
        const debts = Array.from({ length: 80 }, (_, i): Debt => ({
          overdueAt: day(0) + i * everyMs,
          paidAt: day(0) + (i + 1) * everyMs + overlapMs,
          currency: 'eur',
          amountMinor: 4900,
          processingMs: 0,
        }));
        const { performed } = live({
          policy,
          debts,
          startAt: day(0),
          endAt: day(0) + 80 * everyMs,
          outages: [],
          blind: [],
          frozen: [],
          extensions: [],
          faults: {},
          subscriptionEndedAt: Infinity,
          clockLeadMs: 0,
          effectMs: 0,
          heard: true,
          killedAfter: [],
        });
        const { afterMs = 0, leadMs = 0 } = policy.pause ?? {};
        const pausedAt = performed.find((p) => p.act.step === 'pause')?.at ?? Infinity;
        // Each rung may come a dwell after the one before; the last notice needs its lead.
        const latestMs =
          afterMs + policy.longestEpisodeMs + policy.dwellMs * (policy.reminders.length + 1) + leadMs;
        expect(Math.min(pausedAt, day(0) + 80 * everyMs)).toBeLessThanOrEqual(day(0) + latestMs);
      }),
      { numRuns: 200 },
    );
  });

  it('takes up again where it stood when the older of two debts is paid: the case goes on, with no rung undone', () => {
    const older: Debt = {
      overdueAt: day(0),
      paidAt: day(5),
      currency: 'usd',
      amountMinor: 4900,
      processingMs: 0,
    };
    const newer: Debt = { ...older, overdueAt: day(3), paidAt: day(60) };
    const { performed } = live({
      policy: samplePolicy,
      debts: [older, newer],
      startAt: day(0),
      endAt: day(59),
      outages: [],
      blind: [],
      frozen: [],
      extensions: [],
      faults: {},
      subscriptionEndedAt: Infinity,
      clockLeadMs: 0,
      effectMs: 0,
      heard: true,
      killedAfter: [],
    });
    const told = performed.map(({ act, at }) => [
      act.step,
      act.step === 'remind' ? act.topic : '',
      Math.round((at - day(0)) / DAY_MS),
    ]);
    expect(told).toEqual([
      ['remind', 'reminder', 1],
      ['remind', 'reminder', 4],
      ['remind', 'moved', 5],
      ['remind', 'reminder', 11],
      ['pause', '', 13],
      ['remind', 'paused', 13],
    ]);
  });
});
