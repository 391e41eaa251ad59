import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPlatformFake } from '../../src/platform-fake/server.js';

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
};
type Answered = { readonly status: number; readonly body: string };

/**
 * One fault in a platform that is right otherwise: it does as the fault says with each request, and `carry` takes it to the
 * platform as it should have been.
 */
export type Fault = (asked: Asked, carry: (asked: Asked) => Promise<Answered>) => Promise<Answered>;

export type BrokenPlatform = {
  readonly base: string;
  readonly token: string;
  sizes(): Promise<Record<string, number>>;
  locked(): Promise<readonly string[]>;
  close(): Promise<void>;
};

export const brokenRef = 'test-account';

/** A platform fake behind a fault, with `web` (3) and `jobs` (2) running for `test-account`, and `web` for another. */
export async function startBrokenPlatform(
  fault: Fault,
  secrets: readonly string[] = [],
): Promise<BrokenPlatform> {
  const platform = await startPlatformFake({ port: 0, token: 'the-right-token', secrets });
  const customers = `${platform.base}/customer`;
  const create = (ref: string, id: string, size: number) =>
    fetch(`${customers}/${ref}/instances`, {
      method: 'POST',
      body: JSON.stringify({ id, size, plan: 'standard', drainMs: 50 }),
    });
  await create(brokenRef, 'web', 3);
  await create(brokenRef, 'jobs', 2);
  await create('another', 'web', 5);
  const instances = async () => {
    const answer = await fetch(`${customers}/${brokenRef}/instances`);
    return ((await answer.json()) as { instances: { id: string; size: number; locked: boolean }[] })
      .instances;
  };
  const wire = createServer((request, response) => {
    void readAsked(request)
      .then((asked) => fault(asked, (sent) => carry(platform.base, sent)))
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      );
  });
  return {
    base: await listen(wire),
    token: platform.token,
    sizes: async () => Object.fromEntries((await instances()).map(({ id, size }) => [id, size])),
    locked: async () => (await instances()).filter(({ locked }) => locked).map(({ id }) => id),
    close: async () => {
      wire.closeAllConnections();
      await new Promise((resolve) => wire.close(resolve));
      await platform.close();
    },
  };
}

async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length === 0 ? undefined : Buffer.concat(chunks).toString();
  const signature = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const names = ['authorization', 'content-type', 'forbear-fence', 'idempotency-key', ...signature];
  const given = names.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(given),
    body,
  };
}

async function carry(base: string, { method, path, headers, body }: Asked): Promise<Answered> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers,
    ...(body !== undefined && method !== 'GET' && { body }),
  });
  return { status: answer.status, body: await answer.text() };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
