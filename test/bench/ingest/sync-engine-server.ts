import { serve } from '@hono/node-server';
import { Hono } from 'hono';

type SyncEngine = {
  runMigrations(config: object): Promise<void>;
  StripeSync: new (config: object) => {
    processWebhook(payload: Buffer, signature: string): Promise<void>;
  };
};

// Not a dependency: whoever wants to compare installs it, `npm install --no-save @supabase/stripe-sync-engine`.
const name = '@supabase/stripe-sync-engine';
const { StripeSync, runMigrations } = (await import(name)) as SyncEngine;
const databaseUrl = process.env['BENCH_DATABASE'];
await runMigrations({ databaseUrl, schema: 'stripe' });
const sync = new StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: 'sk_test_bench',
  stripeWebhookSecret: process.env['BENCH_SECRET'],
  // It would fetch what an event names from Stripe, which is not there.
  backfillRelatedEntities: false,
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
