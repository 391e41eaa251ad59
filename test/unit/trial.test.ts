import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import { switchedOn } from '../../src/preview/switch-on.js';
import { paidAfterPauseMs, totalsOf } from '../../src/preview/totals.js';
import { compare, type Comparison, type TrialCase } from '../../src/preview/trial.js';
import type { Word, WordKind } from '../../src/preview/words.js';
import { lifeFrom } from '../../src/preview/life.js';
import { asInvoiceId } from '../../src/domain/ids.js';
import {
  agreementOf,
  day,
  immediatePolicy,
  openCase,
  product,
  rounds,
  samplePolicy,
  wholePolicy,
} from '../support/facts.js';
import { closedTrial, failedOn, observedFor, openTrial } from '../support/trials.js';

const now = day(20);
const word = (kind: WordKind, on: number): Word => ({ kind, at: day(on) });

function compared(trial: TrialCase, at = now): Comparison {
  const result = compare(trial, at);
  if (typeof result === 'string') throw new Error(`left out: ${result}`);
  return result;
}

const usd = (amountMinor: number) => [{ currency: 'usd', amountMinor }];
const lateBy = (trial: TrialCase) => (paidAfterPauseMs(compared(trial)) ?? NaN) / DAY_MS;

describe('what would have been done in a case', () => {
  it('is the whole timetable, though the case itself never came beyond its first reminder', () => {
    expect(compared(openTrial({ policy: wholePolicy }), day(100))).toEqual({
      ref: 'acme',
      caseId: 'case-1',
      openedAt: day(0),
      owed: usd(4_900),
      noticesAt: [day(1), day(4), day(8), day(60)],
      limitAt: day(9),
      paused: 'yes',
      pauseAt: day(12),
      askAt: day(90),
      settled: null,
      view: { verdict: 'silent', restrictedAt: null, spared: null },
    });
  });

  it('ends with the payment: it says how long before the pause that was', () => {
    const trial = closedTrial(7);
    expect(compared(trial)).toMatchObject({
      noticesAt: [day(1), day(4)],
      paused: 'no',
      pauseAt: day(10),
      settled: { by: 'paid', at: day(7) },
    });
    expect(lateBy(trial)).toBe(-3);
  });

  it('says how long after the pause it was paid, without having been paused', () => {
    const trial = closedTrial(14);
    expect(compared(trial)).toMatchObject({ paused: 'yes', pauseAt: day(10) });
    expect(lateBy(trial)).toBe(4);
  });

  it('is still to come where its day has not come', () => {
    expect(compared(openTrial(), day(5))).toMatchObject({
      paused: 'not yet',
      pauseAt: day(10),
      noticesAt: [day(1), day(4)],
      settled: null,
    });
  });

  it('P-3 begins when the case was opened, however old its debt was: first notices, then the lead', () => {
    const old = openTrial({
      invoices: [failedOn(-60)],
      file: { anchorAt: day(-60), firstAnchorAt: day(-60) },
    });
    expect(compared(old)).toMatchObject({ noticesAt: [day(0), day(1), day(2)], pauseAt: day(3) });
  });

  it('counts no pause where the policy never pauses', () => {
    const mild = { ...samplePolicy, pause: null };
    expect(compared(openTrial({ policy: mild }))).toMatchObject({ paused: 'no', pauseAt: null });
    expect(compared(closedTrial(5, { policy: mild }))).toMatchObject({ paused: 'no', pauseAt: null });
  });

  it('goes by the oldest invoice that is unpaid, one by one', () => {
    const trial = openTrial({ invoices: [failedOn(0, 9), failedOn(6, null, 'in_2')] });
    expect(compared(trial)).toMatchObject({ paused: 'yes', pauseAt: day(16), owed: usd(9_800) });
  });

  it('takes the debt from the case itself where no event of it is kept, as long as the case is open', () => {
    expect(compared(openTrial({ invoices: [] }))).toMatchObject({ paused: 'yes', owed: usd(4_900) });
  });

  it('leaves out invoices that have nothing to do with the case', () => {
    const others = [failedOn(-30, -20, 'in_before'), failedOn(-40, null, 'in_stale')];
    expect(compared(openTrial({ invoices: [...others, failedOn(0)] })).owed).toEqual(usd(4_900));
    const closed = closedTrial(7, { invoices: [failedOn(0, 7), failedOn(9, null, 'in_later')] });
    expect(compared(closed).owed).toEqual(usd(4_900));
  });

  it('ends with the case, where no event tells how its debt ended', () => {
    const trial = closedTrial(7, { invoices: [failedOn(0)] });
    expect(compared(trial).settled).toEqual({ by: 'paid', at: day(7) });
    const two = closedTrial(7, { invoices: [failedOn(0, 5), failedOn(1, null, 'in_2')] });
    expect(compared(two).settled).toEqual({ by: 'paid', at: day(7) });
  });

  it('tells what was forgiven from what was paid', () => {
    const forgave = { ...word('forgave', 6), invoices: [asInvoiceId('in_1')] };
    const trial = closedTrial(7, { invoices: [failedOn(0)], words: [forgave] });
    expect(compared(trial)).toMatchObject({
      settled: { by: 'forgiven', at: day(6) },
      view: { verdict: 'disagree' },
    });
  });

  it('knows that nothing is owed where only a person’s order keeps the case open', () => {
    const trial = openTrial({
      invoices: [failedOn(0, 7)],
      file: { owed: [], anchorAt: null, firstAnchorAt: null },
    });
    expect(compared(trial)).toMatchObject({ paused: 'no', settled: { by: 'paid', at: day(7) } });
  });

  it.each([
    ['in which Forbear has written', 'acted_on', openTrial({ file: { rounds: rounds({ remind: 1 }) } })],
    ['that never owed', 'no_debt_known', openTrial({ invoices: [], file: { owed: [] } })],
    ['that is over and of which no event is kept', 'no_debt_known', closedTrial(7, { invoices: [] })],
  ] as const)('is not guessed for a case %s', (_, why, trial) => {
    expect(compare(trial, now)).toBe(why);
  });
});

