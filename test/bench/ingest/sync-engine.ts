import { createRequire } from 'node:module';
import postgres from 'postgres';
import { startServer } from '../server.js';
import type { Workbench } from '../workbench.js';
import { countDigits } from './events.js';

export type SyncEngine = {
  readonly url: string;
  /** Of these acknowledged events, how many have no invoice in its table: each is about one of its own. */
  countLost(acknowledged: readonly string[]): Promise<number>;
};

/** stripe-sync-engine behind Hono, in a database of its own on the same Postgres; `null` where it is not installed. */
export async function startSyncEngine(
  bench: Workbench,
  databaseUrl: string,
  secret: string,
): Promise<SyncEngine | null> {
  if (!isInstalled('@supabase/stripe-sync-engine')) return null;
  const owner = postgres(databaseUrl, { max: 1 });
  await owner.unsafe('create database sync_engine');
  // One of its migrations gives a function to this role.
  await owner.unsafe('create role postgres');
  await owner.end();
  const url = new URL(databaseUrl);
  url.pathname = '/sync_engine';
  const settings = { BENCH_SECRET: secret, BENCH_DATABASE: url.href };
  const server = await startServer(bench, 'ingest/sync-engine-server.ts', settings);
  return { url: `${server}/webhooks`, countLost: (acknowledged) => countLost(url.href, acknowledged) };
}

async function countLost(databaseUrl: string, acknowledged: readonly string[]): Promise<number> {
  const client = postgres(databaseUrl, { max: 1 });
  const [row] = await client<{ kept: number }[]>`
    select count(*)::int as kept from stripe.invoices where right(id, ${countDigits}::int) in (
      select right(event_id, ${countDigits}::int) from json_array_elements_text(${JSON.stringify(acknowledged)}::text::json) event_id)`;
  await client.end();
  return acknowledged.length - (row?.kept ?? 0);
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
