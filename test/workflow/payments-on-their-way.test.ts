import { expect, it } from 'vitest';
import { asCustomerId, asInvoiceId } from '../../src/domain/ids.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };

async function paymentStarts(trial: Trial, day: number): Promise<void> {
  await trial.reach(day);
  trial.stripe.startPayment(trial.day(day));
  await trial.signal('billingChanged');
  await trial.quiet();
}

async function paymentFails(trial: Trial, day: number): Promise<void> {
  await trial.reach(day);
  trial.stripe.failPayment(trial.day(day));
  await trial.signal('paymentFailed');
  await trial.quiet();
}

const pauseTold = (trial: Trial) =>
  trial.dayOf(pauseToldIn(trial.post.letters.at(-1) ?? { promises: [] }) ?? 0);

describeInTime('a bank debit that is processing', ({ openInArrears }) => {
  it('TT-12 that fails days later goes on with the time given: every date moves, and the customer is told', async () => {
    const trial = await openInArrears();
    await paymentStarts(trial, 2);
    await trial.reach(6.9);
    expect(trial.told()).toEqual([['reminder', 1]]);
    expect(trial.file().hold).toMatchObject({ of: null, reason: 'payment_in_flight' });
    await paymentFails(trial, 7);
    expect(trial.told().at(-1)).toEqual(['moved', 7]);
    expect(pauseTold(trial)).toBe(15);
    await trial.reach(14.9);
    expect(trial.told().slice(2)).toEqual([
      ['reminder', 9],
      ['reminder', 13],
    ]);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(15);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('TT-12 that never ends stops the clock for the longest time that the policy gives, and then no longer', async () => {
    const trial = await openInArrears();
    await paymentStarts(trial, 2);
    await trial.reach(15.9);
    expect(trial.told()).toEqual([['reminder', 1]]);
    await trial.reach(17.1);
    expect(trial.told().at(-1)?.[0]).toBe('moved');
    // At most a day passes before the case looks again.
    const told = pauseTold(trial);
    expect(told).toBeGreaterThanOrEqual(24);
    expect(told).toBeLessThanOrEqual(25);
    await trial.reach(told - 0.1);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(told + 0.1);
    expect(trial.sizes()).toEqual(allOff);
  });

  it('TT-12 on a paused account lifts nothing, and its failure neither: nobody is written to in vain', async () => {
    const trial = await openInArrears();
    await paymentStarts(trial, 11);
    await trial.reach(13);
    expect(trial.sizes()).toEqual(allOff);
    await paymentFails(trial, 14);
    await trial.reach(20);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('TT-12 for one of two invoices does not stop the clock of the other', async () => {
    const trial = await openInArrears();
    await trial.renewalFails(0, 'in_2');
    await paymentStarts(trial, 2);
    await trial.reach(11);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    expect(trial.post.letters.at(-1)?.invoices.map(({ id }) => id)).toEqual(['in_2']);
  });
});

describeInTime('a draft that can not be finalised', ({ open, openInArrears }) => {
  const leaveDraft = async (trial: Trial) => {
    trial.billing.leaveStuckDraft(asCustomerId('cus_1'), asInvoiceId('in_draft'), 'no tax address');
    await trial.signal('billingChanged');
    await trial.quiet();
  };

  it('TT-13 is a finding for the operator; no step, no mail, and the case closes', async () => {
    const trial = await open();
    await leaveDraft(trial);
    expect(await trial.isOver()).toBe(true);
    expect(trial.file()).toMatchObject({
      stage: 'closed',
      findings: [{ kind: 'draft_not_finalised', subject: 'in_draft' }],
    });
    expect(trial.file().findings[0]?.text).toContain('no tax address');
    expect(trial.told()).toEqual([]);
    expect(trial.effects()).toEqual({});
    expect(trial.access().version).toBe(0);
    expect(trial.cases.billingStatus(trial.account.id)).toBe('current');
  });

  it('TT-13 beside a real debt is found once and neither asked for nor in the way of anything', async () => {
    const trial = await openInArrears();
    await leaveDraft(trial);
    await trial.reach(11);
    expect(trial.file().findings).toHaveLength(1);
    expect(trial.post.letters.flatMap(({ invoices }) => invoices.map(({ id }) => id))).not.toContain(
      'in_draft',
    );
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
  });
});
