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
    policy: anyPolicy.filter((p) => p.pause !== null).map((p) => ({ ...p, decommission: null })),
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
