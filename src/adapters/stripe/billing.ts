import Stripe from 'stripe';
import type { Billing } from '../../ports/billing.js';
import { PortError } from '../../ports/errors.js';
import { asking } from './client.js';
import { readStanding } from './standing.js';

/** Stripe behind our port. `metadataKey` is the key under which a customer names the account it pays for. */
export function createStripeBilling(stripe: Stripe, metadataKey: string, nowMs: () => number): Billing {
  return {
    readStanding: (customers) => readStanding(stripe, customers, nowMs),
    async ping() {
      await asking('a first look', () => stripe.customers.list({ limit: 1 }));
    },
    async readCustomer(id) {
      const customer = await asking('reading a customer', () => stripe.customers.retrieve(id)).catch(missing);
      if (customer === null || customer.deleted) return null;
      const account = customer.metadata[metadataKey]?.trim() ?? '';
      return {
        id,
        name: customer.name ?? null,
        email: customer.email,
        account: account === '' ? null : account,
      };
    },
  };
}

function missing(error: unknown): null {
  const cause = error instanceof PortError ? error.cause : error;
  if (cause instanceof Stripe.errors.StripeError && cause.statusCode === 404) return null;
  throw error;
}
