import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { createEffectActivities, createRecordActivities } from '../../activities/index.js';
import { createOrders, type Order, type OrderResult } from '../../src/dispatcher/orders.js';
import { createTellCase } from '../../src/dispatcher/releases.js';
import { createRuns } from '../../src/dispatcher/runs.js';
import { createSignaller } from '../../src/dispatcher/signaller.js';
import { sweepStart } from '../../src/dispatcher/sweep-schedule.js';
import type { CaseFile } from '../../src/domain/case-file.js';
import type { HoldReason } from '../../src/domain/effect.js';
import { DAY_MS, SECOND_MS, type Instant } from '../../src/domain/time.js';
import { signDecision } from '../../src/guard/decision-proof.js';
import {
  caseFileQuery,
  effectTaskQueue,
  extendGraceUpdate,
  registeredAttributes,
  sweepType,
  workflowIdOf,
  workflowTaskQueue,
  type CaseView,
  type GraceInput,
  type OrderAnswer,
} from '../../workflows/messages.js';
import { createMemoryWorld, linkSecret, type WorldOptions } from './memory-world.js';
import { isQuiet, tailOf, until } from './quiet.js';

const patienceMs = 20_000;

export type Trial = Awaited<ReturnType<typeof openTrial>>;

// CI runs all trials once without a cache; at a desk a cached workflow is quicker.
const cachedByDefault = process.env['FORBEAR_TEST_UNCACHED'] !== '1';

/** Without a cache every workflow task replays the whole history, on whatever worker. */
export type TrialOptions = Omit<WorldOptions, 'clock'> & { readonly cached?: boolean };

/**
 * One account's trial on the time-skipping server: both workers with the real bundle and the real activities, and every
 * port in memory on the server's clock. Day 0 is the moment of the opening. One trial at a time: they share the clock.
 */
