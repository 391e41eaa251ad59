import type { Hono } from 'hono';
import { createMemoryBilling, type MemoryBilling } from '../../src/adapters/memory/billing.js';
import type { AccessAnswer, Problem } from '../../src/app/contract.js';
import { readApiConfig } from '../../src/config.js';
import { accessChannel, listenOn, tell, type ChannelEars } from '../../src/db/changes.js';
import { addAccount } from '../../src/db/queries/accounts.js';
import { createKey } from '../../src/db/queries/keys.js';
import { asCustomerId, type AccountId } from '../../src/domain/ids.js';
import type { KeyScope } from '../../src/guard/api-key.js';
import { openFeed, type Feed } from '../../src/http/access/feed.js';
import type { ApiDeps } from '../../src/http/api.js';
import { createApp } from '../../src/http/app.js';
import { apiDeps } from '../../src/wiring.js';
import { eventually } from './dev-eventually.js';
import type { TestDatabase } from './stack-database.js';

export const publicUrl = 'https://forbear.example';
export const linkSecret = 'a secret of the tests, long enough to be one';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export type Answered<Body = AccessAnswer> = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
};

/** One api process as far as the app sees it, on a real database. */
export type ApiSide = {
  readonly app: Hono;
  /** What its routes are given. */
  readonly deps: ApiDeps;
  readonly feed: Feed;
  readonly billing: MemoryBilling;
  /** How often accounts were read from the database for their access. */
  reads(): number;
  /** How many follow changes. */
  followers(): number;
  /** From now on the process's clock is so much later. */
  wait(ms: number): void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** With the key that opens everything, unless another one is given. */
  ask<Body = AccessAnswer>(path: string, headers?: Readonly<Record<string, string>>): Promise<Answered<Body>>;
  access(id: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  problem(path: string, headers?: Readonly<Record<string, string>>): Promise<Answered<Problem>>;
  stop(): Promise<void>;
};

type Changes = {
  readonly env?: Readonly<Record<string, string>>;
  /** Stands between the api and its database. */
  readonly readAccess?: (read: ApiDeps['readAccess']) => ApiDeps['readAccess'];
  /** Stands between the api and what the database tells it. */
  readonly listen?: (url: string, ears: ChannelEars) => { stop(): Promise<void> };
};

const listened: NonNullable<Changes['listen']> = (url, ears) => listenOn(url, accessChannel, ears);

export async function startApiSide(
  { database, url }: TestDatabase,
  { env = {}, readAccess = (read) => read, listen = listened }: Changes = {},
): Promise<ApiSide> {
  const config = readApiConfig({
    DATABASE_URL: url,
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
    FORBEAR_LINK_SECRET: linkSecret,
    FORBEAR_PUBLIC_URL: publicUrl,
    ...env,
  });
  const opened = openFeed({
    listen: (ears) => listen(url, ears),
    tell: (payload) => tell(database.db, accessChannel, payload),
  });
  let joined = 0;
  const feed: Feed = {
    ...opened,
    join(ears) {
      const leave = opened.join(ears);
      joined += 1;
      return () => {
        joined -= 1;
        leave();
      };
    },
  };
  const billing = createMemoryBilling({ clock: Date.now });
  const stopping = new AbortController();
  const deps = apiDeps(config, { database, feed, billing, logger: silent, stopping: stopping.signal });
  let [count, aheadMs] = [0, 0];
  const read = readAccess(deps.readAccess);
  const api: ApiDeps = {
    ...deps,
    nowMs: () => Date.now() + aheadMs,
    readAccess: (asked) => {
      count += 1;
      return read(asked);
    },
  };
  const app = createApp({ logger: silent, intake: {} as never, checks: {}, api });
  const caches = joined;
  const key = await aKey({ database });
  await eventually('the feed is live', () => feed.isLive());

  const ask: ApiSide['ask'] = async (path, headers = {}) => {
    const response = await app.request(path, { headers: { authorization: `Bearer ${key}`, ...headers } });
    const text = await response.text();
    const body = (text === '' ? null : JSON.parse(text)) as never;
    return { status: response.status, headers: response.headers, body };
  };
  return {
    app,
    deps: api,
    feed,
    billing,
    reads: () => count,
    followers: () => joined - caches,
    wait: (ms) => void (aheadMs += ms),
    fetch: async (path, init) => app.request(path, init),
    ask,
    access: (id, headers) => ask(`/v1/accounts/${encodeURIComponent(id)}/access`, headers),
    problem: (path, headers) => ask<Problem>(path, headers),
    stop: async () => {
      stopping.abort();
      await feed.stop();
    },
  };
}

type KeyChanges = { readonly scopes?: readonly KeyScope[]; readonly expiresAt?: Date };

export async function aKey(
  { database: { db } }: Pick<TestDatabase, 'database'>,
  { scopes = ['access:read', 'accounts:read'], expiresAt }: KeyChanges = {},
): Promise<string> {
  const { key } = await createKey(db, { name: 'app', scopes, mode: 'test', expiresAt: expiresAt ?? null });
  return key;
}

export type Known = { readonly id: AccountId; readonly ref: string; readonly customer: string };

/** A new account with one Stripe customer, to which nothing has happened yet. */
export async function anAccount(
  { database: { db } }: TestDatabase,
  ref = crypto.randomUUID().slice(0, 8),
): Promise<Known> {
  const customer = `cus_${crypto.randomUUID().replaceAll('-', '')}`;
  const { id } = await addAccount(db, { ref, customers: [asCustomerId(customer)] });
  return { id, ref, customer };
}
