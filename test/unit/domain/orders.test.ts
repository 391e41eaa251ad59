import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../src/domain/case-file.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { ruleOn, takeOrder, type OrderRequest } from '../../../src/domain/orders.js';
import { DAY_MS } from '../../../src/domain/time.js';
import { dueOf, ladderOf, nextStepOf } from '../../../src/domain/timetable.js';
import {
  announcedCase,
  approvalOf,
  caseFileOf,
  day,
  frozen,
  invoiceFact,
  limitedCase,
  membersOf,
  openCase,
  pausedCase,
  remindedCase,
  standingOf,
  wholePolicy,
} from '../../support/facts.js';

const now = day(9);
type Asked<Kind extends OrderRequest['kind']> = Omit<
  Extract<OrderRequest, { kind: Kind }>,
  'id' | 'by' | 'reason'
>;
type AnyAsked = { [Kind in OrderRequest['kind']]: Asked<Kind> }[OrderRequest['kind']];
const request = (asked: AnyAsked, id = 'x-1'): OrderRequest =>
  ({ id, by: 'ada', reason: 'a wrong address', ...asked }) as OrderRequest;
const contextOf = (at = now, debts = [invoiceFact()]) => ({
  policy: wholePolicy,
  standing: standingOf(debts, at),
  now: at,
});
const order = (file: CaseFile, asked: AnyAsked, context = contextOf(), id = 'x-1') =>
  takeOrder(frozen(file), frozen(request(asked, id)), context);

const manual = {
  access: 'suspended',
  by: 'bob',
  reason: 'abuse',
  until: null,
  state: 'imposed',
  retryAt: null,
} as const;
const asking = announcedCase({ approval: approvalOf() });
const decided = (approved: boolean) => ({ approved, by: 'bob', reason: 'seen', at: day(91) });

/** Each kind of order, where it is taken. */
const takenOrders: Record<OrderRequest['kind'], { file: CaseFile; asked: AnyAsked; at?: number }> = {
  extendGrace: { file: remindedCase(3), asked: { kind: 'extendGrace', days: 3 } },
  exempt: { file: remindedCase(3), asked: { kind: 'exempt', until: day(30), invoices: [] } },
  approve: { file: asking, asked: { kind: 'approve', plan: '01234567' }, at: day(92) },
  reject: { file: asking, asked: { kind: 'reject', plan: 'approval-1' }, at: day(92) },
  restrict: { file: remindedCase(3), asked: { kind: 'restrict', access: 'suspended', until: null } },
  lift: { file: limitedCase(), asked: { kind: 'lift', restriction: 'nonpayment' } },
  promise: {
    file: remindedCase(3),
    asked: { kind: 'promise', instalments: [{ dueAt: day(20), amountMinor: 4900 }] },
  },
  recheck: { file: remindedCase(3), asked: { kind: 'recheck' } },
};
const kinds = membersOf<OrderRequest['kind']>({
  extendGrace: true,
  exempt: true,
  approve: true,
  reject: true,
  restrict: true,
  lift: true,
  promise: true,
  recheck: true,
});

