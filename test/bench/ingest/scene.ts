import type { Db } from '../../../src/db/client.js';
import { startStripeFake } from '../../../src/stripe-fake/server.js';
import { forbearServe } from '../../support/cli.js';
import { startDatabase } from '../../support/stack-database.js';
import { startServer } from '../server.js';
import { addAccounts } from '../sleepers/accounts.js';
import type { Workbench } from '../workbench.js';
import { createEvents, createSign } from './events.js';
import type { Target } from './load.js';
import { startSyncEngine, type SyncEngine } from './sync-engine.js';

export type Scene = {
  readonly db: Db;
  /** Texts of some events that were sent to any of the servers, by their ids. */
  readonly samples: ReadonlyMap<string, Buffer>;
  readonly bare: Target;
  readonly verify: Target;
  readonly ours: Target;
  /** The same server, sent what nobody signed who knows the secret. */
  readonly forged: Target;
  /** `null` where the package is not installed. */
  readonly syncEngine: (Target & SyncEngine) | null;
};

const secret = 'whsec_bench0000000000000000000000';

/** Postgres with so many accounts in good standing, and the servers. */
export async function openScene(bench: Workbench, accounts: number): Promise<Scene> {
  const { database, url, end } = await startDatabase('bench-ingest');
  bench.atEnd(end);
  const added = await addAccounts(database.db, accounts, 'cus_bench');
  const customers = added.map((_, index) => `cus_bench_${index}`);
  const events = createEvents(customers);
  const sign = createSign(secret);
  const others = await startServer(bench, 'ingest/others.ts', { BENCH_SECRET: secret });
  const webhook = await startOurs(bench, url);
  const received = (text: string, id: string) => text.startsWith(`{"received":"${id}"`);
  const syncEngine = await startSyncEngine(bench, url, secret);
  return {
    db: database.db,
    samples: events.samples,
    bare: { url: `${others}/bare`, events, sign, saysYes: () => true },
    verify: { url: `${others}/verify`, events, sign, saysYes: received },
    ours: { url: webhook, events, sign, saysYes: received },
    forged: { url: webhook, events, sign: createSign('whsec_of_a_stranger'), saysYes: received },
    syncEngine: syncEngine === null ? null : { ...syncEngine, events, sign, saysYes: () => true },
  };
}

/** `forbear serve` as it is, with its dispatcher. Accounts in good standing have no workflow, so Temporal is not asked. */
async function startOurs(bench: Workbench, databaseUrl: string): Promise<string> {
  const stripe = await startStripeFake({ port: 0 });
  bench.atEnd(() => stripe.close());
  const serving = await forbearServe({
    DATABASE_URL: databaseUrl,
    STRIPE_SECRET_KEY: stripe.key,
    STRIPE_API_BASE: stripe.base,
    STRIPE_WEBHOOK_SECRET: secret,
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    FORBEAR_PORT: '0',
  });
  bench.atEnd(() => serving.stop());
  return `${serving.url}/webhooks/stripe`;
}
