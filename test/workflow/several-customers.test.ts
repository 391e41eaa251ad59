import { expect, it } from 'vitest';
import { asCustomerId, asInvoiceId, asSubscriptionId } from '../../src/domain/ids.js';
import { formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const customers = ['cus_1', 'cus_2'].map(asCustomerId);
const [first = asCustomerId('cus_1'), second = asCustomerId('cus_2')] = customers;

/** The second customer of the account is behind with an invoice of his own, since day 0. */
function secondOwes({ billing, dayZero }: Trial): void {
  const subscription = asSubscriptionId('sub_2');
  billing.addCustomer({ id: second });
  billing.setSubscription(second, subscription, 'live');
  billing.addInvoice({
    ...{ id: asInvoiceId('in_second'), customer: second, subscription },
    ...{ amountMinor: 2_000, failedAt: dayZero },
  });
}

describeInTime('an account with several Stripe customers', ({ open }) => {
  it('P-1 DR-7 stays off when one of them has paid and the other has not, and comes back when both have', async () => {
    const trial = await open({ customers });
    secondOwes(trial);
    await trial.renewalFails(0);
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays('in_1');
    await trial.reach(12);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.access().access).toBe('suspended');
    expect(trial.file().owed).toEqual([{ currency: 'usd', amountMinor: 2_000 }]);
    await trial.pays('in_second');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(await trial.isOver()).toBe(true);
  });

  it('P-1 DR-7 holds while one of them names another account at Stripe, with a finding, until that is mended', async () => {
    const trial = await open({ customers });
    secondOwes(trial);
    trial.billing.addCustomer({ id: second, account: 'other' });
    await trial.renewalFails(0);
    await trial.reach(20);
    expect(trial.told()).toEqual([]);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
    expect(trial.file()).toMatchObject({
      hold: { reason: 'standing_unclear' },
      findings: [{ kind: 'customer_unclear', subject: 'cus_2/other' }],
    });
    trial.billing.addCustomer({ id: second, account: 'acme' });
    await trial.signal('billingChanged');
    await trial.reach(20.5);
    expect(trial.told()).toEqual([['reminder', 20]]);
  });

  it('DR-7 that names another account by the pause day, after all was told, is not paused', async () => {
    const trial = await open({ customers });
    secondOwes(trial);
    await trial.renewalFails(0);
    await trial.reach(9);
    trial.billing.addCustomer({ id: first, account: 'other' });
    await trial.reach(14);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file().hold).toMatchObject({ reason: 'standing_unclear' });
  });

  it('DR-7 is given everything back once all is paid, whatever its customers name', async () => {
    const trial = await open({ customers });
    secondOwes(trial);
    await trial.renewalFails(0);
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    trial.billing.addCustomer({ id: second, account: 'other' });
    trial.stripe.pay('in_1');
    await trial.pays('in_second');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('an account without a paying subscription', ({ open }) => {
  it('DR-8 that owes nothing is told nothing and keeps its access when its subscription ends', async () => {
    const trial = await open();
    trial.stripe.subscriptionBecomes('ended');
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.cases.saved(trial.account.id)).toEqual([]);
  });
});
