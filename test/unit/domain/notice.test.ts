import { describe, expect, it } from 'vitest';
import { effectName, type EffectKey } from '../../../src/domain/effect.js';
import { asAccountId, asCaseId, asInvoiceId } from '../../../src/domain/ids.js';
import { formatMoney, formatSums, sumByCurrency } from '../../../src/domain/money.js';
import { composeNotice, messageIdOf } from '../../../src/domain/notice.js';
import { formatInstant } from '../../../src/domain/time.js';
import { day, invoiceFact, samplePolicy, standingOf } from '../../support/facts.js';

const key: EffectKey = { account: asAccountId('acc'), caseId: asCaseId('case'), step: 'remind', round: 3 };

describe('an effect', () => {
  it('has one name by account, case, step and round, and its notice one Message-ID', () => {
    expect(effectName(key)).toBe('acc/case/remind/3');
    expect(messageIdOf(key, 'forbear.example')).toBe('<acc.case.remind.3@forbear.example>');
  });
});

describe('composeNotice', () => {
  it('TT-2 names sums, invoice links, the date and kind of the next step, and whom to write to', () => {
    const invoices = [
      invoiceFact(),
      invoiceFact({
        id: asInvoiceId('in_eur'),
        number: null,
        currency: 'eur',
        remainingMinor: 1000,
        payUrl: null,
      }),
      invoiceFact({ id: asInvoiceId('in_coming'), processing: true }),
      invoiceFact({ id: asInvoiceId('in_later'), dueAt: day(30) }),
    ];
    const promise = { step: 'pause', at: day(10) } as const;
    const to = { name: 'Acme', contacts: ['ada@acme.example', 'bob@acme.example'] };
    const notice = composeNotice(
      '<m@d>',
      to,
      { topic: 'reminder', promise },
      standingOf(invoices, day(4)),
      samplePolicy,
    );
    expect(notice).toEqual({
      messageId: '<m@d>',
      topic: 'reminder',
      accountName: 'Acme',
      recipients: ['ada@acme.example', 'bob@acme.example'],
      owed: [
        { currency: 'eur', amountMinor: 1000 },
        { currency: 'usd', amountMinor: 4900 },
      ],
      invoices: [
        {
          id: 'in_1',
          number: 'F-0001',
          sum: { currency: 'usd', amountMinor: 4900 },
          payUrl: 'https://invoice.example/in_1',
        },
        { id: 'in_eur', number: null, sum: { currency: 'eur', amountMinor: 1000 }, payUrl: null },
      ],
      promise,
      contact: 'billing@example.com',
    });
  });
});

describe('money', () => {
  it.each([
    ['usd', 4900, '49.00 USD'],
    ['usd', 5, '0.05 USD'],
    ['jpy', 4900, '4900 JPY'],
    ['kwd', 4900, '4.900 KWD'],
  ])('writes %s %d as %s', (currency, amountMinor, text) => {
    expect(formatMoney({ currency, amountMinor })).toBe(text);
  });

  it('adds up by currency, in the order of their names, and never across', () => {
    const sums = [
      { currency: 'usd', amountMinor: 1 },
      { currency: 'eur', amountMinor: 2 },
      { currency: 'usd', amountMinor: 3 },
    ];
    expect(sumByCurrency(sums)).toEqual([
      { currency: 'eur', amountMinor: 2 },
      { currency: 'usd', amountMinor: 4 },
    ]);
    expect(formatSums(sumByCurrency(sums))).toBe('0.02 EUR + 0.04 USD');
    expect(formatSums([])).toBe('nothing');
  });
});

describe('formatInstant', () => {
  it('writes UTC, to the minute or to the second', () => {
    expect(formatInstant(day(0) + 61_000)).toBe('2026-11-02 09:01 UTC');
    expect(formatInstant(day(0) + 61_000, true)).toBe('2026-11-02 09:01:01 UTC');
  });
});
