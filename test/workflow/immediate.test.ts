import { expect, it } from 'vitest';
import { loadPolicy, parsePolicy } from '../../src/policy/load.js';
import { exemptUpdate } from '../../workflows/messages.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const policy = loadPolicy('policies/compute.yaml');
const allOff = { web: 0, worker: 0, cron: 0 };

describeInTime('a policy that pauses at once', ({ open, openInArrears }) => {
  it('P-4 TT-17 suspends on the failure itself, sends the notice with the act, and drains nothing', async () => {
    const trial = await openInArrears({ policy });
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.customerScales('web', 1)).toBe(false);
    expect(trial.access()).toMatchObject({ access: 'suspended', restrictions: [{ reason: 'nonpayment' }] });
    expect(trial.told()).toEqual([['paused', 0]]);
    const methods = trial.target.calls.map(({ method }) => method);
    expect(methods).not.toContain('drain');
    expect(methods.indexOf('snapshot')).toBeLessThan(methods.indexOf('lock'));
    expect(methods.indexOf('lock')).toBeLessThan(methods.indexOf('pause'));
  });

  it('TT-17 lets running work end first unless the policy says otherwise', async () => {
    const text = `
      name: at-once
      retryWindow: 8d
      reminders: [{ after: 1d }]
      pause: { immediate: true }
      contact: billing@example.com`;
    const trial = await openInArrears({ policy: parsePolicy(text, 'at-once.yaml') });
    expect(trial.sizes()).toEqual(allOff);
    const methods = trial.target.calls.map(({ method }) => method);
    expect(methods).toContain('drain');
    expect(methods.indexOf('lock')).toBeLessThan(methods.indexOf('drain'));
    expect(methods.indexOf('drain')).toBeLessThan(methods.indexOf('pause'));
  });

  it('TT-17 reminds on its days from then on; the payment gives exactly back and thanks', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(6);
    expect(trial.told()).toEqual([
      ['paused', 0],
      ['reminder', 1],
      ['reminder', 4],
    ]);
    expect(trial.post.letters.map(({ promises }) => promises)).toEqual([[], [], []]);
    expect(trial.file().stage).toBe('paused');
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 3)).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 6]);
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-17 suspends all the same when the notice can not be sent, and sends it as soon as it can be', async () => {
    const trial = await open({ policy });
    trial.post.failNext('MAIL_UNAVAILABLE', 3);
    await trial.renewalFails(0);
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(0.01);
    expect(trial.told()).toEqual([['paused', 0]]);
    expect(trial.effects()['pause/1']).toEqual(['intent', 'done']);
  });

  it.each([
    ['a checkout that was never finished', 'incomplete'],
    ['a status that nobody knows', 'unknown'],
  ] as const)('TT-17 EC-1 suspends nobody for %s', async (_, state) => {
    const trial = await open({ policy });
    trial.stripe.subscriptionBecomes(state);
    await trial.renewalFails(0);
    await trial.reach(3);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().version).toBe(0);
    expect(trial.target.calls).toEqual([]);
  });

  it('TT-17 LG-1 suspends nobody who is exempt; when that is over, the customer is suspended without more ado', async () => {
    const trial = await open({ policy });
    const until = new Date(trial.day(5)).toISOString();
    await trial.ask({ kind: 'exempt', id: 'x', input: { until, reason: 'hospital', by: 'dana' } });
    await trial.quiet();
    await trial.reach(1);
    await trial.renewalFails(1);
    await trial.reach(4.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(6);
    expect(trial.sizes()).toEqual(allOff);
    await trial.order(exemptUpdate, { invoices: ['in_1'], reason: 'forgiven in the end' });
    await trial.quiet();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('TT-17 undoes it when the payment is there a moment later', async () => {
    const trial = await open({ policy });
    await trial.renewalFails(0);
    trial.stripe.pay();
    await trial.reach(0.001);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().map(([topic]) => topic)).toEqual(['paused', 'recovered']);
  });
});
