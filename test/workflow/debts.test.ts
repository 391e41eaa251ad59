import { expect, it } from 'vitest';
import { asCustomerId, asInvoiceId } from '../../src/domain/ids.js';
import { loadPolicy } from '../../src/policy/load.js';
import { exemptUpdate } from '../../workflows/messages.js';
import { formerSizes, pauseToldIn } from '../support/memory-world.js';
import { refusalOf, type Trial } from '../support/time-skipping.js';
import { describeInTime } from '../support/time-skipping-suite.js';

const allOff = { web: 0, worker: 0, cron: 0 };
const [customer, first] = [asCustomerId('cus_1'), asInvoiceId('in_1')];

/** The saas policy, with which up to 5 dollars and up to 5 euros don't count. */
const lenient = {
  ...loadPolicy('policies/saas.yaml'),
  policy: { ...loadPolicy('policies/saas.yaml').policy, thresholdsMinor: { usd: 500, eur: 500 } },
};

const euros = (trial: Trial, amountMinor: number) =>
  trial.billing.addInvoice({
    id: asInvoiceId('in_eur'),
    customer,
    amountMinor,
    currency: 'eur',
    failedAt: trial.dayZero,
  });

const owedIn = (trial: Trial) => trial.post.letters.map(({ owed }) => owed);

describeInTime('a debt that is lowered', ({ openInArrears }) => {
  it('TT-8 by a partial payment is asked for as what remains, and goes on at its pace', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await trial.pays('in_1', 4000);
    expect(await trial.isOver()).toBe(false);
    await trial.reach(11);
    expect(owedIn(trial).map((owed) => owed.map(({ amountMinor }) => amountMinor))).toEqual([
      [4900],
      [900],
      [900],
      [900],
    ]);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    expect(trial.file().owed).toEqual([{ currency: 'usd', amountMinor: 900 }]);
  });

  it.each([
    ['a partial payment or a credit note that leaves no more than the threshold', 4400],
    ['one that leaves a cent more', 4399],
  ])('TT-8 TT-16 by %s closes the case, or not', async (_, amountMinor) => {
    const trial = await openInArrears({ policy: lenient });
    await trial.reach(11);
    trial.stripe.pay('in_1', amountMinor);
    await trial.signal('billingChanged');
    await trial.quiet();
    const isEnough = amountMinor === 4400;
    expect(await trial.isOver()).toBe(isEnough);
    expect(trial.sizes()).toEqual(isEnough ? formerSizes : allOff);
    expect(trial.told().at(-1)?.[0]).toBe(isEnough ? 'recovered' : 'paused');
  });

  it('TT-8 by voiding its invoice gives everything back', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    trial.billing.void(first);
    await trial.signal('billingChanged');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
  });

  it('TT-7 TT-8 by paying one of two invoices stays open for the other, whose own clock counts from then on', async () => {
    const trial = await openInArrears();
    await trial.reach(3);
    await trial.renewalFails(3, 'in_2', 700);
    await trial.reach(5);
    await trial.pays('in_1');
    expect(trial.file()).toMatchObject({ owed: [{ amountMinor: 700 }], anchorAt: trial.day(3) });
    await trial.reach(12.9);
    expect(trial.sizes()).toEqual(formerSizes);
    await trial.reach(13);
    expect(trial.sizes()).toEqual(allOff);
  });
});

