import { createRequire } from 'node:module';
import postgres from 'postgres';
import { startServer } from '../server.js';
import type { Workbench } from '../workbench.js';

/** stripe-sync-engine behind Hono, in a database of its own on the same Postgres; `null` where it is not installed. */
export async function startSyncEngine(
  bench: Workbench,
  databaseUrl: string,
  secret: string,
): Promise<string | null> {
  if (!isInstalled('@supabase/stripe-sync-engine')) return null;
  const owner = postgres(databaseUrl, { max: 1 });
  await owner.unsafe('create database sync_engine');
  await owner.end();
  const url = new URL(databaseUrl);
  url.pathname = '/sync_engine';
  const settings = { BENCH_SECRET: secret, BENCH_DATABASE: url.href };
  return `${await startServer(bench, 'ingest/sync-engine-server.ts', settings)}/webhooks`;
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
