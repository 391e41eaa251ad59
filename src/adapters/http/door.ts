import { lookup as resolveByDns, type LookupAddress } from 'node:dns';
import {
  Agent as HttpAgent,
  request as requestOverHttp,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestOverHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { PortError } from '../../ports/errors.js';
import { literalOf, whyRefused } from './addresses.js';

/** Every address of a host. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export type DoorOptions = {
  /** Whether addresses inside a network may be spoken to. */
  readonly allowPrivate?: boolean | undefined;
  readonly resolve?: Resolve | undefined;
};

export type Sent = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
};

/** `from`: the address that answered. */
export type Received = { readonly status: number; readonly text: string; readonly from: string };

export type Door = { send(sent: Sent): Promise<Received> };

const resolveAll: Resolve = (hostname) => promisify(resolveByDns)(hostname, { all: true });

// As long as `fetch` keeps one. The address behind a name may change, and a kept connection does not see it.
const idleMs = 4_000;

/**
 * The way out to a platform. The addresses that were checked are those that are connected to: a name that answers otherwise the next
 * moment moves nothing. Throws `TARGET_REFUSED` before anything is sent where one of them may not be spoken to.
 */
export function createDoor({ allowPrivate = false, resolve = resolveAll }: DoorOptions): Door {
  const kept = { keepAlive: true, timeout: idleMs };
  // Of this door alone: a connection that another one was allowed to open is none for this one.
  const agents = { 'http:': new HttpAgent(kept), 'https:': new HttpsAgent(kept) };
  const lookup = checkedLookup(allowPrivate, resolve);

  const begin = ({ url, method, headers, signal }: Sent, isRetry: boolean): ClientRequest => {
    const options = { method, headers, signal, lookup };
    return url.protocol === 'https:'
      ? requestOverHttps(url, { ...options, agent: isRetry ? false : agents['https:'] })
      : requestOverHttp(url, { ...options, agent: isRetry ? false : agents['http:'] });
  };

  return {
    async send(sent) {
      const literal = literalOf(sent.url);
      // No name is looked up for it.
      if (literal !== null) mustBeAllowed(sent.url.hostname, [literal], allowPrivate);
      const first = begin(sent, false);
      return await answerOf(first, sent.body).catch((error: unknown) => {
        if (!isStale(first, error)) throw error;
        return answerOf(begin(sent, true), sent.body);
      });
    },
  };
}

async function answerOf(request: ClientRequest, body: string | undefined): Promise<Received> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
    request.end(body);
  });
  // Read at once: it is not known any more when the connection has ended.
  const from = response.socket.remoteAddress ?? '';
  return { status: response.statusCode ?? 0, text: await text(response), from };
}

/** The platform closed a kept connection in the moment in which we took it: an answer was never begun. */
const isStale = (request: ClientRequest, error: unknown): boolean =>
  request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(String((error as NodeJS.ErrnoException).code));

/** A lookup for one connection that hands on only what was checked; a host is refused when any of its addresses is. */
export function checkedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
  return (hostname, { all }, callback) => {
    const checked = resolve(hostname).then((found) => {
      mustBeAllowed(
        hostname,
        found.map(({ address }) => address),
        allowPrivate,
      );
      return found;
    });
    checked.then(
      (found) => {
        const [first] = found;
        if (first === undefined) return callback(new Error(`${hostname} has no address`), '');
        return all === true ? callback(null, [...found]) : callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };
}

function mustBeAllowed(hostname: string, addresses: readonly string[], allowPrivate: boolean): void {
  for (const address of addresses) {
    const why = whyRefused(address, allowPrivate);
    if (why === null) continue;
    throw new PortError('TARGET_REFUSED', `nothing was sent to ${hostname}, because ${why}`);
  }
}
