import fc from 'fast-check';
import { longestLagMs } from '../../../src/domain/judge.js';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/domain/policy.js';
import { HOUR_MS, MINUTE_MS, type Instant } from '../../../src/domain/time.js';
import { day, samplePolicy } from '../../support/facts.js';
import { anyTimeline } from './life-arbitraries.js';
import { brokenBy, invariants, type Invariant } from './life-invariants.js';
import { begun, leadFor, pressing, takingOf, toldBefore } from './life-model.js';
import { seed } from './life-sample.js';
import { live, type Life } from './life-simulator.js';
import { debtOf, quiet, type Timeline } from './life-world.js';

function always(
  check: (life: Life, timeline: Timeline) => void,
  from: fc.Arbitrary<Timeline>,
  numRuns = 150,
): void {
  fc.assert(
    fc.property(from, (timeline) => check(live(timeline), timeline)),
    { seed, numRuns },
  );
}

const points = fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 4 });
const killed = fc
  .tuple(anyTimeline, points)
  .map(([timeline, killedAfter]): Timeline => ({ ...timeline, killedAfter }));
const lost = fc
  .tuple(anyTimeline, points)
  .map(([timeline, lostAfter]): Timeline => ({ ...timeline, lostAfter }));

describe(`a run that was ended by force (LIFE_SEED=${seed})`, () => {
  const stillHold = [
    'TT-8 takes nothing away while an independent reading finds nothing owed',
    'LG-3 takes nothing away during an exemption',
    'IN-5 leaves alone for 72 h what a person gave back',
    'TT-2 names only dates that are to come, with the full lead when a date is new',
    'P-8 TT-4 deletes nothing without a live approval of the plan, nor before the retention is over',
    'sleeps whenever there is nothing to do',
    'TT-5 comes to an end in which all is given back',
  ];
  it.each(stillHold)('%s', (name) => {
    always((life, timeline) => invariants[name]?.(life, timeline), killed);
  });

  it('TT-6 takes nothing before the full lead of the date told last', () => {
    always(tookOnlyWhatWasTold, killed);
  });

  it('TT-6 counts what was told, not what is asked for again after it was done', () => {
    const policy = {
      ...samplePolicy,
      retryWindowMs: 0,
      reminders: [{ afterMs: 6 * HOUR_MS }, { afterMs: 12 * HOUR_MS }, { afterMs: 18 * HOUR_MS }],
      limit: { afterMs: 18 * HOUR_MS, leadMs: 0 },
      pause: { afterMs: 67 * HOUR_MS, leadMs: 2 * HOUR_MS, immediate: false, drain: false },
      dwellMs: 13 * HOUR_MS,
      longestEpisodeMs: 0,
    };
    const timeline = quiet({
      policy,
      debts: [debtOf({ overdueAt: day(0), paidAt: day(30) })],
      startAt: day(0),
      endAt: day(90),
      faults: { limit: ['failed', 'interrupted', 'failed'] },
      clockLeadMs: -20_000,
      effectMs: 10 * MINUTE_MS,
      heard: false,
      killedAfter: [6],
    });
    const life = live(timeline);
    const limits = life.performed.filter((p) => p.act.step === 'limit' && p.outcome.status === 'done');
    expect(limits.map((p) => p.isRepeat)).toEqual([false, true]);
    expect(life.performed.some((p) => p.act.step === 'pause' && p.granted)).toBe(true);
    tookOnlyWhatWasTold(life, timeline);
  });

  it('asks for no effect for ever that was settled: what was done can be seen', () => {
    always(({ performed }, { killedAfter }) => {
      // Its outcome is taken in by asking once more: after a kill, and when a lift of the same wake had ended it.
      expect(performed.filter((p) => p.isRepeat).length).toBeLessThanOrEqual(3 * killedAfter.length + 2);
    }, killed);
  });
});

describe(`a case whose file is lost, taken over from what stands (LIFE_SEED=${seed})`, () => {
  it('TT-6 takes nothing that this case has not told, with the full lead', () => {
    always(tookOnlyWhatWasTold, lost);
  });

  it('takes only what presses, and nothing from the exempt and the immune', () => {
    always((life, timeline) => {
      // Agreements are lost with the file; what people have forgiven and exempted is not.
      const plain = life.ordered.some(({ request }) => request.kind === 'promise') ? [] : begun(life);
      for (const p of plain) expect(pressing(life, timeline, p.at)).not.toEqual([]);
      invariants['LG-3 takes nothing away during an exemption']?.(life, timeline);
      invariants['IN-5 leaves alone for 72 h what a person gave back']?.(life, timeline);
    }, lost);
  });

  it('TT-5 gives everything back in the end, unless a person has restricted it or it was deleted', () => {
    always(invariants['TT-5 comes to an end in which all is given back'] as Invariant, lost);
  });
});

