import { createRequire } from 'node:module';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

type SyncEngine = {
  runMigrations(config: object): Promise<void>;
  StripeSync: new (config: object) => {
    processWebhook(payload: Buffer, signature: string): Promise<void>;
  };
};

// Not a dependency: whoever wants to compare installs it, `npm install --no-save @supabase/stripe-sync-engine@0.48.5`.
// Required, as its ES module looks for its migrations by `__dirname`, which only CommonJS has.
const name = '@supabase/stripe-sync-engine';
const { StripeSync, runMigrations } = createRequire(import.meta.url)(name) as SyncEngine;

// What fails while it migrates it tells its logger only.
const logger = {
  info: () => undefined,
  error: (reason: unknown) => {
    throw reason;
  },
};

const databaseUrl = process.env['BENCH_DATABASE'];
await runMigrations({ databaseUrl, schema: 'stripe', logger });
const sync = new StripeSync({
  // Its own default.
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: 'sk_test_bench',
  stripeWebhookSecret: process.env['BENCH_SECRET'],
  // So it keeps what it is sent, and asks Stripe for nothing.
  backfillRelatedEntities: false,
  revalidateObjectsViaStripeApi: [],
});

const app = new Hono();
app.post('/webhooks', async (c) => {
  await sync.processWebhook(Buffer.from(await c.req.arrayBuffer()), c.req.header('stripe-signature') ?? '');
  return c.json({ received: true });
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
// Whoever started it holds the other end.
process.stdin.resume().on('end', () => process.exit());
