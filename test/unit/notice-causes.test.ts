import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { createMails } from '../../src/adapters/mail/mails.js';
import { failedFor, type TriedPayment } from '../../src/adapters/stripe/payments.js';
import { asInvoiceId } from '../../src/domain/ids.js';
import { composeNotice } from '../../src/domain/notice.js';
import { wholeStanding, briefStanding } from '../../src/domain/brief.js';
import type { InvoiceFact } from '../../src/domain/standing.js';
import { day, invoiceFact, standingOf, wholePolicy } from '../support/facts.js';

/** A payment of which only this is looked at. */
const payment = (
  charges: readonly Partial<Stripe.Charge>[],
  error: Partial<Stripe.PaymentIntent.LastPaymentError> | null = null,
) => ({ isDefault: true, intent: { last_payment_error: error }, charges }) as unknown as TriedPayment;
const failedCharge = (created: number, failure_code: string, reason: string | null = null) =>
  ({ status: 'failed', created, failure_code, outcome: { reason } }) as Partial<Stripe.Charge>;

describe('why a payment failed', () => {
  it.each([
    ['an expired card', payment([failedCharge(1, 'expired_card')]), 'expired_card'],
    [
      'one that the network calls expired',
      payment([failedCharge(1, 'card_declined', 'expired_card')]),
      'expired_card',
    ],
    ['a debit that was not authorised', payment([failedCharge(1, 'debit_not_authorized')]), 'dead_mandate'],
    ['a mandate that is dead', payment([], { code: 'payment_intent_mandate_invalid' }), 'dead_mandate'],
    ['a decline', payment([failedCharge(1, 'card_declined', 'insufficient_funds')]), undefined],
    ['nothing', payment([]), undefined],
  ])('TT-2 is known of %s', (_, tried, because) => {
    expect(failedFor([tried]).failedFor).toBe(because);
  });

  it('TT-2 is what the newest try says', () => {
    const tries = [failedCharge(2, 'card_declined', 'insufficient_funds'), failedCharge(1, 'expired_card')];
    expect(failedFor([payment(tries)])).toEqual({});
  });
});

const told = (...invoices: readonly Partial<InvoiceFact>[]) => {
  const facts = invoices.map((one, index) => invoiceFact({ id: asInvoiceId(`in_${index}`), ...one }));
  const standing = wholeStanding(briefStanding(standingOf(facts, day(4))));
  const to = { name: 'Acme', contacts: ['a@example.com'], language: null };
  return composeNotice('<1@x>', to, { topic: 'reminder', promises: [] }, standing, wholePolicy);
};
const expired = { failedFor: 'expired_card' } as const;

describe('a reminder', () => {
  it('TT-2 says that the card has expired, or that the mandate is dead, in every language of ours', async () => {
    const { ofNotice } = createMails(null);
    const textOf = async (debt: Partial<InvoiceFact>, language: string) =>
      (await ofNotice({ ...told(debt), language })).text.replace(/\s+/g, ' ');
    expect(await textOf(expired, 'en')).toContain('card that we tried to charge has expired');
    expect(await textOf(expired, 'de')).toContain('ist abgelaufen');
    expect(await textOf({ failedFor: 'dead_mandate' }, 'en')).toContain('no valid mandate');
    expect(await textOf({ failedFor: 'dead_mandate' }, 'de')).toContain('kein gültiges Mandat');
  });

  it('TT-2 says what several failures have in common, and nothing where they have nothing', () => {
    expect(told(expired, expired).cause).toBe('expired_card');
    expect(told(expired, {}).cause).toBe('declined');
    expect(told(expired, { dueAt: day(1) }).cause).toBeNull();
    expect(told({ ...expired, dueAt: day(1) }).cause, 'who pays by invoice had until then').toBe('due');
  });
});
