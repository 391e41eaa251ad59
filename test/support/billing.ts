import { expect, it } from 'vitest';
import { asCustomerId, asInvoiceId, asSubscriptionId } from '../../src/domain/ids.js';
import type { CustomerId, InvoiceId, SubscriptionId } from '../../src/domain/ids.js';
import type { Money } from '../../src/domain/money.js';
import type { InvoiceFact } from '../../src/domain/standing.js';
import { DAY_MS, type Instant } from '../../src/domain/time.js';
import type { Billing, ChargeResult } from '../../src/ports/billing.js';

export type Debtor = {
  readonly customer: CustomerId;
  readonly subscription: SubscriptionId;
  readonly invoice: InvoiceId;
};

/** Billing of one kind, and what the world does to it behind Forbear's back. */
export type BillingWorld = {
  readonly billing: Billing;
  now(): Promise<Instant>;
  pass(ms: number): Promise<void>;
  /** A customer with a live subscription, whose renewal of 99.00 dollars has just failed. */
  debtor(): Promise<Debtor>;
  payPart(invoice: InvoiceId, amountMinor: number): Promise<void>;
  credit(invoice: InvoiceId, amountMinor: number): Promise<void>;
  void(invoice: InvoiceId): Promise<void>;
  /** The bank is asked to pay it, and takes its days. */
  startPayment(invoice: InvoiceId): Promise<void>;
  endPayment(invoice: InvoiceId, outcome: 'succeed' | 'fail'): Promise<void>;
  /** It is charged again, and now the bank wants the payer. */
  needConfirmation(invoice: InvoiceId): Promise<void>;
  /** The customer replaces the method that is charged. */
  changeMethod(debtor: Debtor, whenCharged: ChargeResult): Promise<string>;
  /** The customer has a new default, and his subscription goes on with the method that failed. */
  changeDefaultOnly(debtor: Debtor): Promise<string>;
  giveCredit(customer: CustomerId, credit: Money): Promise<void>;
  leaveStuckDraft(customer: CustomerId): Promise<{ id: InvoiceId; reason: string }>;
  removeCustomer(customer: CustomerId): Promise<void>;
  /** The customer names an account in his metadata. */
  nameAccount(customer: CustomerId, ref: string): Promise<void>;
  /** How often anything was charged there since the beginning, by anybody. */
  countCharges(): Promise<number>;
  failNextRead(): Promise<void>;
};

type Open = () => Promise<BillingWorld>;

const refused = { code: 'BILLING_REFUSED' };
const unavailable = { code: 'BILLING_UNAVAILABLE' };

/** What every implementation of `Billing` holds to, in memory and at Stripe alike. */
export function billingKeepsItsWord(open: Open): void {
  itReadsDebts(open);
  itReadsPayments(open);
  itReadsMethods(open);
  itReadsBalancesAndDrafts(open);
  itKnowsWhatItDoesNotKnow(open);
  itDoubtsCustomers(open);
  itCharges(open);
  itEndsCollection(open);
}

async function invoicesOf({ billing }: BillingWorld, ...customers: CustomerId[]): Promise<InvoiceFact[]> {
  const standing = await billing.readStanding(customers);
  expect(standing.complete).toBe(true);
  return [...standing.invoices];
}

async function onlyInvoiceOf(world: BillingWorld, { customer }: Debtor): Promise<InvoiceFact> {
  const [invoice, ...others] = await invoicesOf(world, customer);
  expect(others).toEqual([]);
  if (invoice === undefined) throw new Error('nothing is owed');
  return invoice;
}

function itReadsDebts(open: Open): void {
  it('EC-2 tells of a renewal that failed what is owed and since when', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const failedAt = await world.now();
    await world.pass(DAY_MS);
    const invoice = await onlyInvoiceOf(world, debtor);
    expect(invoice).toMatchObject({
      id: debtor.invoice,
      subscription: debtor.subscription,
      currency: 'usd',
      remainingMinor: 9_900,
      collection: 'automatic',
      attempted: true,
      dueAt: null,
      processingSince: null,
      confirmationSince: null,
      untried: null,
      idleDefault: null,
    });
    expect(Math.abs((invoice.firstFailedAt ?? 0) - failedAt)).toBeLessThan(5_000);
    expect(invoice.payUrl).toMatch(/^https?:/);
    const { subscriptions, readAt } = await world.billing.readStanding([debtor.customer]);
    expect(subscriptions).toEqual([{ id: debtor.subscription, state: 'live' }]);
    expect(Math.abs(readAt - failedAt - DAY_MS)).toBeLessThan(5_000);
  });

  it('TT-8 lets the debt fall by what was paid and by what was credited', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.payPart(debtor.invoice, 4_000);
    expect((await onlyInvoiceOf(world, debtor)).remainingMinor).toBe(5_900);
    await world.credit(debtor.invoice, 900);
    expect((await onlyInvoiceOf(world, debtor)).remainingMinor).toBe(5_000);
    await world.credit(debtor.invoice, 5_000);
    expect(await invoicesOf(world, debtor.customer)).toEqual([]);
  });

  it('TT-8 lists nothing that was voided', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.void(debtor.invoice);
    expect(await invoicesOf(world, debtor.customer)).toEqual([]);
  });

  it('reads the debts of all customers of an account', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    const ids = (await invoicesOf(world, one.customer, two.customer)).map(({ id }) => id);
    expect(ids).toEqual([one.invoice, two.invoice]);
  });
}

