import { PortError } from '../../ports/errors.js';
import { createDoor, type Door, type DoorOptions } from './door.js';
import type { Operation } from './operations.js';
import { createSigner, type Signer } from './signature.js';

export type Wire = {
  readonly base: string;
  readonly token: string;
  /** Without it requests are not signed. */
  readonly signer: Signer | null;
  /** For one request with its answer. */
  readonly timeoutMs: number;
  readonly door: Door;
};

export type WireOptions = Pick<Wire, 'base' | 'token' | 'timeoutMs'> &
  DoorOptions & {
    /** `whsec_…`, with which each request is signed. */
    readonly secret?: string | undefined;
  };

/** The wire to one platform; its connections are kept for the next request. */
export const createWire = ({ base, token, timeoutMs, secret, ...door }: WireOptions): Wire => ({
  base,
  token,
  timeoutMs,
  signer: secret === undefined ? null : createSigner(secret),
  door: createDoor(door),
});

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

export type WireAnswer = { readonly status: number; readonly body: unknown; readonly from: string };

/**
 * One request with its whole answer, as it came; `undefined` for a body that is not JSON. Follows no redirects: the token
 * is for this platform alone. Throws a `TimeoutError` when there is no answer in time, and `TARGET_REFUSED` before anything is
 * sent where the address may not be spoken to.
 */
export async function exchange(wire: Wire, request: WireRequest): Promise<WireAnswer> {
  const { operation, body, signal } = request;
  const timeout = AbortSignal.timeout(wire.timeoutMs);
  const url = new URL(urlOf(wire.base, request));
  const { method } = operation;
  const sent = { url, method, headers: headersOf(request, wire, url), body };
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const answer = await wire.door.send({ ...sent, signal: either }).catch((error: unknown) => {
    either.throwIfAborted();
    throw error;
  });
  return { status: answer.status, body: parseJson(answer.text), from: answer.from };
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
  { operation: { method }, body, fence, idempotencyKey = crypto.randomUUID() }: WireRequest,
  { token, signer }: Wire,
  { pathname, search }: URL,
): Record<string, string> {
  const signed = { method, path: `${pathname}${search}`, fence: String(fence ?? ''), body: body ?? '' };
  return {
    'user-agent': 'Forbear',
    ...(token !== '' && { authorization: `Bearer ${token}` }),
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    // New for every call, since every call is an order of its own: only what a gateway repeats by itself is one order.
    ...(method === 'POST' && { 'idempotency-key': idempotencyKey }),
    ...(fence !== undefined && { 'forbear-fence': String(fence) }),
    // The key is signed as the id, so that it can't be changed on its way either.
    ...signer?.(signed, idempotencyKey),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
