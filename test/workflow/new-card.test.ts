import { expect, it } from 'vitest';
import { asInvoiceId, type InvoiceId } from '../../src/domain/ids.js';
import type { ChargeResult } from '../../src/ports/billing.js';
import { loadPolicy } from '../../src/policy/load.js';
import { formerSizes } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const first = asInvoiceId('in_1');
const both = [first, asInvoiceId('in_2')];

/** The customer puts a card into the slot that his subscription is charged on, and Stripe says so. */
async function changesCard(
  trial: Trial,
  card: string,
  result: ChargeResult = 'paid',
  invoices: readonly InvoiceId[] = [first],
): Promise<void> {
  for (const invoice of invoices) trial.billing.newMethod(invoice, card, result);
  await trial.signal('billingChanged');
  await trial.quiet();
}

const charged = (trial: Trial) =>
  trial.billing.charges.map(({ invoice, method, result }) => [invoice, method, result]);

describeInTime('a new card', ({ openInArrears }) => {
  it('EC-2 is charged at once for the open invoice; paid, everything is back and the case closes', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    expect(trial.sizes()).toEqual(allOff);
    await changesCard(trial, 'pm_new');
    expect(charged(trial)).toEqual([['in_1', 'pm_new', 'paid']]);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(await trial.isOver()).toBe(true);
    expect(trial.told().at(-1)).toEqual(['recovered', 11]);
    expect(trial.effects()['retry/1']).toEqual(['intent', 'done']);
  });

  it('EC-2 is charged once for each open invoice, however often Stripe tells of it', async () => {
    const trial = await openInArrears();
    await trial.renewalFails(0, 'in_2');
    await trial.reach(2);
    await changesCard(trial, 'pm_new', 'declined', both);
    expect(charged(trial)).toEqual([
      ['in_1', 'pm_new', 'declined'],
      ['in_2', 'pm_new', 'declined'],
    ]);
    await changesCard(trial, 'pm_new', 'declined', both);
    await trial.reach(3);
    expect(trial.billing.charges).toHaveLength(2);
    await changesCard(trial, 'pm_other', 'paid', both);
    expect(charged(trial).slice(2)).toEqual([
      ['in_1', 'pm_other', 'paid'],
      ['in_2', 'pm_other', 'paid'],
    ]);
    expect(await trial.isOver()).toBe(true);
  });

  it('EC-2 that is declined changes nothing of the timetable, and is not tried again', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await changesCard(trial, 'pm_new', 'declined');
    await trial.reach(11);
    expect(trial.billing.charges).toHaveLength(1);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['reminder', 4],
      ['reminder', 8],
      ['paused', 10],
    ]);
    expect(
      trial
        .file()
        .remarks.map(({ text }) => text)
        .join(),
    ).toContain('on the new payment method: in_1 declined');
  });

  it('EC-2 EC-3 that its payer has to confirm is asked for with the link, and no step comes meanwhile', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await changesCard(trial, 'pm_new', 'unconfirmed');
    await trial.reach(6);
    expect(trial.told()).toEqual([
      ['reminder', 1],
      ['confirm', 2],
    ]);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
  });

  it('EC-2 TT-12 that is a bank debit stops the clock while it is on its way', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await changesCard(trial, 'pm_bank', 'processing');
    await trial.reach(8);
    expect(trial.told()).toEqual([['reminder', 1]]);
    expect(trial.file().hold).toMatchObject({ reason: 'payment_in_flight' });
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
  });

  it('EC-2 that does not sit in the slot that is charged is charged for nothing, and people are told where it belongs', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.billing.idleDefault(first, 'pm_idle');
    await trial.signal('billingChanged');
    await trial.reach(5);
    expect(trial.billing.charges).toEqual([]);
    expect(trial.file().findings).toMatchObject([{ kind: 'wrong_payment_method', subject: 'in_1/pm_idle' }]);
    expect(trial.file().findings[0]?.text).toContain(
      "F-in_1 is not charged on the customer's default pm_idle",
    );
    expect(trial.told().at(-1)).toEqual(['reminder', 4]);
  });

  it('EC-2 is left to Stripe where the policy says so', async () => {
    const saas = loadPolicy('policies/saas.yaml');
    const trial = await openInArrears({
      policy: { ...saas, policy: { ...saas.policy, retryOnNewCard: false } },
    });
    await trial.reach(2);
    await changesCard(trial, 'pm_new');
    await trial.reach(5);
    expect(trial.billing.charges).toEqual([]);
    expect(trial.told().at(-1)).toEqual(['reminder', 4]);
  });

  it('EC-12 is charged once when Stripe fails on the way, and charges nobody who has paid meanwhile', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    trial.billing.newMethod(first, 'pm_new', 'declined');
    trial.billing.failNext(2);
    await trial.signal('billingChanged');
    await trial.reach(2.1);
    expect(trial.billing.charges).toHaveLength(1);
    trial.billing.newMethod(first, 'pm_other');
    trial.billing.failUntil(trial.day(2.3));
    await trial.signal('billingChanged');
    await trial.pass(2.2);
    trial.stripe.pay();
    await trial.reach(2.4);
    expect(trial.billing.charges).toHaveLength(1);
    expect(await trial.isOver()).toBe(true);
  });

  it('EC-2 in observe mode is not charged', async () => {
    const trial = await openInArrears({ mode: 'observe' });
    await trial.reach(2);
    await changesCard(trial, 'pm_new');
    await trial.reach(4);
    expect(trial.billing.charges).toEqual([]);
    expect(trial.audit()).toEqual([]);
  });
});
