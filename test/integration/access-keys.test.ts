import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/app/contract.js';
import { apiKeys } from '../../src/db/schema.js';
import { makeKey } from '../../src/guard/api-key.js';
import { aKey, anAccount, startApiSide, type ApiSide, type Known } from '../support/access-api.js';
import { forbear } from '../support/cli.js';
import { eventually } from '../support/dev-eventually.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;
let side: ApiSide;
let known: Known;

beforeAll(async () => {
  stack = await startDatabase('access-keys');
  side = await startApiSide(stack);
  known = await anAccount(stack);
});
afterAll(async () => {
  await side.stop();
  await stack.end();
});

const db = () => stack.database.db;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const pathOf = ({ id }: Known) => `/v1/accounts/${id}/access`;

/** What is wrong, held to the form that every error has. */
async function wrong(path: string, headers: Readonly<Record<string, string>> = {}) {
  const { body, ...answer } = await side.problem(path, headers);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(Object.keys(body).sort()).toEqual(['detail', 'status', 'title', 'type']);
  expect(body).toMatchObject({ status: answer.status, title: expect.stringMatching(/\w/) as string });
  expect(body.detail).toMatch(/\w+ \w+/);
  return { ...answer, name: body.type.replace('urn:forbear:problem:', ''), detail: body.detail };
}

describe('a key', () => {
  it.each([
    ['is missing', ''],
    ['is of another kind', 'Basic YTpi'],
    ['is empty', 'Bearer '],
  ])('is asked for where it %s', async (_, authorization) => {
    const { status, headers, name } = await wrong(pathOf(known), { authorization });
    expect([status, name]).toEqual([401, 'no-key']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="forbear"');
  });

  it('opens nothing when it is unknown, has a wrong letter, was revoked or has expired', async () => {
    const key = await aKey(stack);
    const expiring = await aKey(stack, { expiresAt: new Date(Date.now() + 60_000) });
    const revoked = await aKey(stack);
    await db()
      .update(apiKeys)
      .set({ revokedAt: new Date() })
      .where(eq(apiKeys.prefix, revoked.slice(0, 14)));
    expect((await side.ask(pathOf(known), bearer(expiring))).status).toBe(200);
    const later = await startApiSide(stack);
    await later.ask(pathOf(known), bearer(expiring));
    later.wait(60_000);
    expect((await later.ask(pathOf(known), bearer(expiring))).status).toBe(401);
    await later.stop();
    const changed = `${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`;
    for (const bad of [makeKey('live'), changed, revoked, 'fb_live_', `${key}0`]) {
      const { status, headers, name } = await wrong(pathOf(known), bearer(bad));
      expect([status, name]).toEqual([401, 'invalid-key']);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="forbear", error="invalid_token"');
    }
    expect((await side.ask(pathOf(known), bearer(key))).status).toBe(200);
  });

  it('is asked for in the same words whether the account exists or not', async () => {
    const there = await wrong(pathOf(known), bearer(makeKey('test')));
    const notThere = await wrong(`/v1/accounts/${crypto.randomUUID()}/access`, bearer(makeKey('test')));
    expect(there.detail).toBe(notThere.detail);
  });

  it.each([
    ['/access', 'access:read', 'accounts:read'],
    ['', 'accounts:read', 'access:read'],
  ] as const)('needs the scope of the route (%s: %s)', async (end, needed, other) => {
    const path = `/v1/accounts/${known.id}${end}`;
    const without = await aKey(stack, { scopes: [other, 'accounts:write', 'webhooks:write'] });
    const { status, headers, name, detail } = await wrong(path, bearer(without));
    expect([status, name]).toEqual([403, 'missing-scope']);
    expect(detail).toContain(needed);
    expect(headers.get('www-authenticate')).toContain(`scope="${needed}"`);
    const right = await aKey(stack, { scopes: [needed] });
    expect((await side.ask(path, bearer(right))).status).toBe(200);
  });

  it('stands nowhere in the database but as a hash', async () => {
    const key = await aKey(stack);
    const rows = JSON.stringify(await db().select().from(apiKeys));
    expect(rows).not.toContain(key.slice(16));
    expect(rows).toContain(key.slice(0, 14));
  });

  it('notes when it was last used', async () => {
    const key = await aKey(stack);
    await side.ask(pathOf(known), bearer(key));
    await eventually('the use is noted', async () => {
      const rows = await db()
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.prefix, key.slice(0, 14)));
      return rows[0]?.lastUsedAt;
    });
  });

  it('may ask so many times a minute and is told how many are left, each key for itself', async () => {
    const tight = await startApiSide(stack, { env: { FORBEAR_API_RATE: '3' } });
    const [key, other] = [await aKey(stack), await aKey(stack)];
    const left: (string | null)[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const { status, headers } = await tight.ask(pathOf(known), bearer(key));
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
      left.push(headers.get('ratelimit'));
    }
    expect(left.map((text) => /^"key";r=(\d);t=\d+$/.exec(text ?? '')?.[1])).toEqual(['2', '1', '0']);
    const { status, headers, body } = await tight.ask<Problem>(pathOf(known), bearer(key));
    expect([status, body.type]).toEqual([429, 'urn:forbear:problem:too-many-requests']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await tight.ask(pathOf(known), bearer(other))).status).toBe(200);
    await tight.stop();
  });
});

