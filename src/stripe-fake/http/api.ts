import { type Context, Hono } from 'hono';
import { runDue } from '../billing/run.js';
import { ApiFailure } from '../failure.js';
import { API_VERSION } from '../settings.js';
import type { Persistence } from '../state/persistence.js';
import { newId } from '../state/store.js';
import type { World } from '../world.js';
import { type Fault, type Faults, failureOf } from './faults.js';
import { Form } from './form.js';
import { type Answer, remember, replayed } from './idempotency.js';
import { render, respond } from './render.js';
import type { Route } from './route.js';

export interface Api {
  world: World;
  faults: Faults;
  persistence: Persistence;
}

/** Whether the request carries the account's key, as Bearer or as the user of Basic. */
export function authorized(header: string | undefined, key: string): boolean {
  const [scheme, value = ''] = (header ?? '').split(' ');
  if (scheme === 'Bearer') return value === key;
  return scheme === 'Basic' && Buffer.from(value, 'base64').toString('utf8').split(':')[0] === key;
}

const unauthorized = (header: string | undefined): ApiFailure =>
  new ApiFailure(
    401,
    'invalid_request_error',
    header === undefined ? 'You did not provide an API key.' : 'Invalid API Key provided.',
  );

const answerOf = (failure: unknown): Answer => {
  if (failure instanceof ApiFailure)
    return { status: failure.status, body: JSON.stringify(render(failure.body())) };
  const message = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  return {
    status: 500,
    body: JSON.stringify({ error: { type: 'api_error', message: `the fake broke: ${message}` } }),
  };
};

// Longer than any client waits.
const HANG_MS = 120_000;

const silence = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, HANG_MS);
    timer.unref();
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

function execute(api: Api, route: Route, c: Context, encoded: string, requestId: string): Answer {
  const { world } = api;
  const key = route.method === 'POST' ? (c.req.header('Idempotency-Key') ?? null) : null;
  const request: [string, string, string] = [route.method, c.req.path, encoded];
  try {
    const before = key === null ? undefined : replayed(world, key, request);
    if (before) {
      c.header('Idempotent-Replayed', 'true');
      return before;
    }
  } catch (failure) {
    return answerOf(failure);
  }
  world.request = { id: requestId, idempotencyKey: key };
  let answer: Answer;
  try {
    const form = Form.parse(encoded);
    const result = route.run({ world, form, id: c.req.param('id') ?? '' });
    answer = { status: 200, body: JSON.stringify(respond(world, result, form.texts('expand') ?? [])) };
  } catch (failure) {
    answer = answerOf(failure);
  } finally {
    world.request = undefined;
  }
  if (key !== null) remember(world, key, request, answer);
  return answer;
}

async function handle(api: Api, route: Route, c: Context): Promise<Response> {
  const requestId = newId('req', 14);
  c.header('Request-Id', requestId);
  c.header('Stripe-Version', API_VERSION);
  const reply = ({ status, body }: Answer): Response => {
    c.header('Content-Type', 'application/json');
    return c.body(body, status as 200);
  };
  const credentials = c.req.header('Authorization');
  if (!authorized(credentials, api.world.settings.secretKey))
    return reply(answerOf(unauthorized(credentials)));
  const fault: Fault | undefined = api.faults.hit(route.method, c.req.path);
  const failure = fault && failureOf(fault);
  if (failure) return reply(answerOf(failure));
  const encoded = route.method === 'POST' ? await c.req.text() : new URL(c.req.url).search.slice(1);
  runDue(api.world, api.world.clock.nowMs());
  const answer = execute(api, route, c, encoded, requestId);
  if (route.method !== 'GET') await api.persistence.save();
  if (fault?.timeoutAfterExecution) await silence(c.req.raw.signal);
  return reply(answer);
}

/** The HTTP side of the API: authentication, faults, idempotency, errors; each operation is a plain function. */
export function createApi(api: Api, routes: readonly Route[]): Hono {
  const app = new Hono();
  for (const route of routes) app.on(route.method, route.path, (c) => handle(api, route, c));
  const unknown: Route = {
    method: 'GET',
    path: '/v1/*',
    run: () => {
      throw new ApiFailure(
        404,
        'invalid_request_error',
        'Unrecognized request URL, or one that the fake has not got.',
      );
    },
  };
  app.all('/v1/*', (c) => handle(api, unknown, c));
  return app;
}
