import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { notices } from '../../../src/db/schema.js';
import { createOrders } from '../../../src/dispatcher/orders.js';
import { signDecision } from '../../../src/guard/decision-proof.js';
import { workflowIdOf } from '../../../workflows/messages.js';
import { eventually } from '../../support/dev-eventually.js';
import { accountOf, settleIn, subscribe, untilCase, untilStage, type Life } from '../../support/lives.js';
import type { Ways } from '../../support/stack.js';
import { inPool, type Figures } from '../bench.js';
import type { Workbench } from '../workbench.js';
import { listed, tallyOf, totalOf, type Tally } from './history.js';
import { openStack } from './stack.js';

// Apart by so much that a busy machine keeps the order. The second look after the pause is inside, as in production.
const policy = `name: whole-life
retryWindow: 0s
reminders:
  - after: 5s
  - after: 8s
  - after: 11s
limit:
  after: 15s
  lead: 4s
pause:
  after: 20s
  lead: 6s
decommission:
  after: 28s
  retention: 6s
  approval: 10m
  approvers:
    - operations@forbear.test
  collection: cancel
dwell: 1s
recheck: 1s
holdRetry: 10m
longestEpisode: 1h
contact: help@forbear.test
`;

const allTold = ['reminder', 'reminder', 'reminder', 'limited', 'paused', 'final', 'decommissioned'].join(
  ' ',
);

export type Part = {
  readonly figures: Figures;
  readonly wrong: readonly string[];
  readonly notes: readonly string[];
};

/** What a case costs that is paid in time, and one that is never paid; the worst of several. */
export async function measureLives(bench: Workbench, count: number): Promise<Part> {
  const { ways, close } = await openStack(bench, 'lives', policy);
  bench.say(`${count} accounts pay before the first step, ${count} never pay`);
  // Which of Stripe's events come in one batch is a matter of chance: each case begins with just one.
  const payers = await settleDebtors(ways, count, 'Payer');
  const debtors = await settleDebtors(ways, count, 'Debtor');
  await withhold(ways, 1);
  const invoices = await inPool(2 * count, 4, (index) => failRenewal(ways, [...payers, ...debtors][index]!));
  await Promise.all(invoices.map((invoice) => redeliver(ways, invoice, 'invoice.payment_failed')));
  const graces = await payInGrace(ways, payers, invoices);
  // Nor do later events belong to it, such as that of the subscription we cancel: what each costs is `furtherEventAdds`.
  await withhold(ways, 1);
  const wholes = await inPool(count, count, (index) => neverPay(ways, debtors[index]!));
  await close();
  const grace = worstOf(graces.map(({ tally }) => tally));
  const whole = worstOf(wholes.map(({ tally }) => tally));
  return {
    figures: {
      eventsPaidInGrace: grace.events,
      bytesPaidInGrace: grace.bytes,
      actionsPaidInGrace: totalOf(grace.actions),
      eventsFullLife: whole.events,
      bytesFullLife: whole.bytes,
      actionsFullLife: totalOf(whole.actions),
    },
    wrong: [...graces, ...wholes].flatMap(({ wrong }) => wrong),
    notes: [
      `actions of a full life: ${listed(whole.actions)}`,
      `events of a full life: ${listed(whole.eventsByType)}`,
      `payload bytes of a full life: ${listed(whole.payloadBytesByType)}`,
      `actions when paid before the first step: ${listed(grace.actions)}`,
      `events of each: ${[...graces, ...wholes].map(({ tally }) => tally.events).join(', ')}`,
    ],
  };
}

type Lived = { readonly tally: Tally; readonly wrong: readonly string[] };

const worstOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce((worst, tally) => (tally.events > worst.events ? tally : worst));

/** Accounts with a subscription that began well, and of which nothing more is on its way. */
async function settleDebtors(ways: Ways, count: number, name: string): Promise<Life[]> {
  const lives = await inPool(count, 4, () => settleIn(ways, name));
  await withhold(ways, 1);
  await Promise.all(lives.map((life) => subscribe(ways, life)));
  return lives;
}

/** Events get lost on the way from now on: all of them or none. */
const withhold = (ways: Ways, swallow: 0 | 1) => ways.fake('/deliveries', { swallow });

async function failRenewal(ways: Ways, { customer }: Life): Promise<string> {
  const bill = { amount: 9_900, currency: 'usd' };
  return (await ways.fake<{ id: string }>(`/customers/${customer}/fail-invoice`, bill)).id;
}

