import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.js';
import { parsePolicy } from '../../src/policy/load.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };

/** The pause that happened, the date that was told last before it, and when just this date was told first. */
function pauseOf(trial: Trial) {
  const pausedAt = trial.post.letters.find(({ topic }) => topic === 'paused')?.at ?? NaN;
  const warnings = trial.post.letters.filter(
    (letter) => pauseToldIn(letter) !== null && letter.at < pausedAt,
  );
  const [last] = warnings.slice(-1);
  const promisedAt = last === undefined ? NaN : (pauseToldIn(last) ?? NaN);
  const warnedAt = warnings.find((letter) => pauseToldIn(letter) === promisedAt)?.at ?? NaN;
  return { pausedAt, warnedAt, promisedAt };
}

/** No pause before the date that was told last, nor before the full lead after the telling. */
function expectFairPause(trial: Trial): void {
  const { pausedAt, warnedAt, promisedAt } = pauseOf(trial);
  expect(pausedAt).toBeGreaterThanOrEqual(promisedAt);
  expect(pausedAt - warnedAt).toBeGreaterThanOrEqual(trial.policy.pause?.leadMs ?? NaN);
}

describeInTime('while Stripe is down', ({ openInArrears }) => {
  it('EC-12 nothing is taken; afterwards the case goes on where it stood', async () => {
    const trial = await openInArrears();
    trial.billing.failUntil(trial.day(2.5));
    await trial.pass(2.4);
    expect(trial.told()).toEqual([]);
    expect(trial.access().version).toBe(0);
    await trial.reach(4.1);
    expect(trial.told()).toEqual([
      ['reminder', 2.5],
      ['reminder', 4],
    ]);
  });

  it('P-3 EC-12 over the pause day nothing is paused, and the pause is announced anew with its full lead', async () => {
    const trial = await openInArrears();
    await trial.reach(9.9);
    trial.billing.failUntil(trial.day(12.5));
    await trial.pass(12.4);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.target.calls).toEqual([]);
    await trial.reach(14.4);
    expect(trial.told().at(-1)).toEqual(['moved', 12.5]);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(14.6);
    expect(trial.sizes()).toEqual(allOff);
    expectFairPause(trial);
  });

  it('EC-12 a short failure between reading and acting is tried again', async () => {
    const trial = await openInArrears();
    await trial.reach(9.9);
    trial.billing.plan(trial.day(10), () => trial.billing.failNext(3));
    await trial.reach(10.01);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.billing.reads.filter(({ answered }) => !answered)).toHaveLength(3);
  });

  it('TT-5 EC-12 a paused account gets everything back as soon as Stripe answers again that it has paid', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.billing.failUntil(trial.day(11.1));
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await trial.pass(11.05);
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(11.11);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('a standing that can not be trusted', ({ openInArrears }) => {
  it('P-1 DR-6 holds every step while lists come cut short, and goes on with fair notice afterwards', async () => {
    const trial = await openInArrears();
    await trial.reach(7);
    trial.billing.cutLists(true);
    await trial.reach(13);
    expect(trial.told().at(-1)).toEqual(['reminder', 4]);
    expect(trial.file().hold).toMatchObject({ reason: 'standing_unclear' });
    expect(trial.sizes()).toEqual(formerSizes);
    trial.billing.cutLists(false);
    await trial.reach(20);
    expect(trial.sizes()).toEqual(allOff);
    expectFairPause(trial);
    expect(pauseOf(trial).pausedAt).toBeGreaterThanOrEqual(trial.day(15));
  });

  it('P-1 DR-6 neither closes the case nor gives back when a cut list shows no debt', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.billing.cutLists(true);
    await trial.pays();
    expect(trial.sizes()).toEqual(allOff);
    expect(await trial.isOver()).toBe(false);
    trial.billing.cutLists(false);
    await trial.reach(11.5);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('P-1 holds what a cache answers: a read that is older than a minute takes nothing', async () => {
    const trial = await openInArrears();
    trial.billing.serveStale(true);
    await trial.reach(1.02);
    expect(trial.told()).toEqual([]);
    expect(trial.access().version).toBe(0);
    expect(trial.file().hold).toMatchObject({ reason: 'standing_stale' });
    trial.billing.serveStale(false);
    await trial.reach(1.05);
    expect(trial.told()).toEqual([['reminder', 1.02]]);
  });
});

describeInTime('a payment that is processing', ({ openInArrears }) => {
  it('TT-12 stops the clock; when it fails the case goes on with a fresh notice', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    trial.stripe.startPayment(trial.day(9));
    await trial.signal('billingChanged');
    await trial.reach(14);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().at(-1)).toEqual(['reminder', 8]);
    expect(trial.file().hold).toMatchObject({ reason: 'payment_in_flight' });
    trial.stripe.failPayment(trial.day(14));
    await trial.signal('paymentFailed');
    await trial.quiet();
    expect(trial.told().at(-1)).toEqual(['moved', 14]);
    await trial.reach(15.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(16.1);
    expect(trial.sizes()).toEqual(allOff);
    expectFairPause(trial);
  });

  it('TT-12 closes the case when it succeeds', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    trial.stripe.startPayment(trial.day(9));
    await trial.reach(14);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.target.calls).toEqual([]);
  });

  it('TT-12 lifts nothing before it has succeeded', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.stripe.startPayment(trial.day(11));
    await trial.signal('paymentSucceeded');
    await trial.reach(13);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.access().access).toBe('suspended');
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });
});

