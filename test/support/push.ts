import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { createMemoryBilling } from '../../src/adapters/memory/billing.js';
import { createWebhookSender } from '../../src/adapters/webhooks/sender.js';
import type { AccessAnswer } from '../../src/app/contract.js';
import { readApiConfig } from '../../src/config.js';
import { accessChannel, listenOn, tell } from '../../src/db/changes.js';
import { addEndpoint } from '../../src/db/queries/endpoints.js';
import { openFeed } from '../../src/http/access/feed.js';
import type { WebhookSender } from '../../src/ports/webhooks.js';
import { createCourier } from '../../src/push/courier.js';
import { runPush, type Push } from '../../src/push/run.js';
import { makeSecret } from '../../src/push/secrets.js';
import { pushDeps } from '../../src/wiring.js';
import { linkSecret, publicUrl } from './access-api.js';
import { eventually } from './dev-eventually.js';
import type { TestDatabase } from './stack-database.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A database on which changes are pushed, by any number of processes, with a clock that all of them share. */
export type PushWorld = {
  /** One more api process as far as it pushes. */
  start(sender?: WebhookSender): Promise<Push>;
  nowMs(): number;
  /** Everything is so much later. */
  wait(ms: number): Promise<void>;
  /** Ends all that were started. */
  end(): Promise<void>;
};

export function createPushWorld(stack: TestDatabase): PushWorld {
  let aheadMs = 0;
  const ends: (() => Promise<void>)[] = [];
  const config = readApiConfig({
    DATABASE_URL: stack.url,
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
    FORBEAR_LINK_SECRET: linkSecret,
    FORBEAR_PUBLIC_URL: publicUrl,
  });
  const nowMs = () => Date.now() + aheadMs;
  return {
    nowMs,
    async start(sender = createWebhookSender({ timeoutMs: 1_000 })) {
      const { database } = stack;
      const feed = openFeed({
        listen: (ears) => listenOn(stack.url, accessChannel, ears),
        tell: (payload) => tell(database.db, accessChannel, payload),
      });
      const billing = createMemoryBilling({ clock: Date.now });
      const { signal } = new AbortController();
      const deps = pushDeps(config, { database, feed, billing, logger: silent, stopping: signal });
      const courier = createCourier({ db: database.db, sender, logger: silent, nowMs, dice: () => 0.5 });
      const push = runPush({ ...deps, courier });
      await eventually('the process hears of changes', () => feed.isLive());
      const stop = async () => {
        await push.stop();
        await feed.stop();
      };
      ends.push(stop);
      return { stop };
    },
    async wait(ms) {
      aheadMs += ms;
      await stack.wait(ms);
    },
    async end() {
      for (const end of ends.splice(0)) await end();
    },
  };
}

export type Arrived = {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: AccessAnswer;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** The app's side: an address of its own that takes what is signed with its secret, and answers as it is told to. */
export type AppEndpoint = {
  readonly url: string;
  readonly id: string;
  secret: string;
  /** What it answers; 204 unless told. */
  answer: (arrived: Arrived) => number | Promise<number>;
  /** Headers of its answers. */
  headers: Readonly<Record<string, string>>;
  /** All that came, whatever was answered. */
  readonly arrived: readonly Arrived[];
  /** What came about this account. */
  about(account: { readonly id: string }): readonly Arrived[];
  close(): Promise<void>;
};

/** Throws in the sender's face (500) what is not signed as it should be. */
export async function startEndpoint({
  database,
}: {
  readonly database: Pick<TestDatabase['database'], 'db'>;
}): Promise<AppEndpoint> {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/forbear`;
  const secret = makeSecret();
  const made = await addEndpoint(database.db, url, secret);

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const headers = request.headers as Record<string, string>;
    const content = new Webhook(endpoint.secret).verify(
      text,
      fresh(headers, text, endpoint.secret),
    ) as Arrived;
    const one = { ...content, id: headers['webhook-id'] ?? '', text, headers };
    arrived.push(one);
    response.writeHead(await endpoint.answer(one), endpoint.headers).end();
  }

  const endpoint: AppEndpoint = {
    url,
    id: made!.id,
    secret,
    answer: () => 204,
    headers: {},
    arrived,
    about: ({ id }) => arrived.filter(({ data }) => data.account?.id === id),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

const toleranceMs = 5 * 60_000;

/**
 * The library goes by the machine's clock, ours by one that tests move. What was signed at another time is signed anew for
 * it, once the signature that came was made by whoever has the secret.
 */
function fresh(headers: Readonly<Record<string, string>>, text: string, secret: string) {
  const id = headers['webhook-id'] ?? '';
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  if (Math.abs(at.getTime() - Date.now()) < toleranceMs) return headers;
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  if (!signatures.includes(new Webhook(secret).sign(id, at, text))) return headers;
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, now, text),
  };
}
