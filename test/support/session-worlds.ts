import { createClient, createCluster } from 'redis';
import { createMemcachedSessions, type MemcachedWay } from '../../src/adapters/memcached/sessions.js';
import { createRedisSessions } from '../../src/adapters/redis/sessions.js';
import type { RedisWay } from '../../src/adapters/redis/ways.js';
import type { TestMemcached } from './memcached.js';
import type { TestCluster, TestRedis } from './redis.js';
import { oddNames, veryLong, type SessionWorld } from './sessions.js';
import type { TcpProxy } from './tcp-proxy.js';

export const password = 'never-to-be-shown';

export const redisWays = {
  index: { by: 'index', index: 'user-sessions:{ref:uri}', session: 'sess:{id}' },
  keys: { by: 'keys', keys: ['session:{ref:uri}:web', 'session:{ref:uri}:mobile'] },
  epoch: { by: 'epoch', epoch: 'forbear:epoch:{ref:uri}', longestSessionDays: 30 },
  scan: { by: 'scan', match: 'sess:{ref:uri}:*' },
} as const satisfies Record<RedisWay['by'], RedisWay>;

/** The app's own connection, to one server or to a cluster. */
type App = {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  sAdd(key: string, member: string): Promise<unknown>;
  close(): Promise<unknown>;
};

export type RedisPlace = {
  readonly nodes: readonly TestRedis[];
  readonly proxies: readonly TcpProxy[];
  openApp(): Promise<App>;
};

export function redisPlace(server: TestRedis, proxy: TcpProxy): RedisPlace {
  return {
    nodes: [server],
    proxies: [proxy],
    openApp: () => createClient({ url: server.url, RESP: 2 }).connect(),
  };
}

export function clusterPlace({ nodes }: TestCluster, proxies: readonly TcpProxy[]): RedisPlace {
  // The servers tell of the proxies, as which they are announced; the app goes past them.
  const nodeAddressMap = Object.fromEntries(
    nodes.map(({ port }, n) => [`127.0.0.1:${proxies[n]?.port}`, { host: '127.0.0.1', port }]),
  );
  const rootNodes = nodes.map(({ url }) => ({ url }));
  return { nodes, proxies, openApp: () => createCluster({ rootNodes, nodeAddressMap, RESP: 2 }).connect() };
}

/** The rights that each way needs, for keys of the suite; docs/targets/sessions.md has the like, and is tried as well. */
const rights = {
  index: ['~user-sessions:*', '~sess:*', '+sscan', '+srem', '+unlink', '+exists'],
  keys: ['~session:*', '+unlink', '+exists'],
  epoch: ['~forbear:epoch:*', '+eval', '+get', '+set'],
  scan: ['~sess:*', '+scan', '+unlink', '+exists'],
};

const always = ['+info', '+acl|whoami', '+acl|dryrun', '+cluster|slots'];

