import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { askedFor } from '../access/asked.js';
import type { Bodies, Body } from '../access/bodies.js';
import type { Gate, LimitHeaders } from '../keys.js';
import { problem } from '../problems.js';
import {
  accessAnswer,
  accountParam,
  etagHeader,
  jsonAnswer,
  missingAnswer,
  needing,
  notModified,
  problemAnswers,
} from './shapes.js';

const route = createRoute({
  method: 'get',
  path: '/v1/accounts/{id}/access',
  operationId: 'readAccess',
  tags: ['Access'],
  summary: 'What an account may do now',
  description:
    'Never older than a second. Keep the answer with its ETag and ask again with `If-None-Match`: 304 costs next to nothing.',
  ...needing('access:read'),
  request: { params: accountParam },
  responses: {
    200: jsonAnswer('What is left to the account, why, and what comes next.', accessAnswer, etagHeader),
    304: notModified,
    ...missingAnswer('unknown-account'),
    ...problemAnswers(400, 401, 403, 429, 500, 503),
  },
});

// For the app alone, and never without asking: a change has to be seen in a second.
const cacheControl = 'private, max-age=0, must-revalidate';

/**
 * `GET /v1/accounts/:id/access`: what the account may do now, from a finished answer where one is kept. 304 when the
 * caller has it already, 404 with a remedy for an account that isn't known. Needs `access:read`.
 */
export function accessRoute(app: OpenAPIHono, { gate, bodies }: { gate: Gate; bodies: Bodies }): void {
  app.openAPIRegistry.registerPath(route);
  app.get(
    route.getRoutingPath(),
    gate('access:read', async (c, limits) => {
      const asked = askedFor(c.req.param('id') ?? '');
      if (asked === null) return badId(limits);
      const body = bodies.kept(asked.name) ?? (await bodies.read(asked.name));
      return body === undefined ? unknownAccount(asked.by, limits) : answerOf(c, body, limits);
    }),
  );
}

function answerOf(c: Context, { etag, text }: Body, limits: LimitHeaders): Response {
  const headers = { ETag: etag, 'Cache-Control': cacheControl, ...limits };
  if (isKnown(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { 'Content-Type': 'application/json', ...headers } });
}

/** Weakly compared, as RFC 9110 has it: a proxy that compresses makes `W/"…"` of it. */
const isKnown = (given: string | undefined, etag: string) =>
  given !== undefined &&
  given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);

export const badId = (limits: LimitHeaders) =>
  problem(
    'bad-request',
    "the account's id must have 1 to 500 characters: ours, `ref:` and your own name of it, or a Stripe customer",
    limits,
  );

const remedies = {
  id: 'no account has this id of ours; where it is your own name of the account, write `ref:` before it',
  ref: 'no account has this ref: add it with `forbear account add --ref …`, or by your metadata key at its Stripe customer',
  customer:
    'no account has this Stripe customer: link it with `forbear account add --ref … --customer cus_…`',
} as const;

export const unknownAccount = (by: keyof typeof remedies, limits: LimitHeaders) =>
  problem('unknown-account', remedies[by], limits);
