import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findings } from '../../src/db/schema.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { eventually } from '../support/dev-eventually.js';
import {
  accountOf,
  sendInvoice,
  settleIn,
  subscribe,
  untilCase,
  untilMails,
  untilStage,
  type Life,
} from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// Nothing is taken within the minutes of these tests: they are about what is owed, through the real `stripe` package.
const policy = `name: debts
retryWindow: 0s
reminders:
  - after: 1s
pause:
  after: 2h
  lead: 1h
dwell: 1s
confirmation: 1h
thresholds:
  usd: 500
contact: help@forbear.test
recheck: 2s
holdRetry: 2s
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;

beforeAll(async () => {
  folder = makeTestFolder('debts');
  // The next retry of Stripe's own is far away: what happens is what the test does.
  stack = await startStack(stackOptions(folder.path, policy, { stripeRetryScheduleMs: [3_600_000] }));
  ways = waysInto(stack);
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

const findingsOf = ({ id }: Life) => ways.db.select().from(findings).where(eq(findings.account, id));
const untilFinding = (life: Life, kind: string) =>
  eventually(`${life.name}: ${kind}`, async () =>
    (await findingsOf(life)).find((found) => found.kind === kind),
  );

/** Of what changes no invoice's status Stripe says nothing that names the customer: any event of his is a reason to look. */
const lookAgain = ({ customer }: Life) =>
  ways.stripe.customers.update(customer, { description: `looked at ${Date.now()}` });

/** A renewal that fails for the card in the customer's slot. */
async function failRenewal(life: Life): Promise<string> {
  const { id } = await ways.fake<{ id: string }>(`/customers/${life.customer}/fail-invoice`, {
    amount: 9_900,
    currency: 'usd',
  });
  return id;
}

describe.concurrent('what becomes of a debt', () => {
  it('EC-2 retries the open invoice at once on a new card in the slot that the subscription uses', async () => {
    const life = await settleIn(ways, 'New Card');
    await subscribe(ways, life);
    const invoice = await failRenewal(life);
    await untilStage(ways, life, 'reminded');
    const { customer } = life;
    const card = await ways.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await ways.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
    const closed = await untilStage(ways, life, 'recovered');
    expect((await ways.stripe.invoices.retrieve(invoice)).status).toBe('paid');
    expect(closed.file.rounds).toMatchObject({ retry: 1, close: 1 });
  });

  it('EC-2 says so when the new card is in a slot that the subscription does not use', async () => {
    const life = await settleIn(ways, 'Wrong Slot');
    const { customer } = life;
    const old = await ways.stripe.paymentMethods.attach('pm_card_visa', { customer });
    const subscription = await subscribe(ways, life);
    await ways.stripe.subscriptions.update(subscription, { default_payment_method: old.id });
    await failRenewal(life);
    await untilStage(ways, life, 'reminded');
    const card = await ways.stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await ways.stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
    await eventually('the wrong slot is said', async () =>
      (await findingsOf(life)).some(
        ({ kind, text }) => kind === 'wrong_payment_method' && text.includes(card.id),
      ),
    );
    expect((await untilStage(ways, life, 'reminded')).file.rounds.retry).toBe(0);
  });

  it('EC-3 sends the link when the payment waits for its payer, takes no step, and thanks when he confirms', async () => {
    const life = await settleIn(ways, 'Confirmer');
    await subscribe(ways, life);
    const invoice = await ways.fake<{ id: string; hosted_invoice_url: string }>(
      `/customers/${life.customer}/invoices`,
      { amount: 9_900, currency: 'usd', behavior: 'requires_action' },
    );
    const [mail] = await untilMails(ways, life, 1);
    expect(mail?.text).toContain(invoice.hosted_invoice_url);
    await untilCase(ways, life, 'waits', ({ file }) => file.hold?.reason === 'confirmation_awaited');
    expect(await accountOf(ways, life)).toMatchObject({ access: 'active', restrictions: [] });
    await ways.fake(`/invoices/${invoice.id}/settle`, { outcome: 'succeed' });
    expect((await untilStage(ways, life, 'recovered')).file.rounds).toMatchObject({ remind: 1, close: 1 });
  });

  it('TT-8 TT-16 closes when payments and credit notes leave no more than the threshold', async () => {
    const life = await settleIn(ways, 'Partly');
    const invoice = await sendInvoice(ways, life, 4_900);
    await untilStage(ways, life, 'reminded');
    await ways.fake(`/invoices/${invoice}/pay`, { amount: 2_000 });
    await lookAgain(life);
    await untilCase(ways, life, 'less', ({ owed }) => owed[0]?.amountMinor === 2_900);
    await ways.stripe.creditNotes.create({ invoice, amount: 2_400 });
    await untilStage(ways, life, 'recovered');
    expect((await ways.stripe.invoices.retrieve(invoice)).amount_remaining).toBe(500);
  });

  it('TT-8 goes on with an invoice that Stripe calls uncollectible, and ends with one that is void', async () => {
    const life = await settleIn(ways, 'Written Off');
    const invoice = await sendInvoice(ways, life, 4_900);
    await untilStage(ways, life, 'reminded');
    await ways.stripe.invoices.markUncollectible(invoice);
    const other = await sendInvoice(ways, life, 1_000);
    await untilCase(ways, life, 'both are owed', ({ owed }) => owed[0]?.amountMinor === 5_900);
    await ways.stripe.invoices.voidInvoice(other);
    await untilCase(ways, life, 'one is owed', ({ owed }) => owed[0]?.amountMinor === 4_900);
    await ways.stripe.invoices.voidInvoice(invoice);
    await untilStage(ways, life, 'recovered');
  });

  it('TT-11 holds, and tells finance, when a credit balance covers the debt', async () => {
    const life = await settleIn(ways, 'In Credit');
    const invoice = await sendInvoice(ways, life, 4_900);
    await untilStage(ways, life, 'reminded');
    const credit = { amount: -10_000, currency: 'usd' };
    await ways.stripe.customers.createBalanceTransaction(life.customer, credit);
    await lookAgain(life);
    await untilFinding(life, 'credit_covers_debt');
    const held = await untilCase(ways, life, 'held', ({ hold }) => hold === 'credit_covers_debt');
    expect(held.file.taken).toBeNull();
    await ways.stripe.invoices.pay(invoice, { paid_out_of_band: true });
    await untilStage(ways, life, 'recovered');
  });

  it('TT-12 stands still while a bank debit is processing, and goes on when it fails', async () => {
    const life = await settleIn(ways, 'Debitor');
    await subscribe(ways, life);
    const invoice = await failRenewal(life);
    await untilStage(ways, life, 'reminded');
    const { customer } = life;
    const debit = await ways.stripe.paymentMethods.attach('pm_sepaDebit_processing', { customer });
    await ways.stripe.invoices.pay(invoice, { payment_method: debit.id });
    await untilCase(ways, life, 'in flight', ({ hold }) => hold === 'payment_in_flight');
    await ways.fake(`/invoices/${invoice}/settle`, { outcome: 'debit_insufficient_funds' });
    const back = await untilCase(ways, life, 'goes on', ({ hold }) => hold === null);
    expect(back.file.shiftMs).toBeGreaterThan(0);
    expect(back.stage).toBe('reminded');
  });

  it('TT-13 reports a draft that can not be finalised, and says nothing to the customer', async () => {
    const life = await settleIn(ways, 'No Address');
    const { id } = await ways.fake<{ id: string }>(`/customers/${life.customer}/stuck-draft`, {
      amount: 4_900,
      currency: 'usd',
    });
    expect(await untilFinding(life, 'draft_not_finalised')).toMatchObject({ subject: id });
    await untilStage(ways, life, 'closed');
    expect(await ways.mailsTo(life.email)).toEqual([]);
    expect(await accountOf(ways, life)).toMatchObject({ access: 'active', restrictions: [] });
  });
});
