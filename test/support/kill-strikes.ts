import type { PartName } from '../../src/dev/options.js';
import { workflowIdOf } from '../../workflows/messages.js';
import { eventually } from './dev-eventually.js';
import { makeGates, stopDispatch, untilCommitted, type Place } from './kill-gates.js';
import { approveAgain, liveThrough, patienceMs, points, type Lives, type Point } from './kill-lives.js';
import type { Life } from './lives.js';
import type { Ways } from './stack.js';

/** `everything`: a power cut. */
export type Victim = Extract<PartName, 'api' | 'worker' | 'temporal' | 'postgres'> | 'everything';

export type Killing = Lives & {
  readonly victim: Victim;
  readonly ways: Ways;
  /** Kills at once; resolves when the victim runs again. */
  readonly kill9: () => Promise<void>;
};

/** Lives both lives and kills at these points. A life goes on from where the kill found it: half-way. */
export async function killAt(wanted: readonly Point[], killing: Killing): Promise<void> {
  const { ways } = killing;
  const gates = await makeGates(ways);
  const strike = striker(killing);
  for (const point of points.filter(isHalfway))
    if (wanted.includes(point)) await gates.close(...gateAt(point, killing));
  await liveThrough(ways, killing, async (point, act) => {
    if (!wanted.includes(point)) await act?.();
    else if (isHalfway(point)) {
      const gate = gateAt(point, killing);
      await gates.untilHeld(...gate);
      await strike(point, () => gates.open(...gate));
    } else if (point === 'event') await killBeforeDispatch(killing, strike, act);
    else await killWhileDeciding(killing, strike, act);
  });
}

type Halfway = Exclude<Point, 'event' | 'approval'>;
const isHalfway = (point: Point): point is Halfway => point !== 'event' && point !== 'approval';

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

/** `begin` comes just before the kill, `goOn` after it. */
type Strike = (point: Point, goOn: () => Promise<unknown>, begin?: () => void) => Promise<void>;

/** Kills, and lets what was held go on: at once, or, where nothing can go on without the victim, when it is back. */
function striker({ victim, ways, kill9, debtor, payer }: Killing): Strike {
  const struckAt: number[] = [];
  const isOnItsOwn = victim === 'api' || victim === 'worker';
  return async (point, goOn, begin) => {
    // The payer's life begins when the debtor is reminded.
    if (point !== 'event' && point !== 'reminder') await untilAtRest(ways, point === 'lift' ? debtor : payer);
    await untilForgiven(struckAt);
    struckAt.push(Date.now());
    begin?.();
    const back = kill9();
    if (!isOnItsOwn) await back;
    await goOn();
    await back;
  };
}

type Doing = (() => Promise<unknown>) | undefined;

async function killBeforeDispatch({ ways, debtor }: Killing, strike: Strike, act: Doing): Promise<void> {
  const dispatch = await stopDispatch(ways);
  await act?.();
  await untilCommitted(ways, debtor);
  await strike('event', dispatch);
}

/** The answer may get lost, and the order with it: then it is given again. */
async function killWhileDeciding({ ways, debtor }: Killing, strike: Strike, act: Doing): Promise<void> {
  let deciding: Promise<unknown> = Promise.resolve();
  const decide = () => {
    deciding = act?.().catch(() => undefined) ?? deciding;
  };
  await strike('approval', () => deciding, decide);
  await eventually('the decision stands', async () => (await act?.(), true), patienceMs);
  await eventually('it can be repeated', async () => (await approveAgain(ways, debtor), true), patienceMs);
}

/** The supervisor gives a part up that dies five times within a minute. */
async function untilForgiven(struckAt: readonly number[]): Promise<void> {
  const isForgiven = () => struckAt.filter((at) => Date.now() - at < 61_000).length < 4;
  await eventually('it has not died too often', isForgiven, 70_000);
}

/** Nothing is under way for the other life: it is struck at its own point and nowhere else. */
async function untilAtRest({ temporal }: Ways, { id, name }: Life): Promise<void> {
  const isAtRest = async () => {
    const { raw, status } = await temporal.workflow.getHandle(workflowIdOf(id)).describe();
    const isBusy = (raw.pendingActivities ?? []).length > 0 || (raw.pendingWorkflowTask ?? null) !== null;
    return status.name === 'COMPLETED' || !isBusy;
  };
  await eventually(`${name} is at rest`, isAtRest, patienceMs);
}
