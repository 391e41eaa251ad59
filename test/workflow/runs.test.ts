import { expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import { createGate, formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };

const fiveDays = { days: 5, reason: 'the wire transfer is under way', by: 'dana' };

async function statusOf(trial: Trial): Promise<string> {
  return (await trial.handle.describe()).status.name;
}

describeInTime('a run that was ended by force', ({ openInArrears }) => {
  it('is followed by one that takes over the open case: same id, the ladder and its rounds go on', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    const { id } = trial.file();
    await trial.terminate();
    await trial.pass(9);
    await trial.signal('paymentFailed');
    await trial.quiet();
    await trial.reach(15);
    expect(trial.cases.saved(trial.account.id).map(({ file }) => file.id)).toEqual([id]);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 9],
      ['paused', 10],
    ]);
    expect(Object.keys(trial.effects())).toEqual(['remind/1', 'remind/2', 'remind/3', 'pause/1']);
  });

  it('keeps the extension that was granted to it', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.extendGrace(fiveDays);
    await trial.quiet();
    await trial.terminate();
    await trial.signal('billingChanged');
    await trial.reach(14.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(15);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('EC-11 answers an order that the earlier run had taken, and takes it no second time', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const by = { reason: 'mines coins', by: 'dana' };
    const lift = { kind: 'lift', id: 'order-2', input: { restriction: 'manual', ...by } } as const;
    await trial.ask({ kind: 'restrict', id: 'order-1', input: { access: 'suspended', ...by } });
    await trial.quiet();
    expect(await trial.ask(lift)).toMatchObject({ status: 'taken' });
    await trial.quiet();
    await trial.terminate();
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(await trial.ask(lift)).toMatchObject({ status: 'taken' });
    await trial.quiet();
    expect(trial.ordered()).toHaveLength(2);
    expect(await trial.ask({ ...lift, id: 'order-3' })).toMatchObject({ status: 'refused' });
  });

  it('while paused: the next payment gives everything back', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    const { id } = trial.file();
    await trial.terminate();
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().access).toBe('active');
    expect(trial.cases.saved(trial.account.id).map(({ file }) => file.id)).toEqual([id]);
    expect(await trial.isOver()).toBe(true);
  });

  it.each(['paid', 'still owed'] as const)(
    'in mid-pause: what was begun is known to the next one, %s',
    async (end) => {
      const trial = await openInArrears();
      const reached = createGate();
      let drains = 0;
      trial.onDrain(() => {
        drains += 1;
        if (drains !== 2) return Promise.resolve();
        reached.open();
        return new Promise(() => undefined);
      });
      await trial.pass(10);
      await reached.passed;
      await trial.terminate();
      expect(trial.sizes()).toEqual({ ...formerSizes, web: 0 });
      if (end === 'paid') await trial.pays();
      else await trial.signal('billingChanged');
      await trial.quiet();
      expect(trial.sizes()).toEqual(end === 'paid' ? formerSizes : allOff);
      expect(trial.effects()['pause/1']).toEqual(['intent', end === 'paid' ? 'interrupted' : 'done']);
      expect(trial.effects()).not.toHaveProperty('pause/2');
    },
  );

  it('before the case could be saved: the pause is found all the same, and undone by the payment', async () => {
    const trial = await openInArrears();
    await trial.reach(9);
    const before = trial.file();
    await trial.reach(11);
    await trial.terminate();
    await trial.cases.save(before, null, await trial.now());
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 1)).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('a message that comes while a case is closing', ({ openInArrears }) => {
  it('EC-10 begins the next case when something is owed anew', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const thanks = trial.post.hold('recovered');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await thanks.arrived;
    trial.stripe.renewalFails(await trial.now(), 'in_2');
    await trial.signal('paymentFailed');
    thanks.letIn();
    await trial.quiet();
    const cases = trial.cases.saved(trial.account.id).map(({ file }) => file);
    expect(cases.map(({ stage }) => stage)).toEqual(['recovered', 'watching']);
    expect(cases[1]?.id).not.toBe(cases[0]?.id);
    await trial.reach(3.1);
    expect(trial.told().at(-1)).toEqual(['reminder', 3]);
  });

  it('EC-11 changes nothing when it only repeats what is known', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const thanks = trial.post.hold('recovered');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await thanks.arrived;
    await trial.signal('paymentSucceeded');
    await trial.signal('paymentFailed');
    thanks.letIn();
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().map(([topic]) => topic)).toEqual(['reminder', 'recovered']);
    expect(trial.cases.saved(trial.account.id)).toHaveLength(1);
  });
});

describeInTime('a history that has grown long', ({ openInArrears }) => {
  /** Temporal suggests a new run from 4,096 events on; `meanwhile` comes with the last of them. */
  const grow = (trial: Trial, meanwhile: () => Promise<void> = () => Promise.resolve()) =>
    trial.leaveAlone(0, async () => {
      for (let batch = 0; batch < 41; batch += 1) {
        await Promise.all(Array.from({ length: 100 }, () => trial.signal('paymentFailed')));
      }
      await meanwhile();
    });

  it('is continued as a new run that has kept everything, and shows itself as before', async () => {
    const trial = await openInArrears({ cached: false });
    await trial.reach(2);
    await trial.extendGrace(fiveDays);
    await trial.quiet();
    const [first, before] = [await trial.handle.describe(), trial.file()];
    await grow(trial);
    await trial.quiet();
    const second = await trial.handle.describe();
    expect(second.runId).not.toBe(first.runId);
    expect((await trial.view())?.file).toEqual(before);
    expect(second.memo).toEqual(first.memo);
    expect(second.searchAttributes).toEqual(first.searchAttributes);
    expect((await trial.history()).length).toBeLessThan(40);
    await trial.reach(15);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['moved', 2],
      ['reminder', 9],
      ['reminder', 13],
      ['paused', 15],
    ]);
    expect(trial.file().shiftMs).toBe(5 * DAY_MS);
    for (const lines of Object.values(trial.effects())) expect(lines).toEqual(['intent', 'done']);
  });

  it('drops no message and no question that comes with the change of runs', async () => {
    const trial = await openInArrears({ cached: false });
    await trial.reach(2);
    const { runId } = await trial.handle.describe();
    const answers: Promise<unknown>[] = [];
    const writeAndAsk = async () => {
      for (let times = 1; times <= 5; times += 1) {
        answers.push(trial.extendGrace({ days: 1, reason: 'asked' }));
        await trial.signalGrace({ days: 1, reason: 'written' });
      }
    };
    await grow(trial, writeAndAsk);
    await writeAndAsk();
    await Promise.all(answers);
    await trial.quiet();
    expect((await trial.handle.describe()).runId).not.toBe(runId);
    expect(trial.file().orders).toHaveLength(20);
    expect(trial.file().shiftMs).toBe(20 * DAY_MS);
    expect(trial.told().at(-1)).toEqual(['moved', 2]);
  });
});

describeInTime('a key that Stripe refuses', ({ openInArrears }) => {
  it('stops the case for as long, and does not end it', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.billing.failUntil(trial.day(11.1), 'BILLING_REFUSED');
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    await trial.pass(11.05);
    expect(await statusOf(trial)).toBe('RUNNING');
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(11.11);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });
});
