import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/db/migrate.js';
import { childEnvironment } from '../../src/dev/child-environment.js';
import { keep, type Kept } from '../../src/dev/keep.js';
import { freePorts } from '../../src/dev/options.js';
import type { Part } from '../../src/dev/part.js';
import { openPidRecord } from '../../src/dev/pid-record.js';
import { settlePorts } from '../../src/dev/ports.js';
import { databaseUrl, makeDatabase, postgresPart } from '../../src/dev/postgres.js';
import { readServers } from '../../src/dev/servers.js';
import { temporalPart } from '../../src/dev/temporal.js';
import { checkout } from './stack-folder.js';

/** A real server that a test takes away and gives back; its data stays. */
export type Server = { up(): Promise<void>; down(): Promise<void> };

export type TestServers = {
  readonly postgres: Server & { readonly url: string };
  readonly temporal: Server & { readonly address: string };
};

/** A real Postgres and a real Temporal server, neither of them started yet, with their data in `folder`. */
export async function prepareServers(folder: string): Promise<TestServers> {
  const { postgres, temporal } = readServers(checkout);
  const ports = await settlePorts(freePorts);
  const env = childEnvironment(process.env);
  const database = { bin: postgres.bin, dataFolder: folder, port: ports.postgres, password: 'test', env };
  const cluster = serverOf(postgresPart(database), folder);
  const url = databaseUrl(database);
  const temporalPorts = { port: ports.temporal, uiPort: ports.temporalUi };
  const cases = serverOf(
    temporalPart({ cli: temporal.path, dataFolder: folder, env, ...temporalPorts }),
    folder,
  );
  const up = async () => {
    await cluster.up();
    await makeDatabase(database);
    await migrate(url);
  };
  return {
    postgres: { ...cluster, up, url },
    temporal: { ...cases, address: `127.0.0.1:${ports.temporal}` },
  };
}

function serverOf(part: Part, folder: string): Server {
  const logFolder = join(folder, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const record = openPidRecord(join(folder, `${part.name}.pids.json`));
  let kept: Kept | null = null;
  return {
    async up() {
      const started = keep(part, {
        logFolder,
        record,
        say: () => undefined,
        changed: () => undefined,
        giveUp: () => undefined,
      });
      kept = started.kept;
      await started.ready;
    },
    async down() {
      await kept?.stop();
      kept = null;
    },
  };
}
