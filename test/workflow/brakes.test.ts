import { expect, it } from 'vitest';
import { rehearsalBreakers } from '../../src/domain/breaker.js';
import { HOUR_MS } from '../../src/domain/time.js';
import { restrictUpdate } from '../../workflows/messages.js';
import { formerSizes } from '../support/memory-world.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const none = { most: 0, share: 1, floor: 0 };
/** Nobody may be paused, nor restricted by hand; notices go on. */
const closed = {
  ...rehearsalBreakers,
  bounds: {
    ...rehearsalBreakers.bounds,
    pause: { hour: none, day: none },
    revoke: { hour: none, day: none },
  },
};

describeInTime('a case that a brake holds', ({ openInArrears }) => {
  it('P-7 is paused in the moment in which the breaker is let go, and not one look before', async () => {
    const trial = await openInArrears();
    trial.boundBy(closed);
    await trial.reach(14.1);
    expect(trial.file().hold).toMatchObject({ reason: 'breaker_open', of: 'pause' });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access()).not.toMatchObject({ access: 'suspended' });
    trial.boundBy(rehearsalBreakers);
    await trial.releaseBreaker('pause');
    const before = await trial.now();
    await trial.tellRelease('breaker_open');
    expect(trial.sizes()).toEqual(allOff);
    expect((await trial.now()) - before).toBeLessThan(HOUR_MS);
  });

  it('P-7 hears nothing in the release of another brake', async () => {
    const trial = await openInArrears();
    trial.freeze(true);
    await trial.reach(14.1);
    expect(trial.file().hold).toMatchObject({ reason: 'frozen' });
    trial.freeze(false);
    await trial.tellRelease('breaker_open');
    expect(trial.file().hold).toMatchObject({ reason: 'frozen' });
    await trial.tellRelease('frozen');
    expect(trial.file().hold).toBeNull();
  });

  it('P-8 gives back at once what was taken, while everything that takes is frozen', async () => {
    const trial = await openInArrears();
    await trial.reach(14.1);
    expect(trial.sizes()).toEqual(allOff);
    trial.freeze(true);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
  });

  it('P-7 carries out a person’s order as soon as its breaker is let go', async () => {
    const trial = await openInArrears();
    trial.boundBy(closed);
    await trial.order(restrictUpdate, { access: 'suspended', reason: 'abuse' });
    expect(trial.access()).not.toMatchObject({ access: 'suspended' });
    trial.boundBy(rehearsalBreakers);
    await trial.releaseBreaker('revoke');
    await trial.tellRelease('breaker_open');
    expect(trial.access()).toMatchObject({ access: 'suspended' });
  });
});
