import type { Ending, PaymentBehavior, PaymentError, PaymentMethod } from '../state/payment-objects.js';

/** What a bank answers days after it was asked to pay. */
export type DebitReturn = Exclude<Ending, 'succeed' | 'fail'>;

const DECLINES = {
  declined: { decline_code: 'generic_decline', message: 'Your card was declined.' },
  insufficient_funds: { decline_code: 'insufficient_funds', message: 'Your card has insufficient funds.' },
} as const;

export const declineOf = (behavior: keyof typeof DECLINES, method: PaymentMethod): PaymentError => ({
  type: 'card_error',
  code: 'card_declined',
  ...DECLINES[behavior],
  payment_method: method,
});

export const authenticationNeeded = (method: PaymentMethod): PaymentError => ({
  type: 'card_error',
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
  payment_method: method,
});

/** The debit isn't even tried, so there is no charge. */
export const mandateInvalid = (method: PaymentMethod): PaymentError => ({
  type: 'invalid_request_error',
  code: 'payment_intent_mandate_invalid',
  message: 'The provided mandate is invalid and can not be used for the payment intent.',
  payment_method: method,
});

const RETURNS: Readonly<Record<DebitReturn | 'fail', { code: string; message: string }>> = {
  fail: {
    code: 'payment_intent_payment_attempt_failed',
    message: 'The payment could not be completed: the bank returned it.',
  },
  debit_insufficient_funds: {
    code: 'insufficient_funds',
    message: 'The customer’s account has insufficient funds to cover this payment.',
  },
  debit_not_authorized: {
    code: 'debit_not_authorized',
    message: 'The customer has notified their bank that this payment was unauthorized.',
  },
  debit_account_closed: {
    code: 'account_closed',
    message: 'The customer’s bank account has been closed.',
  },
};

export const returnOf = (
  ending: DebitReturn | 'fail',
  charge: string | undefined,
  method: PaymentMethod | undefined,
): PaymentError => ({
  type: 'card_error',
  ...RETURNS[ending],
  ...(charge === undefined ? {} : { charge }),
  ...(method ? { payment_method: method } : {}),
});

/** After these nothing may be debited from the account again. */
export const endsMandate = (ending: Ending): boolean =>
  ending === 'debit_not_authorized' || ending === 'debit_account_closed';

/** Whether a payment is refused at once: not delayed, and not a matter of the customer's confirmation. */
export const refusesAtOnce = (behavior: PaymentBehavior): behavior is keyof typeof DECLINES =>
  behavior === 'declined' || behavior === 'insufficient_funds';