describe('what people said of a case', () => {
  it.each<[string, readonly Word[], object]>([
    ['nothing', [], { verdict: 'silent', restrictedAt: null, spared: null }],
    [
      'a restriction by hand before the pause',
      [word('restricted', 5)],
      { verdict: 'agree', restrictedAt: day(5) },
    ],
    ['a restriction by hand after it', [word('restricted', 15)], { verdict: 'agree', restrictedAt: day(15) }],
    [
      'time given before the pause',
      [word('extended', 9)],
      { verdict: 'disagree', spared: { kind: 'extended', at: day(9), beforehand: true } },
    ],
    [
      'an exemption only after it',
      [word('exempted', 13)],
      { verdict: 'disagree', spared: { kind: 'exempted', at: day(13), beforehand: false } },
    ],
    ['instalments', [word('agreed', 9)], { verdict: 'disagree' }],
    [
      'a grant that stood already',
      [{ ...word('granted', -90), until: Infinity }],
      { verdict: 'disagree', spared: { kind: 'granted', at: day(-90), beforehand: true } },
    ],
    ['a grant that had ended', [{ ...word('granted', -90), until: day(-1) }], { verdict: 'silent' }],
    ['an order of another time', [word('restricted', -5)], { verdict: 'silent' }],
    [
      'time, and a restriction when that was over',
      [word('restricted', 15), word('extended', 9)],
      { verdict: 'agree', restrictedAt: day(15) },
    ],
    [
      'a restriction, and then mercy',
      [word('restricted', 5), word('exempted', 8)],
      { verdict: 'disagree', restrictedAt: day(5) },
    ],
  ])('%s', (_, words, view) => {
    expect(compared(openTrial({ words })).view).toMatchObject(view);
  });

  it('counts an exemption that was ordered before the case began', () => {
    const exemption = { until: day(30), by: 'ada', reason: 'a strike' };
    const { view } = compared(openTrial({ file: { exemption } }));
    expect(view.spared).toEqual({ kind: 'exempted', at: day(0), beforehand: true });
  });

  it('ends with the case', () => {
    expect(compared(closedTrial(7, { words: [word('restricted', 8)] })).view.verdict).toBe('silent');
  });
});

describe('the sum of a trial', () => {
  const trials = [
    openTrial(),
    openTrial({ words: [word('restricted', 12)] }),
    openTrial({ words: [word('exempted', 5)] }),
    openTrial({ words: [word('extended', 15)] }),
    closedTrial(7),
    closedTrial(7, { words: [word('restricted', 5)] }),
    closedTrial(14),
    closedTrial(18),
    openTrial({
      invoices: [failedOn(15)],
      file: { openedAt: day(15), anchorAt: day(15), firstAnchorAt: day(15) },
    }),
  ];

  it('says who would have been paused, of whom people thought otherwise, and who had paid anyway', () => {
    const totals = totalsOf(trials.map((trial) => compared(trial)));
    const sum = (cases: number) => ({ cases, owed: cases === 0 ? [] : usd(cases * 4_900) });
    expect(totals).toEqual({
      all: sum(9),
      notices: 6 * 3 + 2 * 2 + 2,
      reminded: sum(9),
      limited: sum(0),
      paused: sum(6),
      ofPaused: {
        paidSoon: sum(1),
        restricted: sum(1),
        sparedBefore: sum(1),
        sparedAfter: sum(1),
        stillOwe: sum(4),
      },
      settledBefore: sum(2),
      notYet: sum(1),
      asked: sum(0),
      restrictedOnly: sum(1),
    });
  });

  it('never adds one currency to another', () => {
    const euros = openTrial({ invoices: [{ ...failedOn(0), currency: 'eur', amountMinor: 700 }] });
    const { paused } = totalsOf([compared(openTrial()), compared(euros)]);
    expect(paused.owed).toEqual([{ currency: 'eur', amountMinor: 700 }, ...usd(4_900)]);
  });

  it('counts every case once as paused, paid before, not yet, or never to be paused', () => {
    const policies = [samplePolicy, wholePolicy, immediatePolicy, { ...samplePolicy, pause: null }];
    const paid = [null, 0.5, 7, 10, 14, 30] as const;
    for (const { policy, until, at } of product({ policy: policies, until: paid, at: [1, 9, 20, 100] })) {
      const trial = until === null || until > at ? openTrial({ policy }) : closedTrial(until, { policy });
      const one = compared(trial, day(at));
      const { paused, settledBefore, notYet } = totalsOf([one]);
      const never = one.settled === null && one.pauseAt === null ? 1 : 0;
      expect(paused.cases + settledBefore.cases + notYet.cases + never).toBe(1);
      if (one.settled !== null && one.paused === 'yes') expect(one.pauseAt).toBeLessThan(one.settled.at);
      if (one.settled !== null && one.pauseAt !== null && one.paused === 'no')
        expect(one.settled.at).toBeLessThanOrEqual(one.pauseAt);
    }
  });
});

