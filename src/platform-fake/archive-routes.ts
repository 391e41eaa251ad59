import { Hono } from 'hono';
import { z } from 'zod';
import { bodyOf } from './body.js';
import type { Platform } from './platform.js';

const verifySchema = z.object({ location: z.string().min(1) });

const gone = { error: { code: 'gone', message: 'There is no such archive.' } };

/** Where an archive is, for whoever may read it. */
export const archiveUrl = (requestUrl: string, ref: string, id: string): string =>
  new URL(`/accounts/${encodeURIComponent(ref)}/archives/${encodeURIComponent(id)}`, requestUrl).href;

/** Archives beside the resources that they outlive. */
export function archiveRoutes(platform: Platform): Hono {
  const routes = new Hono();

  routes.get('/:ref/archives', (c) => {
    const ref = c.req.param('ref');
    const archives = platform
      .listArchives(ref)
      .map((archive) => ({ ...archive, location: archiveUrl(c.req.url, ref, archive.id) }));
    return c.json({ archives });
  });

  routes.get('/:ref/archives/:id', (c) => {
    const archive = platform.readArchive(c.req.param('ref'), c.req.param('id'));
    return archive === null ? c.json(gone, 404) : c.json(archive);
  });

  routes.post('/:ref/archives/:id/verify', async (c) => {
    const { ref, id } = c.req.param();
    const wanted = verifySchema.safeParse(await bodyOf(c));
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 422);
    // By its path alone: the same platform may be reached under several names.
    if (pathOf(wanted.data.location) !== pathOf(archiveUrl(c.req.url, ref, id)))
      return c.json({ readable: false, reason: 'this is the place of another archive' });
    const archive = platform.readArchive(ref, id);
    return archive === null ? c.json(gone, 404) : c.json(archive.reading);
  });

  return routes;
}

const pathOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).pathname : null);
