import { expect, it } from 'vitest';
import type { TakingStep } from '../../src/domain/effect.js';
import { loadPolicy, parsePolicy } from '../../src/policy/load.js';
import { formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const hosting = loadPolicy('test/support/policies/whole.yaml');
const tooMuch = 500_001;
const allOff = { web: 0, worker: 0, cron: 0 };

/** The days that the last notice names. */
const toldDays = (trial: Trial): [TakingStep, number][] =>
  (trial.post.letters.at(-1)?.promises ?? []).map(({ step, at }) => [step, trial.dayOf(at)]);

describeInTime('a policy that limits from day 0', ({ openInArrears }) => {
  const policy = parsePolicy(
    `
    name: metered
    retryWindow: 8d
    reminders: [{ after: 1d }]
    limit: { after: 0s }
    pause: { after: 10d, lead: 2d }
    contact: billing@example.com`,
    'metered.yaml',
  );

  it('TT-14 stops growth at once, says so, and lets go on what runs; a payment lets it grow again', async () => {
    const trial = await openInArrears({ policy });
    expect(trial.told()).toEqual([['limited', 0]]);
    expect(trial.access().access).toBe('read_only');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 9)).toBe(false);
    expect(() => trial.target.launch('acme', 'another', 1)).toThrow('locked');
    const methods = trial.target.calls.map(({ method }) => method);
    expect(methods).not.toContain('drain');
    expect(methods).not.toContain('pause');
    await trial.reach(5);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 9)).toBe(true);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.told().at(-1)).toEqual(['recovered', 5]);
  });

  it('TT-14 pauses on its own day nevertheless, and a payment gives back what was there before the limit', async () => {
    const trial = await openInArrears({ policy });
    expect(toldDays(trial)).toEqual([['pause', 10]]);
    await trial.reach(10);
    expect(trial.sizes()).toEqual(allOff);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });
});

describeInTime('an exposure above the cap', ({ open, openInArrears }) => {
  it('TT-14 brings the days nearer, none into the retry window, each step told with its full lead', async () => {
    const trial = await open({ policy: hosting });
    await trial.renewalFails(0, 'in_1', tooMuch);
    await trial.reach(0.6);
    expect(trial.told()).toEqual([['reminder', 0.5]]);
    expect(toldDays(trial)).toEqual([
      ['limit', 8],
      ['pause', 9],
    ]);
    await trial.reach(7.9);
    expect(trial.access().access).toBe('grace_period');
    await trial.reach(61);
    expect(trial.told()).toEqual([
      ['reminder', 0.5],
      ['reminder', 2],
      ['reminder', 3.5],
      ['limited', 8],
      ['paused', 9],
      ['final', 30],
    ]);
    // What was announced on day 30 keeps the whole retention, whatever is at stake.
    expect(trial.asked()).toEqual([60]);
  });

  it('TT-14 just at the cap changes nothing', async () => {
    const trial = await open({ policy: hosting });
    await trial.renewalFails(0, 'in_1', tooMuch - 1);
    await trial.reach(2);
    expect(trial.told()).toEqual([['reminder', 1]]);
  });

  it('TT-14 that comes when dates were told already moves none of these', async () => {
    const trial = await openInArrears({ policy: hosting });
    await trial.reach(1.5);
    expect(toldDays(trial)).toEqual([
      ['limit', 9],
      ['pause', 12],
    ]);
    await trial.reach(2);
    await trial.renewalFails(2, 'in_2', tooMuch);
    await trial.reach(8.9);
    expect(trial.access().access).toBe('grace_period');
    await trial.reach(11.9);
    expect(trial.access().access).toBe('read_only');
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(12);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().slice(-2)).toEqual([
      ['limited', 9],
      ['paused', 12],
    ]);
  });
});