describe('every order', () => {
  it.each(kinds)('is taken once, by its id, and written down with who and why: %s', (kind) => {
    const { file, asked, at = now } = takenOrders[kind];
    const first = order(file, asked, contextOf(at));
    expect(first).toMatchObject({
      refusal: null,
      record: { id: 'x-1', kind, by: 'ada', reason: 'a wrong address', at },
    });
    expect(first.file.orders).toEqual(['x-1']);
    expect(first.file.remarks.at(-1)?.text).toMatch(/by ada: a wrong address$/);
    const again = order(first.file, asked, contextOf(at + 1));
    expect(again).toEqual({ file: first.file, record: null, refusal: null });
  });

  it.each(kinds)('is refused without a reason, and on a closed case: %s', (kind) => {
    const { file, asked, at = now } = takenOrders[kind];
    const mute = takeOrder(file, { ...request(asked), reason: ' ' }, contextOf(at));
    expect(mute).toMatchObject({ record: null, refusal: 'reason is missing: say why' });
    const closed = { ...file, closedAt: day(1) };
    expect(order(closed, asked, contextOf(at)).refusal).toBe('the case is closed');
  });

  it('that is refused changes nothing but that it says so', () => {
    const file = remindedCase(3);
    const { file: after, record, refusal } = order(file, { kind: 'extendGrace', days: -1 });
    expect(record).toBeNull();
    expect({ ...after, remarks: [] }).toEqual(file);
    expect(after.remarks.at(-1)?.text).toBe(`extendGrace by ada refused: ${refusal}`);
  });

  it('ends what a brake held, so that it is looked at anew; not what is being given back, nor what the standing says', () => {
    const held = (of: 'pause' | 'lift' | null) =>
      order(remindedCase(3, { hold: { of, reason: 'frozen', since: day(8), until: day(30), tries: 1 } }), {
        kind: 'recheck',
      }).file.hold;
    expect(held('pause')).toBeNull();
    expect(held('lift')).not.toBeNull();
    expect(held(null)).not.toBeNull();
  });

  it('is remembered among the newest fifty', () => {
    const many = Array.from({ length: 60 }).reduce<CaseFile>(
      (file, _, i) => order(file, { kind: 'recheck' }, contextOf(), `x-${i}`).file,
      openCase(),
    );
    expect(many.orders).toHaveLength(50);
    expect(many.orders.at(-1)).toBe('x-59');
  });
});

describe('TT-6 more time', () => {
  const extended = (file: CaseFile, asked: Omit<Asked<'extendGrace'>, 'kind'>, at = now) =>
    order(file, { kind: 'extendGrace', ...asked }, contextOf(at)).file;

  it('TT-6 moves every later step by the same length', () => {
    const after = extended(openCase(), { days: 2.5 }, day(0));
    for (const index of ladderOf(wholePolicy).keys()) {
      const moved =
        dueOf(after, wholePolicy, index, -Infinity) - dueOf(openCase(), wholePolicy, index, -Infinity);
      expect(moved).toBe(2.5 * DAY_MS);
    }
    expect(after.remarks.at(-1)?.text).toBe('grace extended by 2.5 days by ada: a wrong address');
  });

  it('TT-6 puts the next step on the very date that was given', () => {
    expect(nextStepOf(extended(limitedCase(), { until: day(20) }), wholePolicy, now)).toEqual({
      step: 'pause',
      at: day(20),
    });
  });

  it('TT-6 counts from the day that the customer was told, when that was later than planned', () => {
    const told = limitedCase({ told: [{ step: 'pause', at: day(20), acceptedAt: day(9) }] });
    expect(nextStepOf(extended(told, { days: 3 }), wholePolicy, now)?.at).toBe(day(23));
    expect(nextStepOf(extended(told, { until: day(25) }), wholePolicy, now)?.at).toBe(day(25));
  });

  it('TT-6 is not eaten up by what was late anyway: it counts from now when the next step is overdue', () => {
    const late = extended(remindedCase(2, { lastStepAt: day(4) }), { days: 3 }, day(50));
    expect(nextStepOf(late, wholePolicy, day(50))?.at).toBe(day(53));
    expect(dueOf(late, wholePolicy, 6, -Infinity)).toBeGreaterThanOrEqual(day(93));
  });

  it('TT-6 moves the final notice and the deletion of an account that is off', () => {
    const off = limitedCase({ rung: 5, lastStepAt: day(12), told: [] });
    expect(nextStepOf(extended(off, { days: 10 }, day(20)), wholePolicy, day(20))).toEqual({
      step: 'final',
      at: day(70),
    });
    const announced = extended(announcedCase(), { days: 10 }, day(80));
    expect(nextStepOf(announced, wholePolicy, day(80))).toEqual({ step: 'decommission', at: day(100) });
  });

  it('TT-6 adds one extension to another', () => {
    const one = extended(limitedCase(), { days: 3 });
    const two = order(one, { kind: 'extendGrace', days: 3 }, contextOf(), 'x-2').file;
    expect(nextStepOf(two, wholePolicy, now)?.at).toBe(day(18));
  });

  it('TT-6 keeps days for a case that has not looked at Stripe yet', () => {
    const waiting = extended(caseFileOf(), { days: 3 }, day(0));
    const looked = { ...waiting, anchorAt: day(0), firstAnchorAt: day(0) };
    expect(nextStepOf(looked, wholePolicy, day(0))).toEqual({ step: 'remind', at: day(4) });
  });
});

