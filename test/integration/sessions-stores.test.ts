import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemcachedSessions } from '../../src/adapters/memcached/sessions.js';
import { createRedisSessions } from '../../src/adapters/redis/sessions.js';
import type { RedisWay } from '../../src/adapters/redis/ways.js';
import { memcachedMissing, startMemcached, type TestMemcached } from '../support/memcached.js';
import {
  redisMissing,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestRedis,
} from '../support/redis.js';
import { openReceiverWorld, type ReceiverWorld } from '../support/session-receiver.js';
import { openMemcachedWorld, password, redisWays, type MemcachedWorld } from '../support/session-worlds.js';
import { accountOf } from '../support/sessions.js';
import { checkout } from '../support/stack-folder.js';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js';

const at = new Date(1_800_000_000_000);
const acme = [accountOf('acme')];
const refused = { code: 'TARGET_REFUSED' };
const unavailable = { code: 'TARGET_UNAVAILABLE' };
const page = () => readFileSync(join(checkout, 'docs/targets/sessions.md'), 'utf8');

describe.skipIf(redisMissing !== '')(`what only Redis can do to sessions${redisMissing}`, () => {
  let server: TestRedis;
  let proxy: TcpProxy;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startRedis();
    proxy = await startProxy(() => server.port);
  });
  afterAll(async () => {
    await proxy?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await server.ask('FLUSHALL');
  });
  afterEach(async () => {
    proxy.before(null);
    await Promise.all(open.splice(0).map((store) => store.close()));
  });
  const storeOf = (way: RedisWay, user = '') => {
    const urls = [`redis://${user}127.0.0.1:${proxy.port}`];
    const store = createRedisSessions({
      name: 'web',
      urls,
      cluster: false,
      timeoutMs: 2_000,
      ...way,
    });
    open.push(store);
    return store;
  };

  it('keeps a session that the app adds while an index is worked off', async () => {
    await server.ask('SADD', 'user-sessions:acme', 'one', 'two');
    for (const id of ['one', 'two']) await server.ask('SET', `sess:${id}`, 'x');
    let asked = 0;
    proxy.before(async (words) => {
      if (!words.includes('SREM')) return;
      asked += 1;
      await server.ask('SET', 'sess:three', 'x');
      await server.ask('SADD', 'user-sessions:acme', 'three');
    });
    const store = storeOf(redisWays.index);
    expect(await store.end(acme, at)).toEqual([{ ref: 'acme', ended: 2 }]);
    expect(asked).toBe(1);
    expect(await server.ask('SMEMBERS', 'user-sessions:acme')).toEqual(['three']);
    expect(await server.ask('EXISTS', 'sess:three')).toBe(1);
  });

  it('works off an index of many pages, of which nothing is left', async () => {
    const ids = Array.from({ length: 3_000 }, (_, n) => `session-${n}`);
    await server.ask('SADD', 'user-sessions:acme', ...ids);
    await server.ask('MSET', ...ids.slice(1_000).flatMap((id) => [`sess:${id}`, 'x']));
    const store = storeOf(redisWays.index);
    expect(await store.left(accountOf('acme'), at)).toBe(2_000);
    // The first thousand have gone by themselves, as sessions do.
    expect(await store.end(acme, at)).toEqual([{ ref: 'acme', ended: 2_000 }]);
    expect(await server.ask('DBSIZE')).toBe(0);
  });

  it('finishes what was broken off between sessions and index', async () => {
    await server.ask('SADD', 'user-sessions:acme', 'one');
    await server.ask('SET', 'sess:one', 'x');
    proxy.before((words) => (words.includes('SREM') ? proxy.down() : Promise.resolve()));
    const store = storeOf(redisWays.index);
    await expect(store.end(acme, at)).rejects.toMatchObject(unavailable);
    proxy.before(null);
    await proxy.up();
    expect(await store.end(acme, at)).toEqual([{ ref: 'acme', ended: 0 }]);
    expect(await server.ask('DBSIZE')).toBe(0);
  });

  it('takes members of an index as bytes, and whole keys where no template is set', async () => {
    const members = ['sess:{x}', 'sess: *', 'sess:ünïcode'];
    await server.ask('SADD', 'user-sessions:acme', ...members);
    for (const key of members) await server.ask('SET', key, 'x');
    await server.ask(
      'EVAL',
      "redis.call('SADD', KEYS[1], 'b\\255\\0') redis.call('SET', 'b\\255\\0', 'x')",
      '1',
      'user-sessions:acme',
    );
    const store = storeOf({ ...redisWays.index, session: '{id}' });
    expect(await store.end(acme, at)).toEqual([{ ref: 'acme', ended: 4 }]);
    expect(await server.ask('DBSIZE')).toBe(0);
  });

  it('keeps an epoch at least as long as the longest session, or for ever', async () => {
    await storeOf(redisWays.epoch).end(acme, at);
    const days = Number(await server.ask('PTTL', 'forbear:epoch:acme')) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    await storeOf({ by: 'epoch', epoch: 'forever:{ref}' }).end(acme, at);
    expect(await server.ask('PTTL', 'forever:acme')).toBe(-1);
    expect(await server.ask('GET', 'forever:acme')).toBe(String(at.getTime()));
  });

  it.each(['{}', 'a:b', '*', 'a b', 'ü', '', 'a\nb', 'a/b', 'x'.repeat(3) + '{ref}'])(
    'refuses the name %j where it would have to stand as it is, and does nothing',
    async (ref) => {
      const ways: RedisWay[] = [
        { by: 'index', index: 'user-sessions:{ref}', session: 'sess:{id}' },
        { by: 'keys', keys: ['session:{ref}'] },
        { by: 'epoch', epoch: 'epoch:{ref}' },
        { by: 'scan', match: 'sess:{ref}:*' },
      ];
      await server.ask('MSET', `session:${ref}`, 'x', 'session:a', 'x', 'sess:a:b:1', 'x');
      const before = await server.ask('DBSIZE');
      for (const way of ways)
        await expect(storeOf(way).end([accountOf(ref)], at)).rejects.toMatchObject(refused);
      expect(await server.ask('DBSIZE')).toBe(before);
    },
  );

  it('connects anew as soon as the server is back, also for two who ask at once', async () => {
    const [store, other] = [storeOf(redisWays.epoch), storeOf(redisWays.epoch)];
    await store.end(acme, at);
    await proxy.down();
    // While another is told so, again and again, this one notices that its connection has ended.
    for (const one of [other, other, other, store])
      await expect(one.end(acme, at)).rejects.toMatchObject(unavailable);
    await proxy.up();
    const both = await Promise.all([store.end(acme, at), store.left(accountOf('acme'), at)]);
    expect(both).toEqual([[{ ref: 'acme', ended: null }], 0]);
  });

  it('is refused with a wrong password, and never shows it', async () => {
    await server.ask('ACL', 'SETUSER', 'forbear', 'reset', 'on', '>another');
    const error = await storeOf(redisWays.keys, `forbear:${password}@`)
      .end(acme, at)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refused);
    expect(String(error)).not.toContain(password);
  });

  it.each([
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['fails over', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])('is asked again later by a server that %s', async (_what, begin, end) => {
    await server.ask(...begin);
    try {
      await expect(storeOf(redisWays.epoch).end(acme, at)).rejects.toMatchObject(unavailable);
    } finally {
      await server.ask(...end);
    }
    expect(await storeOf(redisWays.epoch).end(acme, at)).toEqual([{ ref: 'acme', ended: null }]);
  });

  it.each(['index', 'keys', 'epoch', 'scan'] as const)(
    'needs no more rights by %s than the documentation gives',
    async (by) => {
      const [line = ''] = new RegExp(`^ACL SETUSER forbear-${by} .*$`, 'm').exec(page()) ?? [];
      const [, , user = '', ...rules] = line.replace('>…', `>${password}`).split(' ');
      await server.ask('ACL', 'SETUSER', user, 'reset', ...rules);
      const documented: Record<typeof by, RedisWay> = {
        index: { by: 'index', index: 'user-sessions:{ref}', session: 'sess:{id}' },
        keys: { by: 'keys', keys: ['session:{ref}'] },
        epoch: { by: 'epoch', epoch: 'forbear:epoch:{ref:uri}' },
        scan: { by: 'scan', match: 'sess:{ref}:*' },
      };
      await server.ask('MSET', 'sess:acme:1', 'x', 'session:acme', 'x', 'sess:one', 'x');
      await server.ask('SADD', 'user-sessions:acme', 'one');
      const store = storeOf(documented[by], `${user}:${password}@`);
      const [ended] = await store.end(acme, at);
      expect(ended?.ended).toBe(by === 'epoch' ? null : 1);
      expect(await store.left(accountOf('acme'), at)).toBe(0);
      const { reached, rights } = await store.inspect();
      expect(reached).toMatch(/^(Redis|Valkey) \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+, as forbear-/);
      expect(rights.filter(({ state, name }) => state !== 'held' && name !== 'an index')).toEqual([]);
      expect(rights.length).toBeGreaterThan(1);
    },
  );

  it('tells rights that are missing and those that are too many, without using them', async () => {
    await server.ask('SET', 'somebody', 'x');
    const rules = ['on', `>${password}`, '~*', '+acl', '+info', '+flushall', '+get'];
    await server.ask('ACL', 'SETUSER', 'forbear', 'reset', ...rules);
    const { rights } = await storeOf(redisWays.epoch, `forbear:${password}@`).inspect();
    const named = (state: string) => rights.filter((right) => right.state === state).map(({ name }) => name);
    expect(named('missing')).toEqual([
      'EVAL … forbear:epoch:forbear-inspection',
      'SET forbear:epoch:forbear-inspection 0',
    ]);
    expect(named('excess')).toEqual(['FLUSHALL', 'ACL SETUSER forbear-inspection']);
    expect(await server.ask('DBSIZE')).toBe(1);
  });

  it('says so when the server may throw an epoch or an index out', async () => {
    await server.ask('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
    try {
      for (const way of [redisWays.epoch, redisWays.index])
        expect((await storeOf(way).inspect()).rights).toContainEqual(
          expect.objectContaining({ name: 'maxmemory-policy noeviction', state: 'missing' }),
        );
    } finally {
      await server.ask('CONFIG', 'SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    }
  });

  it('says of a scan that it is slow, and leaves a key alone that only looks like a pattern', async () => {
    await server.ask('MSET', 'sess:a*:1', 'x', 'sess:ab:1', 'x');
    const store = storeOf({ by: 'scan', match: 'sess:{ref:uri}:*' });
    expect(await store.end([accountOf('a*')], at)).toEqual([{ ref: 'a*', ended: 1 }]);
    expect(await server.ask('KEYS', '*')).toEqual(['sess:ab:1']);
    expect((await store.inspect()).rights.at(-1)).toMatchObject({ name: 'an index', state: 'missing' });
  });
});

describe.skipIf(redisMissing !== '')(`a cluster of which one server is away${redisMissing}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(() => ['--cluster-require-full-coverage', 'no']);
  });
  afterAll(() => cluster?.close());

  it('ends what the others hold, and says that something is left to do', async () => {
    const [first, ...rest] = cluster.nodes;
    const refs = Array.from({ length: 60 }, (_, n) => `account-${n}`);
    const urls = [first?.url ?? ''];
    const store = createRedisSessions({
      name: 'web',
      urls,
      cluster: true,
      timeoutMs: 1_500,
      ...redisWays.epoch,
    });
    await store.end([accountOf('before')], at);
    await rest[1]?.close();
    await expect(store.end(refs.map(accountOf), at)).rejects.toMatchObject(unavailable);
    const there = await Promise.all(
      [first, rest[0]].map(async (node) => node?.ask('KEYS', 'forbear:epoch:account-*')),
    );
    expect(there.flat().length).toBeGreaterThan(20);
    expect(there.flat().length).toBeLessThan(60);
    await store.close();
  });
});

describe.skipIf(memcachedMissing !== '')(`what only Memcached can do to sessions${memcachedMissing}`, () => {
  let servers: TestMemcached[] = [];
  let proxy: TcpProxy;
  let world: MemcachedWorld;
  beforeAll(async () => {
    servers = [await startMemcached(), await startMemcached(['-m', '2', '-F'])];
    proxy = await startProxy(() => servers[0]?.port ?? 0);
  });
  afterAll(async () => {
    await proxy?.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  beforeEach(async () => {
    world = await openMemcachedWorld(servers[0]!, proxy, 'generation');
  });
  afterEach(() => world.close());
  const both = () => servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  const textAt = async (n: number, key: string) => (await servers[n]?.client.get(key))?.value?.toString();

  it('lets nobody in again when a generation is thrown out', async () => {
    await world.signIn('acme', 'web', new Date(at.getTime() - 1));
    await world.signIn('other', 'web', new Date(at.getTime() - 1));
    world.truth.set('acme', at.getTime());
    await world.store.end(acme, at);
    expect(await world.isLetIn('acme', 'web')).toBe(false);
    await world.evict('acme');
    expect(await world.isLetIn('acme', 'web')).toBe(false);
    expect(await world.isLetIn('other', 'web')).toBe(true);
  });

  it('has generations thrown out by a server that is full, and counts that in the inspection', async () => {
    const [, small] = servers;
    const store = createMemcachedSessions({
      name: 'web',
      servers: [both()[1]!],
      by: 'generation',
      generation: 'g:{ref}',
    });
    await store.end(acme, at);
    expect(await textAt(1, 'g:acme')).toBe(String(at.getTime()));
    // Not read meanwhile, which would keep it.
    for (let n = 0; n < 60_000; n += 10_000)
      await Promise.all(
        Array.from({ length: 10_000 }, async (_, i) => small?.client.set(`filler:${n + i}`, '1')),
      );
    expect(await textAt(1, 'g:acme')).toBeUndefined();
    const { rights } = await store.inspect();
    expect(rights).toEqual([expect.objectContaining({ name: 'no evictions', state: 'missing' })]);
    await store.close();
  });

  it.each([
    ['is none', null],
    ['is an earlier one', at.getTime() - 5],
  ])('only raises a generation where there %s, whoever else writes it meanwhile', async (_what, before) => {
    const key = 'forbear:generation:acme';
    if (before !== null) await servers[0]?.client.set(key, String(before));
    let raised = 0;
    proxy.before(async (words) => {
      // A set or an add is on its way: another is quicker, once.
      const isStore = words.charCodeAt(1) === 0x01 || words.charCodeAt(1) === 0x02;
      if (!isStore || raised > 0) return;
      raised += 1;
      await servers[0]?.client.set(key, String(at.getTime() + 5));
    });
    await world.store.end(acme, at);
    proxy.before(null);
    expect(raised).toBe(1);
    expect(await textAt(0, key)).toBe(String(at.getTime() + 5));
    await world.store.end(acme, new Date(at.getTime() + 9));
    expect(await textAt(0, key)).toBe(String(at.getTime() + 9));
  });

  it('ends sessions on every server, since each client spreads keys otherwise', async () => {
    const keys = ['session:{ref}:web', 'session:{ref}:mobile'];
    await servers[0]?.client.set('session:acme:web', 'x');
    await servers[1]?.client.set('session:acme:mobile', 'x');
    const store = createMemcachedSessions({ name: 'web', servers: both(), by: 'keys', keys });
    expect(await store.left(accountOf('acme'), at)).toBe(2);
    expect(await store.end(acme, at)).toEqual([{ ref: 'acme', ended: 2 }]);
    expect(await store.left(accountOf('acme'), at)).toBe(0);
    const { reached, rights } = await store.inspect();
    expect(reached).toMatch(/^Memcached \d\S* at 127.0.0.1:\d+, Memcached .* it has no users$/);
    // The second was started with -F.
    expect(rights.map(({ name }) => name)).toEqual([`flush_all at 127.0.0.1:${servers[0]?.port}`]);
    await store.close();
  });

  it('is not done while one of several servers is away', async () => {
    const missing = { host: '127.0.0.1', port: 1 };
    const store = createMemcachedSessions({
      ...{ name: 'web', servers: [both()[0]!, missing], timeoutMs: 500 },
      ...{ by: 'generation', generation: 'g:{ref}' },
    });
    await expect(store.end(acme, at)).rejects.toMatchObject(unavailable);
    expect(await textAt(0, 'g:acme')).toBe(String(at.getTime()));
    await store.close();
  });
});

describe('what only a receiver over HTTP can do to sessions', () => {
  let world: ReceiverWorld;
  beforeEach(async () => {
    world = await openReceiverWorld();
  });
  afterEach(() => world.close());

  it('is asked about five hundred accounts at most, under one name however often it is asked', async () => {
    const accounts = Array.from({ length: 1_100 }, (_, n) => accountOf(`account-${n}`));
    for (let n = 0; n < 2; n += 1) await world.store.end(accounts, at);
    expect(world.received.map(({ refs }) => refs.length)).toEqual([500, 500, 100, 500, 500, 100]);
    const names = world.received.map(({ headers }) => headers['idempotency-key']);
    expect(names.slice(3)).toEqual(names.slice(0, 3));
    expect(new Set(names).size).toBe(3);
    expect(world.received.map(({ headers }) => headers['webhook-id'])).toEqual(names);
    await world.store.end(accounts.slice(0, 500), new Date(at.getTime() + 1));
    expect(names).not.toContain(world.received.at(-1)?.headers['idempotency-key']);
  });

  it.each([
    ...[400, 401, 403, 404, 409, 410, 422, 301, 302, 307].map(
      (status) => [status, 'TARGET_REFUSED'] as const,
    ),
    ...[408, 425, 429, 500, 502, 503].map((status) => [status, 'TARGET_UNAVAILABLE'] as const),
  ])('takes the answer %i for %s', async (status, code) => {
    world.answer({ status, headers: { location: '/sessions' } });
    await expect(world.store.end(acme, at)).rejects.toMatchObject({ code });
    expect(world.received).toHaveLength(1);
  });

  it.each([
    ['nothing', ''],
    ['another account', '{"ended":[{"ref":"other","count":1}]}'],
    ['no account', '{"ended":[]}'],
    ['a count below none', '{"ended":[{"ref":"acme","count":-1}]}'],
    ['no count', '{"ended":[{"ref":"acme"}]}'],
    ['more than any answer holds', `{"ended":[],"x":"${'x'.repeat(1_100_000)}"}`],
  ])('does not take %s for an answer', async (_what, body) => {
    world.answer({ status: 200, body });
    await expect(world.store.end(acme, at)).rejects.toMatchObject(unavailable);
  });

  it('tells of a receiver that doesn’t count', async () => {
    world.answer({ status: 200, body: '{"ended":[{"ref":"acme","count":null}]}' });
    expect(await world.store.end(acme, at)).toEqual([{ ref: 'acme', ended: null }]);
  });
});
