import { expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { liftUpdate, promiseUpdate } from '../../workflows/messages.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const agreed = { reason: 'agreed on the phone' };

const saas = loadPolicy('policies/saas.yaml');
const lenient = { ...saas, policy: { ...saas.policy, thresholdsMinor: { usd: 1000 } } };

const dateOf = (trial: Trial, day: number) => new Date(trial.day(day)).toISOString();

/** Agrees on instalments of the 49 dollars: `[day, sum]` each. */
const promise = (trial: Trial, ...parts: readonly (readonly [number, number])[]) =>
  trial.order(promiseUpdate, {
    instalments: parts.map(([day, amountMinor]) => ({ on: dateOf(trial, day), amountMinor })),
    ...agreed,
  });

const pauseTold = (trial: Trial) =>
  trial.dayOf(pauseToldIn(trial.post.letters.at(-1) ?? { promises: [] }) ?? 0);

describeInTime('instalments that were agreed on', ({ openInArrears }) => {
  it('TT-15 and are kept: nothing happens until the last one, and then the case closes', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await promise(trial, [10, 2000], [40, 2900]);
    await trial.reach(9.9);
    await trial.pays('in_1', 2000);
    await trial.reach(39.9);
    expect(trial.told()).toEqual([['reminder', 1]]);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file()).toMatchObject({ hold: { reason: 'instalments_agreed' }, rung: 1 });
    await trial.pays('in_1', 2900);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)?.[0]).toBe('recovered');
    expect(trial.ordered()).toMatchObject([{ kind: 'promise', by: 'the supporter', reason: agreed.reason }]);
  });

  it.each([
    ['nothing of the first came', 0, 10],
    ['a cent of the first is missing', 1999, 10],
    ['the second did not come', 2000, 40],
  ])(
    'TT-15 and are broken (%s): the customer is told new dates at once, none nearer than the lead',
    async (...row) => {
      const [, paidMinor, brokenOn] = row;
      const trial = await openInArrears();
      await trial.reach(2);
      await promise(trial, [10, 2000], [40, 2900]);
      if (paidMinor > 0) await trial.pays('in_1', paidMinor);
      await trial.reach(brokenOn - 0.05);
      expect(trial.told()).toEqual([['reminder', 1]]);
      await trial.reach(brokenOn);
      expect(trial.told().at(-1)).toEqual(['instalment_missed', brokenOn]);
      expect(trial.file().agreement).toBeNull();
      // Just the time is given for which the agreement was kept: the pause had been told for day 10.
      const told = brokenOn + 8;
      expect(pauseTold(trial)).toBe(told);
      await trial.reach(told - 0.1);
      expect(trial.sizes()).toEqual(formerSizes);
      await trial.reach(told + 0.1);
      expect(trial.sizes()).toEqual(allOff);
    },
  );

  it('TT-15 that are agreed on the eve of the pause and broken soon leave the full lead after the telling', async () => {
    const trial = await openInArrears();
    await trial.reach(9.9);
    await promise(trial, [10.5, 4900]);
    await trial.reach(10.6);
    const missed = trial.post.letters.at(-1);
    expect(missed?.topic).toBe('instalment_missed');
    await trial.reach(12.4);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(12.7);
    expect(trial.sizes()).toEqual(allOff);
    const pausedAt = trial.post.letters.find(({ topic }) => topic === 'paused')?.at ?? 0;
    expect(pausedAt).toBeGreaterThanOrEqual(pauseToldIn(missed ?? { promises: [] }) ?? Infinity);
  });

  it('TT-15 while paused leave it paused; broken, the customer hears of it; the whole payment gives it back', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await promise(trial, [20, 2000], [30, 2900]);
    await trial.reach(19.9);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    await trial.reach(21);
    expect(trial.told().at(-1)).toEqual(['instalment_missed', 20]);
    await trial.pays('in_1', 2000);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('TT-15 with a lift beside them bring the service back; broken, it is paused again on the date that is told', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await promise(trial, [20, 4900]);
    await trial.order(liftUpdate, { restriction: 'nonpayment', ...agreed });
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().restrictions).toEqual([]);
    await trial.reach(19.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(20.1);
    expect(trial.told().at(-1)?.[0]).toBe('instalment_missed');
    const told = pauseTold(trial);
    expect(told).toBeGreaterThanOrEqual(22);
    await trial.reach(told - 0.1);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(told + 0.1);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('TT-15 cover just the invoices that were overdue: a new one has its own clock', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await promise(trial, [50, 4900]);
    await trial.reach(20);
    await trial.renewalFails(20, 'in_2', 700);
    await trial.reach(31);
    expect(trial.sizes()).toEqual(allOff);
    const asked = trial.post.letters.slice(1).map(({ invoices }) => invoices.map(({ id }) => id));
    for (const ids of asked) expect(ids).toEqual(['in_2']);
    expect(trial.file().agreement).not.toBeNull();
    await trial.pays('in_2');
    await trial.pays('in_1');
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('TT-15 TT-16 that outlived their case, for what is left is too little to be owed, count in the next one', async () => {
    const trial = await openInArrears({ policy: lenient });
    await trial.reach(2);
    await promise(trial, [40, 4900]);
    await trial.pays('in_1', 4000);
    expect(await trial.isOver()).toBe(true);
    await trial.reach(20);
    await trial.renewalFails(20, 'in_2', 500);
    // Together they are owed, but the older one is promised for day 40.
    await trial.reach(39.9);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['recovered', 2],
    ]);
    expect(await trial.isOver()).toBe(false);
    await trial.reach(40.1);
    expect(trial.told()[2]).toEqual(['instalment_missed', 40]);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.pays('in_1');
    expect(await trial.isOver()).toBe(true);
  });

  it.each([
    ['no instalment at all', [], 'give between 1 and 24 instalments'],
    ['too little', [[10, 4899]], 'the instalments come to 48.99 USD, but 49.00 USD is overdue'],
    ['a date of yesterday', [[1, 4900]], 'the dates must lie in the future, each after the one before'],
    [
      'dates in disorder',
      [
        [20, 4000],
        [10, 900],
      ],
      'the dates must lie in the future, each after the one before',
    ],
    ['a date that is too far', [[183, 4900]], 'the last date lies too far ahead: at most 180 days'],
    ['half a cent', [[10, 4900.5]], 'every instalment needs a sum, in the smallest unit of the currency'],
  ] as const)('TT-15 with %s are refused with the reason, and change nothing', async (_, parts, sentence) => {
    const trial = await openInArrears();
    await trial.reach(2);
    const before = trial.file();
    expect(await refusalOf(promise(trial, ...parts))).toBe(sentence);
    await trial.quiet();
    expect(trial.file()).toEqual(before);
    expect(trial.ordered()).toEqual([]);
  });
});