export async function openTrial(
  env: TestWorkflowEnvironment,
  { cached = cachedByDefault, ...options }: TrialOptions = {},
) {
  const runs = createRuns(env.client);
  // This server has no list of runs: the one that there may be is asked for by its name.
  const running = (before: Instant) =>
    listed(async () => {
      if (!(await runs.isRunning(world.account.id))) return [];
      return (await handle.describe()).startTime.getTime() < before ? [world.account.id] : [];
    });
  const world = createMemoryWorld({
    clock: () => env.currentTimeMs(),
    runs: { ...runs, running },
    ...options,
  });
  const crew = await hire(env, world.deps, cached);
  const dayZero = await env.currentTimeMs();
  const handle = env.client.workflow.getHandle(workflowIdOf(world.account.id));
  const signaller = createSignaller(env.client);
  const tellCase = createTellCase(env.client);
  const orders = createOrders(env.client);
  const history = async () => (await handle.fetchHistory()).events ?? [];
  // To a hundredth, a quarter of an hour: what happens on its day happens within seconds of it.
  const dayOf = (at: Instant): number => Math.round(((at - dayZero) / DAY_MS) * 100) / 100;
  const isAtRest = async () => isQuiet(await history(), await env.currentTimeMs());
  let events = 0;
  let sweeps = 0;
  let isTorn = false;

  /**
   * Waits until nothing is under way: every workflow task and every activity has its end in the history. To be called
   * before a message that cancels what is under way, unless that stands at a gate: this server, unlike the real one,
   * loses the workflow's answer when it cancels an activity that has ended just then (`ACTIVITY_UNKNOWN`).
   */
  async function quiet(): Promise<void> {
    await until(isAtRest, patienceMs, async () => `quiet; the history ends with ${tailOf(await history())}`);
  }
  /** A second later than said, so that what is due just then has come first. */
  async function pass(days: number): Promise<void> {
    await env.sleep(Math.max(1, dayZero + days * DAY_MS + SECOND_MS - (await env.currentTimeMs())));
  }

  function newestFile(): CaseFile {
    const newest = world.cases.saved(world.account.id).at(-1)?.file;
    if (newest === undefined) throw new Error('no case was saved');
    return newest;
  }

  /** A decision with its proof, unless it comes with a code, or with a proof of its own; anything else as it is. */
  function proven<Input extends { readonly by: string }>(name: string, input: Input): Input {
    const approval = world.cases.saved(world.account.id).at(-1)?.file.approval ?? null;
    const isDecision = name === 'approve' || name === 'reject';
    if (!isDecision || 'code' in input || 'proof' in input) return input;
    const { id = 'none', expiresAt = 0 } = approval ?? {};
    const decision = { approval: id, approved: name === 'approve', by: input.by, expiresAt };
    return { ...input, proof: signDecision(linkSecret, decision) };
  }

  return {
    ...world,
    env,
    handle,
    history,
    quiet,
    dayZero,
    day: (days: number): Instant => dayZero + days * DAY_MS,
    now: () => env.currentTimeMs(),
    /** Lets time pass until day `days`, and everything happen that is due by then. */
    async reach(days: number): Promise<void> {
      await pass(days);
      await quiet();
    },
    /** Lets time pass until day `days` and waits for nothing; while an activity runs, the clock goes as every clock. */
    pass,
    /** Sends the workers away until day `days`; `meanwhile` happens once they are gone. */
    async leaveAlone(days: number, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
      await crew.leave();
      await meanwhile();
      // The task of this message waits for a worker and holds the server's clock, which is let go a second time.
      await this.signal('billingChanged');
      const { testService } = env.connection;
      await testService?.unlockTimeSkipping({});
      await pass(days);
      await testService?.lockTimeSkipping({});
      await crew.come();
    },
    /** The renewal of day `days` fails, and Stripe says so. */
    async renewalFails(days: number, id?: string, amountMinor?: number): Promise<void> {
      world.stripe.renewalFails(dayZero + days * DAY_MS, id, amountMinor);
      await this.signal('paymentFailed');
      await quiet();
    },
    /** The customer pays, and Stripe says so. */
    async pays(id?: string, amountMinor?: number): Promise<void> {
      world.stripe.pay(id, amountMinor);
      await this.signal('paymentSucceeded');
      await quiet();
    },
    /** What the dispatcher makes of an event. Returns as soon as the server has it. */
    signal: (
      name: 'paymentFailed' | 'paymentSucceeded' | 'billingChanged',
      eventId = `evt_${(events += 1)}`,
    ) => signaller.signal(world.account.id, name, [{ eventId, type: name }]),
    /** What a person sends from the Temporal Web UI. */
    /** What held cases for this is let go. */
    async tellRelease(hold: HoldReason): Promise<void> {
      await tellCase(world.account.id, hold);
      await quiet();
    },
    signalGrace: (input: unknown) => handle.signal('extendGrace', input),
    extendGrace: (input: GraceInput, updateId?: string) =>
      handle.executeUpdate(extendGraceUpdate, { args: [input], ...(updateId !== undefined && { updateId }) }),
    /** Any other order of a person; `by` is the supporter unless told. A decision is proven, as by our own commands. */
    order: <Input extends { readonly reason: string }>(
      definition: UpdateDefinition<OrderAnswer, [Input]>,
      input: Input,
      updateId?: string,
    ): Promise<OrderAnswer> =>
      handle.executeUpdate(definition, {
        args: [proven(definition.name, { by: 'the supporter', ...input })],
        ...(updateId !== undefined && { updateId }),
      }),
    /** An order of a person to an account that may have no case: what makes sense there starts one. */
    ask: (order: Order): Promise<OrderResult> => orders.send(world.account, order),
    /** Every notice that was accepted, with the day: `[['reminder', 1], …]`. */
    told: () => world.post.letters.map(({ topic, at }): [string, number] => [topic, dayOf(at)]),
    /** On which days approvers were asked for a deletion. */
    asked: () => world.post.asked.map(({ at }) => dayOf(at)),
    /** The plan that waits for a decision now, as an approver names it. */
    plan: () => newestFile().approval?.planHash.slice(0, 8) ?? 'none',
    /** Every order of a person that stands in the audit log. */
    ordered: () => world.audit().flatMap(({ kind, body }) => (kind === 'order' ? [body] : [])),
    dayOf,
    /**
     * What the schedule does every quarter of an hour, and what it has led to. Who waits for a result lets this server's clock
     * jump, so it is asked for the workflow's end only.
     */
    async sweep() {
      const workflowId = `${sweepType}/${(sweeps += 1)}`;
      const sweeping = await env.client.workflow.start(sweepType, {
        workflowId,
        ...sweepStart(),
      });
      await until(async () => (await sweeping.describe()).status.name !== 'RUNNING', patienceMs);
      await quiet();
      const ended = world.sweeps.ended.at(-1);
      if (ended === undefined || world.sweeps.ended.length < sweeps) throw new Error('the sweep failed');
      return ended;
    },
    isOver: async () => (await handle.describe()).status.name === 'COMPLETED',
    view: (): Promise<CaseView | null> => handle.query(caseFileQuery),
    /** An operator ends the run by force. */
    async terminate(): Promise<void> {
      isTorn ||= !(await isAtRest());
      await handle.terminate('by mistake');
    },
    /** The newest case as it was last saved. */
    file: newestFile,
    /** Ends it all. False when something was still under way: the server's clock may then stand still for good. */
    async close(): Promise<boolean> {
      const atRest = await until(isAtRest, 2 * SECOND_MS).then(
        () => true,
        () => false,
      );
      await handle.terminate().catch(() => undefined);
      await crew.leave();
      return atRest && !isTorn;
    },
  };
}

