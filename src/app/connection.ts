import { codeOf, ForbearError, localError } from './errors.js';
import { parseProblem } from './guards.js';

export type ConnectionOptions = {
  /** Where Forbear's API is: `https://forbear.internal`. */
  readonly url: string;
  /** A key with the scope `access:read`, and `accounts:read` for accounts. */
  readonly key: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

// Node's types know no caches, as it has none.
type Init = RequestInit & { readonly cache: 'no-store' };

/** Sends a request to Forbear, with the key; rejects with what `fetch` does. */
export type Connection = (
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>;

/** Throws a `TypeError` for options that can't work. */
export function connectionTo({ url, key, fetch: given }: ConnectionOptions): Connection {
  const base = baseOf(url);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TypeError('key is empty or no key of Forbear: make one with forbear key create.');
  const send = given ?? ((target: string, init: RequestInit) => fetch(target, init));
  return (path, headers, signal) => {
    // The key is for Forbear alone, so redirects are not followed; nor may an app's framework keep the answer.
    const rules = { redirect: 'manual', cache: 'no-store' } as const;
    const init: Init = { headers: { authorization: `Bearer ${key}`, ...headers }, signal, ...rules };
    return send(`${base}${path}`, init);
  };
}

function baseOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw new TypeError('url is not an http(s) address: give that of Forbear’s API.');
}

/** No connection, or it broke. */
export function unreachable(cause: unknown): ForbearError {
  const remedy = 'look whether Forbear is up and its url is right, then ask again';
  return localError('unreachable', 'Forbear gave no answer', remedy, { cause });
}

/** What an answer that is none of 2xx says. */
export function refusalOf(status: number, content: unknown, retryAfterMs: number | null): ForbearError {
  try {
    const problem = { ...parseProblem(content), status };
    return new ForbearError(codeOf(problem), problem, { retryAfterMs });
  } catch {
    // A 404 by something else than Forbear says nothing of the account.
    const code = status >= 500 ? 'unavailable' : 'bad_answer';
    const detail = `the answer with status ${status} is no problem of Forbear’s: look whether the url is right`;
    return localError(code, 'This was not Forbear’s answer', detail, { status });
  }
}

/** For how long Forbear wants to be left alone. It says it in seconds; a date is from somebody else's clock. */
export function retryAfterOf({ headers }: Response): number | null {
  const given = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(given) ? Number(given) * 1_000 : null;
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
