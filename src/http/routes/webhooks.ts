import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { DeliveryFilter, DeliveryRow, Resending } from '../../db/queries/deliveries.js';
import type { EndpointRow } from '../../db/queries/endpoints.js';
import type { Gate, LimitHeaders } from '../keys.js';
import { problem } from '../problems.js';
import { orUnavailable } from '../unavailable.js';
import { jsonAnswer, missingAnswer, needing, problemAnswers } from './shapes.js';

export type WebhookRouteDeps = {
  readonly gate: Gate;
  readonly readEndpoints: () => Promise<readonly EndpointRow[]>;
  readonly readDeliveries: (filter: DeliveryFilter) => Promise<readonly DeliveryRow[]>;
  readonly resend: (endpoint: string, delivery: string) => Promise<Resending>;
};

const instant = z.iso.datetime({ precision: 3 });

const endpointShape = z
  .object({
    id: z.uuid(),
    url: z.string(),
    createdAt: instant,
    state: z.enum(['enabled', 'failing', 'disabled']).openapi({
      description: '`failing`: it is tried again and again · `disabled`: what is to be told waits.',
    }),
    since: instant.nullable().openapi({ description: 'Since when it fails, or is disabled.' }),
    because: z.string().nullable().openapi({ description: 'Why it is disabled.' }),
    lastSuccessAt: instant.nullable(),
    waiting: z.int().openapi({ description: 'How many deliveries wait for it.' }),
  })
  .openapi('WebhookEndpoint');

const deliveryShape = z
  .object({
    id: z.string().openapi({ description: 'The header `webhook-id`.' }),
    account: z.object({ id: z.uuid(), ref: z.string().nullable() }),
    version: z.string().openapi({ description: 'Of the answer that is told.' }),
    state: z.enum(['pending', 'delivered', 'superseded']).openapi({
      description: '`superseded`: something newer of the account took its place.',
    }),
    createdAt: instant,
    attempts: z.int(),
    nextAt: instant.nullable().openapi({ description: 'When it is tried next.' }),
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable().openapi({ description: 'Why there was no answer.' }),
    deliveredAt: instant.nullable(),
  })
  .openapi('WebhookDelivery');

const endpointParam = z
  .uuid()
  .openapi({ param: { name: 'endpoint', in: 'path' }, description: 'Its id, as the list has it.' });
const messageMark = 'msg_';
const deliveryParam = z
  .string()
  .transform((id) => id.replace(messageMark, ''))
  .pipe(z.uuid())
  .openapi({
    type: 'string',
    param: { name: 'delivery', in: 'path' },
    description: 'Its id, as the header `webhook-id` has it.',
    example: 'msg_…',
  });

const query = z.object({
  state: z.enum(['pending', 'delivered', 'superseded']).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(100)
    .openapi({ description: 'How many, at most 500; 100 unless told.' }),
});

const list = createRoute({
  method: 'get',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  tags: ['Webhooks'],
  summary: 'Where changes are told, and how that goes',
  ...needing('webhooks:write'),
  responses: {
    200: jsonAnswer(
      'All of them.',
      z.object({ endpoints: z.array(endpointShape) }).openapi('WebhookEndpoints'),
    ),
    ...problemAnswers(401, 403, 429, 500, 503),
  },
});

const deliveries = createRoute({
  method: 'get',
  path: '/v1/webhooks/{endpoint}/deliveries',
  operationId: 'listDeliveries',
  tags: ['Webhooks'],
  summary: 'What an endpoint was told, the newest first',
  description: 'What has arrived is kept for 30 days.',
  ...needing('webhooks:write'),
  request: { params: z.object({ endpoint: endpointParam }), query },
  responses: {
    200: jsonAnswer(
      'Of an endpoint that is not known, none.',
      z.object({ deliveries: z.array(deliveryShape) }).openapi('WebhookDeliveries'),
    ),
    ...problemAnswers(400, 401, 403, 429, 500, 503),
  },
});

const resending = createRoute({
  method: 'post',
  path: '/v1/webhooks/{endpoint}/deliveries/{delivery}/resend',
  operationId: 'resendDelivery',
  tags: ['Webhooks'],
  summary: 'Tell the same once more',
  description:
    'Under its own id, also where it has arrived. Only the newest of an account: an older one would take back what has happened since.',
  ...needing('webhooks:write'),
  request: { params: z.object({ endpoint: endpointParam, delivery: deliveryParam }) },
  responses: {
    202: { description: 'It is on its way.' },
    ...missingAnswer('unknown-webhook'),
    ...problemAnswers(400, 401, 403, 409, 429, 500, 503),
  },
});

