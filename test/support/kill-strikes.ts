import { expect } from 'vitest';
import type { PartName } from '../../src/dev/options.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { eventually } from './dev-eventually.js';
import { makeGates, moments, stopDispatch, untilCommitted, type Gate, type Moment } from './kill-gates.js';
import {
  actPoints,
  acts,
  all,
  approveAgain,
  isAct,
  liveThrough,
  patienceMs,
  type ActPoint,
  type Pair,
  type Point,
} from './kill-lives.js';
import { loggedOf, standingOf, standsAt } from './kill-standing.js';
import { caseOf, type Life } from './lives.js';
import type { Ways } from './stack.js';

/** `everything`: a power cut. */
export type Victim = Extract<PartName, 'api' | 'worker' | 'temporal' | 'postgres'> | 'everything';

/** The lives that are struck at each moment. */
export type Lives = Readonly<Record<Moment, Pair>>;

export type Killing = {
  readonly lives: Lives;
  readonly victim: Victim;
  readonly ways: Ways;
  /** Kills at once; resolves when the victim runs again. */
  readonly kill9: () => Promise<void>;
};

// From when all is healed until what was struck has come to its end.
const convergedMs = 60_000;

/**
 * Lives the lives through and kills at these points. One kill finds the same act of three lives at its three moments, and
 * each of them has its outcome within a minute after the victim is back.
 */
export async function killAt(wanted: readonly Point[], killing: Killing): Promise<void> {
  const { ways, lives } = killing;
  const gates = await makeGates(ways);
  const strike = striker(killing);
  const struckActs = actPoints.filter((point) => wanted.includes(point));
  for (const gate of struckActs.flatMap((point) => gatesAt(point, lives))) await gates.close(gate);
  await liveThrough(ways, Object.values(lives), async (point, act) => {
    if (!wanted.includes(point)) await act?.();
    else if (isAct(point)) {
      const held = gatesAt(point, lives);
      await all(held, (gate) => gates.untilHeld(gate));
      for (const gate of held) expect(await standingOf(ways, gate)).toEqual(standsAt(gate));
      await strike(point, () => all(held, (gate) => gates.open(gate)));
      await all(held, (gate) => untilOutcome(ways, gate));
    } else if (point === 'event') await killBeforeDispatch(killing, strike, act);
    else await killWhileDeciding(killing, strike, act);
  });
}

/** The gates behind which the lives are at a point, each at its own moment. */
const gatesAt = (point: ActPoint, lives: Lives): Gate[] =>
  moments.map((moment) => ({ life: lives[moment][acts[point].of], step: acts[point].step, moment }));

/** `begin` comes just before the kill, `goOn` after it. */
type Strike = (point: Point, goOn: () => Promise<unknown>, begin?: () => void) => Promise<void>;

/** Kills, and lets what was held go on: at once, or, where nothing can go on without the victim, when it is back. */
function striker({ victim, ways, kill9, lives }: Killing): Strike {
  const struckAt: number[] = [];
  const isOnItsOwn = victim === 'api' || victim === 'worker';
  return async (point, goOn, begin) => {
    await all(Object.values(lives), (pair) => untilOthersRest(ways, point, pair));
    await untilForgiven(struckAt);
    struckAt.push(Date.now());
    begin?.();
    const back = kill9();
    if (!isOnItsOwn) await back;
    await goOn();
    await back;
  };
}

/** Of the payers, nothing is under way when the debtors are struck, and the other way round. */
async function untilOthersRest(ways: Ways, point: Point, { debtor, payer }: Pair): Promise<void> {
  // The payers' lives begin when the debtors are reminded.
  if (point === 'event' || point === 'reminder') return;
  await untilAtRest(ways, isAct(point) && acts[point].of === 'payer' ? debtor : payer);
}

/** The struck act has its outcome in the audit log. */
async function untilOutcome(ways: Ways, gate: Gate): Promise<void> {
  const { life, step, moment } = gate;
  const hasOutcome = async () => (await loggedOf(ways, gate)).includes('outcome');
  await eventually(`${life.name} has the outcome of its ${step}, struck ${moment}`, hasOutcome, convergedMs);
}

type Doing = (() => Promise<unknown>) | undefined;

async function killBeforeDispatch({ ways, lives }: Killing, strike: Strike, act: Doing): Promise<void> {
  const debtors = Object.values(lives).map(({ debtor }) => debtor);
  const dispatch = await stopDispatch(ways);
  await act?.();
  await all(debtors, (debtor) => untilCommitted(ways, debtor));
  await strike('event', dispatch);
  await all(debtors, (debtor) =>
    eventually(`${debtor.name} has a case`, async () => (await caseOf(ways, debtor)) !== null, convergedMs),
  );
}

/** The answer may get lost, and the order with it: then it is given again. */
async function killWhileDeciding({ ways, lives }: Killing, strike: Strike, act: Doing): Promise<void> {
  const debtors = Object.values(lives).map(({ debtor }) => debtor);
  let deciding: Promise<unknown> = Promise.resolve();
  const decide = () => {
    deciding = act?.().catch(() => undefined) ?? deciding;
  };
  await strike('approval', () => deciding, decide);
  await eventually('the decisions stand', async () => (await act?.(), true), convergedMs);
  const again = () => all(debtors, (debtor) => approveAgain(ways, debtor));
  await eventually('they can be repeated', async () => (await again(), true), convergedMs);
}

/** The supervisor gives a part up that dies five times within a minute. */
async function untilForgiven(struckAt: readonly number[]): Promise<void> {
  const isForgiven = () => struckAt.filter((at) => Date.now() - at < 61_000).length < 4;
  await eventually('it has not died too often', isForgiven, 70_000);
}

/** Nothing is under way for this life: it is struck at its own points and nowhere else. */
async function untilAtRest({ temporal }: Ways, { id, name }: Life): Promise<void> {
  const isAtRest = async () => {
    const { raw, status } = await temporal.workflow.getHandle(workflowIdOf(id)).describe();
    const isBusy = (raw.pendingActivities ?? []).length > 0 || (raw.pendingWorkflowTask ?? null) !== null;
    return status.name === 'COMPLETED' || !isBusy;
  };
  await eventually(`${name} is at rest`, isAtRest, patienceMs);
}
