import { PortError } from '../../ports/errors.js';
import { fencedShape, goneShape, notOfferedShape } from './shapes.js';
import { exchange, nameOf, type Wire, type WireRequest } from './wire.js';

export type HttpClientOptions = Wire & { readonly name: string };

export type HttpRequest = Omit<WireRequest, 'body' | 'idempotencyKey'> & { readonly body?: unknown };

/** `gone`: the platform itself said that there is no such thing, which is more than a 404. */
export type HttpAnswer = ({ readonly gone: true } | { readonly gone: false; readonly body: unknown }) & {
  /** The address that answered. */
  readonly from: string;
};

export type HttpClient = { send(request: HttpRequest): Promise<HttpAnswer> };

// "Later", as opposed to "no": request timeout, too early, too many requests.
const laterStatuses = new Set([408, 425, 429]);

/**
 * Sends requests to one platform and sorts what comes back into answer, gone, `TARGET_UNAVAILABLE`, `TARGET_REFUSED`, and
 * `NOT_OFFERED` for what a platform may do without.
 * When `signal` aborts, its reason is thrown as it is.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const unavailable = (what: string, cause?: unknown) =>
    new PortError('TARGET_UNAVAILABLE', `${options.name}: ${what}`, { cause });
  const refused = (what: string) => new PortError('TARGET_REFUSED', `${options.name}: ${what}`);

  return {
    async send(request) {
      const what = nameOf({ ...request, body: undefined });
      const text = request.body === undefined ? undefined : JSON.stringify(request.body);
      const { status, body, from } = await exchange(options, { ...request, body: text }).catch(
        (cause: unknown) => {
          request.signal?.throwIfAborted();
          if (cause instanceof PortError) throw refused(cause.message);
          throw unavailable(`${what} got no answer`, cause);
        },
      );
      if (status === 404 && goneShape.safeParse(body).success) return { gone: true, from };
      if (request.operation.optional && status === 404 && notOfferedShape.safeParse(body).success)
        throw new PortError('NOT_OFFERED', `${options.name}: ${request.operation.id} is not offered`);
      const fenced = status === 409 ? fencedShape.safeParse(body).data : undefined;
      // Whoever is truly out of date is stopped by our own ledger. A platform that is ahead of it, as after a restored
      // backup, is caught up with: each try claims anew, with a higher number.
      if (fenced !== undefined)
        throw unavailable(`${what} is refused: claim ${fenced.error.newest} came before ${request.fence}`);
      if (status >= 500 || laterStatuses.has(status)) throw unavailable(`${what} answered ${status}`);
      if (status < 200 || status > 299) throw refused(`${what} answered ${status}`);
      return { gone: false, body, from };
    },
  };
}
