import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classify,
  knownTypes,
  strongest,
  typesActedOn,
  typesAskedFor,
  typesUnwanted,
  type News,
} from '../../src/dispatcher/classify.js';
import { membersOf } from '../support/facts.js';

/** What each event type comes to; `ignored` is knowingly so. */
const expected: Readonly<Record<string, News['signal'] | 'ignored'>> = {
  'invoice.payment_failed': 'paymentFailed',
  'invoice.overdue': 'paymentFailed',
  'invoice.marked_uncollectible': 'paymentFailed',
  'invoice.payment_action_required': 'paymentFailed',
  'invoice.finalization_failed': 'paymentFailed',
  'credit_note.created': 'paymentSucceeded',
  'customer.updated': 'billingChanged',
  'payment_method.attached': 'billingChanged',
  'payment_method.updated': 'billingChanged',
  'payment_method.automatically_updated': 'billingChanged',
  'payment_intent.processing': 'billingChanged',
  'cash_balance.funds_available': 'billingChanged',
  'invoice.payment_succeeded': 'paymentSucceeded',
  'invoice.paid': 'paymentSucceeded',
  'invoice.voided': 'paymentSucceeded',
  'customer.subscription.created': 'billingChanged',
  'customer.subscription.updated': 'billingChanged',
  'customer.subscription.deleted': 'billingChanged',
  'customer.subscription.paused': 'billingChanged',
  'customer.subscription.resumed': 'billingChanged',
  'invoice.created': 'ignored',
  'invoice.upcoming': 'ignored',
  'customer.created': 'ignored',
  'charge.succeeded': 'ignored',
  'checkout.session.completed': 'ignored',
  'a type of next year': 'ignored',
  '': 'ignored',
};

const signals = membersOf<News['signal']>({
  paymentFailed: true,
  paymentSucceeded: true,
  billingChanged: true,
});
const anyNews = fc.record({ signal: fc.constantFrom(...signals), opens: fc.boolean() });

describe('classify', () => {
  it.each(Object.entries(expected))('takes %s for %s', (type, signal) => {
    expect(classify(type)?.signal ?? 'ignored').toBe(signal);
  });

  it('P-1 lets only trouble open a case at an account in good standing', () => {
    for (const [type, signal] of Object.entries(expected)) {
      expect(classify(type)?.opens ?? false, type).toBe(signal === 'paymentFailed');
    }
  });

  it('SUB-4 knows each type as one of three kinds, and asks Stripe for all but the unwanted', () => {
    expect(new Set(knownTypes.map(({ type }) => type)).size).toBe(knownTypes.length);
    expect([...typesAskedFor, ...typesUnwanted]).toEqual(knownTypes.map(({ type }) => type));
    expect(typesUnwanted).toEqual(['invoice.created', '*']);
    for (const { type, kind, does } of knownTypes) {
      expect(classify(type) === null, type).toBe(kind !== 'handled');
      expect(does, type).not.toBe('');
    }
    for (const type of typesActedOn) expect(expected, 'a type of the table above').toHaveProperty([type]);
  });

  it.each([
    'checkout.session.completed',
    'customer.subscription.trial_will_end',
    'charge.refunded',
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
    'radar.early_fraud_warning.created',
  ])('SUB-4 keeps %s and acts on it no more than on any other', (type) => {
    expect(knownTypes.find((known) => known.type === type)?.kind).toBe('recorded');
    expect(classify(type)).toBeNull();
  });
});

describe('strongest', () => {
  it('makes one signal of everything about an account: a payment first, then trouble, then the rest', () => {
    fc.assert(
      fc.property(fc.array(anyNews, { maxLength: 6 }), (news) => {
        const named = news.map((n) => n.signal);
        const signal = named.includes('paymentSucceeded')
          ? 'paymentSucceeded'
          : named.includes('paymentFailed')
            ? 'paymentFailed'
            : 'billingChanged';
        const opens = news.some((n) => n.opens);
        expect(strongest(news)).toEqual(news.length === 0 ? null : { signal, opens });
      }),
    );
  });

  it('EC-10 makes the same signal of an account’s events in whatever order they arrived', () => {
    const shuffled = fc
      .array(anyNews, { minLength: 1, maxLength: 6 })
      .chain((news) => fc.tuple(fc.constant(news), fc.shuffledSubarray(news, { minLength: news.length })));
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(strongest(other)).toEqual(strongest(one));
      }),
    );
  });
});
