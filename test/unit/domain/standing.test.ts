import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../../src/domain/advance.js';
import { asInvoiceId, asSubscriptionId } from '../../../src/domain/ids.js';
import {
  assess,
  hasLiveSubscription,
  type InvoiceFact,
  type SubscriptionState,
  type Verdict,
} from '../../../src/domain/standing.js';
import {
  caseFileOf,
  day,
  factsOf,
  invoiceFact,
  membersOf,
  product,
  remindedCase,
  samplePolicy,
  standingOf,
  tracksOf,
} from '../../support/facts.js';

const now = day(10);
const states = membersOf<SubscriptionState>({
  incomplete: true,
  live: true,
  unpaid: true,
  paused: true,
  ended: true,
  unknown: true,
});
const view = (invoices: readonly InvoiceFact[], state: SubscriptionState = 'live') =>
  assess(standingOf(invoices, now, { state }), samplePolicy, now);

describe('assess', () => {
  const withDebt: Record<SubscriptionState, Verdict> = {
    incomplete: 'clear',
    live: 'owing',
    unpaid: 'owing',
    paused: 'owing',
    ended: 'owing',
    unknown: 'unclear',
  };
  it.each(states)(
    'decides from the invoice, not from the status, with an overdue one of a subscription that is %s',
    (state) => {
      expect(view([invoiceFact()], state).verdict).toBe(withDebt[state]);
      expect(view([], state).verdict).toBe(state === 'unknown' ? 'unclear' : 'clear');
    },
  );

  it('EC-1 sees no debt in the invoice of a subscription that never began, and opens no case for it', () => {
    const failedFirst = [invoiceFact({ firstFailedAt: day(0), attempted: true })];
    const standing = standingOf(failedFirst, now, { state: 'incomplete' });
    expect(assess(standing, samplePolicy, now)).toEqual({
      verdict: 'clear',
      owed: [],
      overdue: [],
      oldestAt: null,
      confirmable: [],
    });
    const turn = advance(caseFileOf(), factsOf(standing, { tracks: tracksOf() }), now);
    expect(turn).toMatchObject({
      act: null,
      file: { openedAt: null, stage: 'closed', rounds: { remind: 0 } },
    });
  });

  it('EC-1 still sees the debt of another subscription of the same account', () => {
    const other = asSubscriptionId('sub_2');
    const standing = standingOf(
      [invoiceFact(), invoiceFact({ id: asInvoiceId('in_2'), subscription: other })],
      now,
      {
        state: 'incomplete',
      },
    );
    const both = {
      ...standing,
      subscriptions: [...standing.subscriptions, { id: other, state: 'live' as const }],
    };
    expect(assess(both, samplePolicy, now).overdue.map((i) => i.id)).toEqual(['in_2']);
  });

  it('EC-1 holds on the invoice of a subscription that is in no list: it may have begun after the list was read', () => {
    const standing = standingOf([invoiceFact({ subscription: asSubscriptionId('sub_new') })], now);
    expect(assess(standing, samplePolicy, now).verdict).toBe('unclear');
    expect(
      view([invoiceFact({ subscription: null })]).verdict,
      'one of no subscription is a plain debt',
    ).toBe('owing');
  });

  it('holds on a list that was cut short, whatever it shows', () => {
    for (const invoices of [[], [invoiceFact()], [invoiceFact({ processingSince: now })]]) {
      expect(assess(standingOf(invoices, now, { complete: false }), samplePolicy, now).verdict).toBe(
        'unclear',
      );
    }
  });

  const instants = { known: day(3), none: null } as const;
  it.each(
    product({
      due: ['known', 'none'] as const,
      failed: ['known', 'none'] as const,
      finalized: ['known', 'none'] as const,
      attempted: [true, false],
      collection: ['automatic', 'sent'] as const,
    }),
  )(
    'takes the due date, else the first failure, else the finalisation of what was tried: $due/$failed/$finalized, $attempted, $collection',
    ({ due, failed, finalized, attempted, collection }) => {
      const invoice = invoiceFact({
        dueAt: instants[due] === null ? null : day(1),
        firstFailedAt: instants[failed] === null ? null : day(2),
        finalizedAt: instants[finalized],
        attempted,
        collection,
      });
      const { verdict, oldestAt } = view([invoice]);
      const isUntried = collection === 'automatic' && !attempted;
      const clock =
        due === 'known'
          ? day(1)
          : failed === 'known'
            ? day(2)
            : isUntried
              ? null
              : finalized === 'known'
                ? day(3)
                : undefined;
      if (clock === undefined) expect({ verdict, oldestAt }).toEqual({ verdict: 'unclear', oldestAt: null });
      else if (clock === null) expect({ verdict, oldestAt }).toEqual({ verdict: 'clear', oldestAt: null });
      else expect({ verdict, oldestAt }).toEqual({ verdict: 'owing', oldestAt: clock });
    },
  );

  it('counts an invoice from the very moment it is due', () => {
    expect(view([invoiceFact({ dueAt: now })]).verdict).toBe('owing');
    expect(view([invoiceFact({ dueAt: now + 1 })]).verdict).toBe('clear');
  });

  it('ignores an invoice on which nothing remains', () => {
    expect(view([invoiceFact({ remainingMinor: 0 })]).verdict).toBe('clear');
  });

  it('TT-7 comes to the same in whatever order invoices are listed, and paying one never makes more owed', () => {
    const anyInvoice = fc
      .record({
        remainingMinor: fc.integer({ min: 0, max: 9000 }),
        currency: fc.constantFrom('usd', 'eur'),
        firstFailedAt: fc.integer({ min: day(0), max: day(20) }),
      })
      .map(invoiceFact);
    fc.assert(
      fc.property(fc.array(anyInvoice, { minLength: 1, maxLength: 8 }), (invoices) => {
        const all = view(invoices);
        const shuffled = view([...invoices].reverse());
        expect({ ...shuffled, overdue: [] }).toEqual({ ...all, overdue: [] });
        const rest = view(invoices.slice(1));
        const sum = (v: typeof all) => v.owed.reduce((total, m) => total + m.amountMinor, 0);
        expect(sum(rest)).toBeLessThanOrEqual(sum(all));
        if (rest.verdict === 'owing') expect(all.verdict).toBe('owing');
        expect(all.oldestAt ?? Infinity).toBeLessThanOrEqual(rest.oldestAt ?? Infinity);
      }),
    );
  });
});

