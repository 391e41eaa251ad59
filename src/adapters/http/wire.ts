import { PortError } from '../../ports/errors.js';
import type { Operation } from './operations.js';

export type Wire = {
  readonly base: string;
  readonly token: string;
  /** For one request with its answer. */
  readonly timeoutMs: number;
};

export type WireRequest = {
  readonly operation: Operation;
  readonly ref: string;
  /** Of the resource, where the operation is about one. */
  readonly id?: string | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** As it goes over the wire. */
  readonly body?: string | undefined;
  /** The number of the claim under which this order is given. */
  readonly fence?: number | undefined;
  /** Without it, a new one for every POST. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type WireAnswer = { readonly status: number; readonly body: unknown };

/**
 * One request with its whole answer, as it came; `undefined` for a body that is not JSON. Follows no redirects: the token
 * is for this platform alone. Throws what `fetch` throws when there is no answer in time.
 */
export async function exchange(wire: Wire, request: WireRequest): Promise<WireAnswer> {
  const { operation, body, signal } = request;
  const timeout = AbortSignal.timeout(wire.timeoutMs);
  const response = await fetch(urlOf(wire.base, request), {
    method: operation.method,
    redirect: 'manual',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: headersOf(request, wire.token),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: parseJson(await response.text()) };
}

/** The request in a few words, for people. */
export const nameOf = (request: WireRequest): string =>
  `${request.operation.method} /${partsOf(request).join('/')}`;

function partsOf({ operation, ref, id = '' }: WireRequest): readonly string[] {
  const parts = operation.path.slice(1).split('/');
  return parts.map((part) => (part === '{ref}' ? ref : part === '{id}' ? id : part));
}

function urlOf(base: string, request: WireRequest): string {
  const parts = partsOf(request);
  // A URL parser takes `..` away even when it is escaped: the request would act on another path.
  const unsafe = parts.find((part) => part === '' || part === '.' || part === '..');
  if (unsafe !== undefined)
    throw new PortError('TARGET_REFUSED', `"${unsafe}" can't be the name of an account or a resource`);
  const { query } = request;
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  return `${base.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}${search}`;
}

function headersOf(
  { operation, body, fence, idempotencyKey }: WireRequest,
  token: string,
): Record<string, string> {
  return {
    ...(token !== '' && { authorization: `Bearer ${token}` }),
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    // New for every call, since every call is an order of its own: only what a gateway repeats by itself is one order.
    ...(operation.method === 'POST' && { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() }),
    ...(fence !== undefined && { 'forbear-fence': String(fence) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
