import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asAccountId } from '../../../src/domain/ids.js';
import { accessLevels, type Restriction } from '../../../src/domain/restrictions.js';
import { actsOf, idleOverrides, planDrill, type KnownAccount, type Wish } from '../../../src/drill/plan.js';
import type { GivenLine } from '../../../src/drill/read.js';
import { whyNot } from '../../../src/drill/spare.js';

const now = Date.UTC(2026, 10, 2, 9);
const account = (ref: string, changes: Partial<KnownAccount> = {}): KnownAccount => ({
  id: asAccountId(`id of ${ref}`),
  ref,
  name: ref,
  access: 'active',
  restrictions: [],
  exemption: null,
  isPaying: false,
  ...changes,
});
const byHand = (changes: Partial<Restriction> = {}): Restriction => ({
  reason: 'manual',
  access: 'suspended',
  owner: 'Kim',
  evidence: 'abuse',
  since: 0,
  ...changes,
});
const linesOf = (...words: readonly string[]): GivenLine[] =>
  words.map((given, index) => ({ line: index + 2, given, wrong: null }));
const wish = (changes: Partial<Wish> = {}): Wish => ({ access: 'suspended', overrides: [], ...changes });

type Known = Readonly<Record<string, KnownAccount | 'several'>>;
const plan = (lines: readonly GivenLine[], known: Known, wanted: Partial<Wish> = {}) =>
  planDrill(lines, new Map(Object.entries(known)), wish(wanted), (one) => whyNot(one, now));
/** What a drill would do with one account, named by its ref. */
const planOne = (changes: Partial<KnownAccount>, wanted: Partial<Wish> = {}) =>
  plan(linesOf('acme'), { acme: account('acme', changes) }, wanted)[0];

