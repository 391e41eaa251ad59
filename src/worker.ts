import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createEffectActivities, createRecordActivities } from '../activities/index.js';
import { effectTaskQueue, registeredAttributes, workflowTaskQueue } from '../workflows/messages.js';
import { dataConverterOf } from './codec/data-converter.js';
import type { WorkerConfig } from './config.js';
import { openDatabase } from './db/client.js';
import { keepSweepSchedule } from './dispatcher/sweep-schedule.js';
import { connectTemporal } from './temporal.js';
import { temporalLoggerTo } from './log/temporal.js';
import { activityDeps, checkMailsFolder, createLogger } from './wiring.js';

export type RunningWorker = {
  /** Settles when the worker has stopped, and rejects when it failed. */
  readonly done: Promise<void>;
  stop(): void;
};

// Sleeping cases replay in a few events, so a large cache buys little; at its default 10,000 sleepers took 1.1 GB.
const mostCachedWorkflows = 100;

/**
 * Starts the workers of both task queues in this process, with one connection. Throws when Temporal can't be reached, and
 * `ConfigError` when the folder of mails has mistakes.
 */
export async function startWorker(config: WorkerConfig): Promise<RunningWorker> {
  const logger = createLogger('worker');
  await checkMailsFolder(config);
  const native = await NativeConnection.connect(config.temporal.connection);
  await registerSearchAttributes(native, config.temporal.namespace);
  const database = openDatabase(config.databaseUrl);
  const temporal = connectTemporal(config.temporal);
  await keepSweepSchedule(temporal, config.sweepEveryMs).catch((error: unknown) => {
    logger.error(
      { error },
      'the schedule of the sweep could not be set: nothing is read again unless events come',
    );
  });
  const deps = activityDeps(config, database, temporal);
  const { namespace, codec } = config.temporal;
  const shared = { connection: native, namespace, ...dataConverterOf(codec) };
  const source = workflowSource(codec === null ? 'workflow-bundle.js' : 'workflow-bundle-encoded.js');
  const workflows = await Worker.create({
    ...shared,
    taskQueue: workflowTaskQueue,
    maxCachedWorkflows: mostCachedWorkflows,
    activities: createRecordActivities(deps),
    ...source,
  });
  const effects = await Worker.create({
    ...shared,
    taskQueue: effectTaskQueue,
    activities: createEffectActivities(deps),
    buildId: source.buildId,
    maxTaskQueueActivitiesPerSecond: config.effectsPerSecond,
    shutdownGraceTime: '10s',
    // Most of them wait for somebody else; a month-end's drains must leave room for those who have just paid.
    maxConcurrentActivityTaskExecutions: 500,
  });
  const workers = [workflows, effects];
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const run = async () => {
    // One that fails takes the other with it: half a worker would look alive.
    const ends = await Promise.allSettled(
      workers.map((worker) =>
        worker.run().catch((error: unknown) => {
          stop();
          throw error;
        }),
      ),
    );
    await Promise.all(deps.sessionStores.map((store) => store.close()));
    await native.close();
    await temporal.connection.close();
    await database.close();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  logger.info(
    { policy: config.policy.version, mode: config.brakes.mode, targets: config.targets.length },
    'worker ready',
  );
  return {
    done: run(),
    stop,
  };
}

/**
 * Cases show themselves by attributes that a namespace has to know; without them every workflow task would fail. Registers
 * what is missing, or says how to.
 */
async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = registeredAttributes.filter(({ name }) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(({ name, code }) => [name, code]));
  await connection.operatorService
    .addSearchAttributes({ namespace, searchAttributes })
    .catch((cause: unknown) => {
      const commands = missing.map(({ name, type }) => `--name ${name} --type ${type}`);
      throw new Error(
        `the namespace ${namespace} lacks search attributes and we may not add them: temporal operator search-attribute create ${commands.join(' ')}`,
        { cause },
      );
    });
}

/**
 * The bundle that a build made, where there is one; else the sources, bundled at start. The build's id stands twice in the
 * history of every workflow task and once in that of every activity, and the SDK's own has 91 characters.
 */
function workflowSource(name: string) {
  const bundle = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle }, buildId: buildIdOf(bundle) };
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  return { workflowsPath, buildId: 'source' };
}

const buildIdOf = (bundle: string) =>
  createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 8);

/** Quiet unless something is wrong, and then in our own log; has to be called before the first worker is made. */
export function quietRuntime(): void {
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({
    logger: temporalLoggerTo(createLogger('temporal')),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}
