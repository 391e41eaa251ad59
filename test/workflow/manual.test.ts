import { expect, it } from 'vitest';
import { liftUpdate, restrictUpdate } from '../../workflows/messages.js';
import { createGate, formerSizes } from '../support/memory-world.js';
import { until } from '../support/quiet.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const abuse = { reason: 'mails spam', by: 'dana' };

const suspend = (trial: Trial, day?: number) =>
  trial.ask({
    kind: 'restrict',
    id: crypto.randomUUID(),
    input: {
      access: 'suspended',
      ...abuse,
      ...(day !== undefined && { until: new Date(trial.day(day)).toISOString() }),
    },
  });
const liftByHand = (trial: Trial) =>
  trial.order(liftUpdate, { restriction: 'manual', reason: 'cleared up', by: 'kim' });
const reasons = (trial: Trial) => trial.access().restrictions.map(({ reason }) => reason);

describeInTime('an account that a person suspends', ({ open, openInArrears }) => {
  it('is off whatever it pays, without a mail of ours, and gets exactly its own back when he lifts it', async () => {
    const trial = await open();
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.customerScales('web', 1)).toBe(false);
    expect(trial.access()).toMatchObject({
      access: 'suspended',
      restrictions: [{ reason: 'manual', owner: 'dana', evidence: 'mails spam' }],
    });
    expect(trial.file()).toMatchObject({ stage: 'paused', owed: [], manual: { state: 'imposed' } });
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');
    await trial.signal('paymentSucceeded');
    await trial.reach(90);
    expect(trial.sizes()).toEqual(allOff);
    await liftByHand(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 1)).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.effects()).toEqual({ 'restrict/1': ['intent', 'done'], 'unrestrict/1': ['intent', 'done'] });
    expect(trial.ordered()).toMatchObject([
      { kind: 'restrict', ...abuse },
      { kind: 'lift', by: 'kim', reason: 'cleared up' },
    ]);
  });

  it('until a date is given back on that date by itself', async () => {
    const trial = await open();
    await suspend(trial, 3);
    await trial.reach(2.9);
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(3);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('P-5 after a pause for non-payment: paying lifts that and nothing else, and nobody is thanked while it is off', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await suspend(trial);
    await trial.quiet();
    expect(reasons(trial)).toEqual(['manual', 'nonpayment']);
    await trial.pays();
    expect(reasons(trial)).toEqual(['manual']);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.customerScales('web', 1)).toBe(false);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    await trial.reach(20);
    await liftByHand(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 3)).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 20]);
    expect(await trial.isOver()).toBe(true);
  });

  it('before a debt: the timetable runs beside it, paying leaves it off, and what there was first is what comes back', async () => {
    const trial = await open();
    await suspend(trial);
    await trial.quiet();
    await trial.renewalFails(0);
    await trial.reach(11);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
    expect(reasons(trial)).toEqual(['manual', 'nonpayment']);
    await trial.pays();
    expect(reasons(trial)).toEqual(['manual']);
    expect(trial.sizes()).toEqual(allOff);
    await liftByHand(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('and lets go while it still owes stays off for what it owes, and comes back when it pays', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await suspend(trial);
    await trial.quiet();
    await liftByHand(trial);
    await trial.quiet();
    expect(reasons(trial)).toEqual(['nonpayment']);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('and pays meanwhile is not hastened later: a new debt has a timetable of its own, from its first reminder on', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    await suspend(trial);
    await trial.quiet();
    await trial.pays();
    await trial.reach(100);
    await trial.renewalFails(100, 'in_2');
    await trial.reach(109.9);
    expect(trial.told().slice(2)).toEqual([
      ['reminder', 101],
      ['reminder', 104],
      ['reminder', 108],
    ]);
    expect(reasons(trial)).toEqual(['manual', 'nonpayment']);
    await trial.reach(110);
    expect(trial.told().at(-1)).toEqual(['paused', 110]);
  });
});

describeInTime('an account that a person makes read-only', ({ openInArrears }) => {
  const limit = (trial: Trial) => trial.order(restrictUpdate, { access: 'read_only', ...abuse });

  it('runs on and is locked; a pause and its payment leave it so', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await limit(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 5)).toBe(false);
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 5)).toBe(false);
    expect(trial.access()).toMatchObject({ access: 'read_only', restrictions: [{ reason: 'manual' }] });
    expect(trial.file().findings).toEqual([]);
    await liftByHand(trial);
    await trial.quiet();
    expect(trial.customerScales('web', 5)).toBe(true);
    expect(await trial.isOver()).toBe(true);
  });

  it('can be suspended after it, but what is suspended is not made read-only without a word', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await limit(trial);
    await trial.quiet();
    await suspend(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(allOff);
    expect(await refusalOf(limit(trial))).toBe('it is suspended by hand: lift that first');
    await liftByHand(trial);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('grace_period');
  });
});

