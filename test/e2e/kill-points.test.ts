import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrders } from '../../src/dispatcher/orders.js';
import type { PartName } from '../../src/dev/options.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { makeBuiltRoot } from '../support/built-root.js';
import { eventually } from '../support/dev-eventually.js';
import { makeGates, stopDispatch, untilCommitted, type Gates, type Place } from '../support/kill-gates.js';
import { auditOf, faultsOf, mailsById } from '../support/lives-record.js';
import { asksById, wholeRecordOf, type WholeRecord } from '../support/lives-whole.js';
import { sendInvoice, settleIn, sizes, untilCase, untilStage, type Life } from '../support/lives.js';
import { makeTestFolder } from '../support/stack-folder.js';
import { portsToKeep } from '../support/stack-ports.js';
import { startStackProcess, type StackProcess } from '../support/stack-process.js';
import { stackOptions, waysInto, type Ways } from '../support/stack.js';

// Whatever was told holds although a part is down for more than half a minute: a date is told anew only when it has passed
// for longer than its notice was.
const policy = `name: killed
retryWindow: 0s
reminders:
  - after: 2s
limit:
  after: 12s
pause:
  after: 46s
  lead: 43s
decommission:
  after: 47s
  retention: 43s
  approval: 1h
  approvers: [ops@forbear.test]
dwell: 1s
longestEpisode: 1h
contact: help@forbear.test
recheck: 3s
holdRetry: 3s
`;

/** Where a life is struck: the payer when it is lifted, the debtor everywhere else. */
const points = ['event', 'reminder', 'limit', 'pause', 'lift', 'approval', 'deletion'] as const;
type Point = (typeof points)[number];
type Halfway = Exclude<Point, 'event' | 'approval'>;
const isHalfway = (point: Point): point is Halfway => point !== 'event' && point !== 'approval';

/** One never pays and is deleted in the end, the other pays when it is paused. */
type Lives = { readonly debtor: Life; readonly payer: Life };

/** What happens at a point: `act` is what people do there. */
type At = (point: Point, act?: () => Promise<unknown>) => Promise<void>;

const patienceMs = 150_000;

async function liveThrough(ways: Ways, { debtor, payer }: Lives, at: At): Promise<void> {
  await at('event', () => sendInvoice(ways, debtor, 4_900));
  await at('reminder');
  await untilStage(ways, debtor, 'reminded', patienceMs);
  const bill = await sendInvoice(ways, payer, 12_300);
  await untilStage(ways, payer, 'reminded', patienceMs);
  await at('limit');
  await untilStage(ways, debtor, 'limited', patienceMs);
  await at('pause');
  await untilCase(ways, debtor, 'paused', ({ file }) => file.rounds.pause === 1, patienceMs);
  // Its final notice is out, too.
  await untilStage(ways, payer, 'decommissioning', patienceMs);
  await ways.stripe.invoices.pay(bill);
  await at('lift');
  await untilStage(ways, payer, 'recovered', patienceMs);
  await untilCase(ways, debtor, 'asked', ({ file }) => file.approval !== null, patienceMs);
  await at('approval', () => approve(ways, debtor));
  await at('deletion');
  await untilStage(ways, debtor, 'decommissioned', patienceMs);
}

/** Presses the button behind the link of the approver's mail. Throws unless the approval stands. */
async function approve(ways: Ways, life: Life): Promise<void> {
  const [[mail] = []] = [...(await asksById(ways, life)).values()];
  const link = /http:\S+\/approvals\/[\w.-]+/.exec(mail?.text ?? '')?.[0] ?? '';
  const body = new URLSearchParams({ decision: 'approve', reason: 'never paid' });
  const answer = await fetch(link, { method: 'POST', body, signal: AbortSignal.timeout(30_000) });
  const page = await answer.text();
  if (!page.includes('You approved') && !page.includes('decided already'))
    throw new Error(`${answer.status} ${page}`);
}

