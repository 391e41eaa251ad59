import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../../src/db/migrate.js';
import { childEnvironment } from '../../../src/dev/child-environment.js';
import { keep, type Kept } from '../../../src/dev/keep.js';
import { freePorts } from '../../../src/dev/options.js';
import { printsJson, type Part } from '../../../src/dev/part.js';
import { openPidRecord } from '../../../src/dev/pid-record.js';
import { settlePorts } from '../../../src/dev/ports.js';
import { databaseUrl, makeDatabase, postgresPart } from '../../../src/dev/postgres.js';
import { readServers } from '../../../src/dev/servers.js';
import { writeTemporalProfile } from '../../../src/dev/settings.js';
import { namespace, temporalPart } from '../../../src/dev/temporal.js';
import { checkout } from '../../support/stack-folder.js';
import type { Workbench } from '../workbench.js';
import type { World } from './world.js';

export type Server = { up(): Promise<void>; down(): Promise<void>; pid(): number };

export type Servers = {
  readonly postgres: Server;
  readonly databaseUrl: string;
  readonly temporal: Server;
  readonly address: string;
  readonly worker: Server;
  /** What the Temporal server keeps on disk; only true while it is down. */
  temporalBytes(): number;
  /** How often a part ended by itself. */
  deaths(): number;
};

type Settings = {
  readonly folder: string;
  readonly policy: string;
  readonly world: World;
  readonly entry: string;
};

/** Postgres, Temporal on file and the built worker; none of them runs yet. */
export async function prepareServers(
  bench: Workbench,
  { folder, policy, world, entry }: Settings,
): Promise<Servers> {
  const { postgres, temporal } = readServers(checkout);
  const ports = await settlePorts(freePorts);
  const env = childEnvironment(process.env);
  const database = { bin: postgres.bin, dataFolder: folder, port: ports.postgres, password: 'bench', env };
  const url = databaseUrl(database);
  const address = `127.0.0.1:${ports.temporal}`;
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, policy);
  const settings = {
    DATABASE_URL: url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_CONFIG_FILE: writeTemporalProfile(folder),
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_API_BASE: world.stripe,
    SMTP_URL: world.smtp,
    MAIL_FROM: 'billing@forbear.test',
    FORBEAR_POLICY: policyFile,
    FORBEAR_MODE: 'enforce',
    // What is measured is not Stripe's limit.
    FORBEAR_EFFECTS_PER_SECOND: '1000',
  };
  const temporalFile = join(folder, 'temporal.db');
  let deaths = 0;
  const start = (part: Part) => serverOf(bench, folder, part, () => (deaths += 1));
  const cluster = start(postgresPart(database));
  return {
    postgres: {
      ...cluster,
      async up() {
        await cluster.up();
        await makeDatabase(database);
        await migrate(url);
      },
    },
    databaseUrl: url,
    temporal: start(
      temporalPart({
        cli: temporal.path,
        dataFolder: folder,
        env,
        port: ports.temporal,
        uiPort: ports.temporalUi,
      }),
    ),
    address,
    worker: start(workerPart(entry, folder, { ...env, ...settings })),
    temporalBytes: () => sizeOf(temporalFile) + sizeOf(`${temporalFile}-wal`),
    deaths: () => deaths,
  };
}

function workerPart(entry: string, cwd: string, env: Readonly<Record<string, string>>): Part {
  return {
    name: 'worker',
    command: { command: process.execPath, args: [entry, 'worker'], cwd, env, stopSignal: 'SIGTERM' },
    ready: printsJson('ready'),
  };
}

function serverOf(bench: Workbench, folder: string, part: Part, died: () => void): Server {
  const logFolder = join(folder, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const record = openPidRecord(join(folder, `${part.name}.pids.json`));
  let kept: Kept | null = null;
  const down = async () => {
    await kept?.stop();
    kept = null;
  };
  bench.atEnd(down);
  const say = (line: string) => {
    died();
    bench.say(line);
  };
  return {
    async up() {
      const started = keep(part, {
        logFolder,
        record,
        say,
        changed: () => undefined,
        giveUp: ({ message }) => bench.say(message),
      });
      kept = started.kept;
      await started.ready;
    },
    down,
    pid() {
      const pid = kept?.pid() ?? null;
      if (pid === null) throw new Error(`${part.name} does not run`);
      return pid;
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