/** Only the newest date of each step counts here: whoever forgot one tells another. */
function tookOnlyWhatWasTold(life: Life, timeline: Timeline): void {
  for (const p of begun(life)) {
    const step = takingOf(p.act);
    const leadMs = step === null ? 0 : leadFor(timeline.policy, step);
    if (step === null || leadMs === 0) continue;
    const told = toldBefore(life, timeline, step, p);
    const last = told.at(-1);
    const acceptedAt = told.find(({ at }) => at === last?.at)?.acceptedAt ?? Infinity;
    expect(p.claimedAt).toBeGreaterThanOrEqual(Math.max(last?.at ?? Infinity, acceptedAt + leadMs));
  }
}

const calmLife = (policy: Policy, paidAt: Instant, effectMs: number): Timeline =>
  quiet({
    policy,
    debts: [debtOf({ overdueAt: day(0), paidAt })],
    startAt: day(0),
    endAt: day(90),
    effectMs,
  });

describe(`nobody away, nothing hindered (LIFE_SEED=${seed})`, () => {
  /** Once all is paid, nobody is away, blind or hindered, and the effects work. */
  const calm = anyTimeline.map((timeline): Timeline => {
    const paidAt = Math.max(...timeline.debts.map((d) => d.paidAt));
    return {
      ...timeline,
      debts: timeline.debts.map((d) => ({ ...d, processingMs: 0, failedDebit: null })),
      outages: timeline.outages.filter((o) => o.to <= paidAt),
      blind: timeline.blind.filter((b) => b.to <= paidAt),
      faults: {},
      subscriptionEnded: null,
      wishes: timeline.wishes.filter(({ kind }) => kind !== 'restrict'),
      heard: true,
    };
  });

  it('TT-5 gives back within three acts of the payment, and closes', () => {
    always((life, timeline) => {
      const { file, performed } = life;
      const paidAt = Math.max(timeline.startAt, ...timeline.debts.map((d) => d.paidAt));
      expect(file.closedAt).not.toBeNull();
      expect(file.closedAt).toBeLessThanOrEqual(paidAt + 4 * timeline.effectMs + 11 * MINUTE_MS);
      expect(performed.filter((p) => p.at >= paidAt).length).toBeLessThanOrEqual(3);
      if (file.stage !== 'decommissioned') expect(file.taken).toBeNull();
    }, calm);
  });

  it('TT-5 hears of a payment that comes while people are asked whether to delete', () => {
    const approval = { approvalMs: 7 * HOUR_MS, approvers: ['ada@example.com'] };
    const policy = {
      ...samplePolicy,
      reminders: [],
      retryWindowMs: 0,
      limit: null,
      pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false },
      decommission: { ...approval, afterMs: 12 * HOUR_MS, retentionMs: 156 * HOUR_MS, collection: 'cancel' },
      dwellMs: 0,
    } as const;
    const effectMs = 10 * MINUTE_MS;
    const unpaid = live(calmLife(policy, day(60), effectMs));
    const asked = unpaid.performed.find((p) => p.act.step === 'ask');
    const paidAt = (asked?.at ?? NaN) + effectMs / 2;
    const { file, performed } = live(calmLife(policy, paidAt, effectMs));
    expect(performed.filter((p) => p.at >= paidAt).map((p) => p.act.step)).toEqual(['lift', 'close']);
    expect(file.closedAt).toBeLessThanOrEqual(paidAt + 3 * effectMs);
  });

  it('agrees with the guard: where the clocks agree, nothing is asked for that it finds untold or too old', () => {
    const exact = calm.map((timeline): Timeline => ({ ...timeline, clockLeadMs: 0 }));
    always(({ performed }, { effectMs }) => {
      // Right after something was given back Stripe's lists are not believed.
      const back = performed.filter(({ act }) => act.step === 'lift' || act.step === 'close');
      const isSoonAfter = (at: number) =>
        back.some((p) => p.at <= at && at <= p.at + 2 * effectMs + longestLagMs);
      const reasons = performed.map(({ outcome, at }) =>
        outcome.status === 'held' && !(outcome.reason === 'standing_stale' && isSoonAfter(at))
          ? outcome.reason
          : null,
      );
      for (const reason of ['notice_missing', 'notice_too_recent', 'promise_outdated', 'standing_stale'])
        expect(reasons).not.toContain(reason);
      for (const reason of ['approval_missing', 'approval_expired', 'rejected'])
        expect(reasons).not.toContain(reason);
    }, exact);
  });

  it('ends every wake within as many acts as a life has steps, when the facts stay', () => {
    const instant = calm.map((timeline): Timeline => ({ ...timeline, effectMs: 0 }));
    always(({ performed }, { policy }) => {
      const byWake = new Map<number, number>();
      for (const { wake } of performed) byWake.set(wake, (byWake.get(wake) ?? 0) + 1);
      expect(Math.max(0, ...byWake.values())).toBeLessThanOrEqual(policy.reminders.length + 8);
    }, instant);
  });

  it('breaks nothing else either', () => {
    always((life, timeline) => {
      expect([...brokenBy(life, timeline)]).toEqual([]);
    }, calm);
  });
});