/** The same order once more, as somebody sends it who got no answer. */
async function approveAgain(ways: Ways, life: Life): Promise<void> {
  const row = await untilCase(ways, life, 'asked', ({ file }) => file.approval !== null);
  const { id = '' } = row.file.approval ?? {};
  const input = { plan: id, by: 'ops@forbear.test', reason: 'never paid' };
  const orders = createOrders(ways.temporal);
  const result = await orders.send(life, { kind: 'approve', id: `approval/${id}`, input });
  expect(result).toMatchObject({ status: 'taken' });
}

type Victim = Extract<PartName, 'api' | 'worker' | 'temporal' | 'postgres'>;
const victims: readonly Victim[] = ['api', 'worker', 'temporal', 'postgres'];

type Killing = Lives & {
  readonly victim: Victim;
  readonly stack: StackProcess;
  readonly ways: Ways;
  readonly gates: Gates;
  readonly struckAt: number[];
};

/** The gate behind which a life is half-way at a point. */
function gateAt(point: Halfway, { debtor, payer }: Lives): [Life, Place] {
  switch (point) {
    case 'reminder':
      return [debtor, 'notice reminder'];
    case 'limit':
      return [debtor, 'kept jobs'];
    case 'pause':
      return [debtor, 'notice paused'];
    case 'lift':
      return [payer, 'restored jobs'];
    case 'deletion':
      return [debtor, 'deleted jobs'];
  }
}

async function killAtEveryPoint(killing: Killing): Promise<Point[]> {
  const { ways, gates, debtor, payer } = killing;
  const struck: Point[] = [];
  for (const point of points.filter(isHalfway)) await gates.close(...gateAt(point, killing));
  await liveThrough(ways, { debtor, payer }, async (point, act) => {
    if (point === 'event') await killBeforeDispatch(killing, act);
    else if (point === 'approval') await killWhileDecided(killing, act);
    else {
      const gate = gateAt(point, killing);
      await gates.untilHeld(...gate);
      await strike(killing, point, () => gates.open(...gate));
    }
    struck.push(point);
  });
  return struck;
}

/** Kills, and lets what was held go on: of what its own part has lost, when that is back. */
async function strike(
  { victim, stack, ways, struckAt, ...lives }: Killing,
  point: Point,
  goOn = async () => {},
) {
  // The payer's life begins when the debtor is reminded.
  if (point !== 'event' && point !== 'reminder')
    await untilAtRest(ways, point === 'lift' ? lives.debtor : lives.payer);
  await untilForgiven(struckAt);
  const back = stack.kill9Part(victim);
  struckAt.push(Date.now());
  if (victim === 'temporal' || victim === 'postgres') await back;
  await goOn();
  await back;
}

async function killBeforeDispatch(killing: Killing, act: (() => Promise<unknown>) | undefined) {
  const dispatch = await stopDispatch(killing.ways);
  await act?.();
  await untilCommitted(killing.ways, killing.debtor);
  await strike(killing, 'event', dispatch);
}

/** The answer may get lost, and the order with it: then it is given again. */
async function killWhileDecided(killing: Killing, act: (() => Promise<unknown>) | undefined) {
  const { ways, debtor, payer, stack, victim, struckAt } = killing;
  await untilAtRest(ways, payer);
  await untilForgiven(struckAt);
  const deciding = act?.().catch(() => undefined);
  struckAt.push(Date.now());
  await stack.kill9Part(victim);
  await deciding;
  await eventually('the decision stands', async () => (await act?.(), true), patienceMs);
  await eventually('it can be repeated', async () => (await approveAgain(ways, debtor), true), patienceMs);
}

/** The stack gives a part up that dies five times within a minute. */
async function untilForgiven(struckAt: readonly number[]): Promise<void> {
  const isForgiven = () => struckAt.filter((at) => Date.now() - at < 61_000).length < 4;
  await eventually('it has not died too often', isForgiven, 70_000);
}

/** Nothing is under way for the other life: it is struck at its own point and nowhere else. */
async function untilAtRest({ temporal }: Ways, { id, name }: Life): Promise<void> {
  await eventually(
    `${name} is at rest`,
    async () => {
      const { raw, status } = await temporal.workflow.getHandle(workflowIdOf(id)).describe();
      const isBusy = (raw.pendingActivities ?? []).length > 0 || (raw.pendingWorkflowTask ?? null) !== null;
      return status.name === 'COMPLETED' || !isBusy;
    },
    patienceMs,
  );
}

