import { expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/time.js';
import { parsePolicy } from '../../src/policy/load.js';
import { restrictUpdate } from '../../workflows/messages.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

// What is held asks once a day: four times as often would only take longer.
const policy = parsePolicy(
  [
    'name: patient',
    'retryWindow: 8d',
    'reminders: [{ after: 1d }, { after: 4d }, { after: 8d }]',
    'pause: { after: 10d, lead: 2d }',
    'holdRetry: 1d',
    'contact: billing@example.com',
  ].join('\n'),
  'patient.yaml',
);
const allOff = { web: 0, worker: 0, cron: 0 };

describeInTime('a case that was observed for 60 days and is then enforced', ({ openInArrears }) => {
  it('P-3 begins with its first notice: every reminder comes, each a day after the other, and the pause has its whole lead', async () => {
    const trial = await openInArrears({ mode: 'observe', policy });
    await trial.reach(60);
    expect(trial.told()).toEqual([]);
    trial.switchTo('enforce');
    await trial.reach(61.1);
    expect(new Set(trial.told().map(([topic]) => topic))).toEqual(new Set(['reminder']));
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).toMatchObject({ access: 'grace_period' });
    await trial.reach(70);
    expect(trial.told().map(([topic]) => topic)).toEqual(['reminder', 'reminder', 'reminder', 'paused']);
    const letters = trial.post.letters;
    letters
      .slice(1)
      .forEach(({ at }, index) => expect(at - (letters[index]?.at ?? 0)).toBeGreaterThanOrEqual(DAY_MS));
    const [first] = letters;
    const pausedAt = letters.at(-1)?.at ?? NaN;
    expect(pausedAt).toBeGreaterThanOrEqual((first && pauseToldIn(first)) ?? NaN);
    expect(pausedAt - (first?.at ?? NaN)).toBeGreaterThanOrEqual(trial.policy.pause?.leadMs ?? NaN);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('that had paid meanwhile is never written to', async () => {
    const trial = await openInArrears({ mode: 'observe', policy });
    await trial.reach(12);
    await trial.pays();
    trial.switchTo('enforce');
    await trial.pass(14);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([]);
    expect(trial.audit()).toEqual([]);
  });

  it('carries out what a person had ordered to be restricted meanwhile, and only observed until then', async () => {
    const trial = await openInArrears({ mode: 'observe', policy });
    await trial.reach(2);
    await trial.order(restrictUpdate, { access: 'suspended', reason: 'abuse' });
    await trial.reach(8);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.ordered()).toMatchObject([{ kind: 'restrict' }]);
    trial.switchTo('enforce');
    await trial.reach(9.1);
    expect(trial.sizes()).toEqual(allOff);
  });
});
