import { expect, it } from 'vitest';
import { asInvoiceId } from '../../src/domain/ids.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import type { Trial } from '../support/time-skipping.js';
import { describeInTime, type TrialOpeners } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const renewal = asInvoiceId('in_1');

/** A renewal whose payment waits since day 0 for its payer to confirm it. */
async function unconfirmed({ open }: Pick<TrialOpeners, 'open'>): Promise<Trial> {
  const trial = await open();
  trial.stripe.renewalNeedsConfirmation(trial.dayZero);
  await trial.signal('billingChanged');
  await trial.quiet();
  return trial;
}

describeInTime('a payment that its payer has to confirm', (openers) => {
  it('EC-3 is asked for with its link, once, and nothing is counted for it', async () => {
    const trial = await unconfirmed(openers);
    expect(trial.told()).toEqual([['confirm', 0]]);
    const [mail] = trial.post.letters;
    expect(mail).toMatchObject({
      owed: [{ currency: 'usd', amountMinor: 4900 }],
      invoices: [{ id: 'in_1', payUrl: 'https://pay.example.com/in_1' }],
      promises: [],
      contact: 'billing@example.com',
    });
    await trial.signal('billingChanged');
    await trial.reach(6.9);
    expect(trial.told()).toHaveLength(1);
    expect(trial.access()).toEqual({ access: 'active', restrictions: [], fallback: null, version: 0 });
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file().hold).toMatchObject({ reason: 'confirmation_awaited' });
  });

  it('EC-3 and is confirmed closes the case with thanks', async () => {
    const trial = await unconfirmed(openers);
    await trial.reach(3);
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
    expect(trial.told()).toEqual([
      ['confirm', 0],
      ['recovered', 3],
    ]);
    expect(trial.target.calls).toEqual([]);
  });

  it('EC-3 and is not confirmed counts as failed after seven days, and has a timetable of its own from there', async () => {
    const trial = await unconfirmed(openers);
    await trial.reach(8.2);
    expect(trial.file().anchorAt).toBe(trial.day(7));
    await trial.reach(30);
    expect(trial.told().map(([topic]) => topic)).toEqual([
      'confirm',
      'reminder',
      'reminder',
      'reminder',
      'paused',
    ]);
    const days = trial.told().map(([, day]) => day);
    // The case may look a day late; the steps keep their distances, and the pause its lead.
    [0, 8, 11, 15, 17].forEach((day, index) => {
      expect(days[index]).toBeGreaterThanOrEqual(day);
      expect(days[index]).toBeLessThanOrEqual(day + 1);
    });
    const [told] = trial.post.letters.filter(({ topic }) => topic === 'reminder').slice(-1);
    expect(trial.post.letters.at(-1)?.at).toBeGreaterThanOrEqual(
      pauseToldIn(told ?? { promises: [] }) ?? Infinity,
    );
    expect(trial.sizes()).toEqual(allOff);
  });

  it('EC-3 that is declined at once is an ordinary failure from that moment', async () => {
    const trial = await unconfirmed(openers);
    await trial.reach(2);
    trial.billing.failPayment(renewal, trial.day(2));
    await trial.signal('paymentFailed');
    await trial.reach(3.1);
    expect(trial.told().at(-1)).toEqual(['reminder', 3]);
  });

  it('EC-3 beside an invoice that has failed holds nothing that is due for the other one', async () => {
    const trial = await unconfirmed(openers);
    trial.stripe.renewalFails(trial.dayZero, 'in_2', 700);
    await trial.signal('paymentFailed');
    await trial.reach(11);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    // From day 7 on the other one counts as well.
    const early = trial.post.letters.filter(({ topic, at }) => topic === 'reminder' && at < trial.day(7));
    expect(early.map(({ invoices }) => invoices.map(({ id }) => id))).toEqual([['in_2'], ['in_2']]);
  });

  it('EC-3 is asked for again only for another invoice', async () => {
    const trial = await unconfirmed(openers);
    await trial.reach(2);
    trial.stripe.renewalNeedsConfirmation(trial.day(2), 'in_2', 700);
    await trial.signal('billingChanged');
    await trial.reach(4);
    expect(trial.told()).toEqual([
      ['confirm', 0],
      ['confirm', 2],
    ]);
    expect(trial.post.letters[1]?.invoices.map(({ id }) => id)).toContain('in_2');
  });

  it('EC-3 after a pause gives nothing back before it is confirmed', async () => {
    const trial = await openers.openInArrears();
    await trial.reach(11);
    trial.billing.needConfirmation(renewal, trial.day(11));
    await trial.signal('billingChanged');
    await trial.reach(13);
    expect(trial.sizes()).toEqual(allOff);
    expect(trial.told().at(-1)).toEqual(['confirm', 11]);
    await trial.pays();
    expect(trial.sizes()).toEqual(formerSizes);
  });
});
