import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemcachedSessions } from '../../src/adapters/memcached/sessions.js';
import { memcachedMissing, startMemcached, type TestMemcached } from '../support/memcached.js';
import { openReceiverWorld, type ReceiverWorld } from '../support/session-receiver.js';
import { openMemcachedWorld, type MemcachedWorld } from '../support/session-worlds.js';
import { accountOf } from '../support/sessions.js';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js';

const at = new Date(1_800_000_000_000);
const acme = [accountOf('acme')];
const unavailable = { code: 'TARGET_UNAVAILABLE' };

describe.skipIf(memcachedMissing !== '')(`what only Memcached can do to sessions${memcachedMissing}`, () => {
  const servers: TestMemcached[] = [];
  let proxy: TcpProxy;
  let world: MemcachedWorld;
  beforeAll(async () => {
    servers.push(await startMemcached());
    servers.push(await startMemcached(['-m', '2', '-F']));
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
