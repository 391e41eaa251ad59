import { expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const saas = loadPolicy('policies/saas.yaml');
const withoutFallback = { ...saas, policy: { ...saas.policy, fallbackPlan: null } };
const allOff = { web: 0, worker: 0, cron: 0 };

describeInTime('a sweep', ({ open, openInArrears }) => {
  it('I17 P-1 P-2 lifts who is paid and off although every event was lost', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    trial.stripe.pay();
    expect(await trial.sweep()).toMatchObject({ looked: 1, mended: 1, failed: 0, found: { paid: 1 } });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
    expect(await trial.isOver()).toBe(true);
  });

  it('wakes no case that sleeps and of which Stripe says nothing new', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    const before = (await trial.history()).length;
    expect(await trial.sweep()).toMatchObject({ looked: 1, mended: 0, found: { agrees: 1 } });
    expect(await trial.history()).toHaveLength(before);
    await trial.reach(11);
    const paused = (await trial.history()).length;
    expect(await trial.sweep()).toMatchObject({ looked: 1, mended: 0, found: { agrees: 1 } });
    expect(await trial.history()).toHaveLength(paused);
  });

  it('starts the workflow of an open case again that was ended by force, and the ladder goes on', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    const { id } = trial.file();
    await trial.terminate();
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { workflow_missing: 1 } });
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.cases.saved(trial.account.id).map(({ file }) => file.id)).toEqual([id]);
  });

  it('starts a workflow for who is off without a case, and gives back what is paid', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await trial.terminate();
    const closed = { ...trial.file(), closedAt: await trial.now(), stage: 'closed', owed: [] } as const;
    await trial.cases.save(closed, null, await trial.now());
    trial.stripe.pay();
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { workflow_missing: 1 } });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
  });

  it('has a run look to which no case belongs, so that it ends', async () => {
    const trial = await open();
    trial.billing.cutLists(true);
    await trial.signal('paymentFailed');
    await trial.quiet();
    await trial.reach(0.02);
    expect(await trial.sweep()).toMatchObject({ mended: 0, found: { agrees: 1 } });
    trial.billing.cutLists(false);
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { case_missing: 1 } });
    expect(await trial.isOver()).toBe(true);
  });

  it('lets a run be that has just begun and has no case yet', async () => {
    const trial = await open();
    trial.billing.cutLists(true);
    await trial.signal('paymentFailed');
    await trial.quiet();
    trial.billing.cutLists(false);
    expect(await trial.sweep()).toMatchObject({ looked: 0, mended: 0 });
  });

  it('DR-6 concludes nothing from a list that is cut short', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.stripe.pay();
    trial.billing.cutLists(true);
    const before = (await trial.history()).length;
    expect(await trial.sweep()).toMatchObject({ looked: 1, mended: 0, failed: 0 });
    expect(await trial.history()).toHaveLength(before);
    trial.billing.cutLists(false);
    expect(await trial.sweep()).toMatchObject({ mended: 1 });
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('EC-12 counts who could not be read, and reads him with the next one', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.stripe.pay();
    trial.billing.failUntil(trial.day(11.02));
    expect(await trial.sweep()).toMatchObject({ looked: 0, failed: 1, found: { billing_unavailable: 1 } });
    await trial.reach(11.03);
    expect(await trial.sweep()).toMatchObject({ looked: 1, mended: 1 });
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('stops a pause that is under way when it is paid', async () => {
    const trial = await openInArrears();
    let drains = 0;
    trial.onDrain(() => {
      drains += 1;
      return new Promise(() => undefined);
    });
    await trial.pass(10);
    await expect.poll(() => drains, { timeout: 20_000 }).toBeGreaterThan(0);
    trial.stripe.pay();
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { paid: 1 } });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
  });

  it('P-2 TT-7 tells a case that another sum is owed now', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    trial.stripe.renewalFails(trial.day(4), 'in_2', 1_000);
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { owed: 1 } });
    expect(trial.file().owed).toEqual([{ currency: 'usd', amountMinor: 5_900 }]);
    expect(await trial.sweep()).toMatchObject({ mended: 0 });
  });

  it('leaves who is off for an ended subscription alone, until he has another one', async () => {
    const trial = await openInArrears({ policy: withoutFallback });
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    await trial.pays();
    expect(await trial.sweep()).toMatchObject({ mended: 0, found: { agrees: 1 } });
    expect(trial.sizes()).toEqual(allOff);
    trial.stripe.subscriptionBecomes('live', 'sub_2');
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { paid: 1 } });
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('takes the fallback plan from who has subscribed again although nobody said so', async () => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes('ended'));
    await trial.reach(12);
    await trial.pays();
    expect(trial.access().fallback).not.toBeNull();
    expect(await trial.sweep()).toMatchObject({ mended: 0, found: { agrees: 1 } });
    trial.stripe.subscriptionBecomes('live', 'sub_2');
    expect(await trial.sweep()).toMatchObject({ mended: 1, found: { paid: 1 } });
    expect(trial.access().fallback).toBeNull();
  });
});
