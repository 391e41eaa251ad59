import { sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/client.js';
import { createKey } from '../../../src/db/queries/keys.js';
import type { Restriction } from '../../../src/domain/restrictions.js';
import { forbearServe } from '../../support/cli.js';
import { startDatabase } from '../../support/stack-database.js';
import { startServer } from '../server.js';
import { addAccounts } from '../sleepers/accounts.js';
import type { Workbench } from '../workbench.js';
import type { Target } from './load.js';

export type Scene = {
  readonly db: Db;
  readonly bare: Target;
  readonly ours: Target;
  /** The same, with nothing kept. */
  readonly uncached: Target;
};

const restriction: Restriction = {
  reason: 'nonpayment',
  access: 'read_only',
  owner: 'forbear',
  evidence: 'bench',
  since: 0,
};

/** Postgres with so many accounts, every tenth of them restricted, and three servers: bare Hono and two of ours. */
export async function openScene(bench: Workbench, count: number): Promise<Scene> {
  const { database, url, end } = await startDatabase('bench-access');
  bench.atEnd(end);
  const { db } = database;
  bench.say(`adding ${count} accounts`);
  const accounts = await addAccounts(db, count, 'cus_bench');
  const restrictions = JSON.stringify([restriction]);
  await db.execute(sql`insert into access (account, access, restrictions)
    select id, 'read_only', ${restrictions}::jsonb from accounts where right(ref, 1) = '7'`);
  await db.execute(sql`analyze`);
  const { key } = await createKey(db, {
    name: 'bench',
    scopes: ['access:read'],
    mode: 'test',
    expiresAt: null,
  });
  const of = (address: string): Target => ({ url: address, key, ids: accounts.map(({ id }) => id) });
  return {
    db,
    bare: of(await startServer(bench, 'access/bare.ts')),
    ours: of(await startOurs(bench, url, count + 1)),
    uncached: of(await startOurs(bench, url, 0)),
  };
}

/** `forbear serve` as it is; Stripe and Temporal are not needed for an answer, and not there. */
async function startOurs(bench: Workbench, databaseUrl: string, kept: number): Promise<string> {
  const serving = await forbearServe({
    DATABASE_URL: databaseUrl,
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRET: 'whsec_bench',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    FORBEAR_LINK_SECRET: 'a secret of the bench, long enough to be one',
    FORBEAR_PUBLIC_URL: 'https://forbear.example',
    FORBEAR_PORT: '0',
    FORBEAR_API_RATE: '1000000000',
    FORBEAR_ACCESS_CACHE: String(kept),
  });
  bench.atEnd(() => serving.stop());
  return serving.url;
}
