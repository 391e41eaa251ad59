import { Hono } from 'hono';
import { z } from 'zod';
import { bodyOf } from './body.js';
import type { Platform } from './platform.js';

const damageSchema = z.object({ damage: z.enum(['cut', 'changed', 'lost']).default('cut') });

/** What tests and demonstrations do to the platform itself. No platform has this; no login, as on the customer's side. */
export function controlRoutes(platform: Platform): Hono {
  const routes = new Hono();
  routes.post('/:ref/archives/:id/spoil', async (c) => {
    const { ref, id } = c.req.param();
    const wanted = damageSchema.safeParse((await bodyOf(c)) ?? {});
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 400);
    return platform.spoilArchive(ref, id, wanted.data.damage)
      ? c.json({ spoiled: true })
      : c.json({ error: { code: 'gone', message: 'There is no such archive.' } }, 404);
  });
  return routes;
}
