import { OpenAPIHono } from '@hono/zod-openapi';
import { routePath } from 'hono/route';
import type { Logger } from '../ports/logger.js';
import { createBodies, type BodiesDeps } from './access/bodies.js';
import { createGate, type KeyDeps } from './keys.js';
import { problem } from './problems.js';
import { accessRoute } from './routes/access.js';
import { accountRoutes, type AccountsDeps } from './routes/accounts.js';
import { codecRoutes, type CodecDeps } from './routes/codec.js';
import { docsRoutes } from './routes/docs.js';
import { fireDrillRoutes, type FireDrillRouteDeps } from './routes/fire-drills.js';
import { payRoute, type PayDeps } from './routes/pay.js';
import { streamRoute, type StreamRouteDeps } from './routes/stream.js';
import { webhookRoutes, type WebhookRouteDeps } from './routes/webhooks.js';
import { UnavailableError } from './unavailable.js';

export type ApiDeps = KeyDeps &
  BodiesDeps &
  Pick<StreamRouteDeps, 'stopping'> &
  Omit<AccountsDeps, 'gate'> &
  Omit<WebhookRouteDeps, 'gate'> & {
    /** Left out where nobody could carry them out. */
    readonly drills?: FireDrillRouteDeps['drills'] | undefined;
    /** Left out where links are not set up. */
    readonly pay?: PayDeps | undefined;
    /** Left out where nothing is encrypted, or nobody may ask. */
    readonly codec?: CodecDeps | undefined;
  };

/** The app's side of the api: what accounts may do, who they are, and where their people pay. */
export function apiRoutes(deps: ApiDeps): OpenAPIHono {
  const app = new OpenAPIHono();
  const gate = createGate(deps);
  const bodies = createBodies(deps);
  accessRoute(app, { gate, bodies });
  streamRoute(app, { ...deps, gate, bodies });
  accountRoutes(app, { ...deps, gate });
  webhookRoutes(app, { ...deps, gate });
  if (deps.drills !== undefined) fireDrillRoutes(app, { drills: deps.drills, gate });
  if (deps.pay !== undefined) payRoute(app, deps.pay);
  if (deps.codec !== undefined) app.route('/codec', codecRoutes({ ...deps.codec, gate }));
  docsRoutes(app);
  app.onError((error, c) => {
    const fields = { error, route: routePath(c, -1) };
    return problemOf(error, fields, deps.logger);
  });
  return app;
}

function problemOf(error: Error, fields: Readonly<Record<string, unknown>>, logger: Logger): Response {
  if (error instanceof UnavailableError) {
    logger.warn(fields, 'the API could not answer');
    return problem('unavailable', 'the database does not answer: ask again in a second', {
      'Retry-After': '1',
    });
  }
  logger.error(fields, 'an unforeseen error');
  return problem(
    'internal',
    'the error is in the log of the api; ask again, and tell the operator if it stays',
  );
}