/** Delivers the invoice's one event of this type, which got lost. */
async function redeliver(ways: Ways, invoice: string, type: string): Promise<void> {
  await withhold(ways, 0);
  const { data } = await ways.stripe.events.list({ type, limit: 100 });
  const event = data.find(({ data: { object } }) => (object as { id?: string }).id === invoice);
  if (event === undefined) throw new Error(`there is no ${type} of ${invoice}`);
  await ways.fake(`/events/${event.id}/redeliver`, {});
}

/** The run that the account's newest case lives in. */
async function runOf({ temporal }: Ways, { id }: Life): Promise<string> {
  const { runId } = await temporal.workflow.getHandle(workflowIdOf(id)).describe();
  return runId;
}

/** The run's tally once it has come to its end. */
async function tallyAtEnd({ temporal }: Ways, { id }: Life, runId: string): Promise<Tally> {
  const handle = temporal.workflow.getHandle(workflowIdOf(id), runId);
  await eventually('the run ends', async () => (await handle.describe()).status.name === 'COMPLETED', 60_000);
  return tallyOf(temporal, id, runId);
}

async function payInGrace(ways: Ways, lives: readonly Life[], invoices: readonly string[]): Promise<Lived[]> {
  const isWatched = ({ stage, nextStep }: { stage: string; nextStep: string | null }) =>
    stage === 'watching' && nextStep !== null;
  await Promise.all(lives.map((life) => untilCase(ways, life, 'is watched', isWatched)));
  const runs = await Promise.all(lives.map((life) => runOf(ways, life)));
  await withhold(ways, 1);
  await Promise.all(lives.map((_, index) => ways.fake(`/invoices/${invoices[index]}/pay`, {})));
  await Promise.all(lives.map((_, index) => redeliver(ways, invoices[index]!, 'invoice.paid')));
  return Promise.all(lives.map((life, index) => afterPaying(ways, life, runs[index]!)));
}

async function afterPaying(ways: Ways, life: Life, runId: string): Promise<Lived> {
  const tally = await tallyAtEnd(ways, life, runId);
  const { access } = await accountOf(ways, life);
  const told = await toldTo(ways, life);
  return {
    tally,
    wrong: [
      ...(access === 'active' ? [] : [`who paid in time has the access ${access}`]),
      ...(told === '' ? [] : [`who paid in time was told ${told}`]),
    ],
  };
}

async function neverPay(ways: Ways, life: Life): Promise<Lived> {
  await untilStage(ways, life, 'reminded');
  const runId = await runOf(ways, life);
  await untilStage(ways, life, 'decommissioning');
  const asked = await untilCase(ways, life, 'approval is asked for', ({ file }) => file.approval !== null);
  const { id = '', planHash = '', expiresAt = 0 } = asked.file.approval ?? {};
  const by = 'the bench';
  const decision = { approval: id, approved: true, by, expiresAt };
  const proof = signDecision(ways.at.settings['FORBEAR_LINK_SECRET'] ?? '', decision);
  const input = { plan: planHash.slice(0, 8), reason: 'never paid', by, proof };
  const to = { id: life.id, ref: life.ref, name: life.name };
  const result = await createOrders(ways.temporal).send(to, { kind: 'approve', id: randomUUID(), input });
  if (result.status !== 'taken') throw new Error(`the approval was not taken: ${JSON.stringify(result)}`);
  await untilStage(ways, life, 'decommissioned');
  const tally = await tallyAtEnd(ways, life, runId);
  return { tally, wrong: await wrongAtTheEnd(ways, life) };
}

async function wrongAtTheEnd(ways: Ways, life: Life): Promise<string[]> {
  const [{ access }, told, left, subscriptions] = await Promise.all([
    accountOf(ways, life),
    toldTo(ways, life),
    ways.platform.instances(life.ref),
    ways.stripe.subscriptions.list({ customer: life.customer, status: 'all' }),
  ]);
  const live = subscriptions.data.filter(({ status }) => status !== 'canceled').length;
  return [
    ...(access === 'decommissioned' ? [] : [`after the last step the access is ${access}`]),
    ...(told === allTold ? [] : [`the customer was told "${told}" instead of "${allTold}"`]),
    ...(left.length === 0 ? [] : [`${left.length} resources are left`]),
    ...(live === 0 ? [] : [`${live} subscriptions still collect`]),
  ];
}

/** The topics of all notices that were accepted, in order. */
async function toldTo({ db }: Ways, { id }: Life): Promise<string> {
  const rows = await db
    .select()
    .from(notices)
    .where(eq(notices.account, id))
    .orderBy(asc(notices.acceptedAt));
  return rows.map(({ topic }) => topic).join(' ');
}