/** An app whose sessions are in Redis, found in one of the four ways. */
export async function openRedisWorld(place: RedisPlace, by: RedisWay['by']): Promise<SessionWorld> {
  const { nodes, proxies } = place;
  const everywhere = (...words: string[]) => Promise.all(nodes.map((node) => node.ask(...words)));
  await everywhere('FLUSHALL');
  await everywhere('ACL', 'SETUSER', 'forbear', 'reset', 'on', `>${password}`, ...always, ...rights[by]);
  const app = await place.openApp();
  const urls = proxies.map(({ port }) => `redis://forbear:${password}@127.0.0.1:${port}`);
  const cluster = nodes.length > 1;
  const store = createRedisSessions({ name: 'web', urls, cluster, timeoutMs: 1_000, ...redisWays[by] });
  const sessionOf = (ref: string, device: string) =>
    `${by === 'keys' ? 'session' : 'sess'}:${encodeURIComponent(ref)}:${device}`;
  const indexOf = (ref: string) => `user-sessions:${encodeURIComponent(ref)}`;
  const epochOf = (ref: string) => `forbear:epoch:${encodeURIComponent(ref)}`;
  return {
    store,
    signIn: async (ref, device, issuedAt) => {
      await app.set(sessionOf(ref, device), String(issuedAt.getTime()));
      if (by === 'index') await app.sAdd(indexOf(ref), `${encodeURIComponent(ref)}:${device}`);
    },
    isLetIn: async (ref, device) => {
      const issuedAt = await app.get(sessionOf(ref, device));
      if (issuedAt === null || by !== 'epoch') return issuedAt !== null;
      return Number(issuedAt) > Number((await app.get(epochOf(ref))) ?? 0);
    },
    counts: { ended: by !== 'epoch', left: by !== 'epoch' },
    knowsInstants: by === 'epoch',
    refuses: [],
    spoil:
      { index: indexOf, epoch: epochOf, keys: null, scan: null }[by] === null
        ? null
        : async (ref) => {
            await app.set(by === 'index' ? indexOf(ref) : epochOf(ref), 'no number');
          },
    loseRights: async () => {
      await everywhere('ACL', 'SETUSER', 'forbear', '-@all');
    },
    down: async () => {
      await Promise.all(proxies.map((proxy) => proxy.down()));
    },
    up: async () => {
      await Promise.all(proxies.map((proxy) => proxy.up()));
    },
    mute: (isMute) => Promise.resolve(proxies.forEach((proxy) => proxy.mute(isMute))),
    close: async () => {
      await store.close();
      await app.close();
    },
  };
}

export const memcachedWays = {
  keys: { by: 'keys', keys: ['session:{ref:uri}:web', 'session:{ref:uri}:mobile'] },
  generation: { by: 'generation', generation: 'forbear:generation:{ref:uri}', longestSessionDays: 60 },
} as const satisfies Record<MemcachedWay['by'], MemcachedWay>;

export type MemcachedWorld = SessionWorld & {
  /** Since when the access API says that sessions count. */
  readonly truth: Map<string, number>;
  /** The server throws the generation of an account out. */
  evict(ref: string): Promise<void>;
};

/** An app whose sessions are in Memcached. Where it finds no generation it asks for the truth, and puts that there. */
export async function openMemcachedWorld(
  server: TestMemcached,
  proxy: TcpProxy,
  by: MemcachedWay['by'],
): Promise<MemcachedWorld> {
  const { client } = server;
  await client.flush();
  const truth = new Map<string, number>();
  const store = createMemcachedSessions({
    name: 'web',
    servers: [{ host: '127.0.0.1', port: proxy.port }],
    timeoutMs: 1_000,
    ...memcachedWays[by],
  });
  const sessionOf = (ref: string, device: string) => `session:${encodeURIComponent(ref)}:${device}`;
  const generationOf = (ref: string) => `forbear:generation:${encodeURIComponent(ref)}`;
  const numberAt = async (key: string) => {
    const { value } = await client.get(key);
    return value === null ? null : Number(value.toString());
  };
  const generation = async (ref: string) => {
    const found = await numberAt(generationOf(ref));
    if (found !== null) return found;
    const told = truth.get(ref) ?? 0;
    await client.add(generationOf(ref), String(told));
    return told;
  };
  return {
    store,
    truth,
    evict: async (ref) => {
      await client.delete(generationOf(ref));
    },
    signIn: async (ref, device, issuedAt) => {
      await client.set(sessionOf(ref, device), String(issuedAt.getTime()));
    },
    isLetIn: async (ref, device) => {
      const issuedAt = await numberAt(sessionOf(ref, device));
      if (issuedAt === null || by === 'keys') return issuedAt !== null;
      return issuedAt > (await generation(ref));
    },
    counts: { ended: by === 'keys', left: by === 'keys' },
    knowsInstants: by === 'generation',
    refuses: oddNames.filter((one) => one === veryLong),
    spoil:
      by === 'keys'
        ? null
        : async (ref) => {
            await client.set(generationOf(ref), 'no number');
          },
    loseRights: null,
    down: () => proxy.down(),
    up: () => proxy.up(),
    mute: (isMute) => Promise.resolve(proxy.mute(isMute)),
    close: () => store.close(),
  };
}
