import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { notices } from '../../../src/db/schema.js';
import { createOrders } from '../../../src/dispatcher/orders.js';
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

const allTold = [
  'reminder',
  'reminder',
  'reminder',
  'limited',
  'paused',
  'final',
  'decommissioned',
].join(' ');

export type Part = {
  readonly figures: Figures;
  readonly wrong: readonly string[];
  readonly notes: readonly string[];
};

/** What a case costs that is paid in time, and one that is never paid; the worst of several. */
export async function measureLives(bench: Workbench, count: number): Promise<Part> {
  const { ways, close } = await openStack(bench, 'lives', policy);
  bench.say(`${count} accounts pay before the first step, ${count} never pay`);
  const [graces, wholes] = await Promise.all([
    inPool(count, count, () => payInGrace(ways)),
    inPool(count, count, () => neverPay(ways)),
  ]);
  await close();
  const grace = worstOf(graces.map(({ tally }) => tally));
  const whole = worstOf(wholes.map(({ tally }) => tally));
  return {
    figures: {
      eventsPaidInGrace: grace.events,
      eventsFullLife: whole.events,
      bytesFullLife: whole.bytes,
      actionsPaidInGrace: totalOf(grace.actions),
      actionsFullLife: totalOf(whole.actions),
    },
    wrong: [...graces, ...wholes].flatMap(({ wrong }) => wrong),
    notes: [
      `actions of a full life: ${listed(whole.actions)}`,
      `events of a full life: ${listed(whole.eventsByType)}`,
      `payload bytes of a full life: ${listed(whole.payloadBytesByType)}`,
      `actions when paid before the first step: ${listed(grace.actions)}`,
      `events when paid before the first step: ${listed(grace.eventsByType)}`,
      `events of each: ${[...graces, ...wholes].map(({ tally }) => tally.events).join(', ')}`,
    ],
  };
}

type Lived = { readonly tally: Tally; readonly wrong: readonly string[] };

const worstOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce((worst, tally) => (tally.events > worst.events ? tally : worst));

async function failRenewal(ways: Ways, name: string): Promise<{ life: Life; invoice: string }> {
  const life = await settleIn(ways, name);
  await subscribe(ways, life);
  const bill = { amount: 9_900, currency: 'usd' };
  const { id: invoice } = await ways.fake<{ id: string }>(`/customers/${life.customer}/fail-invoice`, bill);
  return { life, invoice };
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

async function payInGrace(ways: Ways): Promise<Lived> {
  const { life, invoice } = await failRenewal(ways, 'Payer');
  await untilCase(ways, life, 'is watched', ({ stage, nextStep }) => stage === 'watching' && nextStep !== null);
  const runId = await runOf(ways, life);
  await ways.fake(`/invoices/${invoice}/pay`, {});
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

async function neverPay(ways: Ways): Promise<Lived> {
  const { life } = await failRenewal(ways, 'Debtor');
  await untilStage(ways, life, 'reminded');
  const runId = await runOf(ways, life);
  await untilStage(ways, life, 'decommissioning');
  const asked = await untilCase(ways, life, 'approval is asked for', ({ file }) => file.approval !== null);
  const plan = asked.file.approval?.planHash.slice(0, 8) ?? '';
  const input = { plan, reason: 'never paid', by: 'the bench' };
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
  const rows = await db.select().from(notices).where(eq(notices.account, id)).orderBy(asc(notices.acceptedAt));
  return rows.map(({ topic }) => topic).join(' ');
}