function itReadsPayments(open: Open): void {
  it('TT-12 tells since when a bank debit is on its way, and that it is not any more once it failed', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.pass(DAY_MS);
    const startedAt = await world.now();
    await world.startPayment(debtor.invoice);
    await world.pass(DAY_MS);
    const { processingSince } = await onlyInvoiceOf(world, debtor);
    expect(Math.abs((processingSince ?? 0) - startedAt)).toBeLessThan(5_000);
    await world.endPayment(debtor.invoice, 'fail');
    const failed = await onlyInvoiceOf(world, debtor);
    expect(failed).toMatchObject({ processingSince: null, remainingMinor: 9_900 });
    // The first failure sets the clock, however many follow.
    expect(failed.firstFailedAt).toBeLessThan(startedAt - DAY_MS / 2);
  });

  it('TT-12 owes nothing once the bank debit has arrived', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.startPayment(debtor.invoice);
    await world.endPayment(debtor.invoice, 'succeed');
    expect(await invoicesOf(world, debtor.customer)).toEqual([]);
  });

  it('EC-3 tells that a payment waits for its payer, and that it does no more once he refused', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const askedAt = await world.now();
    await world.needConfirmation(debtor.invoice);
    await world.pass(DAY_MS);
    const waiting = await onlyInvoiceOf(world, debtor);
    expect(Math.abs((waiting.confirmationSince ?? 0) - askedAt)).toBeLessThan(5_000);
    expect(waiting).toMatchObject({ processingSince: null, untried: null });
    await world.endPayment(debtor.invoice, 'fail');
    expect((await onlyInvoiceOf(world, debtor)).confirmationSince).toBeNull();
  });
}

function itReadsMethods(open: Open): void {
  it('EC-2 names the method that is new in the slot, until it was tried', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'declined');
    expect(await onlyInvoiceOf(world, debtor)).toMatchObject({ untried: method, idleDefault: null });
    await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1');
    expect(await onlyInvoiceOf(world, debtor)).toMatchObject({ untried: null, idleDefault: null });
  });

  it('EC-2 names a new method while the payer still has to confirm on his old one', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.needConfirmation(debtor.invoice);
    const method = await world.changeMethod(debtor, 'paid');
    expect((await onlyInvoiceOf(world, debtor)).untried).toBe(method);
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('paid');
  });

  it('TT-12 names no new method while a debit is on its way, and names it when that has failed', async () => {
    const world = await open();
    const debtor = await world.debtor();
    await world.startPayment(debtor.invoice);
    const method = await world.changeMethod(debtor, 'paid');
    expect((await onlyInvoiceOf(world, debtor)).untried).toBeNull();
    await world.endPayment(debtor.invoice, 'fail');
    expect((await onlyInvoiceOf(world, debtor)).untried).toBe(method);
  });

  it('EC-2 tells of a new default method that the subscription does not use', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const idleDefault = await world.changeDefaultOnly(debtor);
    expect(await onlyInvoiceOf(world, debtor)).toMatchObject({ untried: null, idleDefault });
  });
}

function itReadsBalancesAndDrafts(open: Open): void {
  it('TT-11 sums credits over all customers, and TT-16 never over currencies', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    await world.giveCredit(one.customer, { currency: 'usd', amountMinor: 1_000 });
    await world.giveCredit(one.customer, { currency: 'eur', amountMinor: 300 });
    await world.giveCredit(two.customer, { currency: 'usd', amountMinor: 500 });
    const { credits, invoices } = await world.billing.readStanding([one.customer, two.customer]);
    expect(credits).toEqual([
      { currency: 'eur', amountMinor: 300 },
      { currency: 'usd', amountMinor: 1_500 },
    ]);
    // A credit settles no open invoice.
    expect(invoices.map(({ remainingMinor }) => remainingMinor)).toEqual([9_900, 9_900]);
  });

  it('TT-11 has no credit where the customer has none, or owes', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    expect((await world.billing.readStanding([customer])).credits).toEqual([]);
    await world.giveCredit(customer, { currency: 'usd', amountMinor: -700 });
    expect((await world.billing.readStanding([customer])).credits).toEqual([]);
  });

  it('TT-13 tells of a draft that can not be finalised and why, and nobody owes it', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const draft = await world.leaveStuckDraft(debtor.customer);
    const { stuckDrafts, invoices, complete } = await world.billing.readStanding([debtor.customer]);
    expect(complete).toBe(true);
    expect(stuckDrafts).toEqual([draft]);
    expect(invoices.map(({ id }) => id)).toEqual([debtor.invoice]);
  });
}