const folders: ReturnType<typeof makeTestFolder>[] = [];
let root: string;
const stacks: StackProcess[] = [];
let starting: Promise<unknown> = Promise.resolve();

/** One after the other: side by side they would all take as long as all together. */
function start(name: string): Promise<{ stack: StackProcess; ways: Ways }> {
  const begin = async () => {
    const own = makeTestFolder(`kill-${name}`);
    folders.push(own);
    const ports = await portsToKeep();
    const stack = await startStackProcess(stackOptions(own.path, policy, { root, ports }));
    stacks.push(stack);
    return { stack, ways: waysInto(stack.describe()) };
  };
  const started = starting.then(begin, begin);
  starting = started;
  return started;
}

const settleBoth = async (ways: Ways): Promise<Lives> => ({
  debtor: await settleIn(ways, 'Debtor'),
  payer: await settleIn(ways, 'Payer'),
});

let undisturbed: Promise<Record<keyof Lives, WholeRecord>> | null = null;

async function liveUndisturbed(): Promise<Record<keyof Lives, WholeRecord>> {
  const { ways } = await start('nothing');
  const lives = await settleBoth(ways);
  await liveThrough(ways, lives, async (_, act) => {
    await act?.();
  });
  return { debtor: await wholeRecordOf(ways, lives.debtor), payer: await wholeRecordOf(ways, lives.payer) };
}

beforeAll(async () => {
  const folder = makeTestFolder('kill-built');
  folders.push(folder);
  root = await makeBuiltRoot(folder.path);
});

afterAll(async () => {
  await Promise.all(stacks.map((stack) => stack.stop()));
  if (process.env.KEEP === undefined) folders.forEach((folder) => folder.remove());
});

describe.concurrent('two lives, one deleted and one recovered', () => {
  it('undisturbed are whole: everything is taken, deleted with an approval, or given back', async () => {
    const { debtor, payer } = await (undisturbed ??= liveUndisturbed());
    const nothing = { hold: null, findings: [], taken: null };
    expect(payer.caseFile).toMatchObject({
      ...nothing,
      stage: 'recovered',
      rounds: { remind: 2, limit: 1, pause: 1, lift: 1, close: 1 },
      remarks: [],
    });
    expect([payer.sizes, payer.findings]).toEqual([sizes, []]);
    expect(debtor.caseFile).toMatchObject({
      stage: 'decommissioned',
      rounds: { remind: 2, limit: 1, pause: 1, ask: 1, decommission: 1, lift: 0 },
      findings: [],
      remarks: [{ text: expect.stringMatching(/^deletion .* approved by/) as string }],
    });
    expect([debtor.sizes, debtor.findings]).toEqual([{}, []]);
    expect(debtor.approvals).toMatchObject([{ approved: true, decidedBy: 'ops@forbear.test' }]);
    expect(debtor.deletions).toMatchObject(
      ['jobs', 'spare', 'web'].map((resource) => ({ resource, deleted: true })),
    );
    expect(debtor.mails).toHaveLength(5);
    expect(payer.mails).toHaveLength(5);
  }, 600_000);

  it.each(victims)(
    'TT-2 TT-3 TT-5 TT-10 come to the same with kill -9 of %s at seven points: event, mail, limit, pause, lift, approval, deletion',
    async (victim) => {
      const same = (undisturbed ??= liveUndisturbed());
      const { stack, ways } = await start(victim);
      const lives = await settleBoth(ways);
      const gates = await makeGates(ways);
      const struck = await killAtEveryPoint({ victim, stack, ways, gates, struckAt: [], ...lives });
      expect(struck).toEqual(points);
      for (const who of ['debtor', 'payer'] as const) {
        const life = lives[who];
        expect(await wholeRecordOf(ways, life)).toEqual((await same)[who]);
        expect(faultsOf(await auditOf(ways, life))).toEqual([]);
        for (const copies of [await mailsById(ways, life), await asksById(ways, life)])
          expect(Math.max(0, ...[...copies.values()].map(({ length }) => length))).toBeLessThanOrEqual(2);
      }
      await ways.close();
    },
    600_000,
  );
});