describe('an error', () => {
  it.each([
    ['an unknown path', '/v1/nothing', 404, 'unknown-path'],
    [
      'an account that is not known by our id',
      `/v1/accounts/${crypto.randomUUID()}/access`,
      404,
      'unknown-account',
    ],
    ['one that is not known by its ref', '/v1/accounts/ref:nobody/access', 404, 'unknown-account'],
    ['one that is not known by its customer', '/v1/accounts/cus_nobody', 404, 'unknown-account'],
    ['an id that is too long', `/v1/accounts/${'x'.repeat(600)}/access`, 400, 'bad-request'],
    ['an id that Postgres cannot hold', '/v1/accounts/a%00b/access', 400, 'bad-request'],
    ['a ref that is empty', '/v1/accounts/ref:', 400, 'bad-request'],
    ['a filter that is none', '/v1/accounts?access=happy', 400, 'bad-request'],
    ['a page that is too large', '/v1/accounts?limit=501', 400, 'bad-request'],
    ['a cursor that is not ours', '/v1/accounts?cursor=abc', 400, 'bad-request'],
  ])('is a problem with a remedy: %s', async (_, path, status, name) => {
    expect(await wrong(path)).toMatchObject({ status, name });
  });

  it('is a problem when the database does not answer, and says to ask again', async () => {
    const cut = await startApiSide(stack, {
      readAccess: () => () => Promise.reject(new Error('secret words')),
    });
    const { status, headers, body } = await cut.ask<Problem>(pathOf(known));
    await cut.stop();
    expect([status, body.type]).toEqual([503, 'urn:forbear:problem:unavailable']);
    expect(headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(body)).not.toContain('secret words');
  });

  it('is a problem when nobody foresaw it, and is no other account’s trouble', async () => {
    const broken = await anAccount(stack);
    const mad = await startApiSide(stack, {
      readAccess: (read) => async (asked) => {
        const next = { step: 'pause', at: NaN } as const;
        const found = await read(asked);
        return found.map((one) => (one.row.id === broken.id ? { ...one, row: { ...one.row, next } } : one));
      },
    });
    const [failed, other] = await Promise.all([mad.ask<Problem>(pathOf(broken)), mad.access(known.id)]);
    await mad.stop();
    expect(failed.headers.get('content-type')).toBe('application/problem+json');
    expect(failed).toMatchObject({ status: 500, body: { type: 'urn:forbear:problem:internal' } });
    expect(failed.body.detail).not.toContain('Invalid');
    expect(other.status).toBe(200);
  });
});

describe('forbear key', () => {
  const run = (...args: string[]) => forbear(['key', ...args], { DATABASE_URL: stack.url });

  it('makes a key that works, shows it once, lists it without, and ends it', async () => {
    const created = await run(
      'create',
      '--name',
      'shop',
      '--scope',
      'access:read',
      '--scope',
      'accounts:read',
      '--json',
    );
    expect(created).toMatchObject({ code: 0 });
    const { key, id } = JSON.parse(created.out) as { key: string; id: string };
    expect(key).toMatch(/^fb_live_/);
    expect((await side.ask(pathOf(known), bearer(key))).status).toBe(200);
    const listed = await run('list');
    expect(listed.out).toContain('shop');
    expect(listed.out).not.toContain(key.slice(16));
    expect(await run('revoke', 'shop')).toMatchObject({ code: 0 });
    await eventually(
      'it opens nothing',
      async () => (await side.ask(pathOf(known), bearer(key))).status === 401,
      5_000,
    );
    expect((await run('list')).out).not.toContain('shop');
    expect((await run('list', '--all')).out).toContain(id);
  });

  it.each([
    [['create', '--name', 'x'], 'scope'],
    [['create', '--name', 'x', '--scope', 'everything'], 'access:read'],
    [['create', '--name', ' ', '--scope', 'access:read'], '--name'],
    [['create', '--name', 'x', '--scope', 'access:read', '--expires', '2020-01-01'], 'over already'],
    [['revoke', 'nobody'], 'forbear key list'],
  ])('says what is wrong with %j', async (args, words) => {
    const { code, err } = await run(...args);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
  });
});
