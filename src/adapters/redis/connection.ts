import { createClient, createCluster, ErrorReply, RESP_TYPES } from 'redis';
import { PortError } from '../../ports/errors.js';
import { failureOf } from './failures.js';

/** Bytes where the app chose them: a session's id need not be text. */
export type Word = string | Buffer;
export type Command = {
  readonly key: Word;
  readonly words: readonly Word[];
  /** Texts in the answer are wanted as the bytes that they are. */
  readonly asBytes?: boolean;
};
/** What a server answered to one command; a refusal of that command is an answer, too. */
export type Reply = unknown;

/** Sends all at once, and tells what came of each, in their order. Throws when an answer is missing. */
type Run = (commands: readonly Command[]) => Promise<readonly Reply[]>;

export type Redis = {
  readonly isCluster: boolean;
  /** Each goes to the server that holds its key. */
  readonly run: Run;
  /** Every server that holds keys. */
  masters(): Promise<readonly { readonly run: Run }[]>;
};

export type ConnectionOptions = {
  readonly name: string;
  readonly urls: readonly string[];
  readonly cluster: boolean;
  /** For what is sent at once. */
  readonly timeoutMs: number;
};

type Open = { readonly redis: Redis; isBroken(): boolean; destroy(): void };

/**
 * A connection that is made at its first use and kept. Whatever breaks it ends every call that waits for it at once, as
 * `TARGET_UNAVAILABLE`, and the next use makes a new one: nothing queues up behind a server that is down.
 */
export function keepConnected(options: ConnectionOptions) {
  let current: Promise<Open> | null = null;
  const drop = async (opened: Promise<Open>) => {
    if (current === opened) current = null;
    // One that never opened has told so to whoever waited for it.
    (await opened.catch(() => null))?.destroy();
  };
  const connected = async (): Promise<readonly [Promise<Open>, Open]> => {
    const last = current;
    const standing = await last?.catch(() => null);
    // One that failed, or broke since, is nothing to wait for.
    if (last !== null && (standing?.isBroken() ?? true)) await drop(last);
    const opening = (current ??= open(options));
    return [opening, await opening];
  };
  return {
    async use<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
      try {
        const [opening, { redis }] = await connected();
        return await work(redis).catch(async (error: unknown) => {
          if (!(error instanceof PortError) || error.code === 'TARGET_UNAVAILABLE') await drop(opening);
          throw error;
        });
      } catch (error) {
        throw failureOf(options.name, error);
      }
    },
    async close(): Promise<void> {
      if (current !== null) await drop(current);
    },
  };
}

// The oldest protocol is understood by every server, and says nothing without being asked.
const common = {
  RESP: 2,
  maintNotifications: 'disabled',
  disableClientInfo: true,
  disableOfflineQueue: true,
} as const;
// We wait for all commands together: a timer for each would cost more than all the rest.
const untimed = { timeout: 0 };
const bytes = { ...untimed, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
const optionsOf = ({ asBytes = false }: Command) => (asBytes ? bytes : untimed);

const socketOf = ({ timeoutMs }: ConnectionOptions) => ({
  connectTimeout: timeoutMs,
  reconnectStrategy: false as const,
});

const open = (options: ConnectionOptions): Promise<Open> =>
  options.cluster ? openCluster(options) : openServer(options);

async function openServer(options: ConnectionOptions): Promise<Open> {
  const client = createClient({ url: options.urls[0] ?? '', ...common, socket: socketOf(options) });
  // Told again by whichever command meets it.
  client.on('error', () => undefined);
  try {
    await within(options.timeoutMs, client.connect());
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
  const run = runBy(options.timeoutMs, (command) => client.sendCommand(command.words, optionsOf(command)));
  return {
    redis: { isCluster: false, run, masters: () => Promise.resolve([{ run }]) },
    isBroken: () => !client.isReady,
    destroy: () => {
      if (client.isOpen) client.destroy();
    },
  };
}

async function openCluster(options: ConnectionOptions): Promise<Open> {
  const { urls, timeoutMs } = options;
  const socket = socketOf(options);
  const { RESP, ...defaults } = common;
  const cluster = createCluster({
    RESP,
    rootNodes: urls.map((url) => ({ url })),
    // The other servers are told of by these, with an address and nothing else.
    defaults: { ...defaults, ...signInOf(urls[0] ?? ''), socket: { ...socket, ...tlsOf(urls[0] ?? '') } },
    minimizeConnections: true,
  });
  let isBroken = false;
  let last: unknown = null;
  cluster.on('error', (error: unknown) => {
    isBroken = true;
    last = error;
  });
  const destroy = () => {
    if (cluster.isOpen) cluster.destroy();
  };
  try {
    await within(timeoutMs, cluster.connect());
  } catch (error) {
    destroy();
    // "None of the servers can be reached" hides that they were, and said no.
    throw last instanceof ErrorReply ? last : error;
  }
  isBroken = false;
  const masters = () =>
    Promise.all(
      cluster.masters.map(async (master) => {
        const client = await within(timeoutMs, Promise.resolve(cluster.nodeClient(master)));
        return { run: runBy(timeoutMs, (command) => client.sendCommand(command.words, optionsOf(command))) };
      }),
    );
  const run = runBy(timeoutMs, (command) =>
    cluster.sendCommand(command.key, false, [...command.words], optionsOf(command)),
  );
  return { redis: { isCluster: true, run, masters }, isBroken: () => isBroken, destroy };
}

function signInOf(text: string): { username?: string; password?: string } {
  const { username, password } = new URL(text);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

const tlsOf = (text: string) => (text.startsWith('rediss:') ? { tls: true as const } : {});

function runBy(timeoutMs: number, send: (command: Command) => Promise<Reply>): Run {
  return async (commands) => {
    const all = commands.map((command) =>
      send(command).catch((error: unknown) => {
        if (error instanceof ErrorReply) return error;
        throw error;
      }),
    );
    // What goes on beside a failure is waited for, or it would still change things after we have answered.
    const settled = await within(timeoutMs, Promise.allSettled(all));
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  };
}

/** What the work comes to, or a rejection once the time is over: the connection is given up then, and the work with it. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
