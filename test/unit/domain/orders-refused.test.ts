import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../src/domain/case-file.js';
import { asInvoiceId } from '../../../src/domain/ids.js';
import { ruleOn } from '../../../src/domain/orders.js';
import {
  announcedCase,
  approvalOf,
  caseFileOf,
  day,
  invoiceFact,
  limitedCase,
  openCase,
  pausedCase,
  remindedCase,
  standingOf,
} from '../../support/facts.js';
import { asking, contextOf, manual, now, request, type AnyAsked } from './orders-asked.js';

const decided = (approved: boolean) => ({ approved, by: 'bob', reason: 'seen', at: day(91) });

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
  [
    'instalments for debts of which there may be more',
    remindedCase(3),
    promise([15, 4_900]),
    /Stripe could not be read yet/,
    { standing: { ...inDebt.standing, complete: false } },
  ],
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
    /Stripe could not be read yet/,
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
    'a milder restriction while a harder one is ending',
    openCase({ manual: { ...manual, state: 'ending' } }),
    { kind: 'restrict', access: 'read_only', until: null },
    /suspended by hand: lift that first/,
  ],
  [
    'a shorter restriction',
    openCase({ manual: { ...manual, until: day(30) } }),
    { kind: 'restrict', access: 'suspended', until: day(29) },
    /suspended by hand until 2026-12-02 09:00 UTC: lift that first/,
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
    /Stripe could not be read yet/,
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
