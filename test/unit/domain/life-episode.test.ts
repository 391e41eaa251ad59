import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.js';
import { day, samplePolicy } from '../../support/facts.js';
import { anyPolicy } from './life-arbitraries.js';
import { brokenBy } from './life-invariants.js';
import { seed } from './life-sample.js';
import { live } from './life-simulator.js';
import { debtOf, quiet } from './life-world.js';

const hours = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => n * HOUR_MS);

describe(`TT-7 an episode without end (LIFE_SEED=${seed})`, () => {
  const chains = fc.record({
    everyMs: hours(24, 20 * 24),
    overlapMs: hours(1, 48),
    policy: anyPolicy
      .filter((p) => p.pause !== null)
      .map((p) => ({ ...p, decommission: null, almanac: null })),
  });

  it('TT-7 paying only the oldest of ever new invoices buys no endless grace', () => {
    fc.assert(
      fc.property(chains, ({ everyMs, overlapMs, policy }) => {
        // Each invoice is paid only after the next one is overdue, so that something always is.
        const debts = Array.from({ length: 80 }, (_, i) =>
          debtOf({ overdueAt: day(0) + i * everyMs, paidAt: day(0) + (i + 1) * everyMs + overlapMs }),
        );
        const endAt = day(0) + 80 * everyMs;
        const { performed } = live(quiet({ policy, debts, startAt: day(0), endAt }));
        const pausedAt = performed.find((p) => p.act.step === 'pause')?.at ?? Infinity;
        const { afterMs = 0, leadMs = 0 } = policy.pause ?? {};
        // Each rung may come a dwell after the one before; the last notices need their leads.
        const leadsMs = leadMs + (policy.limit?.leadMs ?? 0);
        const latestMs =
          afterMs + policy.longestEpisodeMs + policy.dwellMs * (policy.reminders.length + 2) + leadsMs;
        expect(Math.min(pausedAt, endAt)).toBeLessThanOrEqual(day(0) + latestMs);
      }),
      { seed, numRuns: 150 },
    );
  });

  it('takes up again where it stood when the older of two debts is paid: the case goes on, with no rung undone', () => {
    const debts = [
      debtOf({ overdueAt: day(0), paidAt: day(5) }),
      debtOf({ overdueAt: day(3), paidAt: day(60) }),
    ];
    const { performed } = live(quiet({ policy: samplePolicy, debts, startAt: day(0), endAt: day(59) }));
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
    ]);
  });
});

describe('lives in which something was found', () => {
  it('TT-15 TT-16 a part payment leaves too little of what is agreed, and a new debt comes beside it: nothing before its date', () => {
    const timeline = quiet({
      policy: { ...samplePolicy, thresholdsMinor: { usd: 1000, eur: 1000 } },
      debts: [
        debtOf({ overdueAt: day(0), amountMinor: 1000, paidAt: day(39) }),
        debtOf({
          overdueAt: day(0),
          amountMinor: 500,
          part: { at: day(2), amountMinor: 250 },
          paidAt: day(3),
        }),
        debtOf({ overdueAt: day(8), amountMinor: 500, paidAt: day(39) }),
      ],
      startAt: day(0),
      endAt: day(40),
      wishes: [
        { kind: 'promise', at: day(1), parts: 1, everyDays: 37 },
        { kind: 'restrict', at: day(2), access: 'read_only', days: null },
      ],
    });
    const life = live(timeline);
    const later = life.performed.filter(({ at, act }) => at > day(4) && act.step !== 'restrict');
    expect(later[0]?.at).toBe(day(38) + 1);
    expect(later[0]?.act).toMatchObject({ step: 'remind', topic: 'instalment_missed' });
    expect([...brokenBy(life, timeline)]).toEqual([]);
  });

  it('TT-7 all is paid, giving it back fails for a while, and a new debt comes meanwhile: it has days of its own', () => {
    const newDebtAt = day(4) + HOUR_MS / 3;
    const timeline = quiet({
      policy: {
        ...samplePolicy,
        reminders: [{ afterMs: 6 * HOUR_MS }],
        pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false },
        dwellMs: 0,
        longestEpisodeMs: 0,
      },
      debts: [
        debtOf({ overdueAt: day(0), paidAt: day(4) }),
        debtOf({ overdueAt: newDebtAt, paidAt: day(6) }),
      ],
      startAt: day(0),
      endAt: day(20),
      effectMs: HOUR_MS / 6,
      faults: { lift: ['failed', 'failed', 'failed', 'failed'] },
    });
    const life = live(timeline);
    const givenBackAt = life.performed.find(
      ({ act, outcome }) => act.step === 'lift' && outcome.status === 'done',
    )?.at;
    expect(givenBackAt).toBeGreaterThan(newDebtAt);
    const reminder = life.performed.find(({ act, at }) => at > day(4) && act.step === 'remind');
    expect(reminder?.at).toBeGreaterThanOrEqual(newDebtAt + 6 * HOUR_MS);
    expect([...brokenBy(life, timeline)]).toEqual([]);
  });

  it('a person lifts what is paid, its subscription has ended, and the word of it fails: it is tried again', () => {
    const timeline = quiet({
      policy: samplePolicy,
      debts: [debtOf({ overdueAt: day(0), paidAt: day(20) })],
      startAt: day(0),
      endAt: day(30),
      subscriptionEnded: { from: day(0), to: Infinity },
      wishes: [{ kind: 'lift', at: day(20), restriction: 'nonpayment' }],
      faults: { lift: ['failed'] },
      heard: false,
    });
    const life = live(timeline);
    const lifts = life.performed.filter((p) => p.act.step === 'lift');
    expect(lifts.map(({ act, outcome }) => [act, outcome.status])).toMatchObject([
      [{ leaves: 'ended' }, 'failed'],
      [{ leaves: 'ended' }, 'done'],
    ]);
    expect(life.file).toMatchObject({ ended: true, closedAt: null });
    expect([...brokenBy(life, timeline)]).toEqual([]);
  });
});
