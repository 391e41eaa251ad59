import memjs from 'memjs';
import type { Client, Response } from 'memjs';
import { deepestReason, PortError } from '../../ports/errors.js';

export type ServerAddress = { readonly host: string; readonly port: number };

/** What a server answered to one request: a status of the binary protocol, with what stands under the key. */
export type Answer = { readonly status: number; readonly value: Buffer; readonly cas: Buffer };
export type Request = {
  readonly verb: keyof typeof opcodes;
  readonly key: string;
  readonly value?: string;
  /** In seconds, as Memcached takes it; 0 for never. */
  readonly expires?: number;
  /** Only where it is as it was read. */
  readonly cas?: Buffer;
};
export type Server = {
  readonly address: string;
  send(request: Request): Promise<Answer>;
  stats(of: '' | 'settings'): Promise<Readonly<Record<string, string>>>;
};

const opcodes = { get: 0x00, set: 0x01, add: 0x02, delete: 0x04 } as const;
export const status = { done: 0x00, missing: 0x01, exists: 0x02 } as const;
// Out of memory, busy, and "for now": whoever asks again may be served.
const passing: readonly number[] = [0x82, 0x85, 0x86];

const quiet = { log: () => undefined };

/**
 * Each server on its own: which of them holds a key is for the app's own client to say, and every client says otherwise. A
 * connection that failed is given up with all that waited for it, and the next use makes a new one.
 */
export function openServers(name: string, addresses: readonly ServerAddress[], timeoutMs: number) {
  const clients = new Map<string, Client>();
  const clientOf = (address: string) => {
    const timeout = timeoutMs / 1_000;
    const own = { retries: 1, timeout, conntimeout: timeout, failover: false, logger: quiet };
    const client = clients.get(address) ?? memjs.Client.create(address, own);
    clients.set(address, client);
    return client;
  };
  const using = async <T>(address: string, work: (client: Client) => Promise<T>): Promise<T> => {
    const client = clientOf(address);
    try {
      // The library waits for ever for an answer that a closed connection still owes.
      return await within(timeoutMs + 250, work(client));
    } catch (error) {
      if (error instanceof PortError && error.code === 'TARGET_REFUSED') throw error;
      if (clients.get(address) === client) clients.delete(address);
      client.close();
      throw failureOf(name, address, error);
    }
  };
  const servers = addresses.map(({ host, port }): Server => {
    const address = `${host}:${port}`;
    return {
      address,
      send: (request) => using(address, (client) => exchange(name, client, request)),
      stats: (of) => using(address, (client) => statsOf(client, of)),
    };
  });
  return { servers, close: () => clients.forEach((client) => client.close()) };
}

async function exchange(name: string, client: Client, request: Request): Promise<Answer> {
  client.incrSeq();
  const { key } = request;
  const sequence = client.seq;
  const { header, val } = await new Promise<Response>((resolve, reject) => {
    client.perform(key, bytesOf(request, sequence), sequence, (error, response: Response) =>
      error === null ? resolve(response) : reject(toError(error)),
    );
  });
  const isKnown = Object.values(status).some((one) => one === header.status);
  if (isKnown) return { status: header.status, value: val, cas: header.cas };
  const code = passing.includes(header.status) ? 'TARGET_UNAVAILABLE' : 'TARGET_REFUSED';
  throw new PortError(code, `${name}: the server answers with status ${header.status}`);
}

function bytesOf({ verb, key, value = '', expires = 0, cas }: Request, sequence: number): Buffer {
  const isStore = verb === 'set' || verb === 'add';
  const extras = Buffer.alloc(isStore ? 8 : 0);
  if (isStore) extras.writeUInt32BE(expires, 4);
  const bytes = memjs.Utils.makeRequestBuffer(opcodes[verb], key, extras, value, sequence);
  // Where the protocol has the version, for which the library has no argument.
  cas?.copy(bytes, 16);
  return bytes;
}

const statsOf = (client: Client, of: string) =>
  new Promise<Record<string, string>>((resolve, reject) => {
    client.statsWithKey(of, (error, _server, stats) =>
      error === null && stats !== null ? resolve(stats) : reject(toError(error)),
    );
  });

/** The library tells some failures as text. */
const toError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

function failureOf(name: string, address: string, error: unknown): PortError {
  if (error instanceof PortError) return error;
  const reason = deepestReason(error);
  const code = /authentication failed/.test(reason) ? 'TARGET_REFUSED' : 'TARGET_UNAVAILABLE';
  return new PortError(code, `${name}: ${address}: ${reason}`, { cause: error });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
