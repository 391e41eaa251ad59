import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { auditLog, effects, inbox } from '../../src/db/schema.js';
import { toldOf, type CaseFile } from '../../src/domain/case-file.js';
import { DAY_MS } from '../../src/domain/time.js';
import { startStack, type Stack } from '../../src/dev/stack.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { eventually } from '../support/dev-eventually.js';
import {
  accountOf,
  caseOf,
  datesIn,
  sendInvoice,
  settleIn,
  sizes,
  sizesOf,
  subscribe,
  untilCase,
  untilMails,
  untilStage,
  type Life,
} from '../support/lives.js';
import { signalAsWebUi } from '../support/lives-web-ui.js';
import { startEndpoint } from '../support/push.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

const contact = 'help@forbear.test';
const pauseAfterMs = 12_000;

// A life in a quarter of a minute. The machine may be slow: nothing here waits for a time, all wait for what happens.
const policy = `name: lives
retryWindow: 8s
reminders:
  - after: 1s
  - after: 5s
pause:
  after: ${pauseAfterMs}ms
  lead: 6s
dwell: 1s
longestEpisode: 10m
longestExtension: 1d
contact: ${contact}
recheck: 3s
holdRetry: 3s
`;

let folder: ReturnType<typeof makeTestFolder>;
let stack: Stack;
let ways: Ways;

beforeAll(async () => {
  folder = makeTestFolder('lives');
  stack = await startStack(stackOptions(folder.path, policy, { stripeRetryScheduleMs: [4_000, 7_000] }));
  ways = waysInto(stack);
  // Whose last retry has failed stays past_due for ever, as some operators have it at Stripe.
  await ways.fake('/settings', { afterRetries: 'past_due' });
});

afterAll(async () => {
  await ways?.close();
  await stack?.stop();
  folder.remove();
});

/** The pause date that the customer was told, 0 before he was told any. */
const pauseTold = (file: CaseFile) => toldOf(file, 'pause')?.at ?? 0;

const pay = (invoice: string) => ways.stripe.invoices.pay(invoice);
const failRenewal = ({ customer }: Life, once: boolean) =>
  ways.fake<{ id: string }>(`/customers/${customer}/fail-invoice`, { amount: 9_900, currency: 'usd', once });
const subjectsOf = async ({ email }: Life) => (await ways.mailsTo(email)).map(({ subject }) => subject);
const stepsOf = async ({ id }: Life) =>
  (await ways.db.select().from(effects).where(eq(effects.account, id))).map(({ step }) => step);

/** What the account's run came to; fails when it doesn't end by itself. */
async function endingOf({ id }: Life): Promise<unknown> {
  const run = ways.temporal.workflow.getHandle(workflowIdOf(id));
  await eventually('the run has ended', async () => (await run.describe()).status.name === 'COMPLETED');
  return run.result();
}

/** When the pause was claimed, by the audit log's clock. */
async function pausedAt({ id }: Life): Promise<number> {
  const rows = await ways.db.select().from(auditLog).where(eq(auditLog.account, id));
  const intent = rows.find((row) => row.kind === 'intent' && row.effect.includes('/pause/'));
  return intent?.at.getTime() ?? NaN;
}

describe('EC-10', () => {
  it('EC-10 opens no case and writes to nobody when the payment’s event arrives before the failure’s', async () => {
    const life = await settleIn(ways, 'Early');
    await subscribe(ways, life);
    await ways.fake('/deliveries', { swallow: 1 });
    const { id: invoice } = await failRenewal(life, true);
    await pay(invoice);
    await ways.fake('/deliveries', {});
    const { data } = await ways.stripe.events.list({ limit: 100 });
    const ofLife = data.filter(({ data: { object } }) => (object as { id?: string }).id === invoice);
    for (const type of ['invoice.payment_succeeded', 'invoice.payment_failed']) {
      const event = ofLife.find((one) => one.type === type);
      await ways.fake(`/events/${event?.id}/redeliver`, {});
      await eventually(`${type} is dispatched`, async () => {
        const [row] = await ways.db
          .select()
          .from(inbox)
          .where(eq(inbox.eventId, event?.id ?? ''));
        return row !== undefined && row.state !== 'pending';
      });
    }
    // The failure is worth a look, and the look finds that nothing is owed.
    const ending = await endingOf(life);
    expect(ending).toMatchObject({ wasOwed: false });
    expect(await caseOf(ways, life)).toBeNull();
    expect(await ways.mailsTo(life.email)).toEqual([]);
    expect(await accountOf(ways, life)).toMatchObject({
      access: 'active',
      billingStatus: 'current',
      restrictions: [],
    });
  });
});

