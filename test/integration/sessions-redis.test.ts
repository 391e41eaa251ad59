import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisSessions } from '../../src/adapters/redis/sessions.js';
import type { RedisWay } from '../../src/adapters/redis/ways.js';
import {
  redisMissing,
  startRedis,
  startRedisCluster,
  type TestCluster,
  type TestRedis,
} from '../support/redis.js';
import { password, redisWays } from '../support/session-worlds.js';
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
