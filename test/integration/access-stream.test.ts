import { serve, type ServerType } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { eq } from 'drizzle-orm';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChannelEars } from '../../src/db/changes.js';
import { accessChannel, listenOn } from '../../src/db/changes.js';
import { access, apiKeys } from '../../src/db/schema.js';
import { hashOf } from '../../src/guard/api-key.js';
import type { Access, Restriction } from '../../src/domain/restrictions.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { eventually } from '../support/dev-eventually.js';
import { readEvents, type EventReader } from '../support/event-stream.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let key: string;
let readers: EventReader[];

beforeAll(async () => {
  stack = await startDatabase('access-stream');
});
afterAll(() => stack.end());
beforeEach(async () => {
  side = await startApiSide(stack);
  key = await aKey(stack);
  readers = [];
});
afterEach(async () => {
  await side.stop();
  await Promise.all(readers.map((reader) => reader.close()));
});

const db = () => stack.database.db;
const path = (...accounts: readonly string[]) =>
  `/v1/access/stream?${new URLSearchParams(accounts.map((account): [string, string] => ['account', account])).toString()}`;
const ask = (words: readonly string[], with_ = key) =>
  side.fetch(path(...words), { headers: { authorization: `Bearer ${with_}` } });

async function follow(...words: readonly string[]): Promise<EventReader> {
  const response = await ask(words);
  expect(response.status).toBe(200);
  const reader = readEvents(response);
  readers.push(reader);
  return reader;
}

const put = ({ id }: Known, level: Access, restrictions: readonly Restriction[] = []) =>
  db()
    .insert(access)
    .values({ account: id, access: level, restrictions })
    .onConflictDoUpdate({ target: access.account, set: { access: level, restrictions } });
const tellsOf = ({ id }: Known, level: Access) => ({
  event: 'access.changed',
  data: { type: 'access.changed', data: { account: { id }, access: level } },
});

describe('who follows an account', () => {
  it('is told at once how it is, by whatever name, and then each change with its version', async () => {
    const account = await anAccount(stack);
    for (const word of [account.id, `ref:${account.ref}`, account.customer]) {
      const events = await follow(word);
      expect(await events.next()).toMatchObject(tellsOf(account, 'active'));
      await put(account, 'read_only');
      const told = await events.next();
      expect(told).toMatchObject(tellsOf(account, 'read_only'));
      const { body } = await side.access(account.id);
      expect(told).toMatchObject({ id: body.version, data: { data: body } });
      await put(account, 'active');
      expect(await events.next()).toMatchObject(tellsOf(account, 'active'));
    }
  });

  it('hears nothing of others, and nothing where nothing has changed', async () => {
    const [account, other] = [await anAccount(stack), await anAccount(stack)];
    const events = await follow(account.id);
    await events.next();
    await put(other, 'suspended');
    const exemption = { until: 1, by: 'a person', reason: 'over' };
    await put(account, 'active');
    await db().update(access).set({ exemption }).where(eq(access.account, account.id));
    await put(account, 'suspended');
    expect(await events.next()).toMatchObject(tellsOf(account, 'suspended'));
  });

  it('is told when a restriction ends by itself', async () => {
    const account = await anAccount(stack);
    const until = Date.now() + 3_000;
    const restriction = { reason: 'manual', access: 'read_only', owner: 'a', evidence: 'b', since: 0, until };
    await put(account, 'read_only', [restriction as Restriction]);
    const events = await follow(account.id);
    expect(await events.next()).toMatchObject(tellsOf(account, 'read_only'));
    expect(await events.next()).toMatchObject(tellsOf(account, 'active'));
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  it('may name several, and is refused an unknown one, a bad one, and more than a hundred', async () => {
    const [one, two] = [await anAccount(stack), await anAccount(stack)];
    const events = await follow(one.id, two.id);
    const first = [await events.next(), await events.next()];
    expect(first).toMatchObject([tellsOf(one, 'active'), tellsOf(two, 'active')]);
    expect((await ask(['ref:nobody'])).status).toBe(404);
    expect((await ask([''])).status).toBe(400);
    expect((await ask(Array.from({ length: 101 }, () => one.id))).status).toBe(400);
  });
});

describe('who follows all accounts', () => {
  it('is told to ask anew for whatever he keeps, and then every change', async () => {
    const account = await anAccount(stack);
    const events = await follow();
    expect(await events.next()).toEqual({ event: 'reset', id: null, data: {} });
    await put(account, 'suspended');
    expect(await events.next()).toMatchObject(tellsOf(account, 'suspended'));
  });
});

describe('a stream', () => {
  it('starts over when notifications may have been missed', async () => {
    await side.stop();
    const heard: ChannelEars[] = [];
    side = await startApiSide(stack, {
      listen: (url, ears) => {
        heard.push(ears);
        return listenOn(url, accessChannel, ears);
      },
    });
    const account = await anAccount(stack);
    const [named, all] = [await follow(account.id), await follow()];
    await named.next();
    await all.next();
    heard[0]!.down();
    expect(await all.next()).toMatchObject({ event: 'reset' });
    await put(account, 'suspended');
    heard[0]!.up();
    expect(await named.next()).toMatchObject(tellsOf(account, 'suspended'));
  });

  it('ends when its key is revoked, and its followers are let in by another one', async () => {
    const account = await anAccount(stack);
    const events = await follow(account.id);
    await events.next();
    await db()
      .update(apiKeys)
      .set({ revokedAt: new Date() })
      .where(eq(apiKeys.hash, hashOf(key)));
    await events.ended();
    await eventually('the key is dead', async () => (await ask([account.id])).status === 401);
    expect((await ask([account.id], await aKey(stack))).status).toBe(200);
  });

  it('is refused where a thousand follow already, until one has gone', async () => {
    for (let i = 0; i < 1_000; i += 1) await follow();
    const refused = await ask([]);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '60']);
    const [one] = readers;
    // It has gone for the process once it is told of it.
    await one!.next();
    await one!.close();
    await eventually('there is a place', async () => {
      const response = await ask([]);
      if (response.status !== 200) return false;
      readers.push(readEvents(response));
      return true;
    });
  });

  it('needs access:read, and is counted as one request', async () => {
    const response = await ask([], await aKey(stack, { scopes: ['accounts:read'] }));
    expect(response.status).toBe(403);
    const allowed = await ask([]);
    expect(allowed.headers.get('content-type')).toContain('text/event-stream');
    expect(allowed.headers.get('cache-control')).toBe('no-store');
    expect(allowed.headers.get('ratelimit')).toMatch(/^"key";r=\d+/);
    readers.push(readEvents(allowed));
  });
});

describe('over a real connection', () => {
  let server: ServerType;
  let url: string;

  beforeEach(async () => {
    const app = new Hono().all('*', (c) => side.fetch(c.req.url.replace(/^http:\/\/[^/]+/, ''), c.req.raw));
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  });

  it('ends when the process stops, so that nobody keeps it from stopping', async () => {
    const response = await fetch(`${url}${path()}`, { headers: { authorization: `Bearer ${key}` } });
    const events = readEvents(response);
    readers.push(events);
    expect(await events.next()).toMatchObject({ event: 'reset' });
    await side.stop();
    await events.ended();
  });

  it('is let go when the follower has gone', async () => {
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${url}${path()}`, { headers, signal: leaving.signal });
    await readEvents(response).next();
    await eventually('one follows', () => side.followers() === 1);
    leaving.abort();
    await eventually('nobody follows', () => side.followers() === 0);
  });
});
