import { describe, expect, it } from 'vitest';
import { asInvoiceId } from '../../../src/domain/ids.js';
import {
  assess,
  lastingAgreement,
  noTerms,
  type InvoiceFact,
  type Standing,
  type Terms,
} from '../../../src/domain/standing.js';
import { DAY_MS, HOUR_MS } from '../../../src/domain/time.js';
import { agreementOf, day, invoiceFact, samplePolicy, standingOf } from '../../support/facts.js';

const now = day(10);
const second = asInvoiceId('in_2');
const view = (
  invoices: readonly InvoiceFact[],
  {
    policy = samplePolicy,
    terms = noTerms,
    ...changes
  }: { policy?: typeof samplePolicy; terms?: Terms } & Partial<Standing> = {},
) => assess(standingOf(invoices, now, changes), policy, now, terms);
const agreedOn = (changes: Parameters<typeof agreementOf>[0]): Terms => ({
  forgiven: [],
  agreement: agreementOf({ invoices: [asInvoiceId('in_1')], ...changes }),
});

describe('TT-8 what is left of a debt', () => {
  it('TT-8 falls by what was paid and credited, and is over when nothing remains', () => {
    expect(view([invoiceFact({ remainingMinor: 1900 })]).owed).toEqual([
      { currency: 'usd', amountMinor: 1900 },
    ]);
    expect(view([invoiceFact({ remainingMinor: 0 })]).verdict).toBe('clear');
    expect(view([]).verdict, 'void: no open invoice any more').toBe('clear');
  });

  it('TT-8 is owed whatever Stripe calls it, unless a person forgave it', () => {
    const forgiven = [asInvoiceId('in_1')];
    expect(view([invoiceFact()], { terms: { forgiven, agreement: null } }).verdict).toBe('clear');
    const rest = view([invoiceFact(), invoiceFact({ id: second, remainingMinor: 100 })], {
      terms: { forgiven, agreement: null },
    });
    expect(rest).toMatchObject({ verdict: 'owing', owed: [{ currency: 'usd', amountMinor: 100 }] });
    expect(
      view([invoiceFact({ firstFailedAt: null, finalizedAt: null })], {
        terms: { forgiven, agreement: null },
      }).verdict,
      'what is forgiven needs no clock',
    ).toBe('clear');
  });
});

describe('TT-16 thresholds', () => {
  const policy = { ...samplePolicy, thresholdsMinor: { usd: 4900, eur: 100 } };

  it('TT-16 measures each currency at its own threshold and adds none to another', () => {
    const debts = [
      invoiceFact({ id: asInvoiceId('in_usd'), remainingMinor: 4900, firstFailedAt: day(1) }),
      invoiceFact({ id: asInvoiceId('in_eur'), currency: 'eur', remainingMinor: 101, firstFailedAt: day(2) }),
      invoiceFact({ id: asInvoiceId('in_jpy'), currency: 'jpy', remainingMinor: 1, firstFailedAt: day(3) }),
    ];
    const { owed, overdue, oldestAt } = view(debts, { policy });
    expect(owed).toEqual([
      { currency: 'eur', amountMinor: 101 },
      { currency: 'jpy', amountMinor: 1 },
    ]);
    expect(overdue.map((i) => i.id)).toEqual(['in_eur', 'in_jpy']);
    expect(oldestAt, 'what is below its threshold sets no clock').toBe(day(2));
  });

  it('TT-16 adds up several small debts of one currency, and only of that', () => {
    const small = [invoiceFact({ remainingMinor: 2500 }), invoiceFact({ id: second, remainingMinor: 2500 })];
    expect(view(small, { policy }).verdict).toBe('owing');
    const mixed = [
      invoiceFact({ remainingMinor: 4900 }),
      invoiceFact({ id: second, currency: 'eur', remainingMinor: 100 }),
    ];
    expect(view(mixed, { policy }).verdict).toBe('clear');
  });

  it.each([
    ['on its way', { processingSince: now - HOUR_MS }, noTerms],
    ['waiting for its payer', { confirmationSince: now - HOUR_MS }, noTerms],
    ['agreed on', {}, agreedOn({})],
  ] as const)('TT-16 waits for nothing that is too little to be owed: %s', (_, changes, terms) => {
    expect(view([invoiceFact({ remainingMinor: 4900, ...changes })], { policy, terms }).verdict).toBe(
      'clear',
    );
    expect(view([invoiceFact({ remainingMinor: 4901, ...changes })], { policy, terms }).verdict).not.toBe(
      'clear',
    );
  });
});

describe('TT-12 a payment on its way', () => {
  const coming = invoiceFact({ processingSince: now - HOUR_MS });

  it('TT-12 is waited for while nothing else is owed', () => {
    expect(view([coming]).verdict).toBe('in_flight');
    expect(view([coming, invoiceFact({ id: second, remainingMinor: 100 })])).toMatchObject({
      verdict: 'owing',
      owed: [{ currency: 'usd', amountMinor: 100 }],
    });
    expect(view([{ ...coming, dueAt: now + 1 }]).verdict, 'not overdue, so nothing waits for it').toBe(
      'clear',
    );
  });

  it('TT-12 is waited for no longer than the policy says', () => {
    const since = (ms: number) => view([invoiceFact({ processingSince: now - ms })]).verdict;
    expect(since(14 * DAY_MS - 1)).toBe('in_flight');
    expect(since(14 * DAY_MS)).toBe('owing');
  });
});