describeInTime("a person's order to suspend", ({ open, openInArrears }) => {
  it('EC-12 is tried again when the platform fails, and what is owed does not wait for it', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.target.failNext('pause', 'TARGET_REFUSED');
    await suspend(trial);
    await trial.quiet();
    expect(trial.file().manual).toMatchObject({ state: 'wanted' });
    await trial.reach(2.5);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()['restrict/1']).toEqual(['intent', 'done']);
    await trial.reach(4);
    expect(trial.told().at(-1)).toEqual(['reminder', 4]);
  });

  it('P-1 does not wait for Stripe, which is down', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.billing.failUntil(trial.day(2.2));
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await until(() => trial.access().access === 'suspended');
    await until(() => trial.effects()['restrict/1']?.length === 2);
    expect(trial.sizes()).toEqual(allOff);
    expect(await trial.now()).toBeLessThan(trial.day(2.2));
    await trial.reach(2.3);
  });

  it('EC-12 does not wait for Stripe, which is down, at an account that nothing was heard of', async () => {
    const trial = await open();
    trial.billing.failUntil(trial.day(0.2));
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await until(() => trial.effects()['restrict/1']?.length === 2);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.billing.reads.filter(({ answered }) => answered)).toEqual([]);
    await trial.reach(0.3);
    expect(trial.file()).toMatchObject({ stage: 'paused', owed: [], hold: null });
  });

  it('EC-12 does not wait for the first look of a case, which Stripe does not answer', async () => {
    const trial = await open();
    trial.billing.failUntil(trial.day(0.2));
    await trial.signal('paymentFailed');
    await until(() => trial.billing.reads.length > 0);
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await until(() => trial.effects()['restrict/1']?.length === 2);
    expect(trial.sizes()).toEqual(allOff);
    expect(await trial.now()).toBeLessThan(trial.day(0.2));
    await trial.reach(0.3);
  });

  it('EC-12 is not stopped by a payment that Stripe, which is down, does not confirm', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.billing.failUntil(trial.day(2.2));
    const draining = createGate();
    const door = createGate();
    trial.onDrain(() => {
      draining.open();
      return door.passed;
    });
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await draining.passed;
    await trial.signal('paymentSucceeded');
    door.open();
    await until(() => trial.effects()['restrict/1']?.length === 2);
    expect(trial.effects()['restrict/1']).toEqual(['intent', 'done']);
    expect(trial.sizes()).toEqual(allOff);
    expect(await trial.now()).toBeLessThan(trial.day(2.2));
    await trial.reach(2.3);
  });

  it('EC-12 ends on its date while Stripe is down', async () => {
    const trial = await open();
    await suspend(trial, 3);
    await trial.quiet();
    await trial.reach(2.8);
    trial.billing.failUntil(trial.day(3.5));
    await trial.signal('billingChanged');
    await trial.pass(3.1);
    await until(() => trial.effects()['unrestrict/1']?.length === 2);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().restrictions).toEqual([]);
    await trial.reach(3.6);
    expect(await trial.isOver()).toBe(true);
  });

  it('EC-12 does not wait for the mail server, which is down', async () => {
    const trial = await openInArrears();
    trial.post.downUntil(trial.day(2));
    await trial.reach(1.5);
    expect(trial.told()).toEqual([]);
    expect(trial.file().hold).toMatchObject({ of: 'remind', reason: 'failed' });
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(2.1);
    expect(trial.told()).toMatchObject([['reminder', expect.closeTo(2.02, 1)]]);
  });

  it('does not wait for a pause that the platform never ends', async () => {
    const trial = await openInArrears();
    const stuck = createGate();
    trial.onDrain(() => {
      stuck.open();
      return new Promise(() => undefined);
    });
    await trial.pass(10);
    await stuck.passed;
    trial.onDrain(() => Promise.resolve());
    expect(await suspend(trial)).toMatchObject({ status: 'taken' });
    await trial.quiet();
    expect(reasons(trial)).toEqual(['manual', 'nonpayment']);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()).toMatchObject({
      'pause/1': ['intent', 'done'],
      'restrict/1': ['intent', 'done'],
    });
  });
});
