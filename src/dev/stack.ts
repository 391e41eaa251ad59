import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../db/migrate.js';
import { childEnvironment } from './child-environment.js';
import { describeStack, http, type StackDescription } from './description.js';
import type { DevFailure } from './failure.js';
import { mailPart, platformPart, stripePart } from './fakes.js';
import { takeFolder } from './folder-lock.js';
import { createGroup, type Group } from './group.js';
import { portNames, type DevOptions, type PartName, type Ports } from './options.js';
import { apiPart, workerPart } from './ours.js';
import { openPidRecord, type PidRecord } from './pid-record.js';
import { settlePorts } from './ports.js';
import { databaseUrl, makeDatabase, postgresPart } from './postgres.js';
import { wipePostgres } from './postgres-folder.js';
import { readOrMakeSecrets } from './secrets.js';
import { readServers, type Servers } from './servers.js';
import { environmentOf, writeForbearConfig, writeTemporalProfile } from './settings.js';
import { ensureEndpoint } from './stripe-endpoint.js';
import { namespace, temporalPart } from './temporal.js';

export type Stack = StackDescription & {
  /** Ends every part and removes `dev.json`; the data stays. Safe to repeat. */
  stop(): Promise<void>;
  /** Kills the part's process as a crash would; it is started again. For tests. */
  kill9(name: PartName): void;
  /** Resolves when a part couldn't be kept running, after everything was stopped. */
  readonly failed: Promise<DevFailure>;
};

/**
 * Starts every part, or none: throws `DevFailure` (after stopping what had begun) when one can't be started, when
 * `halt` is aborted, or when a stack already runs on this data folder.
 */
export async function startStack(
  options: DevOptions,
  halt: AbortSignal = new AbortController().signal,
): Promise<Stack> {
  const servers = readServers(options.root);
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o755 });
  const giveBack = takeFolder(options.dataFolder);
  const record = openPidRecord(join(options.dataFolder, 'pids.json'));
  try {
    const ports = await prepare(options, record);
    return await start({ options, servers, ports, record, halt, giveBack });
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Clears away what an earlier stack has left, then looks whether the ports are free. */
async function prepare(
  { dataFolder, fresh, ports, stripe, say }: DevOptions,
  record: PidRecord,
): Promise<Ports> {
  const leftovers = await record.endLeftovers();
  if (leftovers > 0) say(`Ended ${leftovers} processes that an earlier run had left behind.`);
  rmSync(join(dataFolder, 'dev.json'), { force: true });
  if (fresh === true) wipe(dataFolder);
  mkdirSync(join(dataFolder, 'logs'), { recursive: true });
  return settlePorts(ports, stripe === null ? portNames : portNames.filter((name) => name !== 'stripe'));
}

function wipe(dataFolder: string): void {
  wipePostgres(dataFolder);
  for (const name of readdirSync(dataFolder)) {
    if (name !== 'dev.lock') rmSync(join(dataFolder, name), { recursive: true, force: true });
  }
}

type Start = {
  readonly options: DevOptions;
  readonly servers: Servers;
  readonly ports: Ports;
  readonly record: PidRecord;
  readonly halt: AbortSignal;
  readonly giveBack: () => void;
};

async function start({ options, servers, ports, record, halt, giveBack }: Start): Promise<Stack> {
  const { root, dataFolder, say } = options;
  const secrets = readOrMakeSecrets(dataFolder);
  const env = childEnvironment(options.env);
  const database = {
    bin: servers.postgres.bin,
    dataFolder,
    port: ports.postgres,
    password: secrets.postgresPassword,
    env,
  };
  const fake = {
    key: secrets.stripeKey,
    webhookSecret: secrets.stripeWebhookSecret,
    apiBase: http(ports.stripe),
  };
  const description = describeStack(ports, {
    namespace,
    postgres: databaseUrl(database),
    stripe: options.stripe ?? fake,
    platformToken: secrets.platformToken,
  });
  const file = join(dataFolder, 'dev.json');
  const where = {
    stack: description,
    configFile: writeForbearConfig(dataFolder, description.platform.base),
    temporalProfile: writeTemporalProfile(dataFolder),
    apiPort: ports.api,
    linkSecret: secrets.linkSecret,
    metricsToken: secrets.metricsToken,
  };
  const ourSettings = environmentOf(options, where);
  const published = { ...description, settings: ourSettings };
  const group = createGroup({
    logFolder: join(dataFolder, 'logs'),
    record,
    say,
    file,
    description: published,
  });
  const stopped = () => void group.stop();
  halt.addEventListener('abort', stopped);
  try {
    halt.throwIfAborted();
    const settings = { dataFolder, ports, secrets, env };
    await group.begin([
      postgresPart(database),
      temporalPart({
        cli: servers.temporal.path,
        dataFolder,
        port: ports.temporal,
        uiPort: ports.temporalUi,
        codec: options.env['FORBEAR_CODEC_KEYS'] ? `${description.api}/codec` : null,
        env,
      }),
      mailPart(settings),
      ...(options.stripe === null ? [stripePart(settings, options.stripeRetryScheduleMs)] : []),
      platformPart(settings),
    ]);
    await makeDatabase(database);
    await migrate(description.postgres);
    halt.throwIfAborted();
    // The watch looks for it as soon as the api is up.
    if (options.stripe === null)
      await ensureEndpoint(fake.apiBase, fake.key, `${description.api}/webhooks/stripe`);
    const ours = { root, dataFolder, env: { ...env, ...ourSettings } };
    await group.begin([apiPart(ours, description.api), workerPart(ours)]);
    halt.throwIfAborted();
    return stackOf(published, group, giveBack);
  } catch (error) {
    await group.stop();
    throw error;
  } finally {
    halt.removeEventListener('abort', stopped);
  }
}

function stackOf(description: Omit<StackDescription, 'pids'>, group: Group, giveBack: () => void): Stack {
  const { pids } = group;
  group.publish();
  const stop = async () => {
    await group.stop();
    giveBack();
  };
  return {
    ...description,
    get pids() {
      return pids();
    },
    stop,
    kill9(name) {
      const pid = pids()[name];
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    failed: group.failed.then(async (failure) => {
      await stop();
      return failure;
    }),
  };
}