describeInTime('while the mail server is down', ({ openInArrears }) => {
  const policy = parsePolicy(
    [
      'name: short',
      'retryWindow: 3d',
      'reminders: [{ after: 1d }]',
      'pause: { after: 4d, lead: 2d }',
      'dwell: 1h',
      'contact: billing@example.com',
    ].join('\n'),
    'short.yaml',
  );

  it('for three days the pause waits: never before a notice was accepted, and then the full lead', async () => {
    const trial = await openInArrears({ policy });
    trial.post.downUntil(trial.day(4));
    await trial.pass(3.9);
    expect(trial.told()).toEqual([]);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(5.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(7);
    expect(trial.sizes()).toEqual(allOff);
    expectFairPause(trial);
    for (const letter of trial.post.letters)
      expect(pauseToldIn(letter) ?? Infinity).toBeGreaterThan(letter.at);
  });

  it('a payment is given back all the same, and thanked for later', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.post.downUntil(trial.day(11.2));
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await trial.pass(11.01);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
    await trial.reach(11.3);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)?.[0]).toBe('recovered');
  });

  it('and nobody can be told, nothing is taken', async () => {
    const trial = await openInArrears({ contacts: [] });
    await trial.reach(13);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().version).toBe(0);
    expect(trial.file().hold).toMatchObject({ reason: 'no_recipient' });
  });
});

describeInTime('workers that were away for 20 days, past every date', ({ openInArrears: openCached }) => {
  // The server would wait for the worker that knew the run before, so none may know it.
  const openInArrears = () => openCached({ cached: false });

  it('P-3 take the next step and no leap: full notice before the pause, full dwell between the steps', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.leaveAlone(22);
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(40);
    const steps = trial.told().filter(([topic]) => topic !== 'moved');
    expect(steps.map(([topic]) => topic)).toEqual(['reminder', 'reminder', 'reminder', 'paused']);
    const at = trial.post.letters.filter(({ topic }) => topic !== 'moved').map((letter) => letter.at);
    at.slice(1).forEach((later, index) => expect(later - (at[index] ?? 0)).toBeGreaterThanOrEqual(DAY_MS));
    expect(at[1]).toBeGreaterThanOrEqual(trial.day(22));
    expectFairPause(trial);
  });

  it('do nothing at all when the customer paid meanwhile', async () => {
    const trial = await openInArrears();
    await trial.reach(0.5);
    trial.billing.plan(trial.day(15), () => trial.stripe.pay());
    await trial.leaveAlone(22);
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.access().version).toBe(0);
    expect(trial.audit()).toEqual([]);
    expect(trial.target.calls).toEqual([]);
  });

  it('lose no message that came meanwhile', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await trial.leaveAlone(12, async () => {
      trial.stripe.pay();
      await trial.signal('paymentSucceeded');
    });
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('in observe mode', ({ openInArrears }) => {
  it('nothing happens but holds, and a payment closes the case without a word', async () => {
    const trial = await openInArrears({ mode: 'observe' });
    await trial.reach(15);
    expect(trial.told()).toEqual([]);
    expect(trial.access()).toEqual({ access: 'active', restrictions: [], fallback: null, version: 0 });
    expect(trial.audit()).toEqual([]);
    expect(trial.target.calls).toEqual([]);
    expect(trial.file().hold).toMatchObject({ reason: 'observing' });
    const { file } = (await trial.view()) ?? {};
    expect(file?.hold?.until).toBeLessThanOrEqual((await trial.now()) + 6 * HOUR_MS);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.sizes()).toEqual(formerSizes);
  });
});
