import { expect, it } from 'vitest';
import { asInvoiceId } from '../../src/domain/ids.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const untouched = { access: 'active', restrictions: [], fallback: null, version: 0 };

describeInTime('the first payment of a subscription', ({ open }) => {
  it('EC-1 opens no case, sends no mail and changes no access when it fails in checkout', async () => {
    const trial = await open();
    trial.stripe.subscriptionBecomes('incomplete');
    await trial.renewalFails(0);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.access()).toEqual(untouched);
    expect(trial.cases.saved(trial.account.id)).toEqual([]);
    expect(trial.target.calls).toEqual([]);
    expect(trial.audit()).toEqual([]);
  });
});

describeInTime('a renewal that fails', ({ openInArrears }) => {
  it('EC-2 SUB-1 keeps access and resources while Stripe retries, and reminds on the days of the policy', async () => {
    const trial = await openInArrears();
    expect(trial.access()).toEqual(untouched);
    expect(trial.cases.billingStatus(trial.account.id)).toBe('past_due');
    await trial.reach(7.9);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
    ]);
    expect(trial.access().access).toBe('grace_period');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.target.calls).toEqual([]);
  });

  it('SUB-1 takes its steps after the retry window when Stripe leaves the subscription past_due for ever', async () => {
    const trial = await openInArrears();
    await trial.reach(60);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
    expect(trial.file().stage).toBe('paused');
  });

  it.each([3, 5, 7])("EC-2 closes and lifts all when Stripe's own retry on day %i succeeds", async (day) => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(day), () => trial.stripe.pay());
    await trial.reach(day);
    await trial.signal('paymentSucceeded');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', day]);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file()).toMatchObject({ stage: 'recovered', owed: [] });
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');
  });

  it('P-1 EC-2 finds a payment that no event told of, before it takes the next step', async () => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(9), () => trial.stripe.pay());
    await trial.reach(11);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 10]);
    expect(trial.target.calls).toEqual([]);
  });

  it('TT-2 names the sum, the invoice link, the date and kind of the next step, and whom to write to', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    expect(trial.post.letters).toHaveLength(3);
    for (const letter of trial.post.letters) {
      expect(letter).toMatchObject({
        topic: 'reminder',
        accountName: 'Acme Ltd',
        recipients: ['owner@acme.example'],
        owed: [{ currency: 'usd', amountMinor: 4900 }],
        invoices: [
          {
            number: 'F-in_1',
            sum: { currency: 'usd', amountMinor: 4900 },
            payUrl: 'https://pay.example.com/in_1',
          },
        ],
        promises: [{ step: 'pause', at: trial.day(10) }],
        contact: trial.policy.contact,
      });
    }
    expect(new Set(trial.post.letters.map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('closes within 28 events of history when it is paid before the first step', async () => {
    const trial = await openInArrears();
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect((await trial.history()).length).toBeLessThanOrEqual(28);
    expect(trial.told()).toEqual([]);
    expect(trial.access()).toEqual(untouched);
  });
});

describeInTime('an invoice that was sent', ({ open }) => {
  it('TT-1 counts from its due date', async () => {
    const trial = await open();
    const [customer] = trial.account.customers;
    if (customer === undefined) throw new Error('the account has no customer');
    trial.billing.addInvoice({
      id: asInvoiceId('in_sent'),
      customer,
      amountMinor: 120_000,
      dueAt: trial.day(-0.5),
    });
    await trial.signal('billingChanged');
    await trial.reach(2);
    expect(trial.told()).toEqual([['reminder', 0.5]]);
    expect(trial.file().anchorAt).toBe(trial.day(-0.5));
  });
});

describeInTime('several unpaid invoices', ({ openInArrears }) => {
  it('TT-7 stay a case until the last is paid; the oldest unpaid one sets the clock, and a moved date is told', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    await trial.renewalFails(5, 'in_2', 1000);
    await trial.reach(6);
    expect(trial.file().owed).toEqual([{ currency: 'usd', amountMinor: 5900 }]);
    await trial.pays('in_1');
    expect(await trial.isOver()).toBe(false);
    expect(trial.file()).toMatchObject({
      anchorAt: trial.day(5),
      owed: [{ currency: 'usd', amountMinor: 1000 }],
    });
    await trial.reach(14);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['moved', 6],
      ['reminder', 13],
    ]);
    const [last] = trial.post.letters.slice(-1);
    expect(last && pauseToldIn(last)).toBe(trial.day(15));
    await trial.pays('in_2');
    expect(await trial.isOver()).toBe(true);
    expect(trial.access().access).toBe('active');
    expect(trial.target.calls).toEqual([]);
  });

  it('TT-7 leave a paused account paused until all that is overdue is paid', async () => {
    const trial = await openInArrears();
    trial.stripe.renewalFails(trial.day(2), 'in_2', 1000);
    await trial.reach(11);
    trial.stripe.pay('in_1');
    await trial.signal('paymentSucceeded');
    await trial.reach(12);
    expect(trial.sizes()).toEqual({ web: 0, worker: 0, cron: 0 });
    expect(trial.access().access).toBe('suspended');
    await trial.pays('in_2');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-7 buy no endless grace when only the oldest is paid, again and again', async () => {
    const trial = await openInArrears();
    for (let week = 1; week <= 8; week += 1) {
      const at = trial.day(week * 7);
      await trial.reach(week * 7);
      if (trial.file().stage === 'paused') break;
      trial.stripe.renewalFails(at, `in_${week + 1}`);
      trial.stripe.pay(`in_${week}`);
      await trial.signal('paymentFailed');
      await trial.quiet();
    }
    const paused = trial.told().find(([topic]) => topic === 'paused')?.[1];
    expect(paused).toBeGreaterThan(10);
    expect(paused).toBeLessThanOrEqual(42);
    const warned = trial.post.letters.map(pauseToldIn).filter((at) => at !== null);
    expect(warned.at(-1)).toBeLessThanOrEqual(trial.day(paused ?? 0) + 60_000);
  });
});

describeInTime('events', ({ open, openInArrears }) => {
  it('EC-10 leave a healthy account alone when the payment arrives before the failure', async () => {
    const trial = await open();
    trial.stripe.renewalFails(trial.dayZero);
    await trial.pays();
    await trial.signal('paymentFailed');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.access()).toEqual(untouched);
    expect(trial.cases.saved(trial.account.id)).toEqual([]);
  });

  it('P-1 EC-10 keep a restored account restored when the failure arrives after the payment', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await trial.pays();
    const before = { told: trial.told(), access: trial.access(), calls: trial.target.calls.length };
    await trial.signal('paymentFailed');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect({ told: trial.told(), access: trial.access(), calls: trial.target.calls.length }).toEqual(before);
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('EC-11 that come several times, also at once, have one effect', async () => {
    const trial = await openInArrears();
    const flood = (name: 'paymentFailed' | 'paymentSucceeded') =>
      Promise.all(Array.from({ length: 8 }, () => trial.signal(name, 'evt_same')));
    for (const day of [0.5, 1, 4, 10]) {
      await flood('paymentFailed');
      await trial.reach(day);
      await flood('paymentFailed');
      await trial.quiet();
    }
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
    trial.stripe.pay();
    await flood('paymentSucceeded');
    await trial.quiet();
    await flood('paymentSucceeded');
    await trial.quiet();
    expect(trial.told().filter(([topic]) => topic === 'recovered')).toHaveLength(1);
    for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
    expect(trial.sizes()).toEqual(formerSizes);
  });
});
