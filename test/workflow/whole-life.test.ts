import { expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.js';
import { approveUpdate } from '../../workflows/messages.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const policy = loadPolicy('test/support/policies/whole.yaml');

describeInTime('a whole life', ({ openInArrears }) => {
  it('TT-2 TT-3 TT-4 TT-10 goes from reminders to a deletion that a person approved, each step on its day', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(8.9);
    expect(trial.access().access).toBe('grace_period');
    await trial.reach(9);
    expect(trial.access().access).toBe('read_only');
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.customerScales('web', 5)).toBe(false);
    await trial.reach(12);
    expect(trial.sizes()).toEqual(allOff);
    await trial.reach(60);
    expect(trial.file().stage).toBe('decommissioning');
    await trial.reach(90);
    const { approval } = trial.file();
    expect(approval).toMatchObject({ decision: null, summary: '3 instances; 1 subscription canceled first' });
    expect(trial.sizes()).toEqual(allOff);
    await trial.order(approveUpdate, { plan: approval?.planHash.slice(0, 8) ?? '', reason: 'never paid' });
    await trial.quiet();
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 7],
      ['limited', 9],
      ['paused', 12],
      ['final', 60],
      ['decommissioned', 90],
    ]);
    expect(trial.sizes()).toEqual({});
    expect(trial.access().access).toBe('decommissioned');
    expect(trial.file().stage).toBe('decommissioned');
    expect(await trial.isOver()).toBe(true);
    // What it costs is held down to the number: a history is replayed again and again for as long as it lives.
    expect((await trial.history()).length).toBeLessThanOrEqual(130);
  });
});
