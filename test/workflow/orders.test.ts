import { expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { DAY_MS } from '../../src/domain/time.js';
import {
  approveUpdate,
  exemptUpdate,
  liftUpdate,
  type recheckUpdate,
  restrictUpdate,
} from '../../workflows/messages.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const appeal = { reason: 'the customer contests it' };
const hosting = loadPolicy('test/support/policies/whole.yaml');

const exempt = (trial: Trial, day: number, updateId?: string) =>
  trial.order(exemptUpdate, { until: new Date(trial.day(day)).toISOString(), ...appeal }, updateId);

const pauseTold = (trial: Trial) =>
  trial.dayOf(pauseToldIn(trial.post.letters.at(-1) ?? { promises: [] }) ?? 0);

describeInTime('an exemption', ({ open, openInArrears }) => {
  it('LG-3 as an appeal holds further steps for a bounded time, and then goes on with dates told in full lead', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    await exempt(trial, 20);
    await trial.reach(19.9);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
    ]);
    expect(trial.file().hold).toMatchObject({ of: null, reason: 'exempt' });
    await trial.reach(20.1);
    expect(trial.told().at(-1)).toEqual(['moved', 20]);
    expect(pauseTold(trial)).toBe(25);
    await trial.reach(24.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(25.1);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('LG-3 ends early when a person says so', async () => {
    const trial = await openInArrears();
    await trial.reach(5);
    await exempt(trial, 60);
    await trial.reach(8);
    await trial.order(exemptUpdate, { until: null, reason: 'the appeal was rejected' });
    await trial.quiet();
    expect(trial.told().at(-1)).toEqual(['moved', 8]);
    expect(pauseTold(trial)).toBe(13);
    await trial.reach(13.1);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.ordered().map(({ kind, reason }) => [kind, reason])).toEqual([
      ['exempt', appeal.reason],
      ['exempt', 'the appeal was rejected'],
    ]);
  });

  it('LG-1 of a paused account takes nothing more and gives nothing back; a payment still gives all back at once', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await exempt(trial, 40);
    await trial.reach(30);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('LG-1 stops a deletion that was approved already', async () => {
    const trial = await openInArrears({ policy: hosting });
    await trial.reach(91);
    await exempt(trial, 300);
    await trial.order(approveUpdate, { plan: trial.plan(), reason: 'never paid' });
    await trial.reach(200);
    expect(trial.target.deleted('acme')).toEqual([]);
    expect(trial.billing.ended).toEqual([]);
    await trial.reach(301);
    expect(trial.target.deleted('acme')).toEqual([]);
  });

  it('LG-1 of an account in no trouble stands when the trouble comes', async () => {
    const trial = await open();
    const until = new Date(trial.day(20)).toISOString();
    expect(
      await trial.ask({ kind: 'exempt', id: 'a', input: { until, reason: 'insolvency', by: 'dana' } }),
    ).toMatchObject({
      status: 'taken',
    });
    await trial.quiet();
    await trial.reach(1);
    await trial.renewalFails(1);
    await trial.reach(19.9);
    expect(trial.told()).toEqual([]);
    expect(trial.access().version).toBe(0);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(22);
    expect(trial.told()[0]?.[0]).toBe('reminder');
  });
});

describeInTime('every notice', ({ openInArrears }) => {
  it('LG-3 names a human contact, whatever it is about, to the deletion and beyond', async () => {
    const trial = await openInArrears({ policy: hosting });
    await trial.reach(2);
    await trial.extendGrace({ days: 2, reason: 'asked' });
    await trial.reach(93);
    await trial.order(approveUpdate, { plan: trial.plan(), reason: 'never paid' });
    await trial.quiet();
    await trial.pays();
    const topics = new Set(trial.post.topics());
    for (const topic of [
      'reminder',
      'moved',
      'limited',
      'paused',
      'final',
      'decommissioned',
      'paid_but_deleted',
    ])
      expect(topics).toContain(topic);
    for (const { contact } of trial.post.letters) expect(contact).toBe('billing@example.com');
  });
});

describeInTime('a lift without payment', ({ openInArrears }) => {
  it('TT-15 IN-5 gives all back, says so with new dates, and pauses again after the full lead and 72 h', async () => {
    const trial = await openInArrears();
    await trial.reach(15);
    await trial.order(liftUpdate, { restriction: 'nonpayment', reason: 'goodwill for the weekend' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 3)).toBe(true);
    expect(trial.told().slice(-1)).toEqual([['restored', 15]]);
    const told = pauseTold(trial);
    expect(told).toBeGreaterThanOrEqual(18);
    await trial.reach(told - 0.1);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(told + 0.1);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.effects()).toMatchObject({ 'pause/2': ['intent', 'done'], 'lift/1': ['intent', 'done'] });
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });
});

describeInTime('an order', ({ openInArrears }) => {
  it('EC-11 that is sent twice under one id is one order', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const [one, two] = [await exempt(trial, 20, 'same'), await exempt(trial, 20, 'same')];
    expect(two).toEqual(one);
    await trial.reach(3);
    expect(trial.ordered()).toHaveLength(1);
    expect(trial.file().orders).toEqual(['same']);
  });

  it('P-9 stands in the audit log with who, why and what, before it has any effect', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    const input = { access: 'suspended', reason: 'stolen card', by: 'dana' } as const;
    await trial.order(restrictUpdate, input, 'r-1');
    await trial.quiet();
    const kinds = trial
      .audit()
      .slice(-3)
      .map(({ kind, effect }) => `${kind} ${effect.split('/').slice(-2).join('/')}`);
    expect(kinds).toEqual(['order order/r-1', 'intent restrict/1', 'outcome restrict/1']);
    expect(trial.ordered()).toMatchObject([
      { kind: 'restrict', by: 'dana', reason: 'stolen card', text: 'suspended by hand ordered' },
    ]);
  });

  const past = '2001-01-01T00:00:00Z';
  it.each([
    [exemptUpdate, { until: past, ...appeal }, 'an exemption needs a date in the future on which it ends'],
    [
      exemptUpdate,
      { until: 'soon', ...appeal },
      'until must be a date such as 2026-12-01T09:00:00Z, or null',
    ],
    [exemptUpdate, { until: null, ...appeal }, 'there is no exemption that could end'],
    [exemptUpdate, { until: past, reason: ' ' }, 'reason is missing: say why'],
    [approveUpdate, { plan: '1a2b3c4d', ...appeal }, 'no deletion waits for approval'],
    [restrictUpdate, { access: 'suspended', until: past, ...appeal }, 'until must lie in the future'],
    [restrictUpdate, { access: 'gone', ...appeal }, 'access must be read_only, suspended or revoked'],
    [liftUpdate, { restriction: 'manual', ...appeal }, 'nothing was restricted by hand'],
    [liftUpdate, { ...appeal }, 'nothing is taken away for non-payment'],
    [liftUpdate, { restriction: 'fraud', ...appeal }, 'restriction must be nonpayment or manual'],
  ])(
    'that can not be obeyed is refused with the reason, and leaves the case as it is: %#',
    async (...row) => {
      const [definition, input, sentence] = row;
      const trial = await openInArrears();
      await trial.reach(2);
      const before = trial.file();
      expect(await refusalOf(trial.order(definition as typeof recheckUpdate, input))).toBe(sentence);
      await trial.quiet();
      expect(trial.file()).toEqual(before);
      expect(trial.ordered()).toEqual([]);
      await trial.reach(2 + before.shiftMs / DAY_MS + 3);
      expect(trial.told().at(-1)).toEqual(['reminder', 4]);
    },
  );
});
