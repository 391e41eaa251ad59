import { describe, expect, it } from 'vitest';
import { readKeys, type CodecKeys } from '../../src/codec/keys.js';
import { codecFor } from '../../src/codec/wire.js';
import { hashOf, makeKey, type KeyScope } from '../../src/guard/api-key.js';
import { createApp } from '../../src/http/app.js';

const keys = readKeys(`k1:${Buffer.alloc(32, 1).toString('base64')}`).keys as CodecKeys;
const origin = 'https://temporal.example.com';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const [right, other] = [makeKey('test'), makeKey('test')];
const rowOf = (key: string, scopes: readonly KeyScope[]) => ({
  id: key,
  hash: hashOf(key),
  scopes,
  expiresAt: null,
});
const rows = [rowOf(right, ['codec']), rowOf(other, ['access:read'])];

const unused = () => Promise.resolve(null);
const appWith = (isOn: boolean) =>
  createApp({
    logger: silent,
    intake: {} as never,
    checks: {},
    api: {
      readKeys: (hashes) => Promise.resolve(rows.filter(({ hash }) => hashes.includes(hash))),
      touchKey: () => Promise.resolve(),
      feed: { isLive: () => false, join: () => () => undefined, stop: () => Promise.resolve() },
      logger: silent,
      perMinute: 1_000,
      nowMs: Date.now,
      readAccess: () => Promise.resolve([]),
      payUrlOf: null,
      limit: 10,
      readPage: () => Promise.resolve([]),
      readOne: unused,
      readEndpoints: () => Promise.resolve([]),
      readDeliveries: () => Promise.resolve([]),
      resend: () => Promise.resolve('unknown' as const),
      stopping: new AbortController().signal,
      codec: isOn ? codecFor(keys, origin) : undefined,
    },
  });
const app = appWith(true);

const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"days":1}') };
type Sent = { readonly payloads: readonly unknown[] };

async function ask(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${right}` },
) {
  const response = await app.request(`/codec${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Sent };
}

describe('the codec endpoint', () => {
  it('encodes what the Web UI sends, and decodes it again, in its order', async () => {
    const encoded = await ask('/encode', { payloads: [plain, { data: base64('2') }] });
    expect(encoded.status).toBe(200);
    expect(JSON.stringify(encoded.body)).not.toContain(plain.data);
    const decoded = await ask('/decode', encoded.body);
    expect(decoded.body).toEqual({ payloads: [plain, { metadata: {}, data: base64('2') }] });
    expect(decoded.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['no key', {}, 401],
    ['a key that is none', { authorization: 'Bearer fb_live_x' }, 401],
    ['a key without the scope', { authorization: `Bearer ${other}` }, 403],
    [
      'a cookie from another page',
      { cookie: `forbear_codec_key=${right}`, origin: 'https://evil.example' },
      401,
    ],
    ['a cookie from no page', { cookie: `forbear_codec_key=${right}` }, 401],
    ['a cookie from the Web UI', { cookie: `forbear_codec_key=${right}`, origin }, 200],
    [
      "a cookie from the Web UI, beside its own user's token",
      { cookie: `forbear_codec_key=${right}`, origin, authorization: 'Bearer eyJ.a.token' },
      200,
    ],
    ['a key in the header, from the Web UI', { origin, authorization: `Bearer ${right}` }, 200],
  ])('opens to a key of its scope: %s', async (_, headers, status) => {
    const decoded = await ask('/decode', { payloads: [plain] }, headers);
    expect(decoded.status).toBe(status);
    if (status !== 200) expect(JSON.stringify(decoded.body)).not.toContain(plain.data);
  });

  it('lets pages of one origin read the answer, refusals too, and no others', async () => {
    for (const [from, allowed] of [
      [origin, origin],
      ['https://evil.example', null],
    ] as const) {
      const refused = await ask('/decode', { payloads: [] }, { origin: from });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, allowed]);
      const preflight = await app.request('/codec/decode', {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST' },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBe(allowed);
    }
    const preflight = await app.request('/codec/decode', { method: 'OPTIONS', headers: { origin } });
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
    for (const sent of ['content-type', 'x-namespace', 'authorization', 'authorization-extras'])
      expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toContain(sent);
  });

  it.each([
    ['no JSON', 'x', 400],
    ['another shape', { payloads: 'x' }, 400],
    ['no base64', { payloads: [{ data: '§' }] }, 400],
    ['too many', { payloads: Array(1_001).fill({}) }, 400],
    ['too much', { payloads: [{ data: 'A'.repeat(9 * 1024 * 1024) }] }, 413],
  ])('refuses what it can not take: %s', async (_, body, status) => {
    expect((await ask('/decode', body)).status).toBe(status);
  });

  it('names the key that it lacks', async () => {
    const metadata = { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('k9') };
    const { status, body } = await ask('/decode', { payloads: [{ metadata, data: '' }] });
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('\\"k9\\"')]);
  });

  it('signs a browser in with a key of its scope, by a cookie that no script reads', async () => {
    const signIn = (key: string, url = 'https://forbear.example.com/codec') =>
      app.request(url, { method: 'POST', body: new URLSearchParams({ key }) });
    expect(await (await app.request('/codec')).text()).toContain(origin);
    const cookie = (await signIn(right)).headers.get('set-cookie') ?? '';
    for (const part of [`forbear_codec_key=${right}`, 'Path=/codec', 'HttpOnly', 'Secure', 'SameSite=Lax'])
      expect(cookie).toContain(part);
    expect((await signIn(right, 'http://127.0.0.1/codec')).headers.get('set-cookie')).not.toContain('Secure');
    for (const wrong of [other, 'x', '']) {
      const refused = await signIn(wrong);
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null]);
      if (wrong !== '') expect(await refused.text()).not.toContain(`"${wrong}"`);
    }
  });

  it('is not there where nothing is encrypted', async () => {
    const response = await appWith(false).request('/codec/decode', { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
