import postgres from 'postgres';
import { openDatabase, type Database } from '../../src/db/client.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import type { AccountId } from '../../src/domain/ids.js';
import { makeTestFolder } from './stack-folder.js';
import { prepareServers, type Server } from './stack-servers.js';

export type TestDatabase = {
  readonly database: Database;
  readonly url: string;
  readonly server: Server;
  /** From now on the database's `clock_timestamp()` is so much later; only with a movable clock. */
  wait(ms: number): Promise<void>;
  end(): Promise<void>;
};

/** A real Postgres of its own for one test file, with the newest schema. */
export async function startDatabase(name: string, { withMovableClock = false } = {}): Promise<TestDatabase> {
  const folder = makeTestFolder(name);
  const { postgres: server } = await prepareServers(folder.path);
  await server.up();
  if (withMovableClock) await makeClockMovable(server.url);
  const database = openDatabase(server.url, 25);
  return {
    database,
    url: server.url,
    server,
    wait: async (ms) => {
      await database.db.execute(`update movable.clock set ahead_ms = ahead_ms + ${Math.round(ms)}`);
    },
    end: async () => {
      await database.close();
      await server.down();
      folder.remove();
    },
  };
}

/** Puts a clock of our own before the database's: whoever connects from now on reads that one. */
async function makeClockMovable(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  await client.unsafe(`
    create schema movable;
    create table movable.clock (ahead_ms bigint not null);
    insert into movable.clock values (0);
    create function movable.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + ahead_ms * interval ''1 ms'' from movable.clock';
    do $$ begin
      execute format('alter database %I set search_path = movable, public, pg_catalog', current_database());
    end $$;
  `);
  await client.end();
}

export async function newAccount({ db }: Database): Promise<AccountId> {
  const ref = crypto.randomUUID();
  return (await addAccount(db, { ref, name: ref, contacts: [], customers: [] })).id;
}
