import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPlatformFake } from '../../src/platform-fake/server.js';

/** What goes wrong with one request. `lost_answer`: the platform does its work, and its answer never arrives. */
export type PlatformFault =
  | 'lost_answer'
  | 'silence'
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> };

export type TestPlatform = {
  /** Where a target under test sends its requests: through a wire that can be made to fail. */
  readonly base: string;
  readonly token: string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly idempotencyKey: string | null;
    readonly fence: string | null;
  }[];
  seed(ref: string, sizes: Record<string, number>): Promise<void>;
  sizes(ref: string): Promise<Record<string, number>>;
  runningTasks(ref: string, id: string): Promise<number>;
  /** The customer's own dashboard; resolves to the status it was answered with. */
  scale(ref: string, id: string, size: number): Promise<number>;
  launch(ref: string, id: string, size: number): Promise<number>;
  setDrainMs(ref: string, drainMs: number | null): Promise<void>;
  vanish(ref: string, id: string): Promise<void>;
  /** From now on an archive can't be read back as it was taken. */
  spoilArchive(ref: string, id: string, damage?: 'cut' | 'changed' | 'lost'): Promise<void>;
  /** The next request whose `METHOD /path` matches fails so. */
  failNext(request: RegExp, fault: PlatformFault): void;
  /** Closes the port. Safe to repeat. */
  close(): Promise<void>;
};

/** A real platform fake on a port of its own, behind a wire with faults. */
export async function startTestPlatform(secrets: readonly string[] = []): Promise<TestPlatform> {
  const platform = await startPlatformFake({ port: 0, token: 'test-token', secrets });
  const faults: { request: RegExp; fault: PlatformFault }[] = [];
  const requests: TestPlatform['requests'][number][] = [];
  const takeFault = (line: string): PlatformFault | null => {
    const index = faults.findIndex((f) => f.request.test(line));
    return index < 0 ? null : (faults.splice(index, 1)[0]?.fault ?? null);
  };
  const wire = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const { 'idempotency-key': key = null, 'forbear-fence': fence = null } = request.headers;
    requests.push({ method, path: url, idempotencyKey: one(key), fence: one(fence) });
    void carry(platform.base, request, response, takeFault(`${method} ${url}`)).catch(() =>
      response.destroy(),
    );
  });
  const base = await listen(wire);

  const customer = async (method: string, path: string, body?: unknown): Promise<Response> =>
    await fetch(`${platform.base}/customer/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const instancesOf = async (ref: string) => {
    const answer = await (await customer('GET', `${ref}/instances`)).json();
    return (answer as { instances: { id: string; size: number; runningTasks: number }[] }).instances;
  };

  return {
    base,
    token: platform.token,
    requests,
    seed: async (ref, sizes) => {
      for (const [id, size] of Object.entries(sizes))
        await customer('POST', `${ref}/instances`, { id, size, plan: 'standard' });
    },
    sizes: async (ref) => Object.fromEntries((await instancesOf(ref)).map(({ id, size }) => [id, size])),
    runningTasks: async (ref, id) => (await instancesOf(ref)).find((i) => i.id === id)?.runningTasks ?? 0,
    scale: async (ref, id, size) => (await customer('PUT', `${ref}/instances/${id}`, { size })).status,
    launch: async (ref, id, size) =>
      (await customer('POST', `${ref}/instances`, { id, size, plan: 'standard' })).status,
    setDrainMs: async (ref, drainMs) => {
      await customer('PUT', `${ref}/settings`, { drainMs });
    },
    vanish: async (ref, id) => {
      const headers = { authorization: `Bearer ${platform.token}` };
      await fetch(`${platform.base}/accounts/${ref}/resources/${id}/decommission`, {
        method: 'POST',
        headers,
      });
    },
    spoilArchive: async (ref, id, damage = 'cut') => {
      const body = JSON.stringify({ damage });
      const url = `${platform.base}/control/${ref}/archives/${id}/spoil`;
      const answer = await fetch(url, { method: 'POST', body });
      if (!answer.ok) throw new Error(`there is no archive of ${id} to spoil`);
    },
    failNext: (request, fault) => void faults.push({ request, fault }),
    close: async () => {
      wire.closeAllConnections();
      await new Promise((resolve) => wire.close(resolve));
      await platform.close();
    },
  };
}

/** What the platform looks at; a wire between adds its own. */
function forwarded({ headers }: IncomingMessage): Record<string, string> {
  const signature = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const names = ['authorization', 'forbear-fence', ...signature];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = one(headers[name] ?? null);
      return value === null ? [] : [[name, value]];
    }),
  );
}

const one = (header: string | string[] | null) => (typeof header === 'string' ? header : null);

async function carry(
  base: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: PlatformFault | null,
): Promise<void> {
  if (fault === 'silence') return;
  if (fault !== null && typeof fault === 'object') {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const type = request.headers['content-type'] ?? 'application/json';
  const answer = await fetch(`${base}${request.url ?? ''}`, {
    method: request.method ?? 'GET',
    headers: { ...forwarded(request), 'content-type': type },
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  });
  const body = Buffer.from(await answer.arrayBuffer());
  if (fault === 'lost_answer') return;
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
