import { Client, Connection } from '@temporalio/client';
import { openDatabase, type Db } from '../../../src/db/client.js';
import { namespace } from '../../../src/dev/temporal.js';
import { createSignaller, type Signaller } from '../../../src/dispatcher/signaller.js';
import { makeTestFolder } from '../../support/stack-folder.js';
import type { Workbench } from '../workbench.js';
import { buildWorker } from './build.js';
import { prepareServers, type Servers } from './servers.js';
import { openWorld, type World } from './world.js';

export type Scene = {
  readonly servers: Servers;
  readonly world: World;
  readonly db: Db;
  readonly signaller: Signaller;
  readonly client: Client;
};

export const reminderAfterMs = 3_600_000;

// Only the first reminder comes within the bench.
const policy = `name: sleepers
retryWindow: 8d
reminders:
  - after: ${reminderAfterMs}ms
  - after: 4d
  - after: 8d
limit:
  after: 9d
  lead: 2d
pause:
  after: 12d
  lead: 3d
dwell: 1d
contact: billing@forbear.test
`;

/** Builds and starts everything. */
export async function openScene(bench: Workbench): Promise<Scene> {
  const entry = await buildWorker(bench);
  const folder = makeTestFolder('bench-sleepers');
  bench.atEnd(() => folder.remove());
  const world = await openWorld(bench);
  const servers = await prepareServers(bench, { folder: folder.path, policy, world, entry });
  await Promise.all([servers.postgres.up(), servers.temporal.up()]);
  const database = openDatabase(servers.databaseUrl, 4);
  bench.atEnd(() => database.close());
  const connection = Connection.lazy({ address: servers.address });
  bench.atEnd(() => connection.close());
  const client = new Client({ connection, namespace });
  await servers.worker.up();
  return { servers, world, db: database.db, client, signaller: createSignaller(client) };
}

/** Stops worker and Temporal and starts them again from what is on disk; resolves to how many bytes that was. */
export async function restart(bench: Workbench, { servers }: Scene): Promise<number> {
  const { worker, temporal, temporalBytes } = servers;
  bench.say('restarting worker and Temporal');
  await worker.down();
  await temporal.down();
  const bytes = temporalBytes();
  await temporal.up();
  await worker.up();
  return bytes;
}
