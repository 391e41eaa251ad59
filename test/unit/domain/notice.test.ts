import { describe, expect, it } from 'vitest';
import { effectName, type EffectKey } from '../../../src/domain/effect.js';
import { asAccountId, asCaseId, asInvoiceId } from '../../../src/domain/ids.js';
import { formatMoney, formatSums, sumByCurrency } from '../../../src/domain/money.js';
import { composeNotice, messageIdOf, noticeTopics, type NoticeTopic } from '../../../src/domain/notice.js';
import type { Standing } from '../../../src/domain/standing.js';
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
  const promises = [
    { step: 'limit', at: day(9) },
    { step: 'pause', at: day(12) },
  ] as const;
  const to = { name: 'Acme', contacts: ['ada@acme.example', 'bob@acme.example'] };
  const euros = { number: null, currency: 'eur', remainingMinor: 1000, payUrl: null };
  const invoices = [
    invoiceFact(),
    invoiceFact({ id: asInvoiceId('in_eur'), ...euros }),
    invoiceFact({ id: asInvoiceId('in_coming'), processingSince: day(3) }),
    invoiceFact({ id: asInvoiceId('in_later'), dueAt: day(30) }),
    invoiceFact({ id: asInvoiceId('in_forgiven') }),
    invoiceFact({ id: asInvoiceId('in_3ds'), firstFailedAt: null, confirmationSince: day(3.5) }),
  ];
  const terms = { forgiven: [asInvoiceId('in_forgiven')], agreement: null };
  const compose = (topic: NoticeTopic, standing: Standing | null, language: string | null = null) =>
    composeNotice('<m@d>', { ...to, language }, { topic, promises }, standing, samplePolicy, terms);
  const standing = standingOf(invoices, day(4));

  it('TT-2 names sums, invoice links, every step to come with its date, and whom to write to', () => {
    expect(compose('reminder', standing)).toEqual({
      messageId: '<m@d>',
      topic: 'reminder',
      language: 'en',
      accountName: 'Acme',
      recipients: ['ada@acme.example', 'bob@acme.example'],
      owed: [
        { currency: 'eur', amountMinor: 1000 },
        { currency: 'usd', amountMinor: 4900 },
      ],
      cause: 'declined',
      invoices: [
        {
          id: 'in_1',
          number: 'F-0001',
          sum: { currency: 'usd', amountMinor: 4900 },
          payUrl: 'https://invoice.example/in_1',
        },
        { id: 'in_eur', number: null, sum: { currency: 'eur', amountMinor: 1000 }, payUrl: null },
      ],
      promises,
      contact: 'billing@example.com',
      exportUrl: null,
      plan: null,
    });
  });

  it('EC-3 names the invoices that wait for their payer, with the link, and no others', () => {
    const { invoices: named, owed } = compose('confirm', standing);
    expect(named.map(({ id, payUrl }) => [id, payUrl])).toEqual([['in_3ds', 'https://invoice.example/in_1']]);
    expect(owed).toEqual([{ currency: 'usd', amountMinor: 4900 }]);
  });

  it.each([
    ['an invoice with a due date', [invoiceFact({ dueAt: day(1) })], 'due'],
    ['a charge that failed', [invoiceFact()], 'declined'],
    [
      'a payer who never confirmed',
      [invoiceFact({ firstFailedAt: null, confirmationSince: day(-9) })],
      'unconfirmed',
    ],
    ['different ones', [invoiceFact(), invoiceFact({ id: asInvoiceId('in_2'), dueAt: day(1) })], null],
  ] as const)('TT-2 tells why it is overdue: %s', (_, debts, cause) => {
    expect(compose('reminder', standingOf([...debts], day(4))).cause).toBe(cause);
  });

  it('names nothing as owed where nothing had to be read', () => {
    expect(compose('recovered', null)).toMatchObject({ owed: [], invoices: [] });
  });

  it('speaks the account’s language, else the policy’s', () => {
    expect(compose('reminder', null, 'de').language).toBe('de');
    expect(compose('reminder', null).language).toBe('en');
  });

  it('EC-2 names the plan with which the account goes on only where its subscription has ended', () => {
    const policy = { ...samplePolicy, fallbackPlan: { plan: 'free', limits: {} } };
    const planOf = (topic: NoticeTopic, of: typeof samplePolicy = policy) =>
      composeNotice('<m@d>', { ...to, language: null }, { topic, promises: [] }, null, of).plan;
    expect(noticeTopics.filter((topic) => planOf(topic) !== null)).toEqual(['paid_but_ended']);
    expect(planOf('paid_but_ended')).toBe('free');
    expect(planOf('paid_but_ended', samplePolicy)).toBeNull();
  });

  it('TT-4 says where the data is fetched from the pause on, and not in thank-yous', () => {
    const withExport = noticeTopics.filter((topic) => compose(topic, standing).exportUrl !== null);
    expect(withExport).toEqual(['paused', 'final', 'decommissioned']);
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
