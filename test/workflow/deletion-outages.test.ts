import { expect, it } from 'vitest';
import type { TargetMethod } from '../../src/adapters/memory/target.js';
import { loadPolicy } from '../../src/policy/load.js';
import { approveUpdate } from '../../workflows/messages.js';
import { formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const policy = loadPolicy('test/support/policies/whole.yaml');
const names = ['web', 'worker', 'cron'];

const approve = (trial: Trial) => trial.order(approveUpdate, { plan: trial.plan(), reason: 'never paid' });

describeInTime('an outage around a deletion', ({ openInArrears }) => {
  it('EC-12 of Stripe on its day asks nobody; afterwards people are asked once, with the plan of then', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(89.9);
    trial.billing.failUntil(trial.day(90.1));
    await trial.pass(90.05);
    expect(trial.asked()).toEqual([]);
    trial.target.seed('acme', [{ id: 'late', size: 0 }]);
    await trial.reach(91);
    expect(trial.asked()).toEqual([90.1]);
    expect(trial.post.asked[0]?.plan.resources).toHaveLength(4);
  });

  it('EC-12 of Stripe after the approval deletes nothing; afterwards the approved plan is carried out, once', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(91);
    trial.billing.failUntil(trial.day(91.1));
    await approve(trial);
    await trial.pass(91.05);
    expect(trial.target.calls.map(({ method }) => method)).not.toContain('archive');
    expect(trial.access().access).toBe('suspended');
    await trial.reach(91.2);
    expect(trial.target.deleted('acme')).toEqual(names);
    expect(trial.effects()['decommission/1']).toEqual(['intent', 'done']);
  });

  it('EC-12 of the mail server keeps the question to the approvers until it is accepted, the same plan, asked once', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(89.9);
    trial.post.downUntil(trial.day(90.1));
    await trial.reach(91);
    // Within the hour after the outage.
    expect(trial.asked()).toEqual([90.13]);
    await approve(trial);
    await trial.quiet();
    expect(trial.file().stage).toBe('decommissioned');
  });

  it.each(['archive', 'verifyArchive', 'decommission', 'probe'] as TargetMethod[])(
    'EC-12 of the platform in mid-deletion is gone on from, its work done or not; nothing is deleted twice: %s',
    async (method) => {
      const trial = await openInArrears({ policy });
      await trial.reach(91);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', true);
      trial.target.failNext(method, 'TARGET_UNAVAILABLE', false);
      await approve(trial);
      await trial.reach(91.1);
      expect(trial.target.deleted('acme')).toEqual(names);
      expect(trial.effects()['decommission/1']).toEqual(['intent', 'done']);
      expect(trial.billing.ended).toHaveLength(1);
      const proofs = await trial.deletions.of(trial.account.id);
      expect(proofs.map(({ resource, deleted }) => [resource.id, deleted]).sort()).toEqual(
        [...names].sort().map((name) => [name, true]),
      );
      expect(trial.told().at(-1)?.[0]).toBe('decommissioned');
    },
  );

  it('TT-9 of the archives, and a payment meanwhile: nothing was deleted, everything is put back', async () => {
    const trial = await openInArrears({ policy });
    await trial.reach(91);
    trial.before('verifyArchive', (id) => Promise.resolve(trial.target.spoilArchive('acme', id)));
    await approve(trial);
    await trial.pass(91.1);
    expect(trial.target.deleted('acme')).toEqual([]);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.access().restrictions).toEqual([]);
    expect(trial.billing.ended, 'its subscription goes on').toEqual([]);
    // Whether it was canceled a stopped deletion can't tell; people are asked to look.
    expect(trial.file().findings).toMatchObject([{ kind: 'collection_ended' }]);
    expect(trial.post.topics().at(-1)).toBe('recovered');
    expect(trial.effects()['decommission/1']).toEqual(['intent', 'interrupted']);
  });
});