describeInTime('a debt that a person forgave', ({ openInArrears }) => {
  const forgive = (trial: Trial, ...invoices: string[]) =>
    trial.order(exemptUpdate, { invoices, reason: 'a goodwill of ours' });

  it('TT-8 is owed no more, although Stripe goes on listing it: everything is given back, and stays', async () => {
    const trial = await openInArrears();
    await trial.reach(11);
    await forgive(trial, 'in_1');
    await trial.quiet();
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.ordered()).toMatchObject([
      { kind: 'exempt', by: 'the supporter', reason: 'a goodwill of ours' },
    ]);
    await trial.signal('paymentFailed');
    await trial.reach(30);
    expect(await trial.isOver()).toBe(true);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.told().at(-1)).toEqual(['recovered', 11]);
  });

  it('TT-8 leaves the other one owed, and an invoice that is not open can not be forgiven', async () => {
    const trial = await openInArrears();
    await trial.reach(1.5);
    await trial.renewalFails(1.5, 'in_2', 700);
    await trial.reach(2);
    expect(await refusalOf(forgive(trial, 'in_1', 'in_9'))).toBe('in_9 is no open invoice of this account');
    expect(trial.file().forgiven).toEqual([]);
    await forgive(trial, 'in_1');
    await trial.reach(12);
    expect(owedIn(trial).at(-1)).toEqual([{ currency: 'usd', amountMinor: 700 }]);
    expect(trial.told().at(-1)).toEqual(['paused', 11.5]);
  });
});

describeInTime('debts in two currencies', ({ open }) => {
  it('TT-16 are never summed: none of them alone is above its threshold, so nothing is owed', async () => {
    const trial = await open({ policy: lenient });
    euros(trial, 500);
    await trial.renewalFails(0, 'in_1', 500);
    expect(await trial.isOver()).toBe(true);
    expect(trial.cases.saved(trial.account.id)).toEqual([]);
  });

  it('TT-16 are named side by side; only the one above its threshold has to be paid', async () => {
    const trial = await open({ policy: lenient });
    euros(trial, 500);
    await trial.renewalFails(0, 'in_1', 700);
    await trial.reach(2);
    expect(owedIn(trial)).toEqual([[{ currency: 'usd', amountMinor: 700 }]]);
    expect(trial.post.letters[0]?.invoices.map(({ id }) => id)).toEqual(['in_1']);
    euros(trial, 501);
    await trial.reach(4);
    expect(owedIn(trial)[1]).toEqual([
      { currency: 'eur', amountMinor: 501 },
      { currency: 'usd', amountMinor: 700 },
    ]);
    await trial.pays('in_1');
    expect(await trial.isOver()).toBe(false);
    await trial.pays('in_eur');
    expect(await trial.isOver()).toBe(true);
  });
});

describeInTime('a balance that covers the debt', ({ openInArrears }) => {
  const give = async (trial: Trial, amountMinor: number, currency = 'usd') => {
    trial.billing.giveCredit(customer, { currency, amountMinor });
    await trial.signal('billingChanged');
    await trial.quiet();
  };

  it('TT-11 holds every step and is a finding for finance, once; set against the invoice it closes the case', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await give(trial, 4900);
    await trial.reach(30);
    expect(trial.told()).toEqual([['reminder', 1]]);
    expect(trial.sizes()).toEqual(formerSizes);
    expect(trial.file()).toMatchObject({
      hold: { reason: 'credit_covers_debt' },
      findings: [{ kind: 'credit_covers_debt' }],
    });
    await trial.pays();
    expect(await trial.isOver()).toBe(true);
  });

  it('TT-11 that goes away again lets the clock go on with the time given: new dates, told with the full lead', async () => {
    const trial = await openInArrears();
    await trial.reach(2);
    await give(trial, 4900);
    await trial.reach(7);
    await give(trial, -1);
    expect(trial.told().at(-1)).toEqual(['moved', 7]);
    expect(trial.dayOf(pauseToldIn(trial.post.letters.at(-1) ?? { promises: [] }) ?? 0)).toBe(15);
    await trial.reach(14.9);
    expect(trial.told().slice(2)).toEqual([
      ['reminder', 9],
      ['reminder', 13],
    ]);
    await trial.reach(15);
    expect(trial.told().at(-1)).toEqual(['paused', 15]);
  });

  it.each([
    ['a cent less', 4899, 'usd'],
    ['another currency', 90_000, 'eur'],
  ])('TT-11 covers nothing with %s', async (_, amountMinor, currency) => {
    const trial = await openInArrears();
    await trial.reach(2);
    await give(trial, amountMinor, currency);
    await trial.reach(11);
    expect(trial.told().at(-1)).toEqual(['paused', 10]);
    expect(trial.file().findings).toEqual([]);
  });
});