function itKnowsWhatItDoesNotKnow(open: Open): void {
  const nobody = asCustomerId('cus_nobody');

  it('is incomplete for no customer at all, and for one that nobody knows', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    expect(await world.billing.readStanding([])).toMatchObject({ complete: false, invoices: [] });
    expect(await world.billing.readStanding([nobody])).toMatchObject({ complete: false, invoices: [] });
    const mixed = await world.billing.readStanding([customer, nobody]);
    expect(mixed.complete).toBe(false);
    expect(mixed.invoices.map(({ id }) => id)).toEqual([invoice]);
  });

  it('is incomplete for a customer that was deleted, and still tells what he owes', async () => {
    const world = await open();
    const { customer, invoice } = await world.debtor();
    await world.removeCustomer(customer);
    const standing = await world.billing.readStanding([customer]);
    expect(standing.complete).toBe(false);
    expect(standing.invoices.map(({ id }) => id)).toEqual([invoice]);
    expect(await world.billing.readCustomer(customer)).toBeNull();
  });

  it('has no customer of an unknown id', async () => {
    const world = await open();
    expect(await world.billing.readCustomer(nobody)).toBeNull();
  });

  it('throws BILLING_UNAVAILABLE when the provider does not answer', async () => {
    const world = await open();
    const { customer } = await world.debtor();
    await world.failNextRead();
    await expect(world.billing.readStanding([customer])).rejects.toMatchObject(unavailable);
    expect((await world.billing.readStanding([customer])).complete).toBe(true);
  });
}

function itDoubtsCustomers(open: Open): void {
  it('DR-7 is the union of the customers: what one of them has paid settles nothing of the others', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    await world.billing.endCollection([two.subscription], 'cancel');
    await world.payPart(one.invoice, 9_900);
    const { complete, invoices, subscriptions, doubtful } = await world.billing.readStanding(
      [one.customer, two.customer],
      'acme',
    );
    expect([complete, doubtful]).toEqual([true, []]);
    expect(invoices.map(({ id, remainingMinor }) => [id, remainingMinor])).toEqual([[two.invoice, 9_900]]);
    expect(subscriptions).toEqual([
      { id: one.subscription, state: 'live' },
      { id: two.subscription, state: 'ended' },
    ]);
  });

  it('DR-7 doubts a customer that names another account, and none that names this one or no one', async () => {
    const world = await open();
    const [one, two, three] = [await world.debtor(), await world.debtor(), await world.debtor()];
    await world.nameAccount(two.customer, 'acme');
    await world.nameAccount(three.customer, 'other');
    const customers = [one.customer, two.customer, three.customer];
    const { complete, doubtful, invoices } = await world.billing.readStanding(customers, 'acme');
    expect(complete).toBe(true);
    expect(doubtful).toEqual([{ customer: three.customer, names: 'other' }]);
    expect(invoices).toHaveLength(3);
    expect((await world.billing.readStanding(customers)).doubtful).toEqual([]);
  });

  it('DR-7 tells which of the customers is gone or was never there', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    await world.removeCustomer(two.customer);
    const nobody = asCustomerId('cus_nobody');
    const customers = [one.customer, two.customer, nobody];
    const { complete, doubtful } = await world.billing.readStanding(customers, 'acme');
    expect(complete).toBe(false);
    expect(doubtful).toEqual([
      { customer: two.customer, names: null },
      { customer: nobody, names: null },
    ]);
  });
}