async function* listed<T>(read: () => Promise<readonly T[]>): AsyncIterable<readonly T[]> {
  yield await read();
}

/** The sentence with which an order was refused. */
export async function refusalOf(asked: Promise<unknown>): Promise<string> {
  const refused = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(refused instanceof WorkflowUpdateFailedError)) throw new Error('the order was not refused');
  return refused.cause?.message ?? '';
}

type Servers = { readonly testServer?: { readonly path: string } | null };

/** Where set-up found or built the time-skipping server; `null` when it could not be had. */
export const testServerPath = readPath();

function readPath(): string | null {
  try {
    const file = new URL('../../.forbear/servers.json', import.meta.url);
    return (JSON.parse(readFileSync(file, 'utf8')) as Servers).testServer?.path ?? null;
  } catch {
    return null;
  }
}

/** A time-skipping server with our search attributes. */
export async function openEnvironment(): Promise<TestWorkflowEnvironment> {
  if (testServerPath === null) throw new Error('there is no time-skipping server: run npm run setup');
  const executable = { type: 'existing-path' as const, path: testServerPath };
  const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
  const { namespace } = env.client.options;
  const searchAttributes = Object.fromEntries(registeredAttributes.map(({ name, code }) => [name, code]));
  await env.connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  return env;
}

type Deps = Parameters<typeof createEffectActivities>[0];

/** The workers of both queues. They can be sent away and come back, as on a bad night. */
async function hire(env: TestWorkflowEnvironment, deps: Deps, cached: boolean) {
  const workflowBundle = await bundle();
  let working: { readonly workers: Worker[]; readonly done: Promise<unknown> } | null = null;

  async function come(): Promise<void> {
    const shared = { connection: env.nativeConnection, ...(env.namespace && { namespace: env.namespace }) };
    const workers = [
      await Worker.create({
        ...shared,
        workflowBundle,
        taskQueue: workflowTaskQueue,
        ...(cached ? {} : { maxCachedWorkflows: 0 }),
        activities: createRecordActivities(deps),
      }),
      await Worker.create({
        ...shared,
        taskQueue: effectTaskQueue,
        activities: createEffectActivities(deps),
        shutdownGraceTime: '1s',
      }),
    ];
    working = { workers, done: Promise.all(workers.map((worker) => worker.run())) };
  }
  async function leave(): Promise<void> {
    const leaving = working;
    working = null;
    for (const worker of leaving?.workers ?? []) worker.shutdown();
    await leaving?.done;
  }
  await come();
  return { come, leave };
}

// Tests make activities fail on purpose, and each failure would be a warning.
const logger = new DefaultLogger('ERROR');
const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
Runtime.install({ logger, telemetryOptions: { logging: { filter } } });

let bundled: Promise<WorkflowBundleWithSourceMap> | null = null;

/** The workflows as production bundles them, once a test file. */
export function bundle(): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  return (bundled ??= bundleWorkflowCode({ workflowsPath, logger }));
}
