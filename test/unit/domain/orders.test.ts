import { describe, expect, it } from 'vitest';
import type { CaseFile, Manual } from '../../../src/domain/case-file.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { takeOrder, type OrderRequest } from '../../../src/domain/orders.js';
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.js';
import { dueOf, ladderOf, nextStepOf } from '../../../src/domain/timetable.js';
import {
  announcedCase,
  caseFileOf,
  day,
  invoiceFact,
  immediatePolicy,
  limitedCase,
  pausedCase,
  membersOf,
  openCase,
  remindedCase,
  wholePolicy,
} from '../../support/facts.js';
import { asking, contextOf, manual, now, order, request, type AnyAsked, type Asked } from './orders-asked.js';

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
  reissuePolicy: { file: remindedCase(3), asked: { kind: 'reissuePolicy' } },
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
  reissuePolicy: true,
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
    expect(nextStepOf(late, wholePolicy, day(50))?.at).toBeGreaterThanOrEqual(day(53));
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

  it('may be made harder, or longer, and put in the place of one that is ending', () => {
    const restrict = (standing: Partial<Manual>, access: Manual['access'], until: number | null) =>
      order(openCase({ manual: { ...manual, ...standing } }), { kind: 'restrict', access, until });
    const harder = restrict({ access: 'read_only' }, 'suspended', null);
    expect(harder.file.manual).toMatchObject({ access: 'suspended', state: 'wanted' });
    expect(restrict({ until: day(20) }, 'suspended', day(21)).file.manual?.until).toBe(day(21));
    expect(restrict({ state: 'ending' }, 'suspended', day(20)).refusal).toBeNull();
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

  it('TT-15 that are agreed on anew take the place of those before, and cover the same debt', () => {
    const instalments = (days: number) => [{ dueAt: day(days), amountMinor: 4900 }];
    const first = order(remindedCase(3), { kind: 'promise', instalments: instalments(20) }).file;
    const second = order(first, { kind: 'promise', instalments: instalments(30) }, contextOf(), 'x-2').file;
    expect(second.agreement).toMatchObject({
      id: 'x-2',
      invoices: ['in_1'],
      instalments: [{ dueAt: day(30) }],
    });
  });
});

describe('to lift without payment', () => {
  const asked = { kind: 'lift', restriction: 'nonpayment' } as const;

  it('IN-5 makes the account immune for 72 h, and tells the guard so', () => {
    const immunity = { until: now + 72 * HOUR_MS, by: request(asked).by };
    const { file, record } = order(pausedCase(), asked);
    expect(file).toMatchObject({ liftWanted: true, immunity });
    expect(record?.change).toEqual({ immunity });
  });

  it('of what was taken by hand makes immune to nothing', () => {
    const { file, record } = order(openCase({ manual }), { kind: 'lift', restriction: 'manual' });
    expect([file.immunity, record?.change]).toEqual([null, null]);
  });

  it('needs something that holds the next pause off, where the policy pauses at once', () => {
    const context = { ...contextOf(), policy: immediatePolicy };
    const exemption = { until: day(30), by: 'ada', reason: 'in appeal' };
    expect(order(pausedCase(), asked, context).refusal).toMatch(
      /exempt the account, or agree on instalments/,
    );
    expect(order(pausedCase({ exemption }), asked, context).file.liftWanted).toBe(true);
  });
});
