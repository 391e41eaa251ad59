import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { Db } from './client.js';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
// Any fixed number: two processes that migrate at once take turns.
const migrationLock = 4_217_001;

/** How many migrations this version has that the database has not. */
export async function missingMigrations(db: Db): Promise<number> {
  const [table] = await db.execute<{ name: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as name`,
  );
  const known = readMigrationFiles({ migrationsFolder });
  if (table?.name === null) return known.length;
  const [newest] = await db.execute<{ at: string | null }>(
    sql`select max(created_at) as at from drizzle.__drizzle_migrations`,
  );
  return known.filter(({ folderMillis }) => folderMillis > Number(newest?.at ?? 0)).length;
}

/** Brings the database to the newest schema. Safe to repeat and to run from several processes at once. */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => undefined, connect_timeout: 5 });
  const db = drizzle(client);
  try {
    await db.execute(sql`select pg_advisory_lock(${migrationLock})`);
    await applyMigrations(db, { migrationsFolder });
  } finally {
    await client.end({ timeout: 5 });
  }
}
