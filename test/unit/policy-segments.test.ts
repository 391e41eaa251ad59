import { describe, expect, it } from 'vitest';
import { asAccountId, asCustomerId } from '../../src/domain/ids.js';
import { DAY_MS } from '../../src/domain/time.js';
import type { PolicyBook } from '../../src/policy/book.js';
import { parsePolicy } from '../../src/policy/load.js';
import { choosePolicy, misfits, type PolicyOverride } from '../../src/policy/resolve.js';
import { belongs, formatWhen, whenShape, type Traits } from '../../src/policy/segments.js';
import type { BillingTraits } from '../../src/ports/billing.js';
import type { Account } from '../../src/ports/cases.js';

const now = Date.UTC(2026, 10, 22, 9);
const base = {
  name: 'sample',
  retryWindow: '8d',
  reminders: [{ after: '1d' }, { after: '4d' }],
  pause: { after: '10d', lead: '2d' },
  contact: 'billing@example.com',
};
const bookOf = (more: object): PolicyBook => parsePolicy(JSON.stringify({ ...base, ...more }), 'my.yaml');

const account: Account = {
  id: asAccountId('a'),
  ref: 'acme',
  name: 'Acme',
  contacts: [],
  language: null,
  customers: [asCustomerId('cus_1')],
  tags: [],
  country: null,
  plan: null,
  timeZone: null,
  since: null,
};
const nobody: Traits = { tags: [], country: null, since: null, plans: [], owed: [], declineCodes: [] };
const fromStripe: BillingTraits = { plans: [], owed: [], declineCodes: [], country: null, since: null };
const usd = (amountMinor: number) => ({ currency: 'usd', amountMinor });

describe('a segment', () => {
  const cases: readonly [string, object, Partial<Traits>, Partial<Traits>][] = [
    ['by plan', { plans: ['pro', 'price_1'] }, { plans: ['price_1'] }, { plans: ['free'] }],
    ['by country', { countries: ['DE', 'AT'] }, { country: 'AT' }, { country: 'CH' }],
    ['by tag', { tags: ['vip'] }, { tags: ['old', 'vip'] }, { tags: ['old'] }],
    [
      'by decline code',
      { declineCodes: ['fraudulent'] },
      { declineCodes: ['fraudulent'] },
      { declineCodes: ['expired_card'] },
    ],
    ['by a sum that is reached', { owedAtLeast: { usd: 500 } }, { owed: [usd(500)] }, { owed: [usd(499)] }],
    ['by a sum that is not', { owedBelow: { usd: 500 } }, { owed: [usd(499)] }, { owed: [usd(500)] }],
    [
      'by how long it is a customer',
      { tenureAtLeast: '365d' },
      { since: now - 365 * DAY_MS },
      { since: now - 364 * DAY_MS },
    ],
    ['by how new it is', { tenureBelow: '90d' }, { since: now - 89 * DAY_MS }, { since: now - 90 * DAY_MS }],
    [
      'by all that is named',
      { tags: ['vip'], countries: ['DE'] },
      { tags: ['vip'], country: 'DE' },
      { tags: ['vip'] },
    ],
  ];

  it.each(cases)('is told %s', (_, when, of, notOf) => {
    const parsed = whenShape.parse(when);
    expect(belongs(parsed, { ...nobody, ...of }, now)).toBe(true);
    expect(belongs(parsed, { ...nobody, ...notOf }, now)).toBe(false);
    expect(belongs(parsed, nobody, now), 'what is not known is not true').toBe(false);
  });

  it('TT-16 compares no currencies: one that is not named is never below a sum', () => {
    const when = whenShape.parse({ owedBelow: { usd: 500 } });
    expect(belongs(when, { ...nobody, owed: [usd(1), { currency: 'jpy', amountMinor: 1 }] }, now)).toBe(
      false,
    );
    const large = whenShape.parse({ owedAtLeast: { usd: 500 } });
    expect(belongs(large, { ...nobody, owed: [{ currency: 'jpy', amountMinor: 9_000 }] }, now)).toBe(false);
  });
});

describe('whom a segment is for, in words', () => {
  it.each([
    [{ plans: ['pro', 'price_1'], countries: ['DE'] }, 'on the plan pro or price_1, in DE'],
    [
      { tags: ['vip', 'trial'], declineCodes: ['stolen_card'] },
      'tagged vip or trial, declined for stolen_card',
    ],
    [
      { owedAtLeast: { usd: 500, jpy: 500 }, owedBelow: { usd: 900 } },
      'owing at least 5.00 USD or 500 JPY, owing less than 9.00 USD',
    ],
    [
      { tenureAtLeast: '0d', tenureBelow: '30d' },
      'a customer for at least 0 s, a customer for less than 30 days',
    ],
  ])('%o', (when, words) => {
    expect(formatWhen(whenShape.parse(when))).toBe(words);
  });
});

