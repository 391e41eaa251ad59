import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/db/migrate.js';
import { childEnvironment } from '../../src/dev/child-environment.js';
import { identityOf, isAlive } from '../../src/dev/identity.js';
import { freePorts } from '../../src/dev/options.js';
import { settlePorts } from '../../src/dev/ports.js';
import { databaseUrl, makeDatabase, postgresPart } from '../../src/dev/postgres.js';
import { readServers } from '../../src/dev/servers.js';
import { eventually } from './dev-eventually.js';
import { checkout, makeTestFolder } from './stack-folder.js';

/** A Postgres that a test kills as often as it likes, with nobody who starts it again unasked. */
export type MortalPostgres = {
  readonly url: string;
  /** Starts it on what its last life left; resolves when it has recovered. */
  up(): Promise<void>;
  /** The postmaster and all its children at once, as a power cut would: by themselves the children would live on. */
  kill9(): Promise<void>;
  end(): Promise<void>;
};

// To fsync each file of the folder before recovery takes seconds; where the kernel can, it is told to sync them all at once.
const quickRecovery = process.platform === 'linux' ? ['-c', 'recovery_init_sync_method=syncfs'] : [];

/** Made, up, and with the newest schema. */
export async function startMortalPostgres(name: string): Promise<MortalPostgres> {
  const folder = makeTestFolder(name);
  const { postgres } = readServers(checkout);
  const ports = await settlePorts(freePorts);
  const env = childEnvironment(process.env);
  const settings = {
    bin: postgres.bin,
    dataFolder: folder.path,
    port: ports.postgres,
    password: 'test',
    env,
  };
  const { command, prepare, ready } = postgresPart(settings);
  mkdirSync(join(folder.path, 'logs'));
  const log = openSync(join(folder.path, 'logs', 'postgres.log'), 'a');
  let postmaster: number | undefined;

  async function up(): Promise<void> {
    await prepare?.();
    const { cwd, user } = command;
    const child = spawn(command.command, [...command.args, ...quickRecovery], {
      cwd,
      env,
      stdio: ['ignore', log, log],
      ...user,
    });
    postmaster = child.pid;
    await eventually('Postgres answers', () => ready({ lines: [] }), 60_000);
  }

  async function kill9(): Promise<void> {
    if (postmaster === undefined) return;
    // Stopped first, so that it has no more children when they are looked for.
    process.kill(postmaster, 'SIGSTOP');
    const all = [postmaster, ...childrenOf(postmaster)].map(identityOf).filter((one) => one !== null);
    for (const { pid } of all) process.kill(pid, 'SIGKILL');
    postmaster = undefined;
    await eventually('Postgres is gone', () => !all.some(isAlive));
  }

  const url = databaseUrl(settings);
  await up();
  await makeDatabase(settings);
  await migrate(url);
  const end = async () => {
    await kill9();
    folder.remove();
  };
  return { url, up, kill9, end };
}

function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, of]) => (pid !== undefined && of === parent ? [pid] : []));
}
