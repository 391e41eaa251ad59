import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { TargetMethod } from '../../src/adapters/memory/target.js';
import { createGate, formerSizes, pauseToldIn } from '../support/memory-world.js';
import { until } from '../support/quiet.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const never = new Promise<never>(() => undefined);

/** Brings a case to a pause that stands still in its second drain: the first instance is off, the others still run. */
async function standsInMidPause(trial: Trial): Promise<void> {
  const reached = createGate();
  let drains = 0;
  trial.onDrain(() => {
    drains += 1;
    if (drains === 1) return Promise.resolve();
    reached.open();
    return never;
  });
  await trial.pass(10);
  await reached.passed;
  expect(trial.sizes()).toEqual({ ...formerSizes, web: 0 });
}

/** How long the server took, by its own clock, from one moment on. */
async function secondsSince(trial: Trial, from: number): Promise<number> {
  return ((await trial.now()) - from) / 1000;
}

describeInTime('the pause day', ({ openInArrears }) => {
  it('TT-3 drains and scales everything to 0, remembers the former sizes, and locks the customer out', async () => {
    const trial = await openInArrears();
    await trial.reach(9.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(10);
    expect(trial.sizes()).toEqual(allOff);
    for (const id of Object.keys(formerSizes)) {
      expect(trial.target.isDrained('acme', id)).toBe(true);
      expect(trial.customerScales(id, 1)).toBe(false);
    }
    expect(() => trial.target.launch('acme', 'another', 1)).toThrow('locked');
    const kept = await trial.snapshots.standing(trial.account.id);
    expect(Object.fromEntries(kept.map(({ resource, state }) => [resource.id, state['size']]))).toEqual(
      formerSizes,
    );
    expect(trial.access()).toMatchObject({ access: 'suspended', restrictions: [{ reason: 'nonpayment' }] });
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
  });

  it('TT-3 locks before it drains, and drains before it scales to 0', async () => {
    const trial = await openInArrears({ sizes: { web: 3 } });
    await trial.reach(10);
    const methods = trial.target.calls.map(({ method }) => method);
    expect(methods).toEqual(['find', 'snapshot', 'lock', 'drain', 'pause', 'probe', 'find']);
  });

  it('P-6 has recorded the exact state of each resource before that is touched', async () => {
    const trial = await openInArrears();
    const kept: Record<string, unknown> = {};
    trial.before('lock', async (id) => {
      const standing = await trial.snapshots.standing(trial.account.id);
      kept[id] = standing.find(({ resource }) => resource.id === id)?.state['size'];
    });
    await trial.reach(10);
    expect(kept).toEqual(formerSizes);
  });

  it('TT-3 pauses what the customer started while the pause was running', async () => {
    const trial = await openInArrears({ sizes: { web: 3 } });
    trial.onDrain(() => {
      trial.onDrain(() => Promise.resolve());
      return Promise.resolve(trial.target.seed('acme', [{ id: 'late', size: 5 }]));
    });
    await trial.reach(11);
    expect(trial.sizes()).toEqual({ web: 0, late: 0 });
    await trial.pays();
    expect(trial.sizes()).toEqual({ web: 3, late: 5 });
  });

  it('looks at Stripe a second time half a minute after the pause, and undoes it when the debt is gone', async () => {
    const trial = await openInArrears();
    trial.billing.plan(trial.day(10) + 10_000, () => trial.stripe.pay());
    await trial.reach(10.01);
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().slice(-2)).toEqual([
      ['paused', 10],
      ['recovered', 10],
    ]);
  });
});

