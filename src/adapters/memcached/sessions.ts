import { PortError } from '../../ports/errors.js';
import type { Inspection, Right } from '../../ports/inspection.js';
import { allEnded, keyOf } from '../../ports/session-keys.js';
import type { SessionsEnded, SessionStore } from '../../ports/sessions.js';
import { openServers, status, type Server, type ServerAddress } from './servers.js';

/** By which keys the sessions of an account are found; Memcached itself can't list any. */
export type MemcachedWay =
  | { readonly by: 'keys'; readonly keys: readonly string[] }
  /** Our own key: sessions issued at or before the instant in it, in milliseconds, count for nothing. */
  | {
      readonly by: 'generation';
      readonly generation: string;
      readonly longestSessionDays?: number | undefined;
    };

export type MemcachedSessionsOptions = MemcachedWay & {
  readonly name: string;
  readonly servers: readonly ServerAddress[];
  readonly timeoutMs?: number | undefined;
};

type Keys = Extract<MemcachedWay, { by: 'keys' }>;
type Generation = Extract<MemcachedWay, { by: 'generation' }>;

const accountsAtOnce = 500;
const mostKeyBytes = 250;
// Each is lost to somebody who wrote in between.
const mostTries = 8;

/**
 * Sessions in Memcached, on every server of the list. A generation that the server has thrown out says nothing: an app that
 * finds none has to ask the access API, and lets nobody in before it has its answer.
 */
export function createMemcachedSessions(options: MemcachedSessionsOptions): SessionStore {
  const { name, timeoutMs = 5_000 } = options;
  const { servers, close } = openServers(name, options.servers, timeoutMs);
  const endOne = (ref: string, at: Date): Promise<number | null> =>
    options.by === 'keys'
      ? countKeys(name, servers, options, { ref, verb: 'delete' })
      : raiseGeneration(name, servers, options, ref, at);
  return {
    name,
    async end(accounts, at) {
      const tried: (SessionsEnded | PortError)[] = [];
      for (let first = 0; first < accounts.length; first += accountsAtOnce) {
        const some = accounts.slice(first, first + accountsAtOnce);
        tried.push(...(await Promise.all(some.map(({ ref }) => tryOne(ref, async () => endOne(ref, at))))));
      }
      return allEnded(tried);
    },
    left: async ({ ref }) =>
      options.by === 'keys' ? countKeys(name, servers, options, { ref, verb: 'get' }) : null,
    inspect: () => inspect(servers, options),
    close: () => Promise.resolve(close()),
  };
}

/** What fails for one account is told after the others. */
async function tryOne(ref: string, work: () => Promise<number | null>): Promise<SessionsEnded | PortError> {
  try {
    return { ref, ended: await work() };
  } catch (error) {
    if (error instanceof PortError) return error;
    throw error;
  }
}

function checkedKey(name: string, template: string, ref: string): string {
  const key = keyOf(name, template, ref);
  if (Buffer.byteLength(key) <= mostKeyBytes) return key;
  throw new PortError(
    'TARGET_REFUSED',
    `${name}: the key of an account is longer than the ${mostKeyBytes} bytes that Memcached takes`,
  );
}

/** To how many of the account's keys it was done, wherever they are. */
async function countKeys(
  name: string,
  servers: readonly Server[],
  { keys }: Keys,
  { ref, verb }: { readonly ref: string; readonly verb: 'get' | 'delete' },
): Promise<number> {
  const own = [...new Set(keys.map((template) => checkedKey(name, template, ref)))];
  const found = await Promise.all(
    own.map(async (key) => {
      const answers = await onEach(servers, (server) => server.send({ verb, key }));
      return answers.some((answer) => answer.status === status.done);
    }),
  );
  return found.filter(Boolean).length;
}

async function raiseGeneration(
  name: string,
  servers: readonly Server[],
  way: Generation,
  ref: string,
  at: Date,
): Promise<null> {
  const key = checkedKey(name, way.generation, ref);
  const expires = expiryOf(way.longestSessionDays, Date.now());
  await onEach(servers, (server) => raiseAt(name, server, { key, at: at.getTime(), expires }));
  return null;
}

/** Does it on every server, and fails only once it is done or failed on each: nothing goes on after we have answered. */
async function onEach<T>(servers: readonly Server[], work: (server: Server) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(servers.map(work));
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

type Raise = { readonly key: string; readonly at: number; readonly expires: number };

/** Only raises it: whatever was written since we looked is looked at again. */
async function raiseAt(name: string, server: Server, { key, at, expires }: Raise): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const { status: found, value, cas } = await server.send({ verb: 'get', key });
    if (found === status.done && instantIn(name, value) >= at) return;
    const stored = await server.send(
      found === status.done
        ? { verb: 'set', key, value: String(at), expires, cas }
        : { verb: 'add', key, value: String(at), expires },
    );
    if (stored.status === status.done) return;
  }
  throw new PortError('TARGET_UNAVAILABLE', `${name}: a generation is written by others all the time`);
}

function instantIn(name: string, value: Buffer): number {
  const text = value.toString('latin1');
  if (/^\d{1,16}$/.test(text)) return Number(text);
  throw new PortError('TARGET_REFUSED', `${name}: the key of a generation holds no instant`);
}

const daySeconds = 86_400;

/** Memcached takes more than thirty days for an instant since 1970. */
function expiryOf(days: number | undefined, nowMs: number): number {
  const seconds = (days ?? 0) * daySeconds;
  return seconds > 30 * daySeconds ? Math.floor(nowMs / 1_000) + seconds : seconds;
}

async function inspect(servers: readonly Server[], { by }: MemcachedWay): Promise<Inspection> {
  const seen = await Promise.all(
    servers.map(async ({ address, stats }) => ({
      address,
      stats: await stats(''),
      settings: await stats('settings'),
    })),
  );
  const reached = seen.map(({ address, stats }) => `Memcached ${stats['version'] ?? '?'} at ${address}`);
  const flushable = seen.filter(({ settings }) => settings['flush_enabled'] !== 'no');
  return {
    reached: `${reached.join(', ')}; it has no users`,
    rights: [
      ...flushable.map(({ address }): Right => ({
        name: `flush_all at ${address}`,
        state: 'excess',
        note: 'Whoever reaches the server can empty it: start it with -F, behind a wall.',
      })),
      ...(by === 'generation' ? [evictions(seen.map(({ stats }) => Number(stats['evictions'] ?? 0)))] : []),
    ],
  };
}

function evictions(counts: readonly number[]): Right {
  const sum = counts.reduce((all, one) => all + one, 0);
  const note = `A generation may be thrown out at any time, so the app must let nobody in without one; ${sum} keys were, so far.`;
  return { name: 'no evictions', state: sum > 0 ? 'missing' : 'unknown', note };
}
