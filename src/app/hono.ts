import type { Context, MiddlewareHandler } from 'hono';
import { createGuard, type GuardOptions } from './guard.js';
import { pathOf } from './open-paths.js';
import type { Reading } from './reading.js';
import { refusalAnswer } from './refusal-answer.js';
import type { Refusal } from './verdict.js';

export { refusalProblem } from './refusal-answer.js';

declare module 'hono' {
  interface ContextVariableMap {
    /** What is known of the account's access; `null` for a request of nobody's account. */
    forbear: Reading | null;
  }
}

export type HonoOptions = GuardOptions<Context> & {
  /** Answers a refused request in the app's own way; without an answer, ours goes out. */
  readonly onBlocked?: (c: Context, refusal: Refusal) => MaybeResponse | Promise<MaybeResponse>;
};
type MaybeResponse = Response | undefined;

/**
 * Lets the requests of an account through as far as its access goes, and hands what is known on as `c.get('forbear')`.
 * Mount it after what finds out who asks, and after CORS.
 */
export function forbear(options: HonoOptions): MiddlewareHandler {
  const guard = createGuard(options);
  return async (c, next) => {
    const { reading, refusal } = await guard({ request: c, method: c.req.method, path: pathOf(c.req.url) });
    c.set('forbear', reading);
    if (refusal === null) return next();
    const own = await options.onBlocked?.(c, refusal);
    if (own !== undefined) return own;
    const { status, headers, body } = refusalAnswer(refusal, {
      accept: c.req.header('accept'),
      language: c.req.header('accept-language'),
    });
    return c.body(body, status, headers);
  };
}
