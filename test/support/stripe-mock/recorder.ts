import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';

/** One request to Stripe's API, as it went over the wire, and its answer. */
export type Exchange = {
  readonly method: string;
  readonly path: string;
  /** As it stood in the address, or in the body. */
  readonly query: URLSearchParams;
  readonly status: number;
  readonly answer: unknown;
};

/** Stands between a client and a Stripe, whichever, and notes everything that they say. */
export type Recorder = {
  readonly base: string;
  readonly exchanges: readonly Exchange[];
  /** Makes lists come in pages of so many rows. */
  pageSize: number | null;
  /** Changes an answer on its way to the client; noted is what was answered. */
  amend: (answer: unknown) => unknown;
  close(): Promise<void>;
};

const passedOn = ['authorization', 'content-type', 'idempotency-key', 'stripe-version'];

export async function startRecorder(target: string): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const app = new Hono();
  app.all('*', async ({ req }) => {
    const url = new URL(req.url);
    const body = await req.text();
    const query = new URLSearchParams(body === '' ? url.search : body);
    const { response, text } = await ask(url, req.raw, body);
    const answer: unknown = JSON.parse(text);
    // What the fake alone understands is no request to Stripe.
    if (url.pathname.startsWith('/v1/')) {
      exchanges.push({ method: req.method, path: url.pathname, query, status: response.status, answer });
    }
    return Response.json(recorder.amend(structuredClone(answer)), { status: response.status });
  });
  async function ask(url: URL, { method, headers }: Request, body: string) {
    const to = new URL(url.pathname + url.search, target);
    if (recorder.pageSize !== null && to.searchParams.has('limit'))
      to.searchParams.set('limit', String(recorder.pageSize));
    const sent = passedOn.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value] as [string, string]];
    });
    const response = await fetch(to, { method, headers: sent, ...(body === '' ? {} : { body }) });
    return { response, text: await response.text() };
  }
  const { port, close } = await listen(app);
  const recorder: Recorder = {
    base: `http://127.0.0.1:${port}`,
    exchanges,
    pageSize: null,
    amend: (answer) => answer,
    close,
  };
  return recorder;
}

/** Serves on a free port of this machine; `close` cuts what is still open. */
export async function listen(app: Hono): Promise<{ port: number; close(): Promise<void> }> {
  const { server, port } = await new Promise<{ server: ServerType; port: number }>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address) =>
      resolve({ server, port: address.port }),
    );
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { port, close };
}
