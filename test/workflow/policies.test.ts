import { expect, it } from 'vitest';
import { isOpen } from '../../src/domain/calendar.js';
import { parsePolicy } from '../../src/policy/load.js';
import { reissuePolicyUpdate, restrictUpdate } from '../../workflows/messages.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const base = {
  name: 'sample',
  retryWindow: '8d',
  reminders: [{ after: '1d' }, { after: '4d' }, { after: '8d' }],
  pause: { after: '10d', lead: '2d' },
  contact: 'billing@example.com',
};
const policyOf = (more: object) => parsePolicy(JSON.stringify({ ...base, ...more }), 'my.yaml');
const reason = { reason: 'the new terms count for all' };

describeInTime('the policy of a case', ({ open, openInArrears }) => {
  const risky = { name: 'risky', when: { declineCodes: ['stolen_card'] }, pause: { immediate: true } };

  it('TT-17 is that of the segment to which the decline code leads', async () => {
    const trial = await open({ policy: policyOf({ segments: [risky] }) });
    trial.billing.describe({ declineCodes: ['stolen_card'] });
    await trial.renewalFails(0);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told()).toEqual([['paused', 0]]);
    const shown = await trial.handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(shown.currentDetails).toContain('**Rules:** sample · segment risky');
  });

  it('is that for everybody where no segment fits, and stays that when the account changes', async () => {
    const trial = await openInArrears({ policy: policyOf({ segments: [risky] }) });
    trial.billing.describe({ declineCodes: ['stolen_card'] });
    await trial.reach(9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('EC-12 is chosen once Stripe answers, when an order came while it was down', async () => {
    const trial = await open({ policy: policyOf({ segments: [risky] }) });
    trial.billing.describe({ declineCodes: ['stolen_card'] });
    trial.billing.failUntil(trial.day(0.2));
    await trial.ask({
      kind: 'restrict',
      id: 'by-hand',
      input: { access: 'read_only', reason: 'a complaint', by: 'Sam' },
    });
    expect(trial.file().rulesWanted).toBe(true);
    trial.stripe.renewalFails(trial.day(0.1));
    await trial.reach(1);
    expect(trial.file().rulesWanted).toBeUndefined();
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.access().restrictions.map((r) => r.reason)).toEqual(['manual', 'nonpayment']);
    expect(reissuesIn(trial.file().remarks)).toHaveLength(1);
  });

  it('P-8 keeps the account’s calendar: its pause waits for an open day, and giving back waits for none', async () => {
    const trial = await open();
    // Closed on the weekdays of day 10 and 11, whenever the test runs.
    const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
    const closed = [10, 11].map((day) => names[new Date(trial.day(day)).getUTCDay()]);
    const days = names.filter((name) => !closed.includes(name));
    trial.policies.replace(policyOf({ calendar: { timeZone: 'UTC', days } }));
    await trial.renewalFails(0);
    await trial.reach(10.5);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(15);
    expect(trial.sizes()).toEqual(allOff);
    const almanac = (await trial.policies.read(trial.file().policyVersion)).almanac;
    const [pausedAt = 0] = trial.post.letters.filter(({ topic }) => topic === 'paused').map(({ at }) => at);
    expect(isOpen(almanac, pausedAt)).toBe(true);
    const named = trial.post.letters.flatMap(({ promises }) => promises.map(({ at }) => at));
    expect(named.every((at) => isOpen(almanac, at))).toBe(true);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('is put under today’s on a person’s order: what was sent stays sent, what was told is told anew when it moves', async () => {
    const trial = await openInArrears({ policy: policyOf({}) });
    await trial.reach(5);
    const before = trial.file().policyVersion;
    trial.policies.replace(policyOf({ name: 'gentle', pause: { after: '20d', lead: '3d' } }));
    const answer = await trial.order(reissuePolicyUpdate, reason);
    await trial.quiet();
    expect(answer).toMatchObject({ stage: 'reminded', nextStep: 'remind' });
    expect(trial.file().policyVersion).not.toBe(before);
    expect(trial.told().map(([topic]) => topic)).toEqual(['reminder', 'reminder', 'moved']);
    await trial.reach(19.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(20.1);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().filter(([topic]) => topic === 'reminder')).toHaveLength(3);
    expect(trial.ordered()).toMatchObject([{ kind: 'reissuePolicy', ...reason }]);
  });

  it('TT-6 keeps the date that was told, when today’s would be sooner', async () => {
    const trial = await openInArrears({ policy: policyOf({}) });
    await trial.reach(8.5);
    trial.policies.replace(policyOf({ name: 'strict', pause: { after: '9d', lead: '1d' } }));
    await trial.order(reissuePolicyUpdate, reason);
    await trial.reach(9.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(10.1);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('waits for Stripe where only that can tell the segment, and the order is taken all the same', async () => {
    const trial = await openInArrears({ policy: policyOf({}) });
    await trial.reach(2);
    trial.policies.replace(policyOf({ name: 'next', segments: [risky] }));
    trial.billing.failUntil(trial.day(2.5));
    await trial.order(reissuePolicyUpdate, reason);
    expect(trial.file().rulesWanted).toBe(true);
    await trial.reach(3);
    expect((await trial.policies.read(trial.file().policyVersion)).name).toBe('next');
    expect(trial.file().rulesWanted).toBeUndefined();
  });

  it('an order to restrict is obeyed under the rules of everybody as under any', async () => {
    const trial = await openInArrears({ policy: policyOf({ segments: [risky] }) });
    await trial.order(restrictUpdate, { access: 'suspended', reason: 'abuse' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(allOff);
  });
});

const reissuesIn = (remarks: readonly { readonly text: string }[]) =>
  remarks.filter(({ text }) => text.startsWith('goes by the policy'));
