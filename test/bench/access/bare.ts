import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AccessAnswer } from '../../../src/app/contract.js';

const answer: Omit<AccessAnswer, 'account'> = {
  version: 'YmFyZSBob25vLCBub3RoaW5n',
  access: 'active',
  billingStatus: 'current',
  reasons: [],
  allowed: { read: true, write: true, grow: true, run: true, export: true },
  plan: null,
  nextStep: null,
  sessionsEndedAt: null,
  payUrl: null,
};

// What Hono can do at best: the same shape of answer, no key, no limit, no database.
const app = new Hono();
app.get('/v1/accounts/:id/access', (c) => {
  const id = c.req.param('id');
  return c.json({ account: { id, ref: id }, ...answer });
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
// Whoever started it holds the other end.
process.stdin.resume().on('end', () => process.exit());
