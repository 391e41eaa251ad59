import { Hono } from 'hono';
import { z } from 'zod';
import { bodyOf } from './body.js';
import type { Platform } from './platform.js';

const size = z.int().min(0).max(1_000);
const scaleSchema = z.object({ size });
const createSchema = z.object({
  id: z.string().min(1).max(100),
  size,
  plan: z.string().min(1).max(100),
  drainMs: z.int().min(0).optional(),
});
const settingsSchema = z.object({ drainMs: z.int().min(0).nullable() });

const locked = {
  code: 'locked',
  message: 'Your services are locked. You cannot start or change anything until your account is settled.',
};

/** What the customer's own dashboard calls. A fake needs no login here: it listens on the loopback only. */
export function customerRoutes(platform: Platform): Hono {
  const routes = new Hono();

  routes.get('/:ref/instances', (c) => c.json({ instances: platform.list(c.req.param('ref')) }));

  routes.post('/:ref/instances', async (c) => {
    const ref = c.req.param('ref');
    const wanted = createSchema.safeParse(await bodyOf(c));
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 400);
    if (platform.isLocked(ref)) return c.json({ error: locked }, 423);
    if (platform.read(ref, wanted.data.id) !== null) {
      return c.json(
        { error: { code: 'exists', message: 'There is an instance of this name already.' } },
        409,
      );
    }
    platform.create(ref, wanted.data);
    return c.json(platform.read(ref, wanted.data.id), 201);
  });

  routes.put('/:ref/instances/:id', async (c) => {
    const { ref, id } = c.req.param();
    const wanted = scaleSchema.safeParse(await bodyOf(c));
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 400);
    const instance = platform.read(ref, id);
    if (instance === null)
      return c.json({ error: { code: 'gone', message: 'There is no such instance.' } }, 404);
    if (instance.locked) return c.json({ error: locked }, 423);
    return c.json(platform.scale(ref, id, wanted.data.size));
  });

  routes.put('/:ref/settings', async (c) => {
    const wanted = settingsSchema.safeParse(await bodyOf(c));
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 400);
    platform.setDrainMs(c.req.param('ref'), wanted.data.drainMs);
    return c.json(wanted.data);
  });

  return routes;
}
