import type { Hono } from 'hono';
import { z } from 'zod';
import { runDue } from '../billing/run.js';
import { bodyOf, type Control } from './requests.js';

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
const SettingsBody = z.strictObject({
  afterRetries: z.enum(['cancel', 'unpaid', 'past_due']).optional(),
  afterRetriesInvoice: z.enum(['open', 'uncollectible']).optional(),
  retryScheduleMs: z.array(z.int().positive()).optional(),
  draftMs: z.int().nonnegative().optional(),
  debitMs: z.int().nonnegative().optional(),
});

/** The fake as a machine: its clock, its settings, and what goes wrong on the way to and from it. */
export function machineControls(app: Hono, { world, faults, deliverer }: Control): void {
  app.post('/clock/advance', async (c) => {
    const { ms } = await bodyOf(AdvanceBody, c.req.raw);
    world.clock.advance(ms);
    const happened = runDue(world, world.clock.nowMs());
    deliverer.hasten(ms);
    return c.json({ now: world.clock.now(), offsetMs: world.clock.offsetMs, happened });
  });
  app.post('/settings', async (c) => {
    const wanted = await bodyOf(SettingsBody, c.req.raw);
    Object.assign(world.settings, wanted);
    return c.json(wanted);
  });
  app.post('/faults', async (c) => {
    const fault = await bodyOf(FaultBody, c.req.raw);
    if (fault.count === 0) faults.clear();
    else faults.add(fault);
    return c.json(fault);
  });
  app.post('/deliveries', async (c) => {
    const wanted = await bodyOf(DeliveriesBody, c.req.raw);
    deliverer.setFaults(wanted);
    return c.json(wanted);
  });
  app.get('/state', (c) => {
    const deliveries = { pending: 0, delivered: 0, failed: 0 };
    for (const event of world.store.events.all()) {
      for (const { state } of event.fake.deliveries) deliveries[state] += 1;
    }
    const { offsetMs } = world.clock;
    return c.json({ now: world.clock.now(), offsetMs, counts: world.store.counts(), deliveries });
  });
}
