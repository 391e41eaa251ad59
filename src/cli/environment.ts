import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Client } from '@temporalio/client';
import { environment, readDatabaseConfig, readTemporalConfig, type Env } from '../config.js';
import { openDatabase, type Db } from '../db/client.js';
import type { BreakerRules } from '../domain/breaker.js';
import { forbearFileOf, readBreakers } from '../forbear-file.js';

const devShape = z.object({ settings: z.record(z.string(), z.string()) });

/**
 * The environment of an operator's command: what is set, and beside a running `forbear dev` what that stack says of
 * itself, so that commands need no settings there.
 */
export function operatorEnvironment(folder = process.cwd()): Env {
  const env = environment();
  const path = join(folder, '.forbear', 'dev.json');
  if (env['DATABASE_URL'] !== undefined || !existsSync(path)) return env;
  const dev = devShape.parse(JSON.parse(readFileSync(path, 'utf8')));
  return { ...env, ...dev.settings };
}

/** Runs `work` with a database connection that is closed afterwards. */
export async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const database = openDatabase(readDatabaseConfig(operatorEnvironment()).databaseUrl, 2);
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
}

/** Runs `work` with a Temporal client that is closed afterwards. */
export async function withTemporal<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const { connectTemporal } = await import('../temporal.js');
  const client = connectTemporal(readTemporalConfig(operatorEnvironment()));
  try {
    return await work(client);
  } finally {
    await client.connection.close();
  }
}

/** What bounds acts by the file that the environment names: that of the worker, where the command runs beside it. */
export function breakersFromEnvironment(): BreakerRules {
  return readBreakers(forbearFileOf(operatorEnvironment()), false);
}
