import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import Stripe from 'stripe';

// What is measured against: the same delivery at servers that keep nothing. `bare` reads the body and says yes; `verify`
// also checks the signature and parses the event, as Stripe's own library does it.
const app = new Hono();
const secret = process.env['BENCH_SECRET'] ?? '';

app.post('/bare', async (c) => {
  await c.req.arrayBuffer();
  return c.json({ received: true });
});

app.post('/verify', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer());
  const event = Stripe.webhooks.constructEvent(body, c.req.header('stripe-signature') ?? '', secret);
  return c.json({ received: event.id });
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
// Whoever started it holds the other end.
process.stdin.resume().on('end', () => process.exit());