describeInTime('a payment that lands while a pause is running', ({ openInArrears }) => {
  it('P-6 TT-5 cancels it within seconds and lifts it from the snapshot: sizes exact, one outcome an effect', async () => {
    const trial = await openInArrears();
    await standsInMidPause(trial);
    const paidAt = await trial.now();
    await trial.pays();
    expect(await secondsSince(trial, paidAt)).toBeLessThan(6);
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 4)).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(await trial.snapshots.standing(trial.account.id)).toEqual([]);
    expect(trial.effects()).toEqual({
      'remind/1': ['intent', 'done'],
      'remind/2': ['intent', 'done'],
      'remind/3': ['intent', 'done'],
      'pause/1': ['intent', 'interrupted'],
      'lift/1': ['intent', 'done'],
      'close/1': ['intent', 'done'],
    });
    expect(trial.told().at(-1)).toEqual(['recovered', trial.dayOf(paidAt)]);
    expect(trial.post.topics()).not.toContain('paused');
  });

  it('TT-5 undoes it as well when it landed between two calls that the platform was slow to answer', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    const slow = createGate();
    trial.onDrain(() => {
      slow.open();
      // Three of them are longer than the time until a cancellation is heard of (4 s).
      return sleep(2_000);
    });
    await trial.pass(10);
    await slow.passed;
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('goes on with the pause under the same key when Stripe says that something is still owed', async () => {
    const trial = await openInArrears();
    trial.stripe.renewalFails(trial.day(0), 'in_2');
    await standsInMidPause(trial);
    trial.onDrain(() => Promise.resolve());
    await trial.pays('in_2');
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
    expect(trial.effects()).not.toHaveProperty('pause/2');
    expect(trial.file().remarks.map(({ text }) => text)).toContain('pause 1: interrupted');
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('warns again with the full lead, and pauses in a second round, when the account owes anew during the lift', async () => {
    const trial = await openInArrears();
    await standsInMidPause(trial);
    trial.onDrain(() => Promise.resolve());
    trial.target.failNext('resume', 'TARGET_UNAVAILABLE');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await until(() => trial.target.calls.some(({ method }) => method === 'resume'));
    await trial.renewalFails(10, 'in_2');
    // Stripe is believed again a minute after the lift.
    await trial.reach(10.01);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().at(-1)).toEqual(['moved', 10]);
    const [promised] = trial.post.letters.slice(-1).map((letter) => pauseToldIn(letter) ?? 0);
    expect(promised).toBeGreaterThanOrEqual(trial.day(12));
    await trial.pass(trial.dayOf(promised ?? 0) - 0.1);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(21);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()).toMatchObject({
      'pause/1': ['intent', 'interrupted'],
      'pause/2': ['intent', 'done'],
    });
    await trial.pays('in_2');
    expect(trial.sizes()).toEqual(formerSizes);
  });
});

describeInTime('a call that fails in mid-pause', ({ openInArrears }) => {
  const methods: TargetMethod[] = ['find', 'snapshot', 'lock', 'drain', 'pause', 'probe'];
  it.each(methods)(
    'is made again under the same key, its work done or not, and no snapshot is overwritten: %s',
    async (method) => {
      const trial = await openInArrears();
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', true);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', false);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', true);
      await trial.reach(10.1);
      expect(trial.sizes()).toEqual(allOff);
      expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
      expect(trial.told().at(-1)).toEqual(['paused', 10]);
      await trial.pays();
      expect(trial.sizes()).toEqual(formerSizes);
      expect(trial.effects()['lift/1']).toEqual(['intent', 'done']);
    },
  );

  it.each(['resume', 'unlock', 'probe'] as const)(
    'P-6 is made again in mid-lift, its work done or not: %s',
    async (method) => {
      const trial = await openInArrears();
      await trial.reach(11);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', true);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', false);
      trial.stripe.pay();
      await trial.signal('paymentSucceeded');
      await trial.reach(11.1);
      expect(trial.sizes()).toEqual(formerSizes);
      expect(await trial.isOver()).toBe(true);
      expect(trial.effects()['lift/1']).toEqual(['intent', 'done']);
      expect(trial.told().filter(([topic]) => topic === 'recovered')).toHaveLength(1);
    },
  );

  it('leaves a refused pause half-way, shows it, and goes on under the same key later', async () => {
    const trial = await openInArrears();
    let drains = 0;
    trial.onDrain(() => {
      drains += 1;
      if (drains === 2) trial.target.failNext('pause', 'TARGET_REFUSED');
      return Promise.resolve();
    });
    await trial.reach(10.1);
    expect(trial.sizes()).toEqual({ ...formerSizes, web: 0 });
    expect(trial.file().hold).toMatchObject({ reason: 'failed' });
    await trial.reach(10.5);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('gives everything back when a refused pause stands half-way and the customer pays', async () => {
    const trial = await openInArrears();
    let drains = 0;
    trial.onDrain(() => {
      drains += 1;
      if (drains === 2) trial.target.failNext('pause', 'TARGET_REFUSED');
      return Promise.resolve();
    });
    await trial.reach(10.1);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 1)).toBe(true);
    expect(trial.effects()['pause/1']).toEqual(['intent', 'interrupted']);
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('a worker that stalls in mid-pause', ({ openInArrears }) => {
  /** Nothing of this process runs for so long, as when it is swapped out: no heartbeat either. */
  const stall = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  it('is given up on after its heartbeat timeout; another try finishes the pause under the same key', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    let drains = 0;
    trial.onDrain(() => {
      drains += 1;
      if (drains === 2) stall(6_500);
      return Promise.resolve();
    });
    await trial.reach(10);
    await until(() => trial.effects()['pause/1']?.length === 2);
    await trial.quiet();
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
    const attempts = (await trial.history()).map((e) => e.activityTaskStartedEventAttributes?.attempt ?? 0);
    expect(Math.max(...attempts)).toBe(2);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });
});
