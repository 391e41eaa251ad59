import { createServer, type Server } from 'node:http';
import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedLookup, createDoor, type Resolve } from '../../src/adapters/http/door.js';
import { inspect } from '../../src/adapters/http/inspect.js';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import { listeningOn } from '../support/listening.js';

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
const web = { id: 'web', kind: 'instance' };
const at = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });
// Public by its number, and routed nowhere: nothing leaves the machine.
const nowhere = '3ffe::1';

describe('the door of a target behind HTTP', () => {
  let server: Server;
  let port: string;
  let connections: Socket[];
  let asked: string[];

  beforeEach(async () => {
    [connections, asked] = [[], []];
    server = createServer((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      response.setHeader('content-type', 'application/json').end('{"resources":[],"next":null}');
    });
    server.on('connection', (socket) => connections.push(socket));
    port = new URL(await listeningOn(server)).port;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** Answers each lookup by the next list, and counts them. */
  const answering = (...lists: readonly (readonly string[])[]) => {
    const looked: string[] = [];
    const resolve: Resolve = (hostname) => {
      const list = lists[looked.length] ?? [];
      looked.push(hostname);
      return Promise.resolve(list.map(at));
    };
    return { looked, resolve };
  };
  const targetAt = (
    host: string,
    more: { allowPrivate?: boolean; resolve?: Resolve; timeoutMs?: number } = {},
  ) =>
    createHttpTarget({ name: 'shop', base: `http://${host}:${port}`, token: 't', timeoutMs: 1_000, ...more });

  it('refuses a private address, and names the setting that allows it, before anything is sent', async () => {
    const { resolve } = answering(['127.0.0.1']);
    await expect(targetAt('shop.test', { resolve }).find(account)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message:
        'shop: nothing was sent to shop.test, because 127.0.0.1 is a loopback address: where your platform is in your own network, say `allowPrivate: true` at this target in forbear.yaml',
    });
    expect(connections).toEqual([]);
  });

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'])(
    'refuses %s, for which no name is looked up',
    async (host) => {
      const { looked, resolve } = answering();
      await expect(targetAt(host, { resolve }).find(account)).rejects.toMatchObject({
        code: 'TARGET_REFUSED',
        message: expect.stringContaining('allowPrivate: true') as string,
      });
      expect({ looked, connections }).toEqual({ looked: [], connections: [] });
    },
  );

  it.each([
    '169.254.169.254',
    'fd00:ec2::254',
    'fe80::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '0.0.0.0',
  ])('is led to %s by no setting', async (address) => {
    const { resolve } = answering([address], [address]);
    const refusal = { code: 'TARGET_REFUSED', message: expect.stringContaining('no setting') as string };
    const target = targetAt('shop.test', { allowPrivate: true, resolve });
    await expect(target.find(account)).rejects.toMatchObject(refusal);
  });

  it('refuses a host of which one address is public and one is not, whichever comes first', async () => {
    for (const list of [
      [nowhere, '127.0.0.1'],
      ['127.0.0.1', nowhere],
    ]) {
      const { resolve } = answering(list);
      await expect(targetAt('shop.test', { resolve }).find(account)).rejects.toMatchObject({
        code: 'TARGET_REFUSED',
      });
    }
    expect(connections).toEqual([]);
  });

  it('connects to the address that it checked: a name that turns private the next moment moves nothing', async () => {
    const { looked, resolve } = answering([nowhere], ['127.0.0.1']);
    const target = targetAt('shop.test', { resolve, timeoutMs: 200 });
    await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    expect(looked).toEqual(['shop.test']);
    expect(connections).toEqual([]);
  });

  it('hands the connection exactly what it checked, in either form', async () => {
    const { looked, resolve } = answering(['1.1.1.1', '2606:4700::1'], ['1.1.1.1']);
    const lookup = checkedLookup(false, resolve);
    const all = await new Promise((done) => lookup('a.test', { all: true }, (_, found) => done(found)));
    expect(all).toEqual([at('1.1.1.1'), at('2606:4700::1')]);
    const one = await new Promise((done) => lookup('a.test', {}, (_, ...found) => done(found)));
    expect(one).toEqual(['1.1.1.1', 4]);
    expect(looked).toHaveLength(2);
  });

  it('asks with the name of the host, at the address that was found, and keeps the connection', async () => {
    const { looked, resolve } = answering(['127.0.0.1']);
    const target = targetAt('shop.test', { allowPrivate: true, resolve });
    await target.find(account);
    await target.find(account);
    expect(asked).toEqual(Array(2).fill(`shop.test:${port} /accounts/acme/resources`));
    expect({ lookups: looked.length, connections: connections.length }).toEqual({
      lookups: 1,
      connections: 1,
    });
  });

  it('says that nobody answers where the name leads nowhere', async () => {
    const lost: Resolve = () => Promise.reject(Object.assign(new Error('lost'), { code: 'ENOTFOUND' }));
    for (const resolve of [lost, answering([]).resolve])
      await expect(targetAt('shop.test', { resolve }).find(account)).rejects.toMatchObject({
        code: 'TARGET_UNAVAILABLE',
      });
  });

  it('sends once more, with the same key, when the platform closed a kept connection in that moment', async () => {
    const keys: unknown[] = [];
    let answered = 0;
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      keys.push(request.headers['idempotency-key']);
      answered += 1;
      if (answered === 2) request.socket.resetAndDestroy();
      else response.end('{}');
    });
    const target = targetAt('127.0.0.1', { allowPrivate: true });
    await target.lock(account, web);
    await target.pause(account, web);
    expect(keys).toHaveLength(3);
    expect(keys[2]).toBe(keys[1]);
    expect(keys[1]).not.toBe(keys[0]);
  });

  it('does not send again what a new connection has lost', async () => {
    server.removeAllListeners('request');
    server.on('request', (request) => {
      asked.push(request.url ?? '');
      request.socket.resetAndDestroy();
    });
    await expect(targetAt('127.0.0.1', { allowPrivate: true }).pause(account, web)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
    });
    expect(asked).toHaveLength(1);
  });

  it('shares no connection with a door that may go where it may not', async () => {
    const sent = { url: new URL(`http://127.0.0.1:${port}/`), method: 'GET', headers: {} };
    const { signal } = new AbortController();
    await createDoor({ allowPrivate: true }).send({ ...sent, signal });
    await expect(createDoor({}).send({ ...sent, signal })).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it('is inspected as being inside, where it is allowed to be', async () => {
    const { rights, reached } = await targetAt('127.0.0.1', { allowPrivate: true }).inspect();
    expect(reached).toContain('at 127.0.0.1');
    expect(rights).toContainEqual({
      name: 'allowPrivate',
      state: 'held',
      note: 'The platform answers from a loopback address.',
    });
  });

  it.each([
    ['excess', true, '1.1.1.1'],
    ['held', true, '10.0.0.1'],
    [undefined, false, '1.1.1.1'],
  ] as const)(
    'is inspected as %s where allowPrivate is %s and %s answers',
    async (state, allowPrivate, from) => {
      const client = { send: () => Promise.resolve({ gone: true as const, from }) };
      const { rights } = await inspect({ name: 'shop', client }, { base: 'https://shop.test', allowPrivate });
      expect(rights.find(({ name }) => name === 'allowPrivate')?.state).toBe(state);
      expect(rights.find(({ name }) => name === 'signed requests')?.state).toBe('unknown');
    },
  );
});