describe.concurrent('lives', () => {
  it('EC-15 TT-3 TT-5 tells the app of every step as it happens, with the date that the mails name', async () => {
    const endpoint = await startEndpoint({ database: ways });
    const life = await settleIn(ways, 'Told');
    const invoice = await sendInvoice(ways, life, 4_900);
    const told = () =>
      [...endpoint.about(life)].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp));
    const isTold = (access: string) =>
      eventually(`${access} is told`, () => told().find(({ data }) => data.access === access), 60_000);
    await untilStage(ways, life, 'reminded');
    await isTold('grace_period');
    await untilStage(ways, life, 'paused');
    const off = await isTold('suspended');
    const before = told().findLast(({ data }) => data.access === 'grace_period');
    expect(off.data).toMatchObject({ billingStatus: 'past_due', reasons: ['nonpayment'] });
    expect(Math.abs(Date.parse(off.timestamp) - (await pausedAt(life)))).toBeLessThan(2_000);
    const promised = (await ways.mailsTo(life.email)).flatMap(({ text }) => datesIn(text));
    expect(before?.data.nextStep?.step).toBe('pause');
    expect(promised).toContain(Math.floor(Date.parse(before?.data.nextStep?.at ?? '') / 1_000) * 1_000);
    await pay(invoice);
    await eventually('the payment is told', () => {
      const { access, billingStatus, payUrl } = told().at(-1)?.data ?? {};
      return access === 'active' && billingStatus === 'current' && payUrl === null;
    });
    await endpoint.close();
  });

  it('TT-1 TT-2 opens a case when a sent invoice is overdue, and reminds on the policy’s days with all that matters', async () => {
    const life = await settleIn(ways, 'Remind & Sons');
    const invoice = await sendInvoice(ways, life, 4_900);
    const opened = await untilStage(ways, life, 'reminded');
    expect(opened.owed).toEqual([{ currency: 'usd', amountMinor: 4_900 }]);
    expect(await accountOf(ways, life)).toMatchObject({ billingStatus: 'past_due', access: 'grace_period' });
    const mails = await untilMails(ways, life, 2);
    const promisedAt = pauseTold(opened.file);
    const { hosted_invoice_url: link, number, due_date } = await ways.stripe.invoices.retrieve(invoice);
    for (const { subject, text, html, from, to } of mails) {
      expect(subject).toMatch(/^49\.00 USD overdue: services pause on \d{1,2} [A-Z][a-z]{2} \d{4}$/);
      expect([from, to]).toEqual(['billing@forbear.test', [life.email]]);
      for (const body of [text, html]) {
        for (const part of ['49.00 USD', link ?? '?', number ?? '?', contact]) expect(body).toContain(part);
        expect(body).toMatch(/We will pause your services on .* UTC unless the invoice is paid/);
        expect(datesIn(body)).toEqual([Math.floor(promisedAt / 1_000) * 1_000]);
      }
      expect(html).toContain('Remind &amp; Sons');
      expect(html).not.toContain('Remind & Sons');
    }
    expect(promisedAt).toBeGreaterThanOrEqual((due_date ?? NaN) * 1_000 + pauseAfterMs);
    expect((await fetch(link ?? '')).status).toBe(200);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2);

    await pay(invoice);
    await untilStage(ways, life, 'recovered');
    expect(await stepsOf(life)).not.toContain('pause');
    expect(await sizesOf(ways, life)).toEqual(sizes);
  });

  it('TT-3 TT-5 pauses and locks everything, not before the date it named, and gives it back as it was when paid', async () => {
    const life = await settleIn(ways, 'Paula');
    const invoice = await sendInvoice(ways, life, 12_345);
    await untilStage(ways, life, 'paused');
    const instances = await ways.platform.instances(life.ref);
    expect(instances.map(({ size, locked }) => [size, locked])).toEqual(Array(3).fill([0, true]));
    expect(await ways.platform.scale(life.ref, 'web', 4)).toBe(423);
    expect(await ways.platform.create(life.ref, 'another', 1)).toBe(423);
    expect(await accountOf(ways, life)).toMatchObject({
      access: 'suspended',
      restrictions: [{ reason: 'nonpayment' }],
    });
    const mails = await untilMails(ways, life, 3);
    expect(mails.at(-1)?.subject).toBe('Your services are paused: 123.45 USD overdue for Paula');
    const named = mails.flatMap(({ text }) => datesIn(text));
    expect(await pausedAt(life)).toBeGreaterThanOrEqual(Math.max(...named));

    const { hosted_invoice_url: link } = await ways.stripe.invoices.retrieve(invoice);
    const began = Date.now();
    await fetch(link ?? '', { method: 'POST' });
    const closed = await untilStage(ways, life, 'recovered');
    expect(Date.now() - began).toBeLessThan(60_000);
    expect(closed).toMatchObject({ owed: [], nextStep: null, hold: null });
    expect(await sizesOf(ways, life)).toEqual(sizes);
    const back = await ways.platform.instances(life.ref);
    expect(back.map(({ locked, serving, size }) => locked || serving !== size > 0)).toEqual([
      false,
      false,
      false,
    ]);
    expect(await ways.platform.scale(life.ref, 'web', 5)).toBe(200);
    expect(await accountOf(ways, life)).toMatchObject({
      access: 'active',
      billingStatus: 'current',
      restrictions: [],
    });
    expect((await untilMails(ways, life, 4)).at(-1)?.subject).toBe(
      'Thank you: nothing is overdue any more for Paula',
    );
  });

  it('TT-5 gives no access back for a subscription that has ended, says how to get it, and lifts when there is one', async () => {
    const life = await settleIn(ways, 'Ender');
    const subscription = await subscribe(ways, life);
    const { id: invoice } = await failRenewal(life, false);
    await untilStage(ways, life, 'paused');
    await ways.stripe.subscriptions.cancel(subscription);
    const card = await ways.stripe.paymentMethods.attach('pm_card_visa', { customer: life.customer });
    await ways.stripe.invoices.pay(invoice, { payment_method: card.id });
    const paid = await untilCase(ways, life, 'paid but ended', ({ file }) => file.ended);
    expect(paid).toMatchObject({ stage: 'paused', owed: [] });
    const account = await accountOf(ways, life);
    expect(account).toMatchObject({
      access: 'suspended',
      billingStatus: 'current',
      restrictions: [{ reason: 'ended' }],
    });
    expect(account.restrictions).toHaveLength(1);
    expect(await sizesOf(ways, life)).toEqual({ web: 0, jobs: 0, spare: 0 });
    expect((await subjectsOf(life)).at(-1)).toBe('Paid, but the subscription has ended for Ender');

    await ways.stripe.customers.update(life.customer, {
      invoice_settings: { default_payment_method: card.id },
    });
    await subscribe(ways, life);
    await untilStage(ways, life, 'recovered');
    expect(await accountOf(ways, life)).toMatchObject({ access: 'active', restrictions: [] });
    expect(await sizesOf(ways, life)).toEqual(sizes);
  });

  it('TT-6 moves every later step for an extension signalled as the Web UI does, and tells the new date', async () => {
    const life = await settleIn(ways, 'Webby');
    const invoice = await sendInvoice(ways, life, 4_900);
    const before = await untilCase(ways, life, 'promised', ({ file }) => file.told.length > 0);
    const workflow = workflowIdOf(life.id);
    await signalAsWebUi(stack, workflow, 'extendGrace', '"next week, please"');
    await signalAsWebUi(
      stack,
      workflow,
      'extendGrace',
      `{"days": ${8_000 / DAY_MS}, "reason": "bank holiday", "by": "Sam"}`,
    );
    const moved = await untilCase(
      ways,
      life,
      'a later date',
      ({ file }) => pauseTold(file) > pauseTold(before.file),
    );
    expect(moved.file.shiftMs).toBeGreaterThanOrEqual(8_000);
    expect(moved.file.remarks.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^extendGrace refused: give an object/),
      expect.stringMatching(/^grace extended by .* by Sam: bank holiday/),
    ]);
    const promisedAt = pauseTold(moved.file);
    expect(promisedAt).toBeGreaterThanOrEqual(pauseTold(before.file) + 8_000);
    const told = await eventually('the new date is told', async () =>
      (await ways.mailsTo(life.email)).find(({ subject }) => subject.startsWith('New date')),
    );
    expect(datesIn(told.text).map((at) => Math.floor(at / 1_000))).toEqual([Math.floor(promisedAt / 1_000)]);
    await untilStage(ways, life, 'paused');
    expect(await pausedAt(life)).toBeGreaterThanOrEqual(promisedAt);
    await pay(invoice);
    await untilStage(ways, life, 'recovered');
  });

  it('TT-7 stays paused until all that is overdue is paid', async () => {
    const life = await settleIn(ways, 'Several');
    const one = await sendInvoice(ways, life, 5_000);
    const two = await sendInvoice(ways, life, 2_500, 2);
    const paused = await untilStage(ways, life, 'paused');
    expect(paused.owed).toEqual([{ currency: 'usd', amountMinor: 7_500 }]);
    await pay(one);
    const rest = await untilCase(ways, life, 'owes the rest', ({ owed }) => owed[0]?.amountMinor === 2_500);
    expect(rest).toMatchObject({ stage: 'paused', closedAt: null });
    expect(rest.file.anchorAt).toBeGreaterThan(paused.file.anchorAt ?? NaN);
    expect(await sizesOf(ways, life)).toEqual({ web: 0, jobs: 0, spare: 0 });
    expect(await ways.platform.scale(life.ref, 'web', 1)).toBe(423);
    await pay(two);
    await untilStage(ways, life, 'recovered');
    expect(await sizesOf(ways, life)).toEqual(sizes);
  });

  it('SUB-1 takes nothing away while Stripe still retries, and pauses after the window though it stays past_due', async () => {
    const life = await settleIn(ways, 'Retry');
    const subscription = await subscribe(ways, life);
    const { id: invoice } = await failRenewal(life, false);
    await untilStage(ways, life, 'reminded');
    const retrying = await ways.stripe.invoices.retrieve(invoice);
    expect(retrying.next_payment_attempt).not.toBeNull();
    expect((await ways.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    expect(await accountOf(ways, life)).toMatchObject({ access: 'grace_period', billingStatus: 'past_due' });
    expect(await sizesOf(ways, life)).toEqual(sizes);
    expect(await ways.platform.scale(life.ref, 'jobs', 3)).toBe(200);
    const paused = await untilStage(ways, life, 'paused');
    const after = await ways.stripe.invoices.retrieve(invoice);
    expect(after.attempt_count).toBe(3);
    expect(await pausedAt(life)).toBeGreaterThan((paused.file.firstAnchorAt ?? NaN) + 8_000);
    expect((await ways.stripe.subscriptions.retrieve(subscription)).status).toBe('past_due');
    const card = await ways.stripe.paymentMethods.attach('pm_card_visa', { customer: life.customer });
    await ways.stripe.invoices.pay(invoice, { payment_method: card.id });
    await untilStage(ways, life, 'recovered');
    expect(await sizesOf(ways, life)).toEqual({ ...sizes, jobs: 3 });
  });

  it('EC-2 keeps access while a renewal is in arrears, and closes with thanks when Stripe’s own retry succeeds', async () => {
    const life = await settleIn(ways, 'Luckier');
    await subscribe(ways, life);
    const { id: invoice } = await failRenewal(life, true);
    await untilStage(ways, life, 'reminded');
    expect(await accountOf(ways, life)).toMatchObject({ access: 'grace_period', billingStatus: 'past_due' });
    const closed = await untilStage(ways, life, 'recovered');
    expect((await ways.stripe.invoices.retrieve(invoice)).status).toBe('paid');
    expect(closed.file.rounds).toMatchObject({ pause: 0, lift: 0, close: 1 });
    expect(await accountOf(ways, life)).toMatchObject({
      access: 'active',
      billingStatus: 'current',
      restrictions: [],
    });
    expect(await sizesOf(ways, life)).toEqual(sizes);
    expect((await subjectsOf(life)).at(-1)).toBe('Thank you: nothing is overdue any more for Luckier');
  });

  it('EC-1 opens no case and writes to nobody when the first payment of a subscription fails', async () => {
    const life = await settleIn(ways, 'Checkout');
    const { stripe } = ways;
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: life.customer });
    await stripe.customers.update(life.customer, { invoice_settings: { default_payment_method: bad.id } });
    const subscription = await stripe.subscriptions.retrieve(await subscribe(ways, life));
    expect(subscription.status).toBe('incomplete');
    await eventually('the failure was told', async () => {
      const rows = await ways.db.select().from(inbox).where(eq(inbox.account, life.id));
      return rows.some(({ type, state }) => type === 'invoice.payment_failed' && state === 'dispatched');
    });
    const ending = await endingOf(life);
    expect(ending).toMatchObject({ wasOwed: false });
    expect(await caseOf(ways, life)).toBeNull();
    expect(await ways.mailsTo(life.email)).toEqual([]);
    expect(await accountOf(ways, life)).toMatchObject({
      access: 'active',
      billingStatus: 'current',
      restrictions: [],
    });
    expect(await sizesOf(ways, life)).toEqual(sizes);
  });
});