describe('the policy of an account', () => {
  const book = bookOf({
    segments: [
      { name: 'vip', when: { tags: ['vip'] }, pause: { after: '30d', lead: '5d' } },
      { name: 'everybody-tagged', when: { tags: ['vip', 'new'] }, pause: null, reminders: [{ after: '2d' }] },
      { name: 'risky', when: { declineCodes: ['stolen_card'] }, pause: { immediate: true } },
    ],
  });
  const notAsked = () => Promise.reject(new Error('Stripe was asked'));
  const choose = (
    { tags, ...more }: { tags?: string[]; country?: string; timeZone?: string },
    ask: (() => Promise<BillingTraits>) | null = () => Promise.resolve(fromStripe),
    override: PolicyOverride | null = null,
    from = book,
  ) => choosePolicy(from, { ...account, ...more, ...(tags && { tags }) }, { override, now }, ask);

  it('is that of the first segment that it belongs to, whole but for what is different there', async () => {
    const vip = await choose({ tags: ['vip'] });
    expect(vip.policy).toEqual({
      ...book.policy,
      segment: 'vip',
      pause: { afterMs: 30 * DAY_MS, leadMs: 5 * DAY_MS, immediate: false, drain: true },
    });
    const fresh = await choose({ tags: ['new'] });
    expect(fresh.policy).toMatchObject({
      segment: 'everybody-tagged',
      pause: null,
      reminders: [{ afterMs: 2 * DAY_MS }],
    });
  });

  it('TT-17 is the immediate one where a decline code says so', async () => {
    const ask = () => Promise.resolve({ ...fromStripe, declineCodes: ['stolen_card'] });
    expect((await choose({}, ask)).policy).toMatchObject({ segment: 'risky', pause: { immediate: true } });
  });

  it('is the book’s own, with its version, where no segment fits', async () => {
    expect(await choose({})).toEqual({ version: book.version, policy: book.policy, blind: false });
  });

  it('has a version by its content: the same for accounts with the same rules, another for other ones', async () => {
    const [one, same, other] = [
      await choose({ tags: ['vip'] }),
      await choose({ tags: ['vip', 'x'] }),
      await choose({ tags: ['new'] }),
    ];
    expect(one.version).toBe(same.version);
    expect(new Set([one.version, other.version, book.version]).size).toBe(3);
  });

  it('asks Stripe only where a segment needs it, and says when it could not', async () => {
    const byTag = bookOf({ segments: [{ name: 'vip', when: { tags: ['vip'] }, dwell: '2d' }] });
    expect((await choose({ tags: ['vip'] }, notAsked, null, byTag)).blind).toBe(false);
    await expect(choose({}, notAsked)).rejects.toThrow('Stripe was asked');
    expect(await choose({}, null)).toEqual({ version: book.version, policy: book.policy, blind: true });
    const byCountry = bookOf({ segments: [{ name: 'german', when: { countries: ['DE'] }, dwell: '2d' }] });
    expect((await choose({ country: 'DE' }, notAsked, null, byCountry)).policy.segment).toBe('german');
    await expect(choose({}, notAsked, null, byCountry)).rejects.toThrow('Stripe was asked');
  });

  it('has the almanac of its own zone, and shares its version with its neighbours there', async () => {
    const zoned = bookOf({ calendar: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], holidays: 'account' } });
    const [berlin, munich, tokyo] = [
      await choose({ timeZone: 'Europe/Berlin', country: 'DE' }, notAsked, null, zoned),
      await choose({ timeZone: 'Europe/Berlin', country: 'DE' }, notAsked, null, zoned),
      await choose({ timeZone: 'Asia/Tokyo', country: 'JP' }, notAsked, null, zoned),
    ];
    expect(berlin.policy.almanac?.weekdays).toEqual([1, 2, 3, 4, 5]);
    expect(berlin.version).toBe(munich.version);
    expect(berlin.version).not.toBe(tokyo.version);
    expect(berlin.version).not.toBe(zoned.version);
  });

  describe('with rules of its own', () => {
    const override = (patch: object, until = now + DAY_MS, beside = book): PolicyOverride => ({
      patch: patch as PolicyOverride['patch'],
      reason: 'agreed on the phone',
      by: 'Sam',
      until,
      beside,
    });
    const ask = () => Promise.resolve(fromStripe);

    it('goes by them on top of its segment, until they expire', async () => {
      const own = override({ dwell: '3d' });
      expect((await choose({ tags: ['vip'] }, ask, own)).policy).toMatchObject({
        segment: 'vip',
        own: { reason: 'agreed on the phone', until: now + DAY_MS },
        dwellMs: 3 * DAY_MS,
      });
      const expired = override({ dwell: '3d' }, now);
      expect((await choose({ tags: ['vip'] }, ask, expired)).policy).toMatchObject({
        own: null,
        dwellMs: DAY_MS,
      });
    });

    it('goes by the policy beside which they were written, when they don’t fit today’s', async () => {
      const earlier = bookOf({ pause: { after: '40d', lead: '2d' } });
      const own = override({ reminders: [{ after: '1d' }, { after: '20d' }] }, now + DAY_MS, earlier);
      expect(misfits(book, own.patch)).not.toEqual([]);
      expect((await choose({}, ask, own)).policy).toMatchObject({
        reminders: [{ afterMs: DAY_MS }, { afterMs: 20 * DAY_MS }],
        pause: { afterMs: 40 * DAY_MS },
      });
    });

    it('is told what is wrong with them, in every segment', () => {
      expect(misfits(book, { retryWindow: '20d' })).toEqual(
        [
          'pause.after: lies inside the retry window, while Stripe may still collect: make it later, or retryWindow shorter if Stripe really stops earlier',
        ].map((line) => expect.stringContaining(line.slice(12)) as string),
      );
      expect(misfits(book, { nonsense: 1 })).toHaveLength(4);
      expect(misfits(book, { dwell: '2d' })).toEqual([]);
    });
  });
});
