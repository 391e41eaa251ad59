import type { PaymentBehavior, PaymentMethod } from '../state/payment-objects.js';
import { newId } from '../state/store.js';

interface TestToken {
  behavior: PaymentBehavior;
  type: 'card' | 'us_bank_account' | 'sepa_debit';
  last4: string;
  /** The customer or his bank has withdrawn the mandate already. */
  mandateInactive?: true;
}

const card = (behavior: PaymentBehavior, last4: string): TestToken => ({ behavior, type: 'card', last4 });
const ach = (behavior: PaymentBehavior, last4: string): TestToken => ({
  ...{ behavior, type: 'us_bank_account', last4 },
});
const sepa = (behavior: PaymentBehavior, last4: string): TestToken => ({
  ...{ behavior, type: 'sepa_debit', last4 },
});

/** Test tokens and what becomes of their payments. Stripe's own names, as far as Stripe has got one. */
const STRIPES_TOKENS: Readonly<Record<string, TestToken>> = {
  pm_card_visa: card('succeeds', '4242'),
  pm_card_mastercard: card('succeeds', '4444'),
  pm_card_chargeCustomerFail: card('declined', '0341'),
  pm_card_visa_chargeDeclinedInsufficientFunds: card('insufficient_funds', '9995'),
  pm_card_authenticationRequired: card('requires_action', '3184'),
  pm_usBankAccount_success: ach('debit_succeeds', '6789'),
  pm_usBankAccount_insufficientFunds: ach('debit_insufficient_funds', '2227'),
  pm_usBankAccount_debitNotAuthorized: ach('debit_not_authorized', '3335'),
  pm_usBankAccount_accountClosed: ach('debit_account_closed', '1113'),
  pm_usBankAccount_processing: ach('processing', '6789'),
};

/** Tokens that only the fake has got: at Stripe a SEPA debit is made from a test IBAN. */
const OUR_TOKENS: Readonly<Record<string, TestToken>> = {
  pm_bank_processing: ach('processing', '6789'),
  pm_usBankAccount_mandateInactive: { ...ach('debit_succeeds', '6789'), mandateInactive: true },
  pm_sepaDebit_success: sepa('debit_succeeds', '3201'),
  pm_sepaDebit_insufficientFunds: sepa('debit_insufficient_funds', '3202'),
  pm_sepaDebit_debitNotAuthorized: sepa('debit_not_authorized', '3202'),
  pm_sepaDebit_accountClosed: sepa('debit_account_closed', '3202'),
  pm_sepaDebit_processing: sepa('processing', '3201'),
  pm_sepaDebit_mandateInactive: { ...sepa('debit_succeeds', '3201'), mandateInactive: true },
};

export const testToken = (name: string): TestToken | undefined => STRIPES_TOKENS[name] ?? OUR_TOKENS[name];

const cardOf = (token: string, last4: string): NonNullable<PaymentMethod['card']> => ({
  brand: token.includes('mastercard') ? 'mastercard' : 'visa',
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'US',
  display_brand: token.includes('mastercard') ? 'mastercard' : 'visa',
  exp_month: 12,
  exp_year: 2034,
  fingerprint: null,
  funding: 'credit',
  generated_from: null,
  last4,
  networks: { available: ['visa'], preferred: null },
  regulated_status: 'unregulated',
  three_d_secure_usage: { supported: true },
  wallet: null,
});

const bankAccountOf = (last4: string): NonNullable<PaymentMethod['us_bank_account']> => ({
  account_holder_type: 'company',
  account_type: 'checking',
  bank_name: 'TEST BANK',
  financial_connections_account: null,
  fingerprint: null,
  last4,
  networks: { preferred: 'ach', supported: ['ach'] },
  routing_number: '110000000',
  status_details: null,
});

const sepaOf = (last4: string): NonNullable<PaymentMethod['sepa_debit']> => ({
  bank_code: '19043',
  branch_code: '',
  country: 'AT',
  fingerprint: null,
  generated_from: null,
  last4,
});

/** A payment method made from a test token; an unknown token makes none. */
export function newPaymentMethod(
  created: number,
  token: string,
  customer: string | null,
): PaymentMethod | undefined {
  const known = testToken(token);
  if (!known) return undefined;
  const { type, last4, behavior } = known;
  const method: PaymentMethod = {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created,
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type,
    fake: { behavior },
  };
  if (type === 'card') return { ...method, card: cardOf(token, last4) };
  if (type === 'sepa_debit') return { ...method, sepa_debit: sepaOf(last4) };
  return { ...method, us_bank_account: bankAccountOf(last4) };
}