describe('LG-3 exemption and forgiveness', () => {
  it('LG-3 stands until its date, with who and why, and the guard learns of it', () => {
    const { file, record } = order(remindedCase(3), { kind: 'exempt', until: day(30), invoices: [] });
    const exemption = { until: day(30), by: 'ada', reason: 'a wrong address' };
    expect(file.exemption).toEqual(exemption);
    expect(record?.change).toEqual({ exemption });
    expect(file.remarks.at(-1)?.text).toContain('exempt from enforcement until 2026-12-02 09:00 UTC');
    const ended = order(file, { kind: 'exempt', until: null, invoices: [] }, contextOf(), 'x-2');
    expect(ended.file.exemption).toBeNull();
    expect(ended.record?.change).toEqual({ exemption: null });
  });

  it('TT-8 forgives just the invoices that are named, each once', () => {
    const debts = [invoiceFact(), invoiceFact({ id: asInvoiceId('in_2') })];
    const asked = { kind: 'exempt', until: null, invoices: [asInvoiceId('in_2')] } as const;
    const file = remindedCase(3, { forgiven: [asInvoiceId('in_0')] });
    const { file: after, record } = order(file, asked, contextOf(now, debts));
    expect(after.forgiven).toEqual(['in_0', 'in_2']);
    expect(record?.change).toEqual({ forgiven: ['in_0', 'in_2'] });
    expect(after.exemption).toBeNull();
  });
});

describe('TT-4 a decision on a deletion', () => {
  it.each([
    ['approve', true],
    ['reject', false],
  ] as const)('TT-4 binds to the plan that waits: %s', (kind, approved) => {
    const { file, record } = order(asking, { kind, plan: '0123456789ABCDEF' }, contextOf(day(92)));
    expect(file.approval?.decision).toEqual({ approved, by: 'ada', reason: 'a wrong address', at: day(92) });
    expect(record?.change).toEqual({ decision: { approval: 'approval-1', approved } });
  });
});

describe('a restriction by hand', () => {
  it('is wanted, until its date or for good, and ended by hand', () => {
    const { file } = order(openCase(), { kind: 'restrict', access: 'read_only', until: day(20) });
    expect(file.manual).toEqual({
      access: 'read_only',
      by: 'ada',
      reason: 'a wrong address',
      until: day(20),
      state: 'wanted',
      retryAt: null,
    });
    const over = order(file, { kind: 'lift', restriction: 'manual' }, contextOf(), 'x-2');
    expect(over.file.manual).toMatchObject({ state: 'ending' });
    expect(over.record?.change, 'the guard has its restriction').toBeNull();
  });

  it('may be made harder, and put in the place of one that is ending', () => {
    const mild = openCase({ manual: { ...manual, access: 'read_only' } });
    expect(order(mild, { kind: 'restrict', access: 'suspended', until: null }).file.manual).toMatchObject({
      access: 'suspended',
      state: 'wanted',
    });
    const ending = openCase({ manual: { ...manual, state: 'ending' } });
    expect(order(ending, { kind: 'restrict', access: 'read_only', until: null }).refusal).toBeNull();
  });

  it('that was held is tried again at once when a person orders anything', () => {
    const waiting = openCase({ manual: { ...manual, state: 'wanted', retryAt: day(30) } });
    expect(order(waiting, { kind: 'recheck' }).file.manual?.retryAt).toBeNull();
  });

  it('opens a case where there was none', () => {
    expect(order(caseFileOf(), { kind: 'restrict', access: 'suspended', until: null }).file.openedAt).toBe(
      now,
    );
  });
});

