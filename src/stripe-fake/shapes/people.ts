import type {
  Customer,
  PaymentBehavior,
  PaymentMethod,
  Price,
  Product,
  Recurring,
} from '../state/objects.js';
import { newId } from '../state/store.js';

export function newCustomer(created: number, email: string | null, name: string | null): Customer {
  return {
    id: newId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email,
    invoice_prefix: newId('X', 8).slice(2).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    fake: { deleted: false },
  };
}

export function newProduct(created: number, name: string, id = newId('prod', 14)): Product {
  return {
    id,
    object: 'product',
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  };
}

export function newPrice(
  created: number,
  of: { product: string; currency: string; unitAmount: number; recurring: Recurring | null },
): Price {
  return {
    id: newId('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created,
    currency: of.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: of.product,
    recurring: of.recurring,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: of.recurring ? 'recurring' : 'one_time',
    unit_amount: of.unitAmount,
    unit_amount_decimal: String(of.unitAmount),
  };
}

/** Test tokens and what becomes of their payments. The first six carry Stripe's own names. */
const TEST_TOKENS: Readonly<
  Record<string, { behavior: PaymentBehavior; kind: 'card' | 'bank'; last4: string }>
> = {
  pm_card_visa: { behavior: 'succeeds', kind: 'card', last4: '4242' },
  pm_card_mastercard: { behavior: 'succeeds', kind: 'card', last4: '4444' },
  pm_card_chargeCustomerFail: { behavior: 'declined', kind: 'card', last4: '0341' },
  pm_card_visa_chargeDeclinedInsufficientFunds: {
    behavior: 'insufficient_funds',
    kind: 'card',
    last4: '9995',
  },
  pm_card_authenticationRequired: { behavior: 'requires_action', kind: 'card', last4: '3184' },
  pm_usBankAccount_processing: { behavior: 'processing', kind: 'bank', last4: '6789' },
  pm_bank_processing: { behavior: 'processing', kind: 'bank', last4: '6789' },
};

const cardOf = (token: string, last4: string): NonNullable<PaymentMethod['card']> => ({
  brand: token.includes('mastercard') ? 'mastercard' : 'visa',
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'US',
  display_brand: token.includes('mastercard') ? 'mastercard' : 'visa',
  exp_month: 12,
  exp_year: 2034,
  funding: 'credit',
  generated_from: null,
  last4,
  networks: { available: ['visa'], preferred: null },
  regulated_status: 'unregulated',
  three_d_secure_usage: { supported: true },
  wallet: null,
});

/** A payment method made from a test token; an unknown token makes none. */
export function newPaymentMethod(
  created: number,
  token: string,
  customer: string | null,
): PaymentMethod | undefined {
  const known = TEST_TOKENS[token];
  if (!known) return undefined;
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
    type: known.kind === 'card' ? 'card' : 'us_bank_account',
    fake: { behavior: known.behavior },
  };
  if (known.kind === 'card') return { ...method, card: cardOf(token, known.last4) };
  return {
    ...method,
    us_bank_account: {
      account_holder_type: 'company',
      account_type: 'checking',
      bank_name: 'TEST BANK',
      financial_connections_account: null,
      fingerprint: null,
      last4: known.last4,
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: '110000000',
      status_details: null,
    },
  };
}
