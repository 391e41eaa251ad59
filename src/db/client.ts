import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import * as schema from './schema.js';

type Drizzle = PostgresJsDatabase<typeof schema>;
/** `$client`: for the statements of which every moment counts. */
export type Db = Drizzle & { readonly $client: Sql };
/** A database or an open transaction on it. */
export type Executor = Drizzle | Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export type Database = {
  readonly db: Db;
  /** A client of its own: drizzle changes the parsers of the one that it is given. */
  listen(channel: string, wake: () => void): Promise<void>;
  close(): Promise<void>;
};

/** Opens a pool. Nothing is sent before the first query, so a database that is down shows there, not here. */
export function openDatabase(url: string, connections = 10): Database {
  // Its own backoff grows to 20 s, and everybody would wait that long after the database is back.
  const settings = {
    backoff: () => 0.5,
    connect_timeout: 5,
    onnotice: () => undefined,
    connection: { application_name: 'forbear' },
  };
  const pool = postgres(url, { ...settings, max: connections });
  const listener = postgres(url, { ...settings, max: 1, idle_timeout: 0 });
  return {
    db: drizzle(pool, { schema }),
    listen: async (channel, wake) => {
      // postgres.js listens anew after a lost connection; what was missed meanwhile is told by the second callback.
      await listener.listen(channel, wake, wake);
    },
    close: async () => {
      await Promise.all([pool.end({ timeout: 5 }), listener.end({ timeout: 5 })]);
    },
  };
}