describe('TT-15 instalments', () => {
  it('TT-15 cover what is overdue, and say how much may still be unpaid after each date', () => {
    const debts = [invoiceFact(), invoiceFact({ id: asInvoiceId('in_2'), remainingMinor: 1000 })];
    const instalments = [
      { dueAt: day(20), amountMinor: 3000 },
      { dueAt: day(30), amountMinor: 4000 },
    ];
    expect(
      order(remindedCase(3), { kind: 'promise', instalments }, contextOf(now, debts)).file.agreement,
    ).toEqual({
      id: 'x-1',
      by: 'ada',
      reason: 'a wrong address',
      at: now,
      currency: 'usd',
      invoices: ['in_1', 'in_2'],
      instalments: [
        { dueAt: day(20), mostRemainingMinor: 2900 },
        { dueAt: day(30), mostRemainingMinor: 0 },
      ],
    });
  });
});

/** What is wrong with an order, and the sentence that tells it. */
const inDebt = { standing: standingOf([invoiceFact()], now) };
const promise = (...parts: [number, number][]): AnyAsked => ({
  kind: 'promise',
  instalments: parts.map(([days, amountMinor]) => ({ dueAt: day(days), amountMinor })),
});
const twoCurrencies = {
  standing: standingOf([invoiceFact(), invoiceFact({ id: asInvoiceId('in_2'), currency: 'eur' })], now),
};
const refusals: readonly [string, CaseFile, AnyAsked, RegExp, Partial<ReturnType<typeof contextOf>>?][] = [
  ['neither days nor until', remindedCase(3), { kind: 'extendGrace' }, /give either days or until/],
  ['both', remindedCase(3), { kind: 'extendGrace', days: 1, until: day(20) }, /give either days or until/],
  ['no time', remindedCase(3), { kind: 'extendGrace', days: 0 }, /only gives time/],
  ['less time', remindedCase(3), { kind: 'extendGrace', days: -3 }, /only gives time/],
  [
    'no date',
    remindedCase(3),
    { kind: 'extendGrace', until: NaN },
    /not a date: write it as 2026-11-11T09:00:00.000Z/,
  ],
  ['no number of days', remindedCase(3), { kind: 'extendGrace', days: NaN }, /not a date|only gives time/],
  ['a date before the next step', limitedCase(), { kind: 'extendGrace', until: day(11) }, /only gives time/],
  [
    'the very moment of the next step',
    limitedCase(),
    { kind: 'extendGrace', until: day(12) },
    /only gives time/,
  ],
  ['too many days', remindedCase(3), { kind: 'extendGrace', days: 60.1 }, /at most 60 days/],
  ['endless days', remindedCase(3), { kind: 'extendGrace', days: Infinity }, /at most 60 days/],
  ['too far a date', limitedCase(), { kind: 'extendGrace', until: day(72.1) }, /at most 60 days/],
  [
    'more time with no step to come',
    announcedCase({ rung: 7 }),
    { kind: 'extendGrace', days: 3 },
    /no step is to come/,
  ],
  [
    'a date before anything is known',
    caseFileOf(),
    { kind: 'extendGrace', until: day(20) },
    /no step is to come/,
  ],
  [
    'an exemption that is over',
    openCase(),
    { kind: 'exempt', until: now, invoices: [] },
    /a date in the future/,
  ],
  [
    'an exemption without a date',
    openCase(),
    { kind: 'exempt', until: NaN, invoices: [] },
    /a date in the future/,
  ],
  [
    'the end of no exemption',
    openCase(),
    { kind: 'exempt', until: null, invoices: [] },
    /no exemption that could end/,
  ],
  [
    'to forgive what nobody owes',
    openCase(),
    { kind: 'exempt', until: null, invoices: [asInvoiceId('in_9')] },
    /in_9 is no open invoice/,
  ],
  [
    'to forgive before Stripe was read',
    openCase(),
    { kind: 'exempt', until: null, invoices: [asInvoiceId('in_1')] },
    /in_1 is no open invoice/,
    { standing: null as never },
  ],
  ['a decision on nothing', announcedCase(), { kind: 'approve', plan: '01234567' }, /no deletion waits/],
  [
    'a second decision',
    announcedCase({ approval: approvalOf({ decision: decided(true) }) }),
    { kind: 'reject', plan: '01234567' },
    /it was approved by bob already/,
  ],
  [
    'a decision after a rejection',
    announcedCase({ approval: approvalOf({ decision: decided(false) }) }),
    { kind: 'approve', plan: '01234567' },
    /it was rejected by bob already/,
  ],
  [
    'a decision too late',
    asking,
    { kind: 'approve', plan: '01234567' },
    /has expired: it will be asked for again/,
    { now: day(104) },
  ],
  [
    'another plan',
    asking,
    { kind: 'approve', plan: '11234567' },
    /another plan: the one that waits is 01234567/,
  ],
  ['too short a plan', asking, { kind: 'approve', plan: '0123456' }, /another plan/],
  ['no plan', asking, { kind: 'approve', plan: '' }, /another plan/],
  [
    'a restriction that is over',
    openCase(),
    { kind: 'restrict', access: 'suspended', until: now },
    /until must lie in the future/,
  ],
  [
    'a milder restriction',
    openCase({ manual }),
    { kind: 'restrict', access: 'read_only', until: null },
    /suspended by hand: lift that first/,
  ],
  [
    'to lift what nobody restricted',
    openCase(),
    { kind: 'lift', restriction: 'manual' },
    /nothing was restricted by hand/,
  ],
  [
    'to lift what was not taken',
    openCase(),
    { kind: 'lift', restriction: 'nonpayment' },
    /nothing is taken away for non-payment/,
  ],
  [
    'to lift what has ended',
    pausedCase({ ended: true }),
    { kind: 'lift', restriction: 'nonpayment' },
    /the account needs a new one/,
  ],
  [
    'to lift what was deleted',
    announcedCase({ taken: { step: 'decommission', round: 1, at: day(91), settled: true } }),
    { kind: 'lift', restriction: 'nonpayment' },
    /it was deleted/,
  ],
  [
    'instalments for nothing',
    openCase(),
    promise([20, 4900]),
    /nothing is overdue/,
    { standing: standingOf([], now) },
  ],
  [
    'instalments before Stripe was read',
    openCase(),
    promise([20, 4900]),
    /nothing is overdue/,
    { standing: null as never },
  ],
  ['instalments in two currencies', openCase(), promise([20, 9800]), /several currencies/, twoCurrencies],
  ['no instalments', openCase(), promise(), /between 1 and 24 instalments/, inDebt],
  [
    'too many instalments',
    openCase(),
    promise(...Array.from({ length: 25 }, (_, i): [number, number] => [20 + i, 4900])),
    /between 1 and 24/,
  ],
  ['an instalment in the past', openCase(), promise([9, 4900]), /must lie in the future/],
  ['instalments out of order', openCase(), promise([20, 4900], [19, 1]), /each after the one before/],
  ['two instalments at once', openCase(), promise([20, 4900], [20, 1]), /each after the one before/],
  ['an instalment without a date', openCase(), promise([NaN, 4900]), /must lie in the future/],
  ['too late an instalment', openCase(), promise([190, 4900]), /at most 180 days/],
  ['an instalment of nothing', openCase(), promise([20, 0], [21, 4900]), /every instalment needs a sum/],
  [
    'an instalment in major units',
    openCase(),
    promise([20, 49.5], [21, 4900]),
    /every instalment needs a sum/,
  ],
  ['too little', openCase(), promise([20, 4899]), /come to 48.99 USD, but 49.00 USD is overdue/],
];

describe('an order that can’t be taken', () => {
  it.each(refusals)('is refused with a sentence: %s', (_, file, asked, sentence, changes = {}) => {
    const ruling = ruleOn(file, request(asked), { ...contextOf(changes.now ?? now), ...changes });
    expect('refusal' in ruling && ruling.refusal).toMatch(sentence);
  });
});
