import { join } from 'node:path';
import postgres from 'postgres';
import type { Part } from './part.js';
import { clearPostmaster, makeCluster, superuser } from './postgres-cluster.js';
import { postgresFolder } from './postgres-folder.js';
import { postgresUser } from './postgres-user.js';

export type PostgresSettings = {
  readonly bin: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly password: string;
  readonly env: Readonly<Record<string, string>>;
};

export const database = 'forbear';

export function databaseUrl(
  { port, password }: Pick<PostgresSettings, 'port' | 'password'>,
  name = database,
): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${name}`;
}

export function postgresPart(settings: PostgresSettings): Part {
  const { bin, dataFolder, port, password, env } = settings;
  const user = postgresUser();
  const folder = postgresFolder(dataFolder, user);
  return {
    name: 'postgres',
    prepare: async () => {
      await makeCluster({
        bin,
        folder,
        password,
        user,
        env,
        logFile: join(dataFolder, 'logs', 'initdb.log'),
      });
      await clearPostmaster(folder);
    },
    command: {
      command: join(bin, 'postgres'),
      // No unix socket: its path may not be longer than 107 bytes, and nobody here needs one.
      args: ['-D', folder, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'shared_buffers=32MB'],
      cwd: '/',
      env,
      // SIGINT is Postgres' fast shutdown; SIGTERM would wait for clients to leave.
      stopSignal: 'SIGINT',
      user,
    },
    ready: () => answers(databaseUrl(settings, 'postgres')),
  };
}

async function answers(url: string): Promise<boolean> {
  return withClient(url, async (sql) => {
    await sql`select 1`;
    return true;
  });
}

export async function makeDatabase(settings: PostgresSettings): Promise<void> {
  await withClient(databaseUrl(settings, 'postgres'), async (sql) => {
    const known = await sql`select 1 from pg_database where datname = ${database}`;
    if (known.length === 0) await sql.unsafe(`create database ${database}`);
  });
}

async function withClient<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
