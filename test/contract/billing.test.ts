import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBilling, type MemoryBilling } from '../../src/adapters/memory/billing.js';
import { asCustomerId, asInvoiceId, asSubscriptionId } from '../../src/domain/ids.js';
import { DAY_MS } from '../../src/domain/time.js';
import { billingKeepsItsWord, type BillingWorld, type Debtor } from '../support/billing.js';
import { openStripeWorld, type StripeWorld } from '../support/billing-stripe.js';

describe('billing in memory', () => {
  billingKeepsItsWord(() => Promise.resolve(createMemoryWorld()));

  it('notes what Forbear has charged and ended, and no repeat of it', async () => {
    const clock = () => 1_000;
    const billing = createMemoryBilling({ clock });
    const { subscription, invoice } = openDebt(billing, 1, 0);
    billing.newMethod(invoice, 'pm_1', 'declined');
    const charge = { invoice, method: 'pm_1' };
    await billing.pay(charge, 'key-1');
    await billing.pay(charge, 'key-1');
    expect(billing.charges).toEqual([{ ...charge, key: 'key-1', at: 1_000, result: 'declined' }]);
    await billing.endCollection([subscription], 'cancel');
    await billing.endCollection([subscription], 'pause');
    expect(billing.ended).toEqual([{ subscription, how: 'cancel' }]);
  });

  it('charges again under a key that is older than a day, as Stripe does', async () => {
    let at = 0;
    const billing = createMemoryBilling({ clock: () => at });
    const { invoice } = openDebt(billing, 1, 0);
    billing.newMethod(invoice, 'pm_1', 'declined');
    await billing.pay({ invoice, method: 'pm_1' }, 'key-1');
    at = DAY_MS;
    await billing.pay({ invoice, method: 'pm_1' }, 'key-1');
    expect(billing.charges).toHaveLength(2);
  });

  it('answers no charge and no ending until it is up again', async () => {
    let at = 0;
    const billing = createMemoryBilling({ clock: () => at });
    const { subscription, invoice } = openDebt(billing, 1, 0);
    billing.newMethod(invoice, 'pm_1');
    billing.failUntil(10);
    const down = { code: 'BILLING_UNAVAILABLE' };
    await expect(billing.pay({ invoice, method: 'pm_1' }, 'key-1')).rejects.toMatchObject(down);
    await expect(billing.endCollection([subscription], 'cancel')).rejects.toMatchObject(down);
    at = 10;
    expect(await billing.pay({ invoice, method: 'pm_1' }, 'key-1')).toBe('paid');
  });
});

describe('billing at Stripe', () => {
  const opened: StripeWorld[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((world) => world.close()));
  });

  billingKeepsItsWord(async () => {
    const world = await openStripeWorld();
    opened.push(world);
    return world;
  });
});

function createMemoryWorld(): BillingWorld {
  let at = Date.UTC(2026, 10, 2, 9);
  const billing = createMemoryBilling({ clock: () => at });
  const now = () => Promise.resolve(at);
  let count = 0;
  const soon = (happens: () => void) => {
    happens();
    return Promise.resolve();
  };
  return {
    billing,
    now,
    pass: (ms) => soon(() => (at += ms)),
    debtor: () => Promise.resolve(openDebt(billing, (count += 1), at)),
    payPart: (invoice, amountMinor) => soon(() => billing.pay(invoice, amountMinor)),
    credit: (invoice, amountMinor) => soon(() => billing.pay(invoice, amountMinor)),
    void: (invoice) => soon(() => billing.void(invoice)),
    startPayment: (invoice) => soon(() => billing.startPayment(invoice, at)),
    endPayment: (invoice, outcome) =>
      soon(() => (outcome === 'succeed' ? billing.pay(invoice) : billing.failPayment(invoice, at))),
    needConfirmation: (invoice) => soon(() => billing.needConfirmation(invoice, at)),
    changeMethod: ({ invoice }, whenCharged) => {
      const method = `pm_${(count += 1)}`;
      billing.newMethod(invoice, method, whenCharged);
      return Promise.resolve(method);
    },
    changeDefaultOnly: ({ invoice }) => {
      billing.idleDefault(invoice, 'pm_idle');
      return Promise.resolve('pm_idle');
    },
    giveCredit: (customer, credit) => soon(() => billing.giveCredit(customer, credit)),
    leaveStuckDraft: (customer) => {
      const draft = { id: asInvoiceId('in_draft'), reason: 'customer_tax_location_invalid' };
      billing.leaveStuckDraft(customer, draft.id, draft.reason);
      return Promise.resolve(draft);
    },
    removeCustomer: (customer) => soon(() => billing.removeCustomer(customer)),
    nameAccount: (id, account) => soon(() => billing.addCustomer({ id, account })),
    countCharges: () => Promise.resolve(billing.charges.length),
    failNextRead: () => soon(() => billing.failNext(1)),
  };
}

function openDebt(billing: MemoryBilling, count: number, failedAt: number): Debtor {
  const customer = asCustomerId(`cus_${count}`);
  const subscription = asSubscriptionId(`sub_${count}`);
  const invoice = asInvoiceId(`in_${count}`);
  billing.addCustomer({ id: customer });
  billing.setSubscription(customer, subscription, 'live');
  billing.addInvoice({ id: invoice, customer, subscription, amountMinor: 9_900, failedAt });
  return { customer, subscription, invoice };
}
