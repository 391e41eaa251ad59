import { expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };

/** The saas policy, but for the plan to which access could fall. */
const saas = loadPolicy('policies/saas.yaml');
const withoutFallback = { ...saas, policy: { ...saas.policy, fallbackPlan: null } };

describeInTime('a payment', ({ openInArrears }) => {
  it.each([
    ['after the first reminder', 2, 'reminded'],
    ['after the last reminder', 9, 'reminded'],
    ['on the day after the pause', 11, 'paused'],
    ['a month into the pause', 40, 'paused'],
  ] as const)('TT-5 %s gives back exactly what there was, thanks, and closes', async (_, day, stage) => {
    const trial = await openInArrears();
    await trial.reach(day);
    expect(trial.file().stage).toBe(stage);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    for (const [id, size] of Object.entries(formerSizes)) {
      expect(trial.target.isDrained('acme', id)).toBe(false);
      expect(trial.customerScales(id, size + 1)).toBe(true);
    }
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.told().at(-1)).toEqual(['recovered', day]);
    expect(trial.file()).toMatchObject({ stage: 'recovered', taken: null, owed: [] });
    expect(await trial.snapshots.standing(trial.account.id)).toEqual([]);
    for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
  });

  it('TT-5 before the first reminder closes without a word', async () => {
    const trial = await openInArrears();
    await trial.reach(0.5);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.access().version).toBe(0);
  });

  it('TT-5 is found by the second look when Stripe tells of it before its own lists show it', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await trial.signal('paymentSucceeded');
    await trial.quiet();
    expect(trial.sizes()).toEqual({ web: 0, worker: 0, cron: 0 });
    trial.stripe.pay();
    await trial.reach(11.001);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('P-6 TT-5 leaves what was off before the pause off, and does not mind what vanished meanwhile', async () => {
    const trial = await openInArrears({ sizes: { web: 3, standby: 0, old: 2 } });
    await trial.reach(11);
    trial.target.vanish('acme', 'old');
    await trial.pays();
    expect(trial.sizes()).toEqual({ web: 3, standby: 0 });
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-5 closes the case also when the thank-you is refused by every mailbox', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.post.failNext('MAIL_REFUSED');
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
  });
});

describeInTime('a payment after Stripe canceled the subscription', ({ openInArrears }) => {
  it('TT-5 lifts nonpayment and says that access needs a subscription; the resources stay off until one lives', async () => {
    const trial = await openInArrears({ policy: withoutFallback });
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    expect(trial.file().stage).toBe('paused');
    await trial.pays();
    expect(await trial.isOver()).toBe(false);
    expect(trial.access()).toMatchObject({ access: 'suspended', restrictions: [{ reason: 'ended' }] });
    expect(trial.told().at(-1)).toEqual(['paid_but_ended', 12]);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.customerScales('web', 1)).toBe(false);
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');

    await trial.reach(50);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().at(-1)).toEqual(['paid_but_ended', 12]);

    trial.stripe.subscriptionBecomes('live', 'sub_2');
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.told().at(-1)).toEqual(['recovered', 50]);
    for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
  });

  it('TT-5 says so in place of the thank-you when nothing was paused yet', async () => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(9);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['paid_but_ended', 9]);
    expect(trial.access().restrictions).toEqual([]);
    expect(trial.target.calls).toEqual([]);
  });

  it('TT-5 is an ordinary recovery when another subscription lives already', async () => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    trial.stripe.subscriptionBecomes('live', 'sub_2');
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 12]);
    expect(trial.sizes()).toEqual(formerSizes);
  });
});
