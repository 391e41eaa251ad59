import { afterAll, beforeAll, describe } from 'vitest';
import { memcachedMissing, startMemcached, type TestMemcached } from '../support/memcached.js';
import {
  redisMissing,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestRedis,
} from '../support/redis.js';
import { openReceiverWorld } from '../support/session-receiver.js';
import { clusterPlace, openMemcachedWorld, openRedisWorld, redisPlace } from '../support/session-worlds.js';
import { keepsThePromisesOfSessions } from '../support/sessions.js';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js';

describe.skipIf(redisMissing !== '')(`sessions in Redis${redisMissing}`, () => {
  let server: TestRedis;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startProxy(() => server.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.close();
  });

  describe.each(['index', 'keys', 'epoch', 'scan'] as const)('by %s', (by) => {
    keepsThePromisesOfSessions(() => openRedisWorld(redisPlace(server, proxy), by), {
      spoiling: by === 'index' || by === 'epoch',
    });
  });
});

describe.skipIf(redisMissing !== '')(`sessions in a Redis cluster of three${redisMissing}`, () => {
  let cluster: TestCluster;
  const proxies: TcpProxy[] = [];
  beforeAll(async () => {
    for (let n = 0; n < 3; n += 1) proxies.push(await startProxy(() => cluster.nodes[n]?.port ?? 0));
    cluster = await startRedisCluster((n) => ['--cluster-announce-port', String(proxies[n]?.port)]);
  });
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await cluster?.close();
  });

  describe.each(['index', 'keys', 'epoch', 'scan'] as const)('by %s', (by) => {
    keepsThePromisesOfSessions(() => openRedisWorld(clusterPlace(cluster, proxies), by), {
      spoiling: by === 'index' || by === 'epoch',
    });
  });
});

describe.skipIf(memcachedMissing !== '')(`sessions in Memcached${memcachedMissing}`, () => {
  let server: TestMemcached;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startMemcached();
    proxy = await startProxy(() => server.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.close();
  });

  describe.each(['keys', 'generation'] as const)('by %s', (by) => {
    keepsThePromisesOfSessions(() => openMemcachedWorld(server, proxy, by), {
      spoiling: by === 'generation',
      rights: false,
    });
  });
});

describe('sessions behind HTTP', () => {
  keepsThePromisesOfSessions(openReceiverWorld);
});
