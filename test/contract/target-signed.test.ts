import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/adapters/http/signature.js';
import { createHttpTarget } from '../../src/adapters/http/target.js';
import { asAccountId } from '../../src/domain/ids.js';
import { makeSecret } from '../../src/push/secrets.js';
import { listeningOn } from '../support/listening.js';
import { startTestPlatform } from '../support/platform.js';

const [older, newer, strange] = [makeSecret(), makeSecret(), makeSecret()];
const id = asAccountId('6f2c1a52-6a0e-4f7e-9d3b-0d6a1f0f7c11');
const web = { id: 'web', kind: 'instance' };

type Receiver = {
  readonly base: string;
  readonly token: string;
  readonly ref: string;
  close(): Promise<void>;
};

/** The code of the docs, in a process of its own. */
async function startReference(): Promise<Receiver> {
  const folder = await mkdtemp(join(tmpdir(), 'receiver-'));
  const code = /```js receiver\.mjs\n(.*?)```/s.exec(await readFile('docs/http-target.md', 'utf8'))?.[1];
  await writeFile(join(folder, 'receiver.mjs'), code ?? '');
  const env = {
    PATH: process.env['PATH'],
    RECEIVER_TOKEN: 'a-token',
    RECEIVER_SECRETS: `${newer} ${older}`,
    PORT: '0',
  };
  const child: ChildProcess & { stdout: NodeJS.ReadableStream } = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    base: `http://127.0.0.1:${/\d+$/.exec(said)?.[0]}`,
    token: 'a-token',
    ref: 'test-account',
    close: async () => {
      child.kill();
      await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

/** The platform fake, which verifies by the library. */
async function startFake(): Promise<Receiver> {
  const platform = await startTestPlatform([newer, older]);
  await platform.seed('acme', { web: 3 });
  const { base, token } = platform;
  return { base, token, ref: 'acme', close: () => platform.close() };
}

describe.each([
  ['the receiver of the docs', startReference],
  ['the platform fake', startFake],
])('signed requests, at %s', (_, start) => {
  let receiver: Receiver;
  let account: { readonly id: typeof id; readonly ref: string; readonly fence: number };

  beforeAll(async () => {
    receiver = await start();
    account = { id, ref: receiver.ref, fence: 5 };
    return () => receiver.close();
  });

  const targetWith = (secret?: string) =>
    createHttpTarget({ ...receiver, name: 'platform', secret, allowPrivate: true });

  it.each([
    ['the newer', newer],
    ['the older, while it is replaced', older],
  ])('are taken by %s secret, the orders and the questions', async (_which, secret) => {
    const target = targetWith(secret);
    expect(await target.find(account)).toMatchObject([{ id: 'web' }]);
    const state = await target.snapshot(account, web);
    await target.lock(account, web);
    await target.pause(account, web);
    expect(await target.probe(account, web)).toBe('off_and_locked');
    await target.resume(account, web, state ?? {});
    await target.unlock(account, web);
    expect(await target.snapshot(account, web)).toEqual(state);
  });

  it.each([
    ['without a signature', undefined],
    ['signed with another secret', strange],
  ])('are refused %s', async (_which, secret) => {
    const target = targetWith(secret);
    await expect(target.find(account)).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
    await expect(target.pause(account, web)).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining('401') as string,
    });
  });

  type Asked = { method: string; path: string; fence: string; body: string };
  const send = async (asked: Asked, headers: Readonly<Record<string, string>>) => {
    const { method, path, fence, body } = asked;
    const answer = await fetch(`${receiver.base}${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${receiver.token}`,
        'content-type': 'application/json',
        ...(fence !== '' && { 'forbear-fence': fence }),
      },
      ...(body !== '' && { body }),
    });
    return answer.status;
  };
  const resource = () => `/accounts/${receiver.ref}/resources/web`;
  const signer = createSigner(newer);
  const order = (): Asked => ({ method: 'POST', path: `${resource()}/unlock`, fence: '5', body: '' });

  it('are taken up to five minutes late or early, and no longer', async () => {
    const signedAt = (ms: number) => signer(order(), 'an-id', Date.now() + ms);
    for (const ms of [0, -290_000, 290_000]) expect(await send(order(), signedAt(ms))).toBe(200);
    for (const ms of [-310_000, 310_000]) expect(await send(order(), signedAt(ms))).toBe(401);
  });

  it.each<[string, () => Partial<Asked>]>([
    ['path', () => ({ path: `${resource()}/pause` })],
    ['query', () => ({ path: `${resource()}/unlock?cursor=1` })],
    ['method', () => ({ method: 'GET', path: resource() })],
    ['number of a later claim', () => ({ fence: '6' })],
    ['body', () => ({ body: '{}' })],
  ])('are refused with another %s than was signed', async (_part, change) => {
    expect(await send({ ...order(), ...change() }, signer(order(), 'an-id'))).toBe(401);
    const asked = { ...order(), ...change() };
    expect(await send(asked, signer(asked, 'an-id'))).not.toBe(401);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'are refused with another %s',
    async (name) => {
      const headers = signer(order(), 'an-id');
      const value = name === 'webhook-timestamp' ? String(Number(headers[name]) + 1) : `${headers[name]}x`;
      expect(await send(order(), { ...headers, [name]: value })).toBe(401);
    },
  );

  it('are inspected as signed', async () => {
    const { rights } = await targetWith(newer).inspect();
    expect(rights).toContainEqual(expect.objectContaining({ name: 'signed requests', state: 'held' }));
  });
});

describe('what is signed', () => {
  it('is what the docs say, so that a library takes it as it is, whatever the names of accounts hold', async () => {
    const seen: { method: string; path: string; headers: Record<string, string>; body: string }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '' } = request;
        const headers = request.headers as Record<string, string>;
        seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
        response.end('{"resources":[],"next":null}');
      });
    });
    const base = `${await listeningOn(server)}/forbear'"|/`;
    const options = { name: 'platform', base, token: 'a-token', secret: newer, allowPrivate: true };
    const target = createHttpTarget(options);
    const account = { id, ref: `a/b?c"d\\é'|{}^`, fence: 7 };
    await target.find(account);
    await target.resume(account, web, { note: 'zoë "quoted" \\ \u2028' });
    await target.lock(account, web);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));

    expect(seen).toHaveLength(3);
    for (const { method, path, headers, body } of seen) {
      const bodySha256 = createHash('sha256').update(body).digest('hex');
      const fence = headers['forbear-fence'] ?? '';
      const payload = `{"method":"${method}","path":"${path}","fence":"${fence}","bodySha256":"${bodySha256}"}`;
      expect(new Webhook(newer).verify(payload, headers)).toEqual({ method, path, fence, bodySha256 });
      if (method === 'POST') expect(headers['webhook-id']).toBe(headers['idempotency-key']);
      expect(headers['authorization']).toBe('Bearer a-token');
    }
    expect(seen.map(({ headers }) => headers['forbear-fence'])).toEqual([undefined, '7', '7']);
    expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });
});
