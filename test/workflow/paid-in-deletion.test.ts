import { Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import { asInvoiceId } from '../../src/domain/ids.js';
import { loadPolicy } from '../../src/policy/load.js';
import { approveUpdate } from '../../workflows/messages.js';
import { createGate, formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime, type TrialOpeners } from '../support/time-skipping-suite.js';

const policy = loadPolicy('test/support/policies/whole.yaml');

const approve = (trial: Trial) => trial.order(approveUpdate, { plan: trial.plan(), reason: 'never paid' });

/** Brings an account to the middle of its deletion: the first part is gone, the second one is about to go. */
async function inMidDeletion({ openInArrears }: TrialOpeners) {
  const trial = await openInArrears({ policy });
  await trial.reach(90);
  const [reached, door] = [createGate(), createGate()];
  trial.before('decommission', async (id) => {
    if (id !== 'worker') return;
    reached.open();
    await Promise.race([door.passed, cancellation()]);
  });
  await approve(trial);
  await reached.passed;
  expect(trial.target.deleted('acme')).toEqual(['web']);
  return { trial, letGoOn: () => door.open() };
}

/** Comes when the activity that asks for it has been told to stop. */
const cancellation = () => Context.current().cancelled.catch(() => undefined);

async function decommissioned({ openInArrears }: TrialOpeners): Promise<Trial> {
  const trial = await openInArrears({ policy });
  await trial.reach(90);
  await approve(trial);
  await trial.reach(91);
  expect(trial.file().stage).toBe('decommissioned');
  expect(await trial.isOver()).toBe(true);
  return trial;
}

describeInTime('a payment in mid-deletion', (openers) => {
  it('TT-9 stops it: what is left is put back, what is gone is a finding that names its archive', async () => {
    const { trial } = await inMidDeletion(openers);
    trial.stripe.pay();
    await trial.signal('paymentSucceeded');
    // The call that is under way can't be stopped any more; the next one is not made.
    await trial.quiet();
    expect(trial.target.deleted('acme')).toEqual(['web', 'worker']);
    expect(trial.sizes()).toEqual({ cron: formerSizes.cron });
    expect(trial.customerScales('cron', 2)).toBe(true);
    expect(trial.effects()['decommission/1']).toEqual(['intent', 'interrupted']);
    const [finding, ended] = trial.file().findings;
    expect(finding).toMatchObject({ kind: 'not_as_before' });
    expect(ended).toMatchObject({ kind: 'collection_ended' });
    expect(ended?.text).toContain('1 subscription canceled first');
    expect(finding?.text).toContain(
      'instance web was deleted before the payment: rebuild it from memory:acme/web',
    );
    expect(finding?.text).toContain('rebuild it from memory:acme/worker');
    expect(finding?.text).not.toContain('cron');
    expect(trial.told().at(-1)?.[0]).toBe('paid_but_deleted');
    expect(trial.post.topics()).not.toContain('decommissioned');
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.file()).toMatchObject({ stage: 'recovered', owed: [] });
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-9 that Stripe does not confirm lets it go on under the same key, and deletes nothing twice', async () => {
    const { trial } = await inMidDeletion(openers);
    await trial.signal('paymentSucceeded');
    await trial.quiet();
    expect(trial.file().stage).toBe('decommissioned');
    expect(trial.target.deleted('acme')).toEqual(['web', 'worker', 'cron']);
    expect(trial.effects()['decommission/1']).toEqual(['intent', 'done']);
    expect(trial.asked()).toEqual([90]);
    const proofs = await trial.deletions.of(trial.account.id);
    expect(proofs.map(({ deleted }) => deleted)).toEqual([true, true, true]);
    expect(trial.post.topics().filter((topic) => topic === 'decommissioned')).toHaveLength(1);
  });

  it('TT-9 that no event tells of is seen before the deletion goes on after a failure', async () => {
    const { trial, letGoOn } = await inMidDeletion(openers);
    trial.target.failNext('decommission', 'TARGET_UNAVAILABLE');
    trial.stripe.pay();
    letGoOn();
    await trial.reach(90.1);
    expect(trial.target.deleted('acme')).toEqual(['web']);
    expect(trial.sizes()).toEqual({ worker: formerSizes.worker, cron: formerSizes.cron });
    expect(trial.told().at(-1)?.[0]).toBe('paid_but_deleted');
  });
});

describeInTime('a payment after the deletion', (openers) => {
  it('TT-9 lifts nonpayment in a new case, says honestly that it is gone, and is a finding with every archive', async () => {
    const trial = await decommissioned(openers);
    const first = trial.file().id;
    await trial.pays();
    await trial.quiet();
    expect(trial.file().id).not.toBe(first);
    expect(trial.access()).toMatchObject({ access: 'active', restrictions: [] });
    expect(trial.told().slice(-1)).toEqual([['paid_but_deleted', 91]]);
    const texts = trial
      .file()
      .findings.map(({ text }) => text)
      .join();
    for (const id of Object.keys(formerSizes)) expect(texts).toContain(`rebuild it from memory:acme/${id}`);
    expect(trial.sizes()).toEqual({});
    expect(await trial.isOver()).toBe(true);
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');
  });

  it('TT-9 of a part only leaves everything as it is', async () => {
    const trial = await decommissioned(openers);
    await trial.pays('in_1', 1000);
    expect(trial.access().access).toBe('decommissioned');
    expect(trial.told().at(-1)).toEqual(['decommissioned', 90]);
  });
});

describeInTime('a late failure event on an account that was deleted', (openers) => {
  it('TT-9 closes at once: deletes nothing twice, asks nobody, sends nothing', async () => {
    const trial = await decommissioned(openers);
    const [calls, letters] = [trial.target.calls.length, trial.told().length];
    const { access, restrictions } = trial.access();
    await trial.signal('paymentFailed');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    await trial.reach(130);
    expect(trial.target.calls.length).toBe(calls);
    expect(trial.told()).toHaveLength(letters);
    expect(trial.asked()).toEqual([90]);
    expect(trial.access()).toMatchObject({ access, restrictions });
    expect(trial.file().stage).toBe('decommissioned');
  });

  it('TT-9 with a newer invoice beside the old one is the same: nothing is left that could be taken', async () => {
    const trial = await decommissioned(openers);
    const letters = trial.told().length;
    await trial.renewalFails(91, 'in_2');
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toHaveLength(letters);
    trial.billing.void(asInvoiceId('in_2'));
    await trial.pays();
    expect(trial.access().access).toBe('active');
    expect(trial.told().at(-1)?.[0]).toBe('paid_but_deleted');
  });
});