/**
 * `GET /v1/webhooks`, `GET /v1/webhooks/:endpoint/deliveries`, `POST …/deliveries/:delivery/resend`: how telling the app goes. Addresses
 * and secrets are the operator's (`forbear webhook`): no key can have us send elsewhere. All need `webhooks:write`.
 */
export function webhookRoutes(app: OpenAPIHono, deps: WebhookRouteDeps): void {
  const { gate, readEndpoints, readDeliveries, resend } = deps;
  app.openAPIRegistry.registerPath(list);
  app.get(
    list.getRoutingPath(),
    gate('webhooks:write', async (_, limits) => {
      const rows = await orUnavailable(readEndpoints());
      return jsonOf({ endpoints: rows.map(endpointOf) }, limits);
    }),
  );

  app.openAPIRegistry.registerPath(deliveries);
  app.get(
    deliveries.getRoutingPath(),
    gate('webhooks:write', async (c, limits) => {
      const endpoint = endpointParam.safeParse(c.req.param('endpoint'));
      const asked = query.safeParse(c.req.query());
      if (!endpoint.success) return badEndpoint(limits);
      if (!asked.success)
        return problem('bad-request', 'state or limit is none: /docs says what they can be', limits);
      const rows = await orUnavailable(readDeliveries({ endpoint: endpoint.data, ...asked.data }));
      return jsonOf({ deliveries: rows.map(deliveryOf) }, limits);
    }),
  );

  app.openAPIRegistry.registerPath(resending);
  app.post(
    resending.getRoutingPath(),
    gate('webhooks:write', async (c, limits) => {
      const endpoint = endpointParam.safeParse(c.req.param('endpoint'));
      const delivery = deliveryParam.safeParse(c.req.param('delivery'));
      if (!endpoint.success) return badEndpoint(limits);
      if (!delivery.success)
        return problem('bad-request', 'the delivery is named as its header `webhook-id` has it', limits);
      return answerTo(await orUnavailable(resend(endpoint.data, delivery.data)), limits);
    }),
  );
}

const badEndpoint = (limits: LimitHeaders) =>
  problem('bad-request', 'the endpoint is named by its id, a UUID: `GET /v1/webhooks` lists them', limits);

function answerTo(resent: Resending, limits: LimitHeaders): Response {
  switch (resent) {
    case 'resent':
      return new Response(null, { status: 202, headers: { ...limits } });
    case 'older':
      return problem(
        'told-since',
        'the endpoint was told something newer of this account since, which this would take back: resend that one',
        limits,
      );
    case 'unknown':
      return problem(
        'unknown-webhook',
        'no endpoint has this delivery: what has arrived is kept for 30 days',
        limits,
      );
  }
}

const jsonOf = (value: unknown, limits: LimitHeaders) =>
  Response.json(value, { headers: { 'Cache-Control': 'private, no-store', ...limits } });

const textOf = (at: Date | null) => at?.toISOString() ?? null;

function endpointOf(row: EndpointRow): z.infer<typeof endpointShape> {
  const { id, url, disabledAt, failingSince } = row;
  return {
    id,
    url,
    createdAt: row.createdAt.toISOString(),
    state: disabledAt !== null ? 'disabled' : failingSince !== null ? 'failing' : 'enabled',
    since: textOf(disabledAt ?? failingSince),
    because: row.disabledBecause,
    lastSuccessAt: textOf(row.lastSuccessAt),
    waiting: row.waiting,
  };
}

function deliveryOf(row: DeliveryRow): z.infer<typeof deliveryShape> {
  const { id, account, ref, version, state, attempts, lastStatus, lastError } = row;
  return {
    id: `${messageMark}${id}`,
    account: { id: account, ref },
    version,
    state,
    createdAt: row.createdAt.toISOString(),
    attempts,
    nextAt: state === 'pending' ? row.nextAt.toISOString() : null,
    lastStatus,
    lastError,
    deliveredAt: textOf(row.deliveredAt),
  };
}
