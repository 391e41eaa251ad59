import type { Request, RequestHandler, Response } from 'express';
import { joined, wholeOf, type Bytes } from './bytes.js';
import { createGuard, type GuardOptions } from './guard.js';
import { pathOf } from './open-paths.js';
import type { Reading } from './reading.js';
import { refusalAnswer } from './refusal-answer.js';
import type { Receiver } from './receiver.js';
import type { Refusal } from './verdict.js';

export { refusalProblem } from './refusal-answer.js';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express has its types merged this way.
  namespace Express {
    interface Request {
      /** What is known of the account's access; `null` for a request of nobody's account. */
      forbear?: Reading | null;
    }
    interface Locals {
      forbear?: Reading | null;
    }
  }
}

export type ExpressOptions = GuardOptions<Request> & {
  /** Answers a refused request in the app's own way, or calls `answer`, which sends ours. */
  readonly onBlocked?: (
    request: Request,
    response: Response,
    refusal: Refusal,
    answer: () => void,
  ) => unknown;
};

/**
 * Lets the requests of an account through as far as its access goes, and hands what is known on as `req.forbear` and
 * `res.locals.forbear`. Mount it after what finds out who asks, and after CORS. For Express 4 and 5.
 */
export function forbear(options: ExpressOptions): RequestHandler {
  const guard = createGuard(options);
  const handle = async (request: Request, response: Response): Promise<boolean> => {
    const path = pathOf(request.originalUrl);
    const { reading, refusal } = await guard({ request, method: request.method, path });
    request.forbear = reading;
    response.locals.forbear = reading;
    if (refusal === null) return true;
    const answer = () => send(request, response, refusal);
    if (options.onBlocked === undefined) answer();
    else await options.onBlocked(request, response, refusal, answer);
    return false;
  };
  // Express 4 does not look at what a promise brings.
  return (request, response, next) =>
    void handle(request, response).then((isPassed) => {
      if (isPassed) next();
    }, next);
}

function send(request: Request, response: Response, refusal: Refusal): void {
  const { status, headers, body } = refusalAnswer(refusal, {
    accept: request.headers.accept,
    language: request.headers['accept-language'],
  });
  const { vary, ...own } = headers;
  if (vary !== undefined) response.vary(vary);
  response.status(status).set(own).send(body);
}

/**
 * Receives what Forbear pushes. Mount it before `express.json()`, or behind `express.raw`: the signature
 * is over the bytes as they came.
 */
export function forbearWebhook(receiver: Receiver): RequestHandler {
  const handle = async (request: Request, response: Response) => {
    const body = await bytesOf(request);
    const header = (name: string) => request.get(name);
    response.status(body === null ? 413 : await receiver.receive({ body, header })).end();
  };
  return (request, response, next) => void handle(request, response).catch(next);
}

async function bytesOf(request: Request): Promise<Bytes | null> {
  const parsed: unknown = request.body;
  if (parsed instanceof Uint8Array) return joined([parsed]);
  if (request.readableEnded)
    throw new Error('The body was parsed before Forbear’s webhook: mount it before express.json().');
  // Whoever sends too much is to hear of it, too.
  return wholeOf(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>);
}
