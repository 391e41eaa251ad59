import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { streamSSE, type SSEMessage } from 'hono/streaming';
import type { Logger } from '../../ports/logger.js';
import { changeMessage } from '../../push/message.js';
import { askedFor } from '../access/asked.js';
import type { Bodies, Body } from '../access/bodies.js';
import { follow, type StreamDeps, type StreamEvent } from '../access/stream.js';
import type { Gate, LimitHeaders } from '../keys.js';
import { problem } from '../problems.js';
import { UnavailableError } from '../unavailable.js';
import { badId, unknownAccount } from './access.js';
import { missingAnswer, needing, problemAnswers } from './shapes.js';

export type StreamRouteDeps = StreamDeps & {
  readonly gate: Gate;
  readonly logger: Logger;
  /** Ends all streams, so that a process can stop. */
  readonly stopping: AbortSignal;
};

const mostNamed = 100;
const mostStreams = 1_000;

const route = createRoute({
  method: 'get',
  path: '/v1/access/stream',
  operationId: 'followAccess',
  tags: ['Access'],
  summary: 'Changes, as they happen (server-sent events)',
  description:
    'An event `access.changed` has the same data as a webhook, and the version as its id. Accounts that are named are told at once as they are. `reset` says that changes may have been missed: ask anew for whatever is kept. A stream ends after a quarter of an hour, or when its key does: follow again then.',
  ...needing('access:read'),
  request: {
    query: z.object({
      account: z
        .array(z.string())
        .max(mostNamed)
        .optional()
        .openapi({
          description: `Which accounts, named as elsewhere; repeatable, ${mostNamed} at most. All of them without it.`,
        }),
    }),
  },
  responses: {
    200: {
      description: 'The stream.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...missingAnswer('unknown-account'),
    ...problemAnswers(400, 401, 403, 429, 500, 503),
  },
});

/**
 * `GET /v1/access/stream`: answers as they change, as server-sent events. 404 for an account that isn't known, 503 where too
 * many follow already. Needs `access:read`.
 */
export function streamRoute(app: OpenAPIHono, deps: StreamRouteDeps): void {
  const { gate, bodies, logger, stopping, nowMs } = deps;
  let open = 0;
  app.openAPIRegistry.registerPath(route);
  app.get(
    route.getRoutingPath(),
    gate('access:read', async (c, limits, key) => {
      const named = await accountsOf(c, bodies, limits);
      if (named instanceof Response) return named;
      if (open >= mostStreams) return tooMany(limits);
      const response = streamSSE(c, async (stream) => {
        open += 1;
        const gone = new AbortController();
        stream.onAbort(() => gone.abort());
        const signal = AbortSignal.any([gone.signal, stopping]);
        try {
          for await (const event of follow({ accounts: named, key, signal }, deps))
            await stream.writeSSE(messageOf(event, nowMs()));
        } catch (error) {
          // Whoever follows begins anew, and is told then what he may have missed.
          if (error instanceof UnavailableError)
            logger.warn({ error }, 'a stream of changes has ended: the database does not answer');
          else logger.error({ error }, 'a stream of changes has ended by an unforeseen error');
        } finally {
          open -= 1;
        }
      });
      for (const [name, value] of Object.entries({ ...limits, ...streamHeaders }))
        response.headers.set(name, value);
      return response;
    }),
  );
}

// A proxy that keeps what it gets until it has enough of it would keep changes from those who wait for them.
const streamHeaders = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
const retryMs = 2_000;

function messageOf(event: StreamEvent, now: number): SSEMessage {
  switch (event.event) {
    case 'changed':
      return { event: 'access.changed', id: versionOf(event.body), data: dataOf(event.body, now) };
    case 'reset':
      return { event: 'reset', data: '{}', retry: retryMs };
    case 'alive':
      return { event: 'alive', data: '{}' };
  }
}

const versionOf = ({ etag }: Body) => etag.slice(1, -1);
const dataOf = ({ text }: Body, now: number) => changeMessage(text, new Date(now));

const tooMany = (limits: LimitHeaders) =>
  problem('unavailable', `this process tells ${mostStreams} already: ask another one, or again in a minute`, {
    ...limits,
    'Retry-After': '60',
  });

/** Our ids of the accounts that are named; `null` where none is, or why not. */
async function accountsOf(
  c: Context,
  bodies: Bodies,
  limits: LimitHeaders,
): Promise<ReadonlySet<string> | null | Response> {
  const words = c.req.queries('account') ?? [];
  if (words.length > mostNamed)
    return problem('bad-request', `name ${mostNamed} accounts at most, or none for all of them`, limits);
  const ids = new Set<string>();
  for (const word of words) {
    const asked = askedFor(word);
    if (asked === null) return badId(limits);
    const body = bodies.kept(asked.name) ?? (await bodies.read(asked.name));
    if (body === undefined) return unknownAccount(asked.by, limits);
    ids.add(body.owner);
  }
  return words.length === 0 ? null : ids;
}
