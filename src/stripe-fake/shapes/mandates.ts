import type { Mandate, PaymentMethod } from '../state/payment-objects.js';
import { newId } from '../state/store.js';

/** The customer's permission to debit a bank account. A card needs none. */
export function newMandate(created: number, method: PaymentMethod, status: Mandate['status']): Mandate {
  const id = newId('mandate');
  const reference = id.slice(-12).toUpperCase();
  return {
    id,
    object: 'mandate',
    customer_acceptance: { accepted_at: created, offline: {}, type: 'offline' },
    livemode: false,
    multi_use: {},
    payment_method: method.id,
    payment_method_details:
      method.type === 'sepa_debit'
        ? { type: 'sepa_debit', sepa_debit: { reference, url: `https://mandates.example/${reference}` } }
        : { type: 'us_bank_account', us_bank_account: {} },
    status,
    type: 'multi_use',
    fake: { customer: method.customer },
  };
}
