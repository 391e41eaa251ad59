import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { docsPage } from '../pages/docs.js';
import { pageHeaders } from '../pages/layout.js';

const about = `What each account may do now, for the app that serves it. Every request names a key:
\`Authorization: Bearer fb_…\`; \`forbear key create\` makes one. Errors are RFC 9457 problems, and \`detail\` says what to do.`;

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

const health = {
  healthz: createRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'isAlive',
    tags: ['Health'],
    summary: 'The process lives',
    responses: { 200: { description: 'It does.' } },
  }),
  readyz: createRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'isReady',
    tags: ['Health'],
    summary: 'Every part answers that the api needs',
    responses: {
      200: {
        description: 'All of them.',
        content: {
          'application/json': { schema: z.object({ ready: z.boolean(), missing: z.array(z.string()) }) },
        },
      },
      503: { description: 'Some are missing: their names are in the answer.' },
    },
  }),
};

/** `GET /openapi.json`: this API as OpenAPI 3.1. `GET /docs`: the same for people. Neither needs a key, neither says anything of an account. */
export function docsRoutes(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key with the scope that the route needs (`x-required-scope`).',
  });
  Object.values(health).forEach((route) => app.openAPIRegistry.registerPath(route));
  let document: Document | null = null;
  // Not before the first request: by then every route is registered.
  const read = () =>
    (document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Forbear',
        version: '1',
        description: about,
        license: { name: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
    }));
  app.get('/openapi.json', (c) => c.json(read(), 200, { 'Cache-Control': 'no-cache' }));
  app.get('/docs', (c) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    return c.html(docsPage(read()));
  });
}
