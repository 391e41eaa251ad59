import type Stripe from 'stripe';
import type { Billing } from '../../ports/billing.js';
import { asking, nullIfMissing } from './client.js';
import { endCollection } from './collection.js';
import { pay } from './pay.js';
import { namedBy, readStanding } from './standing.js';
import { readTraits } from './traits.js';

/** Stripe behind our port. `metadataKey` is the key under which a customer names the account it pays for. */
export function createStripeBilling(stripe: Stripe, metadataKey: string, nowMs: () => number): Billing {
  return {
    readStanding: (customers, ref) => readStanding(stripe, customers, { metadataKey, ref }, nowMs),
    readTraits: (customers) => readTraits(stripe, customers),
    pay: (charge, key) => pay(stripe, charge, key),
    endCollection: (subscriptions, how) => endCollection(stripe, subscriptions, how),
    async ping() {
      await asking('a first look', () => stripe.customers.list({ limit: 1 }));
    },
    async readCustomer(id) {
      const customer = await asking('reading a customer', () => stripe.customers.retrieve(id)).catch(
        nullIfMissing,
      );
      if (customer === null || customer.deleted) return null;
      return {
        id,
        name: customer.name ?? null,
        email: customer.email,
        account: namedBy(customer, metadataKey),
        language: languageOf(customer.preferred_locales),
      };
    },
  };
}

/** `de` of `de-AT`; `null` where the first locale has no code of two letters. */
function languageOf(locales: readonly string[] | null | undefined): string | null {
  return /^[a-z]{2}(?![a-z])/.exec(locales?.[0]?.toLowerCase() ?? '')?.[0] ?? null;
}
