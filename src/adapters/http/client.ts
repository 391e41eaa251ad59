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

/** `gone`: the platform itself said that there is no such thing, which is more than a 404. */
export type HttpAnswer = { readonly gone: true } | { readonly gone: false; readonly body: unknown };

export type HttpClient = { send(request: HttpRequest): Promise<HttpAnswer> };

// "Later", as opposed to "no": request timeout, too early, too many requests.
const laterStatuses = new Set([408, 425, 429]);

const goneSchema = z.object({ error: z.object({ code: z.literal('gone') }) });

/**
 * Sends requests to one platform and sorts what comes back into answer, gone, `TARGET_UNAVAILABLE`, `TARGET_REFUSED`.
 * Follows no redirects: the token is for this platform alone. When `signal` aborts, its reason is thrown as it is.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const unavailable = (what: string, cause?: unknown) =>
    new PortError('TARGET_UNAVAILABLE', `${options.name}: ${what}`, { cause });
  const refused = (what: string) => new PortError('TARGET_REFUSED', `${options.name}: ${what}`);

  return {
    async send(request) {
      const { method, path, signal } = request;
      // A URL parser takes `..` away even when it is escaped: the request would act on another path.
      const unsafe = path.find((part) => part === '' || part === '.' || part === '..');
      if (unsafe !== undefined) throw refused(`"${unsafe}" can't be the name of an account or a resource`);
      const what = `${method} /${path.join('/')}`;
      const { status, text } = await exchange(options, request).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw unavailable(`${what} got no answer`, cause);
      });
      const body = parseJson(text);
      if (status === 404 && goneSchema.safeParse(body).success) return { gone: true };
      if (status >= 500 || laterStatuses.has(status)) throw unavailable(`${what} answered ${status}`);
      if (status < 200 || status > 299) throw refused(`${what} answered ${status}`);
      return { gone: false, body };
    },
  };
}

/** One request with its whole answer, as it came. */
async function exchange({ base, token, timeoutMs }: HttpClientOptions, request: HttpRequest) {
  const { method, body, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(urlOf(base, request), {
    method,
    redirect: 'manual',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: headersOf(request, token),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
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
