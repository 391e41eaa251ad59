import { afterEach, describe, expect, it } from 'vitest';
import { asCustomerId } from '../../src/domain/ids.js';
import { openStripeWorld, type StripeWorld } from '../support/billing-stripe.js';

let world: StripeWorld;
afterEach(() => world.close());

describe('what a policy may ask of an account', () => {
  it('TT-17 is its prices, what is open, why payments were declined, where it is and since when', async () => {
    world = await openStripeWorld();
    const { customer } = await world.debtor();
    await world.stripe.customers.update(customer, { address: { country: 'AT' } });
    const { data } = await world.stripe.subscriptions.list({ customer });
    const price = data[0]?.items.data[0]?.price;
    const { created } = (await world.stripe.customers.retrieve(customer)) as { created: number };
    const traits = await world.billing.readTraits([customer]);
    expect(traits).toMatchObject({ country: 'AT', since: created * 1_000, owed: [{ currency: 'usd' }] });
    expect(traits.plans).toEqual(expect.arrayContaining([price?.id, price?.product]));
    expect(traits.declineCodes).toContain('card_declined');
    const [sum] = traits.owed;
    expect(sum?.amountMinor).toBeGreaterThan(0);
  });

  it('DR-7 is that of all its customers; one that is missing adds nothing', async () => {
    world = await openStripeWorld();
    const [one, other] = [await world.debtor(), await world.debtor()];
    const alone = await world.billing.readTraits([one.customer]);
    const both = await world.billing.readTraits([asCustomerId('cus_gone'), one.customer, other.customer]);
    expect(both.owed[0]?.amountMinor).toBe(2 * (alone.owed[0]?.amountMinor ?? NaN));
    expect(both.since).toBe(alone.since);
    expect(await world.billing.readTraits([])).toEqual({
      plans: [],
      owed: [],
      declineCodes: [],
      country: null,
      since: null,
    });
  });
});
