import type Stripe from 'stripe';
import { createStripeClient } from '../adapters/stripe/client.js';
import type { StackDescription } from '../dev/description.js';

const goodCard = 'pm_card_visa';
// Can be saved, and declines every charge.
const badCard = 'pm_card_chargeCustomerFail';

/** What happens between the customers and Stripe; Forbear has no part in it and only hears of it. */
export type Till = {
  /** A customer who has subscribed and paid his first month. */
  register(customer: { name: string; email: string; ref: string }): Promise<string>;
  subscribe(customer: string, amountMinor: number): Promise<void>;
  /** The card on file goes bad, and the renewal fails. */
  failRenewal(customer: string, amountMinor: number): Promise<void>;
  /** A new card, and everything that is open paid with it. */
  payAll(customer: string): Promise<void>;
};

export function createTill({ base, key }: StackDescription['stripe']): Till {
  const stripe = createStripeClient({ secretKey: key, apiBase: base });
  return {
    async register({ name, email, ref }) {
      const { id } = await stripe.customers.create({ name, email, metadata: { forbear_account: ref } });
      await useCard(stripe, id, goodCard);
      return id;
    },
    async subscribe(customer, amountMinor) {
      const { id: product } = await stripe.products.create({ name: 'Hosting' });
      const price = {
        product,
        currency: 'usd',
        unit_amount: amountMinor,
        recurring: { interval: 'month' },
      } as const;
      const { id } = await stripe.prices.create(price);
      await stripe.subscriptions.create({ customer, items: [{ price: id }] });
    },
    async failRenewal(customer, amountMinor) {
      await useCard(stripe, customer, badCard);
      // Only the fake can be told to renew now.
      const response = await fetch(`${base}/_fake/customers/${customer}/fail-invoice`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ amount: amountMinor, currency: 'usd' }),
      });
      if (!response.ok)
        throw new Error(`the Stripe fake answered ${response.status} ${await response.text()}`);
    },
    async payAll(customer) {
      const card = await useCard(stripe, customer, goodCard);
      for await (const { id } of stripe.invoices.list({ customer, status: 'open' })) {
        if (id !== undefined) await stripe.invoices.pay(id, { payment_method: card });
      }
    },
  };
}

async function useCard(stripe: Stripe, customer: string, token: string): Promise<string> {
  const { id } = await stripe.paymentMethods.attach(token, { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
  return id;
}