function itCharges(open: Open): void {
  it('EC-2 charges an open invoice on a new method, and it is paid', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'paid');
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('paid');
    expect(await invoicesOf(world, debtor.customer)).toEqual([]);
  });

  it('EC-2 tells of a method that is declined, and that is no failure of ours', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'declined');
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('declined');
    expect((await onlyInvoiceOf(world, debtor)).remainingMinor).toBe(9_900);
  });

  it('TT-12 tells that a bank debit has been started, and starts no second one', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'processing');
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('processing');
    const charges = await world.countCharges();
    expect((await onlyInvoiceOf(world, debtor)).processingSince).not.toBeNull();
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-2')).toBe('processing');
    expect(await world.countCharges()).toBe(charges);
  });

  it('EC-3 tells that the payer has to confirm, and asks him once', async () => {
    const world = await open();
    const debtor = await world.debtor();
    const method = await world.changeMethod(debtor, 'unconfirmed');
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-1')).toBe('unconfirmed');
    const charges = await world.countCharges();
    expect(await onlyInvoiceOf(world, debtor)).toMatchObject({ untried: null, processingSince: null });
    expect((await onlyInvoiceOf(world, debtor)).confirmationSince).not.toBeNull();
    expect(await world.billing.pay({ invoice: debtor.invoice, method }, 'key-2')).toBe('unconfirmed');
    expect(await world.countCharges()).toBe(charges);
  });

  it.each(['paid', 'declined', 'processing', 'unconfirmed'] as const)(
    'EC-2 charges once under one key: %s again at the repeat',
    async (result) => {
      const world = await open();
      const debtor = await world.debtor();
      const method = await world.changeMethod(debtor, result);
      const charge = { invoice: debtor.invoice, method };
      expect(await world.billing.pay(charge, 'key-1')).toBe(result);
      const charges = await world.countCharges();
      expect(await world.billing.pay(charge, 'key-1')).toBe(result);
      expect(await world.countCharges()).toBe(charges);
    },
  );

  it('EC-2 charges nothing for an invoice that is paid or void by now', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    await world.payPart(one.invoice, 9_900);
    await world.void(two.invoice);
    const charges = await world.countCharges();
    for (const debtor of [one, two]) {
      const method = await world.changeMethod(debtor, 'paid');
      expect(await world.billing.pay({ invoice: debtor.invoice, method }, `key-${debtor.invoice}`)).toBe(
        'paid',
      );
    }
    expect(await world.countCharges()).toBe(charges);
  });

  it('EC-2 declines a method that the customer has removed meanwhile', async () => {
    const world = await open();
    const { invoice } = await world.debtor();
    const charge = { invoice, method: 'pm_gone' };
    expect(await world.billing.pay(charge, 'key-1')).toBe('declined');
  });

  it('refuses an invoice that nobody knows, and a key that stands for another charge', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    const [first, second] = [
      await world.changeMethod(one, 'declined'),
      await world.changeMethod(two, 'paid'),
    ];
    const unknown = { invoice: asInvoiceId('in_nothing'), method: first };
    await expect(world.billing.pay(unknown, 'key-0')).rejects.toMatchObject(refused);
    await world.billing.pay({ invoice: one.invoice, method: first }, 'key-1');
    const charges = await world.countCharges();
    const other = { invoice: two.invoice, method: second };
    await expect(world.billing.pay(other, 'key-1')).rejects.toMatchObject(refused);
    expect(await world.countCharges()).toBe(charges);
  });
}

function itEndsCollection(open: Open): void {
  it('TT-10 cancels subscriptions, and repeating it changes nothing', async () => {
    const world = await open();
    const [one, two] = [await world.debtor(), await world.debtor()];
    const both = [one.subscription, two.subscription];
    await world.billing.endCollection([one.subscription], 'cancel');
    await world.billing.endCollection(both, 'cancel');
    await world.billing.endCollection(both, 'cancel');
    const { subscriptions, invoices } = await world.billing.readStanding([one.customer, two.customer]);
    expect(subscriptions.map(({ state }) => state)).toEqual(['ended', 'ended']);
    // What is owed already stays owed, and no last invoice has come.
    expect(invoices.map(({ id }) => id)).toEqual([one.invoice, two.invoice]);
  });

  it('TT-10 pauses collections, repeatably, and leaves a subscription alone that is over', async () => {
    const world = await open();
    const { customer, subscription } = await world.debtor();
    await world.billing.endCollection([subscription], 'pause');
    await world.billing.endCollection([subscription], 'pause');
    expect((await world.billing.readStanding([customer])).subscriptions).toEqual([
      { id: subscription, state: 'live' },
    ]);
    await world.billing.endCollection([subscription], 'cancel');
    await world.billing.endCollection([subscription], 'pause');
    expect((await world.billing.readStanding([customer])).subscriptions).toEqual([
      { id: subscription, state: 'ended' },
    ]);
  });

  it.each(['cancel', 'pause'] as const)('TT-10 refuses to %s what nobody knows', async (how) => {
    const world = await open();
    const unknown = asSubscriptionId('sub_nobody');
    await expect(world.billing.endCollection([unknown], how)).rejects.toMatchObject(refused);
  });
}
