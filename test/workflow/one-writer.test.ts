import { expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.js';
import { exemptUpdate, liftUpdate, restrictUpdate } from '../../workflows/messages.js';
import { createGate, formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const why = { reason: 'asked for', by: 'dana' };

const suspend = (trial: Trial) => trial.order(restrictUpdate, { access: 'suspended', ...why });
const release = (trial: Trial) => trial.order(liftUpdate, { restriction: 'manual', ...why });

/** The app may drop whatever is older than what it has: no state of the access shares its number with another. */
function expectVersionsToGrow(trial: Trial): void {
  const { versions } = trial;
  versions.slice(1).forEach((version, index) => expect(version).toBeGreaterThanOrEqual(versions[index] ?? 0));
  expect(trial.access().version).toBe(versions.at(-1));
}

describeInTime('two events of one account at once', ({ open, openInArrears }) => {
  it('P-9 EC-15 EC-11 open one case, and each effect has one outcome', async () => {
    const trial = await open();
    trial.stripe.renewalFails(trial.dayZero);
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => trial.signal(n % 2 === 0 ? 'paymentFailed' : 'billingChanged')),
    );
    await trial.reach(11);
    expect(trial.cases.saved(trial.account.id)).toHaveLength(1);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
    for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
  });

  it('EC-15 EC-10 a payment and a failure end in what Stripe says, in whatever order they come', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.stripe.pay();
    await Promise.all([
      trial.signal('paymentFailed'),
      trial.signal('paymentSucceeded'),
      trial.signal('paymentFailed'),
    ]);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().filter(([topic]) => topic === 'recovered')).toHaveLength(1);
    expect(trial.effects()['lift/1']).toEqual(['intent', 'done']);
    expectVersionsToGrow(trial);
  });
});

describeInTime('two orders at once', ({ openInArrears }) => {
  it('EC-15 are both obeyed, each is answered, and none is lost', async () => {
    const trial = await openInArrears();
    await trial.reach(0.5);
    const until = new Date(trial.day(4)).toISOString();
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, () => trial.extendGrace({ days: 1, ...why })),
      trial.order(exemptUpdate, { until, ...why }),
    ]);
    expect(answers).toHaveLength(7);
    await trial.quiet();
    expect(trial.file().exemption).toMatchObject({ until: trial.day(4) });
    // Beside the six days stands only what the case lagged behind its plan by then.
    expect(trial.file().shiftMs - 6 * DAY_MS).toBeLessThan(MINUTE_MS);
    expect(trial.file().shiftMs).toBeGreaterThanOrEqual(6 * DAY_MS);
    expect(trial.ordered()).toHaveLength(7);
    await trial.reach(6.9);
    expect(trial.told()).toEqual([]);
  });
});

describeInTime('deactivating and reactivating at once', ({ openInArrears }) => {
  it('EC-15 leaves just what was ordered last, and every state has its own, higher version', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const reached = createGate();
    trial.onDrain(() => {
      reached.open();
      return new Promise(() => undefined);
    });
    await suspend(trial);
    await reached.passed;
    await Promise.all([release(trial), trial.signal('billingChanged')]);
    await trial.quiet();
    expect(trial.access()).toMatchObject({ access: 'grace_period' });
    expect(trial.sizes()).toEqual(formerSizes);
    trial.onDrain(() => Promise.resolve());
    await suspend(trial);
    await trial.quiet();
    expect(trial.access()).toMatchObject({ access: 'suspended' });
    expect(trial.sizes()).toEqual(allOff);
    await release(trial);
    await trial.quiet();
    expect(trial.access()).toMatchObject({ access: 'grace_period' });
    expect(trial.sizes()).toEqual(formerSizes);
    expectVersionsToGrow(trial);
    // Reminded, suspended, released, suspended, released.
    expect(trial.access().version).toBe(5);
  });

  it('EC-15 TT-5 a payment and an order to suspend, both into a running pause: off for the order, owing nothing', async () => {
    const trial = await openInArrears();
    const reached = createGate();
    trial.onDrain(() => {
      reached.open();
      return new Promise(() => undefined);
    });
    await trial.pass(10);
    await reached.passed;
    trial.onDrain(() => Promise.resolve());
    trial.stripe.pay();
    await Promise.all([suspend(trial), trial.signal('paymentSucceeded')]);
    await trial.quiet();
    expect(trial.access()).toMatchObject({ access: 'suspended', restrictions: [{ reason: 'manual' }] });
    expect(trial.sizes()).toEqual(allOff);
    await release(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
    expectVersionsToGrow(trial);
  });
});

describeInTime('a database that fails', ({ open, openInArrears }) => {
  it('EC-14 when the case opens loses nothing: it is written as soon as it can be', async () => {
    const trial = await open();
    trial.failSaves(4);
    await trial.renewalFails(0);
    await trial.reach(0.1);
    expect(trial.file()).toMatchObject({ stage: 'watching', owed: [{ amountMinor: 4900 }] });
    // The time that writing took comes on top.
    await trial.reach(1.01);
    expect(trial.told()).toEqual([['reminder', 1]]);
  });

  it('EC-14 after an effect neither forgets it nor repeats it', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    trial.failSaves(6);
    await trial.reach(10.1);
    expect(trial.file()).toMatchObject({ stage: 'paused', taken: { step: 'pause', settled: true } });
    expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
    expect(trial.told().filter(([topic]) => topic === 'paused')).toHaveLength(1);
  });

  it('EC-14 after an order was taken keeps the order once, and answers when all of it is written', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.failSaves(3);
    await trial.extendGrace({ days: 5, ...why });
    expect(trial.file().shiftMs).toBe(5 * DAY_MS);
    await trial.quiet();
    expect(trial.ordered()).toHaveLength(1);
    await trial.reach(15);
    expect(trial.told().at(-1)).toEqual(['paused', 15]);
  });

  it('EC-14 while everything is given back gives it back all the same', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.failSaves(5);
    await trial.pays();
    await trial.reach(11.1);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file().stage).toBe('recovered');
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');
    expect(await trial.isOver()).toBe(true);
  });
});
