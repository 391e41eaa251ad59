import { z } from 'zod';
import { PortError } from '../../ports/errors.js';

export type HttpClientOptions = {
  readonly name: string;
  readonly base: string;
  readonly token: string;
  /** For one request with its answer. */
  readonly timeoutMs: number;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

/** `gone`: the platform itself said that there is no such resource, which is more than a 404. */
export type HttpAnswer = { readonly gone: true } | { readonly gone: false; readonly body: unknown };

export type HttpClient = { send(request: HttpRequest): Promise<HttpAnswer> };

// "Later", as opposed to "no": request timeout, too early, too many requests.
const laterStatuses = new Set([408, 425, 429]);

const goneSchema = z.object({ error: z.object({ code: z.literal('gone') }) });

/**
 * Sends requests to one platform and sorts what comes back into answer, gone, `TARGET_UNAVAILABLE`, `TARGET_REFUSED`.
 * Follows no redirects: the token is for this platform alone. When `signal` aborts, its reason is thrown as it is.
 */
export function createHttpClient({ name, base, token, timeoutMs }: HttpClientOptions): HttpClient {
  const unavailable = (what: string, cause?: unknown) =>
    new PortError('TARGET_UNAVAILABLE', `${name}: ${what}`, { cause });
  const refused = (what: string) => new PortError('TARGET_REFUSED', `${name}: ${what}`);

  return {
    async send(request) {
      const { method, path, body, signal } = request;
      // A URL parser takes `..` away even when it is escaped: the request would act on another path.
      const unsafe = path.find((part) => part === '' || part === '.' || part === '..');
      if (unsafe !== undefined) throw refused(`"${unsafe}" can't be the name of an account or a resource`);
      const what = `${method} /${path.join('/')}`;
      const timeout = AbortSignal.timeout(timeoutMs);
      let response: Response;
      let text: string;
      try {
        response = await fetch(urlOf(base, request), {
          method,
          redirect: 'manual',
          signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
          headers: headersOf(request, token),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        text = await response.text();
      } catch (cause) {
        signal?.throwIfAborted();
        throw unavailable(`${what} got no answer`, cause);
      }
      const { status } = response;
      const answer = parseJson(text);
      if (status === 404 && goneSchema.safeParse(answer).success) return { gone: true };
      if (status >= 500 || laterStatuses.has(status)) throw unavailable(`${what} answered ${status}`);
      if (!response.ok) throw refused(`${what} answered ${status}`);
      return { gone: false, body: answer };
    },
  };
}

function urlOf(base: string, { path, query }: HttpRequest): string {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  return `${base.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}${search}`;
}

function headersOf({ method, body }: HttpRequest, token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    // New for every call, since every call is an order of its own: only what a gateway repeats by itself is one order.
    ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
