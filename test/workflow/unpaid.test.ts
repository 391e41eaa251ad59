import { expect, it } from 'vitest';
import { formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };

/** Stripe has given up on day 8, and the pause came on its day. */
async function givenUp(trial: Trial): Promise<void> {
  await trial.reach(8);
  trial.stripe.subscriptionBecomes('unpaid');
  await trial.signal('billingChanged');
  await trial.reach(11);
  expect(trial.sizes()).toEqual(allOff);
}

async function becomesLive(trial: Trial): Promise<void> {
  trial.stripe.subscriptionBecomes('live');
  await trial.signal('billingChanged');
  await trial.quiet();
}

describeInTime('a subscription that Stripe calls unpaid', ({ openInArrears }) => {
  it('SUB-2 SUB-3 is taken down on the pause day, and paid again it is restored without a person', async () => {
    const trial = await openInArrears();
    await givenUp(trial);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.told().at(-1)).toEqual(['recovered', 11]);
    expect(trial.ordered()).toEqual([]);
    expect(await trial.isOver()).toBe(true);
  });

  it('SUB-3 that only becomes live again restores nothing while the invoice is open', async () => {
    const trial = await openInArrears();
    await givenUp(trial);
    await becomesLive(trial);
    await trial.signal('paymentSucceeded');
    await trial.reach(20);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.access().access).toBe('suspended');
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
  });

  it('SUB-3 TT-7 whose newest invoice is paid stays off for the older one, live or not', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    await trial.renewalFails(9, 'in_2');
    await givenUp(trial);
    await trial.pays('in_2');
    await becomesLive(trial);
    expect(trial.sizes()).toEqual(allOff);
    expect(await trial.isOver()).toBe(false);
    await trial.pays('in_1');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });
});
