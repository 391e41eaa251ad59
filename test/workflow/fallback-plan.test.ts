import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { createEffectActivities } from '../../activities/index.js';
import { asCaseId } from '../../src/domain/ids.js';
import { loadPolicy } from '../../src/policy/load.js';
import { day } from '../support/facts.js';
import { createMemoryWorld, formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';
import type { Trial } from '../support/time-skipping.js';

const free = { plan: 'free', limits: { seats: 1, projects: 3 } };
const allOff = { web: 0, worker: 0, cron: 0 };
const saas = loadPolicy('policies/saas.yaml');
const withoutFallback = { ...saas, policy: { ...saas.policy, fallbackPlan: null } };

/** Stripe's last retry has failed on day 7, and on day 8 it does what its settings say. */
function stripeGivesUp(trial: Trial, state: 'ended' | 'unpaid' = 'ended'): void {
  trial.billing.plan(trial.day(8), () => trial.stripe.subscriptionBecomes(state));
}

async function subscribesAgain(trial: Trial): Promise<void> {
  trial.stripe.subscriptionBecomes('live', 'sub_2');
  await trial.signal('billingChanged');
  await trial.quiet();
}

/** The names of the activities in a run's history. */
async function activitiesOf(trial: Trial): Promise<string[]> {
  const names = (await trial.history()).map(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name,
  );
  return names.filter((name) => typeof name === 'string');
}

describeInTime('the plan of an account that never pays', ({ openInArrears }) => {
  it('SUB-1 EC-2 SUB-2 is the one it pays for until the pause, the fallback plan from then on, and back once it has a subscription', async () => {
    const trial = await openInArrears();
    stripeGivesUp(trial);
    await trial.reach(9);
    expect(trial.access()).toMatchObject({ access: 'grace_period', fallback: null });
    await trial.reach(11);
    expect(trial.access()).toMatchObject({ access: 'suspended', fallback: free });
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [], fallback: free });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().at(-1)).toEqual(['paid_but_ended', 11]);
    expect(trial.post.letters.at(-1)?.plan).toBe('free');
    await subscribesAgain(trial);
    expect(trial.access()).toMatchObject({ access: 'active', fallback: null });
    expect(await trial.isOver()).toBe(true);
  });

  it('SUB-2 SUB-3 falls with a subscription that is unpaid, and comes back with the payment', async () => {
    const trial = await openInArrears();
    stripeGivesUp(trial, 'unpaid');
    await trial.reach(11);
    expect(trial.access()).toMatchObject({ access: 'suspended', fallback: free });
    await trial.pays();
    expect(trial.access()).toMatchObject({ access: 'active', fallback: null });
    expect(trial.told().at(-1)).toEqual(['recovered', 11]);
  });

  it('SUB-1 never falls while the subscription is past due, however long the account is off', async () => {
    const trial = await openInArrears();
    await trial.reach(60);
    expect(trial.access()).toMatchObject({ access: 'suspended', fallback: null });
  });

  it('stays as it is in a trial that only observes', async () => {
    const trial = await openInArrears({ mode: 'observe' });
    stripeGivesUp(trial);
    await trial.reach(12);
    await trial.pays();
    expect(trial.access()).toMatchObject({ access: 'active', fallback: null, version: 0 });
  });
});

describeInTime(
  'the plan of an account that pays after Stripe canceled its subscription',
  ({ openInArrears }) => {
    it('TT-5 falls when nothing was paused, and comes back by itself, with one act and without a word', async () => {
      const trial = await openInArrears();
      stripeGivesUp(trial);
      await trial.reach(9);
      await trial.pays();
      expect(await trial.isOver()).toBe(true);
      expect(trial.access()).toMatchObject({ access: 'active', restrictions: [], fallback: free });
      expect(trial.told().at(-1)).toEqual(['paid_but_ended', 9]);

      await trial.reach(20);
      await trial.signal('billingChanged');
      await trial.quiet();
      expect(trial.access().fallback).toEqual(free);
      expect(await activitiesOf(trial)).toEqual(['readFacts']);

      await subscribesAgain(trial);
      expect(await trial.isOver()).toBe(true);
      expect(trial.access()).toMatchObject({ access: 'active', fallback: null });
      expect(trial.told().at(-1)).toEqual(['paid_but_ended', 9]);
      expect(await activitiesOf(trial)).toEqual(['readFacts', 'liftRestriction']);
      expect((await trial.history()).length).toBeLessThanOrEqual(20);
      for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
    });
  },
);

describe('the word that the subscription is over', () => {
  async function said(before: (world: ReturnType<typeof createMemoryWorld>) => void) {
    const world = createMemoryWorld({ clock: () => Promise.resolve(day(9)) });
    const { account, deps } = world;
    world.stripe.subscriptionBecomes('ended');
    before(world);
    const { version: policyVersion } = await deps.policies.choose(account, null);
    const act = { step: 'close', round: 1, topic: 'paid_but_ended' } as const;
    const order = { account: account.id, caseId: asCaseId(crypto.randomUUID()), act, policyVersion };
    const { sendNotice } = createEffectActivities(deps);
    const outcome: unknown = await new MockActivityEnvironment().run(sendNotice, {
      ...order,
      grounds: { anchorAt: null },
    });
    expect(outcome).toMatchObject({ status: 'done' });
    expect(world.post.topics()).toEqual(['paid_but_ended']);
    return world.access().fallback;
  }

  it('TT-5 waits for nobody: where Stripe does not answer the plan stays as it is', async () => {
    expect(await said(({ billing }) => billing.failNext(1))).toBeNull();
  });

  it('P-1 TT-5 reads for itself whether it is still true', async () => {
    expect(await said(() => undefined)).toEqual(free);
    expect(await said(({ stripe }) => stripe.subscriptionBecomes('live', 'sub_2'))).toBeNull();
  });
});

describeInTime('a grant', ({ openInArrears }) => {
  const grant = (trial: Trial) => trial.grants.grant(trial.account.id, null);

  it('DR-8 TT-5 keeps nothing off once the debt is paid, though the subscription has ended', async () => {
    const trial = await openInArrears();
    grant(trial);
    stripeGivesUp(trial);
    await trial.reach(11);
    expect(trial.access(), 'it excuses no debt').toMatchObject({ access: 'suspended', fallback: null });
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [], fallback: null });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().at(-1)).toEqual(['recovered', 11]);
    expect(trial.file()).toMatchObject({ stage: 'recovered', granted: true, ended: false });
  });

  it('DR-8 that comes later gives back what an ended subscription keeps off, and its end takes nothing away', async () => {
    const trial = await openInArrears({ policy: withoutFallback });
    stripeGivesUp(trial);
    await trial.reach(12);
    await trial.pays();
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(30);
    grant(trial);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [], fallback: null });
    expect(trial.told().at(-1)).toEqual(['recovered', 30]);

    trial.grants.end(trial.account.id);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [], fallback: null });
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('DR-8 gives the plan back to an account that has no case any more', async () => {
    const trial = await openInArrears();
    stripeGivesUp(trial);
    await trial.reach(9);
    await trial.pays();
    expect(trial.access().fallback).toEqual(free);
    grant(trial);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(trial.access().fallback).toBeNull();
    expect(await trial.isOver()).toBe(true);
  });
});