describe('FD-1 the plan of a fire drill', () => {
  it('switches off who owes', () => {
    expect(planOne({})).toMatchObject({ status: 'waiting', detail: '', isOverridden: false });
  });

  it('refuses who pays, unless he was named', () => {
    expect(planOne({ isPaying: true })).toMatchObject({
      status: 'refused',
      detail: expect.stringContaining('--override acme') as string,
    });
    expect(planOne({ isPaying: true }, { overrides: ['acme'] })).toMatchObject({
      status: 'waiting',
      detail: 'although it pays: it was named',
      isOverridden: true,
    });
  });

  it('says of who was named and owes that a payment would not save him: so it is approved', () => {
    expect(planOne({}, { overrides: ['acme'] })).toMatchObject({
      status: 'waiting',
      detail: 'even if it pays: it was named',
      isOverridden: true,
    });
  });

  it('spares who is exempt, named or not, until the exemption has ended', () => {
    const exemption = { until: now + 1, by: 'Zoe' };
    for (const overrides of [[], ['acme']])
      expect(planOne({ exemption, isPaying: true }, { overrides })).toMatchObject({
        status: 'refused',
        detail: expect.stringContaining('by Zoe: end that first') as string,
      });
    expect(planOne({ exemption: { until: now, by: 'Zoe' } })?.status).toBe('waiting');
  });

  it.each<[string, Partial<Restriction>, Wish['access'], string, string]>([
    ['suspended, wanted suspended', {}, 'suspended', 'already', 'by hand'],
    ['revoked, wanted suspended', { access: 'revoked' }, 'suspended', 'already', 'by hand'],
    ['being revoked, wanted revoked', { access: 'revoked_pending' }, 'revoked', 'already', 'by hand'],
    ['suspended, wanted revoked', {}, 'revoked', 'refused', 'suspended by hand, by Kim'],
    ['read only, wanted suspended', { access: 'read_only' }, 'suspended', 'refused', 'read_only by hand'],
    ['of another drill', { accessOnly: true }, 'suspended', 'refused', 'another fire drill has it'],
  ])('leaves alone who was restricted by hand before: %s', (_, changes, access, status, detail) => {
    expect(planOne({ restrictions: [byHand(changes)] }, { access })).toMatchObject({
      status,
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('switches off who is restricted for another reason: that one stays beside it', () => {
    const restrictions = [byHand({ reason: 'nonpayment', access: 'decommissioned' })];
    expect(planOne({ restrictions })?.status).toBe('waiting');
  });

  it('takes an account once, by whatever word it is named again, and says which line has it', () => {
    const acme = account('acme');
    const planned = plan(linesOf('acme', 'cus_1', 'acme'), { acme, cus_1: acme });
    expect(planned.map(({ status, detail }) => [status, detail])).toEqual([
      ['waiting', ''],
      ['refused', 'is the account of line 2'],
      ['refused', 'is the account of line 2'],
    ]);
  });

  it('takes nobody by a word that names two accounts', () => {
    expect(plan(linesOf('acme'), { acme: 'several' })[0]).toMatchObject({
      account: null,
      status: 'refused',
      detail: 'names two accounts: give our id',
    });
  });

  it('repeats what is wrong with a line, though an account has that name', () => {
    const [line] = plan([{ line: 2, given: 'acme', wrong: 'holds a sign' }], { acme: account('acme') });
    expect(line).toMatchObject({ account: null, status: 'refused', detail: 'holds a sign' });
  });

  it.each([
    ['sub_1ABC', 'a subscription of Stripe'],
    ['in_1ABC', 'an invoice of Stripe'],
    ['evt_1ABC', 'an event of Stripe'],
    ['pi_1ABC', 'a payment of Stripe'],
    ['ch_1ABC', 'a charge of Stripe'],
    ['py_1ABC', 'a payment of Stripe'],
    ['dp_1ABC', 'a dispute of Stripe'],
    ['du_1ABC', 'a dispute of Stripe'],
    ['prod_1ABC', 'a product of Stripe'],
    ['price_1ABC', 'a price of Stripe'],
    ['acct_1ABC', 'a connected account of Stripe'],
    ['pm_1ABC', 'a payment method of Stripe'],
    ['cus_1ABC', 'no account has this customer'],
    ['ola@acme.example', 'is a mail address'],
    ['acme_2', 'no account has this ref'],
    ['toString_1', 'no account has this ref'],
    ['constructor_1', 'no account has this ref'],
  ])('says what an unknown word is: %s', (word, says) => {
    const [line] = plan(linesOf(word), {});
    expect(line).toMatchObject({ account: null, status: 'unknown' });
    expect(line?.detail).toContain(says);
  });

  it('finds an override that names nobody on the list, by our id or a customer too', () => {
    const planned = plan(linesOf('cus_1'), { cus_1: account('acme') });
    expect(idleOverrides(planned, wish({ overrides: ['acme', 'beta', 'cus_1'] }))).toEqual(['beta', 'cus_1']);
  });
});

const [refs, words] = [
  ['acme', 'beta', 'coal', 'dune'],
  ['acme', 'beta', 'coal', 'dune', 'cus_acme', 'cus_beta', 'nobody', 'two', 'sub_1'],
] as const;

const world = fc.record({
  lines: fc.array(
    fc.record({ given: fc.constantFrom(...words), wrong: fc.option(fc.constant('is wrong'), { freq: 5 }) }),
    { maxLength: 30 },
  ),
  accounts: fc.tuple(
    ...refs.map((ref) =>
      fc
        .record({
          isPaying: fc.boolean(),
          exemption: fc.option(
            fc.record({ until: fc.constantFrom(now - 1, now + 1), by: fc.constant('Zoe') }),
          ),
          restrictions: fc.array(
            fc.constantFrom(...accessLevels).map((access) => byHand({ access })),
            { maxLength: 1 },
          ),
        })
        .map((changes) => account(ref, changes)),
    ),
  ),
  access: fc.constantFrom('suspended' as const, 'revoked' as const),
  overrides: fc.uniqueArray(fc.constantFrom(...refs)),
});

describe('FD-1 whatever a list holds, its plan', () => {
  it('has each of its lines once and in order, no payer who was not named, nobody twice, and acts of exactly who waits', () => {
    fc.assert(
      fc.property(world, ({ lines, accounts, access, overrides }) => {
        const [acme, beta] = accounts;
        const known = Object.fromEntries(accounts.map((one) => [one.ref, one]));
        const given = lines.map((line, index) => ({ ...line, line: index + 2 }));
        const planned = plan(
          given,
          { ...known, cus_acme: acme!, cus_beta: beta!, two: 'several' },
          { access, overrides },
        );
        expect(planned.map(({ line, given: word }) => [line, word])).toEqual(
          given.map(({ line, given: word }) => [line, word]),
        );
        const waiting = planned.filter(({ status }) => status === 'waiting');
        for (const { account: one } of waiting) {
          expect(one !== null && (!one.isPaying || overrides.some((ref) => ref === one.ref))).toBe(true);
          expect(whyNot(one!, now)).toBeNull();
        }
        expect(new Set(waiting.map(({ account: one }) => one?.id)).size).toBe(waiting.length);
        expect(actsOf(planned, access)).toEqual(
          waiting.map(
            ({ account: one }) =>
              `${access} ${one?.id}${overrides.some((ref) => ref === one?.ref) ? ' although it pays' : ''}`,
          ),
        );
      }),
    );
  });
});
