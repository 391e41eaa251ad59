import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { createHttpSessions } from '../../src/adapters/http-sessions/sessions.js';
import { createMemorySessions } from '../../src/adapters/memory/sessions.js';
import { accountOf, type SessionWorld } from './sessions.js';
import { startProxy } from './tcp-proxy.js';

const secret = `whsec_${Buffer.from('thirty-two bytes at random, thus').toString('base64')}`;
const orderShape = z.strictObject({
  accounts: z.array(z.strictObject({ ref: z.string() })),
  endedAt: z.iso.datetime(),
});

export type Received = {
  readonly headers: IncomingMessage['headers'];
  readonly refs: readonly string[];
};
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export type ReceiverWorld = SessionWorld & {
  readonly received: readonly Received[];
  /** Answers so, from now on, and ends nothing; `null` as it should. */
  answer(instead: Answer | null): void;
};

/** Somebody's own store behind one address, which checks the signature as docs/targets/sessions.md says. */
export async function openReceiverWorld(): Promise<ReceiverWorld> {
  const kept = createMemorySessions('theirs');
  const received: Received[] = [];
  let instead: Answer | null = null;
  const handle = async (request: IncomingMessage): Promise<Answer> => {
    const body = await text(request);
    if (request.method !== 'POST' || request.url !== '/sessions') return { status: 404 };
    try {
      new Webhook(secret).verify(body, request.headers as Record<string, string>);
    } catch {
      return { status: 401 };
    }
    const { accounts, endedAt } = orderShape.parse(JSON.parse(body));
    received.push({ headers: request.headers, refs: accounts.map(({ ref }) => ref) });
    if (instead !== null) return instead;
    const ended = await kept.end(
      accounts.map(({ ref }) => accountOf(ref)),
      new Date(endedAt),
    );
    return {
      status: 200,
      body: JSON.stringify({ ended: ended.map((one) => ({ ref: one.ref, count: one.ended })) }),
    };
  };
  const server = createServer((request, response) => {
    void handle(request)
      .catch((): Answer => ({ status: 500 }))
      .then(({ status, headers = {}, body = '' }) => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy = await startProxy(() => (typeof address === 'object' && address !== null ? address.port : 0));
  const store = createHttpSessions({
    name: 'theirs',
    url: `http://127.0.0.1:${proxy.port}/sessions`,
    secret,
    timeoutMs: 1_000,
  });
  return {
    store,
    received,
    answer: (next) => (instead = next),
    signIn: (ref, device, issuedAt) => Promise.resolve(kept.signIn(ref, device, issuedAt)),
    isLetIn: (ref, device) => Promise.resolve(kept.isLetIn(ref, device)),
    counts: { ended: true, left: false },
    knowsInstants: true,
    refuses: [],
    spoil: null,
    loseRights: () => Promise.resolve(void (instead = { status: 403 })),
    down: () => proxy.down(),
    up: () => proxy.up(),
    mute: (isMute) => Promise.resolve(proxy.mute(isMute)),
    close: async () => {
      await store.close();
      await proxy.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