describe('switching from observe to enforce', () => {
  const observed = (days: number, policy = samplePolicy) =>
    openTrial({ policy, file: observedFor(days, policy) });

  it('P-3 after 60 days begins with a notice and its whole lead: nobody is paused at once, no reminder is skipped', () => {
    const at = day(60);
    const { file, policy } = observed(60);
    expect(file).toMatchObject({ stage: 'watching', rung: 0, told: [], hold: { reason: 'observing' } });
    const life = lifeFrom({ ...file, hold: null }, policy, [failedOn(0)], { from: at, until: day(90) });
    expect(life.map((event) => [event.step, (event.at - at) / DAY_MS])).toEqual([
      ['remind', 0],
      ['remind', 1],
      ['remind', 2],
      ['pause', 3],
    ]);
    expect(life[0]?.promises).toEqual([{ step: 'pause', at: day(63) }]);
  });

  it('P-3 gives a lead that is longer than all reminders take, counted from the first notice', () => {
    const pause = { afterMs: 10 * DAY_MS, leadMs: 6 * DAY_MS, immediate: false, drain: true };
    const { firstPauseAt } = switchedOn([observed(60, { ...samplePolicy, pause })], day(60));
    expect(firstPauseAt).toBe(day(66));
  });

  it('says how many are written to on the first day, and when the first pause can come', () => {
    expect(switchedOn([observed(60), observed(30), closedTrial(5)], day(60))).toEqual({
      open: 2,
      waiting: 0,
      firstDay: { notices: 2, limits: 0, pauses: 0, restrictions: 0 },
      firstPauseAt: day(63),
      pausedUntold: 0,
    });
  });

  it('says who is paused at once because the policy says so', () => {
    const { firstDay, pausedUntold } = switchedOn([observed(60, immediatePolicy)], day(60));
    expect([firstDay.pauses, pausedUntold]).toEqual([1, 1]);
  });

  it('says that what people ordered to be restricted, and was only observed, is carried out', () => {
    const manual = { access: 'suspended', by: 'ada', reason: 'abuse', until: null, state: 'wanted' } as const;
    const file = { ...observedFor(5), manual: { ...manual, retryAt: day(5.2) } };
    expect(switchedOn([openTrial({ file })], day(5)).firstDay).toMatchObject({ restrictions: 1, notices: 1 });
  });

  it.each([
    [
      'a payment is under way',
      { hold: { of: null, reason: 'payment_in_flight', since: day(1), until: day(2), tries: 1 } },
    ],
    [
      'the standing is in doubt',
      { hold: { of: null, reason: 'standing_unclear', since: day(1), until: day(2), tries: 1 } },
    ],
  ] as const)('leaves a case waiting where %s', (_, file) => {
    expect(switchedOn([openTrial({ file })], day(5))).toMatchObject({ waiting: 1, firstDay: { notices: 0 } });
  });

  it('writes to nobody who is exempt, nor where instalments are agreed', () => {
    const exempt = openCase({ exemption: { until: day(500), by: 'ada', reason: 'a strike' } });
    const agreed = openCase({ agreement: agreementOf({ invoices: [asInvoiceId('in_1')] }) });
    const trials = [openTrial({ file: exempt }), openTrial({ file: agreed })];
    expect(switchedOn(trials, day(20)).firstDay.notices).toBe(0);
  });

  it('has nothing to do with cases in which Forbear has acted', () => {
    expect(switchedOn([openTrial({ file: { rounds: rounds({ remind: 1 }) } })], now).open).toBe(0);
  });
});
