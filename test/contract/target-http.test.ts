import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import type { Target } from '../../src/ports/target.js';
import { startTestPlatform, type TestPlatform } from '../support/platform.js';

const account = { id: asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11'), ref: 'acme', fence: 1 };
const web = { id: 'web', kind: 'instance' };
const json = { 'content-type': 'application/json' };

describe('target over HTTP', () => {
  let platform: TestPlatform;
  let target: Target;

  const targetWith = (timeoutMs: number) =>
    createHttpTarget({
      name: 'platform',
      base: `${platform.base}/`,
      token: platform.token,
      allowPrivate: true,
      timeoutMs,
    });

  beforeEach(async () => {
    platform = await startTestPlatform();
    target = targetWith(10_000);
    await platform.seed('acme', { web: 3 });
  });
  afterEach(async () => {
    await platform.close();
  });

  it.each([408, 425, 429, 500, 502, 503])('takes a %i for "ask later"', async (status) => {
    platform.failNext(/./, { status });
    await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });

  it.each([400, 401, 403, 409, 422, 423])('takes a %i for "no"', async (status) => {
    platform.failNext(/./, { status });
    await expect(target.pause(account, web)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
  });

  it('gives up on a platform that does not answer in time', async () => {
    platform.failNext(/./, 'silence');
    await expect(targetWith(300).find(account)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });

  it('follows no redirect, so that the token stays with the platform', async () => {
    platform.failNext(/\/acme\//, {
      status: 307,
      headers: { location: `${platform.base}/accounts/other/resources` },
    });
    await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect(platform.requests.some((r) => r.path.includes('other'))).toBe(false);
  });

  it('does not take the 404 of a wrong address for a resource that is gone', async () => {
    const lost = createHttpTarget({
      name: 'lost',
      base: `${platform.base}/nowhere`,
      token: platform.token,
      allowPrivate: true,
    });
    await expect(lost.probe(account, web)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    await expect(lost.find(account)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it.each(['', '<html>hello</html>', '[]', '{}', '{"resources":[{"id":7}],"next":null}', '{"resources":[]}'])(
    'takes an answer that is not of the contract for no answer: %s',
    async (body) => {
      platform.failNext(/./, { status: 200, body, headers: json });
      await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
    },
  );

  it('DR-6 returns no part of a list whose later page fails', async () => {
    await platform.seed('acme', Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`i${i}`, 1])));
    platform.failNext(/cursor=/, { status: 503 });
    await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE' });
  });

  it.each(['{"readable":true}', '{"readable":true,"evidence":""}', '{"readable":"yes"}', '{}', ''])(
    'takes an answer that is not of the contract for no proof that an archive is there: %s',
    async (body) => {
      const { location } = await target.archive(account, web);
      platform.failNext(/verify/, { status: 200, body, headers: json });
      await expect(target.verifyArchive(account, web, location)).rejects.toMatchObject({
        code: 'TARGET_UNAVAILABLE',
      });
    },
  );

  it("says why an archive can't be read back, in the words of the platform", async () => {
    const { location } = await target.archive(account, web);
    platform.failNext(/verify/, {
      status: 200,
      body: '{"readable":false,"reason":"block 7 is lost"}',
      headers: json,
    });
    await expect(target.verifyArchive(account, web, location)).rejects.toMatchObject({
      code: 'NOT_VERIFIED',
      message: expect.stringContaining('block 7 is lost') as string,
    });
  });

  it.each(['archive', 'decommission'] as const)(
    'says of a platform that it does not offer: %s',
    async (method) => {
      platform.failNext(/./, { status: 404, body: '{"error":{"code":"not_offered"}}', headers: json });
      await expect(target[method](account, web)).rejects.toMatchObject({ code: 'NOT_OFFERED' });
    },
  );

  it('takes it for a refusal that a platform does not offer what it has to', async () => {
    platform.failNext(/./, { status: 404, body: '{"error":{"code":"not_offered"}}', headers: json });
    await expect(target.lock(account, web)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it("does not take the 404 of a platform that can't verify for an archive that is lost", async () => {
    platform.failNext(/verify/, { status: 404, body: 'Not Found' });
    await expect(target.verifyArchive(account, web, 'x')).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it.each(['..', '.', ''])('never lets the name "%s" lead to another path', async (name) => {
    await expect(target.find({ ...account, ref: name })).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    await expect(target.pause(account, { id: name, kind: 'instance' })).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
    });
    const odd = { id: name, kind: 'instance' };
    await expect(target.verifyArchive(account, odd, 'x')).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    expect(platform.requests).toHaveLength(0);
  });

  it('keeps names with slashes and question marks whole', async () => {
    await target.find({ ...account, ref: 'a/b?c=d#e' });
    expect(platform.requests[0]?.path).toBe('/accounts/a%2Fb%3Fc%3Dd%23e/resources');
  });

  it('gives every order an idempotency key of its own and no question one', async () => {
    await target.pause(account, web);
    await target.pause(account, web);
    await target.probe(account, web);
    const keys = platform.requests.map((r) => r.idempotencyKey);
    expect(new Set(keys.slice(0, 2)).size).toBe(2);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[2]).toBeNull();
  });

  it('gives every order the number of its claim, and no question one', async () => {
    await target.lock({ ...account, fence: 41 }, web);
    await target.probe(account, web);
    expect(platform.requests.map(({ fence }) => fence)).toEqual(['41', null]);
  });

  it('takes an order that comes too late for one that changes nothing and has to be claimed anew', async () => {
    await target.unlock({ ...account, fence: 7 }, web);
    await expect(target.pause({ ...account, fence: 6 }, web)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
      message: expect.stringContaining('claim 7 came before 6') as string,
    });
    expect(await platform.sizes('acme')).toEqual({ web: 3 });
    await target.pause({ ...account, fence: 7 }, web);
    expect(await platform.sizes('acme')).toEqual({ web: 0 });
  });

  it('puts no token into an error', async () => {
    platform.failNext(/./, { status: 403 });
    const error: unknown = await target.find(account).catch((e: unknown) => e);
    expect(String(error)).not.toContain(platform.token);
  });

  it('is refused with a wrong token', async () => {
    const stranger = createHttpTarget({
      name: 'stranger',
      base: platform.base,
      token: 'wrong',
      allowPrivate: true,
    });
    await expect(stranger.find(account)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });
});
