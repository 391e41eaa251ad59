import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { cases, inbox, notices } from '../../../src/db/schema.js';
import { workflowIdOf } from '../../../workflows/messages.js';
import { eventually } from '../../support/dev-eventually.js';
import { accountOf, settleIn, sizes, subscribe, type Life } from '../../support/lives.js';
import { deliver } from '../../support/stack-events.js';
import type { Ways } from '../../support/stack.js';
import { inPool, quantile } from '../bench.js';
import type { Workbench } from '../workbench.js';
import type { Part } from './lives.js';
import { openStack } from './stack.js';
import { stagesOf, type Paid } from './stages.js';

// Everybody is off at once, and nothing else happens for an hour.
const policy = `name: restores
retryWindow: 0s
reminders:
  - after: 1h
pause:
  immediate: true
  drain: false
dwell: 1s
recheck: 5s
holdRetry: 10m
contact: help@forbear.test
`;

type Debtor = { readonly life: Life; readonly subscription: string; readonly invoice: string };

/** How long a payment takes to give everything back, and what a repeated event costs. */
export async function measureRestores(bench: Workbench, count: number): Promise<Part> {
  const { ways, close } = await openStack(bench, 'restores', policy);
  bench.say(`pausing ${count} accounts`);
  const debtors = await inPool(count, 8, (index) => settleDebtor(ways, index));
  await eventually('all are paused', async () => (await countAt(ways, 'paused')) === count, 300_000);
  const [first] = debtors;
  if (first === undefined) throw new Error('there is nobody to restore');
  const news = await measureNews(bench, ways, first);
  bench.say(`${count} accounts pay, one after another`);
  const times: number[] = [];
  const payments: Paid[] = [];
  for (const debtor of debtors) {
    payments.push({ life: debtor.life, at: Date.now() });
    times.push(await payAndWait(ways, debtor));
    if (times.length % 50 === 0) bench.say(`${times.length} have paid`);
  }
  const wrong = await wrongAfterwards(ways, debtors);
  const stages = await stagesOf(ways, payments);
  await close();
  return {
    figures: {
      ...news.figures,
      restores: times.length,
      restoreP50Ms: Math.round(quantile(times, 0.5)),
      restoreP99Ms: Math.round(quantile(times, 0.99)),
      restoreMaxMs: Math.round(Math.max(...times)),
    },
    wrong: [...news.wrong, ...wrong],
    notes: [stages],
  };
}

async function settleDebtor(ways: Ways, index: number): Promise<Debtor> {
  const life = await settleIn(ways, `Debtor ${index}`);
  const subscription = await subscribe(ways, life);
  const bill = { amount: 9_900, currency: 'usd' };
  const { id: invoice } = await ways.fake<{ id: string }>(`/customers/${life.customer}/fail-invoice`, bill);
  return { life, subscription, invoice };
}

async function countAt({ db }: Ways, stage: 'paused' | 'recovered'): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(cases)
    .where(eq(cases.stage, stage));
  return row?.count ?? 0;
}

const quietMs = 3_000;

/** How long the history of an account's run is, once nothing adds to it for longer than the second look takes to come. */
async function lengthAtRest({ temporal }: Ways, { id }: Life): Promise<number> {
  const handle = temporal.workflow.getHandle(workflowIdOf(id));
  let length = -1;
  for (let quiet = 0; quiet < 3;) {
    const now = (await handle.describe()).historyLength;
    quiet = now === length ? quiet + 1 : 0;
    length = now;
    await sleep(quietMs);
  }
  return length;
}

/** What it adds to a sleeping case's history when it hears something new, and when it hears everything three times more. */
async function measureNews(bench: Workbench, ways: Ways, { life, subscription }: Debtor) {
  bench.say('waiting until nothing happens any more, then repeating events');
  const before = await lengthAtRest(ways, life);
  await ways.stripe.subscriptions.update(subscription, { metadata: { heard: 'yes' } });
  const after = await lengthAtRest(ways, life);
  const known = await ways.db.select().from(inbox).where(eq(inbox.account, life.id));
  const answers: { readonly status: number; readonly body: Record<string, unknown> }[] = [];
  for (const { eventId } of [...known, ...known, ...known]) {
    const event = await ways.stripe.events.retrieve(eventId);
    answers.push(await deliver(`${ways.at.api}/webhooks/stripe`, event, ways.at.stripe.webhookSecret));
  }
  const refused = answers.filter(({ status, body }) => status !== 200 || body['duplicate'] !== true).length;
  return {
    figures: {
      furtherEventAdds: after - before,
      duplicatesSent: answers.length,
      duplicateAdds: (await lengthAtRest(ways, life)) - after,
    },
    wrong: [
      ...(after > before ? [] : ['the case heard nothing of an event']),
      ...(refused === 0 ? [] : [`${refused} repeated events were not answered as repeated`]),
    ],
  };
}

const lookEveryMs = 5;
const patienceMs = 30_000;

/** From the customer's click on "pay" until access is there and everything serves as it did before. */
async function payAndWait(ways: Ways, { life, invoice }: Debtor): Promise<number> {
  const began = performance.now();
  await ways.fake(`/invoices/${invoice}/pay`, {});
  while (!(await isBack(ways, life))) {
    if (performance.now() - began > patienceMs) throw new Error(`${life.name} got nothing back`);
    await sleep(lookEveryMs);
  }
  return performance.now() - began;
}

async function isBack(ways: Ways, life: Life): Promise<boolean> {
  const { access } = await accountOf(ways, life);
  if (access !== 'active') return false;
  const instances = await ways.platform.instances(life.ref);
  const asBefore: Readonly<Record<string, number>> = sizes;
  return (
    instances.length === Object.keys(sizes).length &&
    instances.every(
      ({ id, size, locked, serving }) => size === asBefore[id] && !locked && serving === size > 0,
    )
  );
}

/** Everybody's case is over, and everybody was told so once. */
async function wrongAfterwards(ways: Ways, debtors: readonly Debtor[]): Promise<string[]> {
  const count = debtors.length;
  await eventually('all cases are over', async () => (await countAt(ways, 'recovered')) === count, 60_000);
  const still = await inPool(count, 8, (index) => isBack(ways, debtors[index]!.life));
  const lost = still.filter((is) => !is).length;
  const thanks = await ways.db.select().from(notices).where(eq(notices.topic, 'recovered'));
  return [
    ...(lost === 0 ? [] : [`${lost} accounts lost again what they had got back`]),
    ...(thanks.length === count ? [] : [`${thanks.length} of ${count} accounts were thanked`]),
  ];
}
