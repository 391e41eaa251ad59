import { bannerAnswer } from './banner-answer.js';
import { createGuard, readerOf, type GuardOptions } from './guard.js';
import { pathOf } from './open-paths.js';
import type { Reading } from './reading.js';
import { refusalAnswer } from './refusal-answer.js';
import type { Refusal } from './verdict.js';

export { refusalProblem } from './refusal-answer.js';

export type FetchOptions = GuardOptions<Request> & {
  /** Answers a refused request in the app's own way; without an answer, ours goes out. */
  readonly onBlocked?: (request: Request, refusal: Refusal) => MaybeResponse | Promise<MaybeResponse>;
};
type MaybeResponse = Response | undefined;

/** What is wrapped: `reading` is `null` for a request of nobody's account; `rest` is what the runtime gives besides. */
export type FetchHandler<Rest extends readonly unknown[]> = (
  request: Request,
  reading: Reading | null,
  ...rest: Rest
) => Response | Promise<Response>;

/** Wraps a handler of `Request` and `Response`, which is called for what an account's access lets through. */
export function withForbear<Rest extends readonly unknown[]>(
  options: FetchOptions,
  handler: FetchHandler<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const guard = createGuard(options);
  return async (request, ...rest) => {
    const { method } = request;
    const { reading, refusal } = await guard({ request, method, path: pathOf(request.url) });
    if (refusal === null) return handler(request, reading, ...rest);
    const own = await options.onBlocked?.(request, refusal);
    if (own !== undefined) return own;
    const { status, headers, body } = refusalAnswer(refusal, {
      accept: request.headers.get('accept'),
      language: request.headers.get('accept-language'),
    });
    return new Response(method === 'HEAD' ? null : body, { status, headers });
  };
}

/** Answers the banner in the browser: what the account's own people may know, and nothing for nobody. */
export function bannerRoute(
  options: Pick<FetchOptions, 'account'> & Parameters<typeof readerOf>[0],
): (request: Request) => Promise<Response> {
  const reader = readerOf(options);
  return async (request) => {
    const account = await options.account(request);
    const reading = account === null || account === undefined ? null : await reader.read(account);
    return Response.json(bannerAnswer(reading), { headers: { 'cache-control': 'no-store' } });
  };
}