describe('hasLiveSubscription', () => {
  it.each(states)('is true for live and nothing else: %s', (state) => {
    expect(hasLiveSubscription(standingOf([], now, { state }))).toBe(state === 'live');
  });
});

describe('advance on a standing', () => {
  it('TT-7 keeps the case open while anything overdue is unpaid, and the rest sets the clock', () => {
    const rest = invoiceFact({ id: asInvoiceId('in_2'), firstFailedAt: day(6), remainingMinor: 100 });
    const turn = advance(remindedCase(3), factsOf(standingOf([rest], day(9))), day(9));
    expect(turn.file).toMatchObject({ closedAt: null, anchorAt: day(6), firstAnchorAt: day(0) });
    expect(turn.file.owed).toEqual([{ currency: 'usd', amountMinor: 100 }]);
  });

  it('EC-2 keeps a failed renewal waiting for Stripe’s retries until its first reminder is due', () => {
    const turn = advance(caseFileOf(), factsOf(standingOf([invoiceFact()], day(0))), day(0));
    expect(turn).toMatchObject({ act: null, wakeAt: day(1), next: { step: 'remind', at: day(1) } });
    expect(turn.file).toMatchObject({ openedAt: day(0), stage: 'watching', closedAt: null });
  });

  it('TT-1 opens a case for a sent invoice on its due date, when no payment was ever tried', () => {
    const sent = invoiceFact({ collection: 'sent', attempted: false, firstFailedAt: null, dueAt: day(0) });
    const early = factsOf(standingOf([sent], day(-1)), { tracks: tracksOf() });
    const before = advance(caseFileOf(), early, day(-1));
    expect(before.file).toMatchObject({ openedAt: null, stage: 'closed' });
    const after = advance(caseFileOf(), factsOf(standingOf([sent], day(0))), day(0));
    expect(after.file).toMatchObject({ openedAt: day(0), anchorAt: day(0) });
  });
});
