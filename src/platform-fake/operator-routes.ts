import { Hono, type Context } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { z } from 'zod';
import { archiveRoutes, archiveUrl } from './archive-routes.js';
import { bodyOf } from './body.js';
import type { InstanceView, Platform } from './platform.js';
import { signedWith } from './signed.js';

const stateSchema = z.object({ size: z.int().min(0).max(1_000), plan: z.string().min(1) });
const resumeSchema = z.object({ state: stateSchema });
const pageSize = 100;

/** The platform's side of the contract that docs/http-target.md tells. */
export function operatorRoutes(platform: Platform, token: string, secrets: readonly string[] = []): Hono {
  const routes = new Hono();
  routes.use(bearerAuth({ token }));
  if (secrets.length > 0) routes.use(signedWith(secrets));
  routes.post('/:ref/resources/:id/*', async (c, next) => {
    const fence = Number(c.req.header('forbear-fence') ?? Infinity);
    if (!(fence > 0))
      return c.json({ error: { code: 'invalid', message: 'Forbear-Fence is no number.' } }, 400);
    // Without one it is no order of Forbear's, but of somebody who has the token and knows what he does.
    const newest = fence === Infinity ? fence : platform.admit(c.req.param('ref'), fence);
    if (newest > fence)
      return c.json({ error: { code: 'fenced', newest, message: 'A later claim has acted.' } }, 409);
    await next();
    return undefined;
  });

  routes.get('/:ref/resources', (c) => {
    const from = Number(c.req.query('cursor') ?? 0);
    const all = platform.list(c.req.param('ref'));
    const resources = all.slice(from, from + pageSize).map(({ id, kind }) => ({ id, kind }));
    const next = from + pageSize < all.length ? String(from + pageSize) : null;
    return c.json({ resources, next });
  });
  routes.route('/', archiveRoutes(platform));

  const at = <Action extends string>(action: Action) => `/:ref/resources/:id${action}` as const;
  routes.get(at(''), (c) => answer(c, platform.read(c.req.param('ref'), c.req.param('id'))));
  routes.post(at('/drain'), (c) => answer(c, platform.drain(c.req.param('ref'), c.req.param('id'))));
  routes.post(at('/pause'), (c) => answer(c, platform.scale(c.req.param('ref'), c.req.param('id'), 0)));
  routes.post(at('/lock'), (c) => answer(c, platform.setLocked(c.req.param('ref'), c.req.param('id'), true)));
  routes.post(at('/unlock'), (c) =>
    answer(c, platform.setLocked(c.req.param('ref'), c.req.param('id'), false)),
  );
  routes.post(at('/resume'), async (c) => {
    const wanted = resumeSchema.safeParse(await bodyOf(c));
    if (!wanted.success)
      return c.json({ error: { code: 'invalid', message: z.prettifyError(wanted.error) } }, 422);
    return answer(c, platform.resume(c.req.param('ref'), c.req.param('id'), wanted.data.state));
  });
  routes.post(at('/archive'), (c) => {
    const { ref, id } = c.req.param();
    return platform.archive(ref, id) ? c.json({ location: archiveUrl(c.req.url, ref, id) }) : gone(c);
  });
  routes.post(at('/decommission'), (c) => {
    const { ref, id } = c.req.param();
    return platform.remove(ref, id) ? c.json({ decommissioned: true }) : gone(c);
  });
  return routes;
}

function answer(c: Context, view: InstanceView | null): Response {
  if (view === null) return gone(c);
  const { id, kind, size, plan, drained } = view;
  return c.json({ id, kind, state: { size, plan }, drained, probe: probeOf(view) });
}

function gone(c: Context): Response {
  return c.json({ error: { code: 'gone', message: 'There is no such resource.' } }, 404);
}

/** Running but locked is neither: it is on its way down, or not fully given back yet. */
function probeOf({
  size,
  locked,
  serving,
}: InstanceView): 'serving' | 'off_and_locked' | 'off' | 'in_between' {
  if (size === 0) return locked ? 'off_and_locked' : 'off';
  return serving && !locked ? 'serving' : 'in_between';
}
