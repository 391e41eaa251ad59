import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { runDue } from './billing/run.js';
import { settle } from './billing/payments.js';
import { moveDispute, openDispute } from './billing/disputes.js';
import { failInvoice } from './billing/convenience.js';
import type { Deliverer } from './deliveries.js';
import { authorized } from './http/api.js';
import type { Faults } from './http/faults.js';
import { render } from './http/render.js';
import type { Persistence } from './state/persistence.js';
import type { World } from './world.js';

export interface Control {
  world: World;
  faults: Faults;
  deliverer: Deliverer;
  persistence: Persistence;
}

const probability = z.number().min(0).max(1).default(0);
const AdvanceBody = z.strictObject({ ms: z.int().nonnegative() });
const DeliveriesBody = z.strictObject({
  drop: probability,
  swallow: probability,
  duplicate: probability,
  reorder: probability,
  delayMs: z.int().nonnegative().default(0),
  seed: z.int().default(1),
});
const FaultBody = z.strictObject({
  path: z.string().optional(),
  status: z.union([z.literal(429), z.literal(500)]).optional(),
  timeoutAfterExecution: z.boolean().optional(),
  count: z.int().nonnegative(),
  skip: z.int().nonnegative().optional(),
});
const SettleBody = z.strictObject({ outcome: z.enum(['succeed', 'fail']) });
const FailInvoiceBody = z.strictObject({
  amount: z.int().positive(),
  currency: z.string().length(3),
  once: z.boolean().default(false),
});
const BehaviorBody = z.strictObject({
  behavior: z.enum(['succeeds', 'declined', 'insufficient_funds', 'processing', 'requires_action']),
});
const DISPUTE_STATUSES = [
  ...(['warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response'] as const),
  ...(['under_review', 'won', 'lost', 'prevented'] as const),
] as const;
const DisputeBody = z.strictObject({
  amount: z.int().positive().optional(),
  reason: z.string().default('fraudulent'),
  status: z.enum(DISPUTE_STATUSES).default('needs_response'),
});
const MoveDisputeBody = z.strictObject({ status: z.enum(DISPUTE_STATUSES) });
const SettingsBody = z.strictObject({
  afterRetries: z.enum(['cancel', 'unpaid', 'past_due']).optional(),
  retryScheduleMs: z.array(z.int().positive()).optional(),
  draftMs: z.int().nonnegative().optional(),
});

async function bodyOf<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  const parsed = schema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) throw new HTTPException(400, { message: z.prettifyError(parsed.error) });
  return parsed.data;
}

const missing = (what: string): HTTPException => new HTTPException(404, { message: `no such ${what}` });

function settlePayment(world: World, id: string, outcome: 'succeed' | 'fail') {
  const intent = world.store.paymentIntents.get(id);
  const payment = world.store.invoicePayments
    .all(intent?.customer)
    .find((row) => row.payment.payment_intent === id);
  const invoice = world.store.invoices.get(payment?.invoice ?? '');
  if (!intent || !invoice) throw missing('payment intent');
  if (intent.status !== 'processing' && intent.status !== 'requires_action') {
    throw new HTTPException(409, { message: `the payment is ${intent.status}: there is nothing to settle` });
  }
  settle(world, invoice, intent, outcome);
  return render(invoice);
}

/** What the world does and what goes wrong: everything that Stripe's own API can't be asked for. */
export function createControl({ world, faults, deliverer, persistence }: Control): Hono {
  const app = new Hono().basePath('/_fake');
  app.use(async (c, next) => {
    if (!authorized(c.req.header('Authorization'), world.settings.secretKey))
      return c.json({ error: 'wrong key' }, 401);
    await next();
    if (c.req.method !== 'GET') await persistence.save();
  });
  app.onError((error, c) => {
    const status = error instanceof HTTPException ? error.status : 500;
    return c.json({ error: error.message }, status);
  });
  app.post('/clock/advance', async (c) => {
    const { ms } = await bodyOf(AdvanceBody, c.req.raw);
    world.clock.advance(ms);
    const happened = runDue(world, world.clock.nowMs());
    deliverer.hasten(ms);
    return c.json({ now: world.clock.now(), offsetMs: world.clock.offsetMs, happened });
  });
  app.post('/deliveries', async (c) => {
    const wanted = await bodyOf(DeliveriesBody, c.req.raw);
    deliverer.setFaults(wanted);
    return c.json(wanted);
  });
  app.post('/faults', async (c) => {
    const fault = await bodyOf(FaultBody, c.req.raw);
    if (fault.count === 0) faults.clear();
    else faults.add(fault);
    return c.json(fault);
  });
  app.post('/settings', async (c) => {
    const wanted = await bodyOf(SettingsBody, c.req.raw);
    Object.assign(world.settings, wanted);
    return c.json(wanted);
  });
  app.post('/payments/:id/settle', async (c) => {
    const { outcome } = await bodyOf(SettleBody, c.req.raw);
    return c.json(settlePayment(world, c.req.param('id'), outcome));
  });
  app.post('/payment_methods/:id', async (c) => {
    const { behavior } = await bodyOf(BehaviorBody, c.req.raw);
    const method = world.store.paymentMethods.get(c.req.param('id'));
    if (!method) throw missing('payment method');
    method.fake.behavior = behavior;
    return c.json({ id: method.id, behavior });
  });
  app.post('/customers/:id/fail-invoice', async (c) => {
    const wanted = await bodyOf(FailInvoiceBody, c.req.raw);
    const customer = world.store.customers.get(c.req.param('id'));
    if (!customer) throw missing('customer');
    return c.json(render(failInvoice(world, customer, wanted)));
  });
  app.post('/charges/:id/dispute', async (c) => {
    const wanted = await bodyOf(DisputeBody, c.req.raw);
    const charge = world.store.charges.get(c.req.param('id'));
    if (!charge) throw missing('charge');
    return c.json(render(openDispute(world, charge, wanted)));
  });
  app.post('/disputes/:id', async (c) => {
    const { status } = await bodyOf(MoveDisputeBody, c.req.raw);
    const dispute = world.store.disputes.get(c.req.param('id'));
    if (!dispute) throw missing('dispute');
    moveDispute(world, dispute, status);
    return c.json(render(dispute));
  });
  app.post('/events/:id/redeliver', (c) => {
    const event = world.store.events.get(c.req.param('id'));
    if (!event) throw missing('event');
    deliverer.redeliver(event);
    return c.json({ id: event.id, deliveries: event.fake.deliveries.length });
  });
  app.get('/state', (c) => {
    const deliveries = { pending: 0, delivered: 0, failed: 0 };
    for (const event of world.store.events.all()) {
      for (const { state } of event.fake.deliveries) deliveries[state] += 1;
    }
    const { offsetMs } = world.clock;
    return c.json({ now: world.clock.now(), offsetMs, counts: world.store.counts(), deliveries });
  });
  return app;
}
