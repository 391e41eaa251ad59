import type { Hono } from 'hono';
import { z } from 'zod';
import { emit } from '../events.js';
import { bodyOf, type Control, missing } from './requests.js';

const EventBody = z.strictObject({
  type: z.string(),
  /** The id of the object of which it tells. */
  object: z.string(),
  livemode: z.boolean().optional(),
  account: z.string().startsWith('acct_').optional(),
});
const EndpointBody = z.strictObject({
  /** As if it were another endpoint's: the receiver's secret doesn't match any more. */
  secret: z.string().startsWith('whsec_').optional(),
  payload: z.enum(['snapshot', 'thin']).optional(),
});

/** Events that nothing here raises, and how they come. */
export function eventControls(app: Hono, { world, deliverer }: Control): void {
  app.post('/events', async (c) => {
    const { type, object, ...elsewhere } = await bodyOf(EventBody, c.req.raw);
    const subject = world.store.find(object);
    if (!subject) throw missing('object');
    const { id } = emit(world, type, subject as unknown as { object: string }, undefined, elsewhere);
    return c.json({ id });
  });
  app.post('/events/:id/redeliver', (c) => {
    const event = world.store.events.get(c.req.param('id'));
    if (!event) throw missing('event');
    deliverer.redeliver(event);
    return c.json({ id: event.id, deliveries: event.fake.deliveries.length });
  });
  app.post('/webhook_endpoints/:id', async (c) => {
    const wanted = await bodyOf(EndpointBody, c.req.raw);
    const endpoint = world.store.webhookEndpoints.get(c.req.param('id'));
    if (!endpoint) throw missing('webhook endpoint');
    Object.assign(endpoint.fake, wanted);
    return c.json(wanted);
  });
}
