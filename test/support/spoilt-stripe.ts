import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Spoiler = { readonly base: string; stop(): Promise<void> };

/** Stands before a Stripe and takes `livemode` from these of its events: what reads them can't. Only passes questions on. */
export async function startSpoiler(base: string, ids: readonly string[]): Promise<Spoiler> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { authorization = '' } = request.headers;
    const answer = await fetch(`${base}${request.url ?? ''}`, { headers: { authorization } });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(spoil(await answer.json(), ids)));
  };
  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = { readonly id?: string; readonly data?: unknown };

function spoil(answer: unknown, ids: readonly string[]): unknown {
  const { id = '', data } = answer as Answer;
  if (Array.isArray(data)) return { ...(answer as Answer), data: data.map((row) => spoil(row, ids)) };
  return ids.includes(id) ? { ...(answer as Answer), livemode: undefined } : answer;
}
