import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Client } from '@temporalio/client';
import { environment, readDatabaseConfig, readTemporalConfig, type Env } from '../config.js';
import { openDatabase, type Db } from '../db/client.js';
import { connectTemporal } from '../wiring.js';

const devShape = z.object({
  temporal: z.object({ address: z.string(), namespace: z.string() }),
  postgres: z.string(),
  platform: z.object({ token: z.string() }).optional(),
});

/**
 * The environment of an operator's command: what is set, and beside a running `forbear dev` what that stack says of
 * itself, so that commands need no settings there.
 */
export function operatorEnvironment(folder = process.cwd()): Env {
  const env = environment();
  const path = join(folder, '.forbear', 'dev.json');
  if (env['DATABASE_URL'] !== undefined || !existsSync(path)) return env;
  const dev = devShape.parse(JSON.parse(readFileSync(path, 'utf8')));
  const config = join(folder, '.forbear', 'forbear.yaml');
  return {
    ...(existsSync(config) && { FORBEAR_CONFIG: config }),
    ...(dev.platform !== undefined && { FORBEAR_PLATFORM_TOKEN: dev.platform.token }),
    ...env,
    DATABASE_URL: dev.postgres,
    TEMPORAL_ADDRESS: dev.temporal.address,
    TEMPORAL_NAMESPACE: dev.temporal.namespace,
  };
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
  const client = connectTemporal(readTemporalConfig(operatorEnvironment()));
  try {
    return await work(client);
  } finally {
    await client.connection.close();
  }
}