describe('EC-3 a payment that waits for its payer', () => {
  const waiting = (changes: Partial<InvoiceFact> = {}) =>
    invoiceFact({ firstFailedAt: null, confirmationSince: day(5), ...changes });

  it('EC-3 counts for no step while the wait lasts, also where a first failure is known', () => {
    expect(view([waiting()])).toMatchObject({ verdict: 'unconfirmed', owed: [], oldestAt: null });
    expect(view([waiting()]).confirmable.map(({ id }) => id)).toEqual(['in_1']);
    expect(view([waiting({ firstFailedAt: day(5) })]).verdict).toBe('unconfirmed');
  });

  it('EC-3 counts as a failure from the end of the wait on', () => {
    expect(view([waiting({ confirmationSince: day(3) })])).toMatchObject({
      verdict: 'owing',
      oldestAt: day(10),
      confirmable: [],
    });
    expect(view([waiting({ confirmationSince: day(3) + 1 })]).verdict).toBe('unconfirmed');
  });

  it('EC-3 doesn’t hide what else is owed', () => {
    const both = view([waiting(), invoiceFact({ id: second })]);
    expect(both).toMatchObject({ verdict: 'owing', owed: [{ currency: 'usd', amountMinor: 4900 }] });
  });
});

describe('TT-11 a balance in the customer’s favour', () => {
  const euros = invoiceFact({ id: second, currency: 'eur', remainingMinor: 1000 });
  const credit = (currency: string, amountMinor: number) => ({ currency, amountMinor });

  it.each([
    ['just enough', [invoiceFact()], [credit('usd', 4900)], 'covered'],
    ['a cent too little', [invoiceFact()], [credit('usd', 4899)], 'owing'],
    ['another currency', [invoiceFact()], [credit('eur', 9999)], 'owing'],
    ['one currency of two', [invoiceFact(), euros], [credit('usd', 9999)], 'owing'],
    ['both currencies', [invoiceFact(), euros], [credit('usd', 4900), credit('eur', 1000)], 'covered'],
    ['no debt', [], [credit('usd', 4900)], 'clear'],
  ] as const)(
    'TT-11 covers the debt only when it covers every currency that is owed: %s',
    (_, debts, credits, verdict) => {
      expect(view(debts, { credits }).verdict).toBe(verdict);
    },
  );

  it('TT-11 still says what is owed, and since when', () => {
    expect(view([invoiceFact()], { credits: [credit('usd', 4900)] })).toMatchObject({
      oldestAt: day(0),
      owed: [credit('usd', 4900)],
    });
  });
});

describe('TT-15 instalments', () => {
  const half = { dueAt: day(9), mostRemainingMinor: 2500 };
  const rest = { dueAt: day(20), mostRemainingMinor: 0 };

  it('TT-15 keep the debt off while they come', () => {
    const terms = agreedOn({ instalments: [half, rest] });
    expect(view([invoiceFact({ remainingMinor: 2500 })], { terms })).toMatchObject({
      verdict: 'promised',
      owed: [],
    });
  });

  it('TT-15 keep nothing off any more when one did not come: the whole debt counts, from its own day', () => {
    const terms = agreedOn({ instalments: [half, rest] });
    expect(view([invoiceFact({ remainingMinor: 2501 })], { terms })).toMatchObject({
      verdict: 'owing',
      owed: [{ currency: 'usd', amountMinor: 2501 }],
      oldestAt: day(0),
    });
  });

  it('TT-15 keep no other debt off', () => {
    const other = invoiceFact({ id: second, remainingMinor: 100, firstFailedAt: day(8) });
    expect(view([invoiceFact(), other], { terms: agreedOn({ instalments: [rest] }) })).toMatchObject({
      verdict: 'owing',
      owed: [{ currency: 'usd', amountMinor: 100 }],
      oldestAt: day(8),
    });
  });
});

describe('a clock that is not known', () => {
  it('holds, and never reads as 1970', () => {
    const nameless = invoiceFact({ firstFailedAt: null, finalizedAt: null, collection: 'sent' });
    expect(view([nameless])).toMatchObject({ verdict: 'unclear', oldestAt: null });
    const beside = view([nameless, invoiceFact({ id: second })]);
    expect(beside).toMatchObject({ verdict: 'unclear', oldestAt: day(0) });
  });
});

describe('TT-15 what was agreed on lasts', () => {
  const terms = agreedOn({ instalments: [{ dueAt: day(20), mostRemainingMinor: 0 }] });
  const lasting = (invoices: readonly InvoiceFact[], at = now, more: Partial<Terms> = {}) =>
    lastingAgreement(standingOf(invoices, at), { ...terms, ...more }, at);

  it.each([
    ['as long as a cent of it is unpaid', [invoiceFact({ remainingMinor: 1 })], day(20), {}, true],
    ['not when it is paid', [invoiceFact({ remainingMinor: 0 })], now, {}, false],
    ['not when nobody lists it any more', [invoiceFact({ id: second })], now, {}, false],
    ['not when it is forgiven', [invoiceFact()], now, { forgiven: [asInvoiceId('in_1')] }, false],
    ['not when its day is over', [invoiceFact()], day(20) + 1, {}, false],
    ['not when there was none', [invoiceFact()], now, { agreement: null }, false],
  ] as const)('TT-15 %s', (_, invoices, at, more, lasts) => {
    expect(lasting(invoices, at, more)).toEqual(lasts ? terms.agreement : null);
  });
});
