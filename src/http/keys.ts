import type { Context } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { KeyRecord } from '../db/queries/keys.js';
import { hashOf, isWellFormed, type KeyScope } from '../guard/api-key.js';
import type { Logger } from '../ports/logger.js';
import { keyOwner, type Feed } from './access/feed.js';
import { createFresh } from './access/fresh.js';
import { problem } from './problems.js';

export type KeyDeps = {
  readonly readKeys: (hashes: readonly string[]) => Promise<readonly KeyRecord[]>;
  readonly touchKey: (id: string) => Promise<void>;
  readonly feed: Feed;
  readonly logger: Logger;
  /** How many requests a key may make in a minute, of each process. */
  readonly perMinute: number;
  readonly nowMs: () => number;
};

/** Headers that every answer to this request carries, whatever it says. */
export type LimitHeaders = Readonly<Record<string, string>>;

/** Answers a request that is let in; `owner` is how the feed names its key. */
export type Guarded = (c: Context, limits: LimitHeaders, owner: string) => Response | Promise<Response>;

const windowSeconds = 60;
const mostKeys = 1_000;
const touchEveryMs = 60_000;

/**
 * Lets requests in that carry a key with the scope, as `Authorization: Bearer …`. Otherwise 401 without a key or with one that
 * is unknown, revoked or expired, 403 without the scope, 429 beyond the limit. A key that was revoked opens nothing as soon as that was told.
 */
export function createGate({ readKeys, touchKey, feed, logger, perMinute, nowMs }: KeyDeps) {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowSeconds });
  const policy = `"key";q=${perMinute};w=${windowSeconds}`;
  const touched = new Map<string, number>();
  const keys = createFresh({ read: read, feed, limit: mostKeys, nowMs });

  async function read(hashes: readonly string[]) {
    const found = await readKeys(hashes);
    return new Map(
      found.map((key) => [
        key.hash,
        { ...key, owner: keyOwner(key.hash), expiresAt: key.expiresAt?.getTime() ?? Infinity },
      ]),
    );
  }

  function touch(id: string, now: number): void {
    if (now - (touched.get(id) ?? -Infinity) < touchEveryMs) return;
    if (touched.size >= mostKeys) touched.clear();
    touched.set(id, now);
    touchKey(id).catch((error: unknown) => logger.warn({ error }, 'the use of a key could not be noted'));
  }

  async function limited(key: string): Promise<LimitHeaders | Response> {
    try {
      return headersOf(await limiter.consume(key));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const seconds = Math.ceil(refused.msBeforeNext / 1_000);
      const headers = { ...headersOf(refused), 'Retry-After': String(seconds) };
      return problem(
        'too-many-requests',
        `this key may ask ${perMinute} times a minute: ask again in ${seconds} s, or keep answers while their ETag holds`,
        headers,
      );
    }
  }

  const headersOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes): LimitHeaders => ({
    'RateLimit-Policy': policy,
    RateLimit: `"key";r=${remainingPoints};t=${Math.ceil(msBeforeNext / 1_000)}`,
  });

  return (scope: KeyScope, answer: Guarded, keyIn: (c: Context) => string | null = bearerIn) =>
    async (c: Context): Promise<Response> => {
      const given = keyIn(c);
      if (given === null)
        return unauthorized(
          'no-key',
          'send a key as `Authorization: Bearer fb_…`; `forbear key create` makes one',
        );
      const hash = isWellFormed(given) ? hashOf(given) : null;
      const key = hash === null ? undefined : (keys.kept(hash) ?? (await keys.read(hash)));
      const now = nowMs();
      if (key === undefined || now >= key.expiresAt)
        return unauthorized(
          'invalid-key',
          'it is unknown, expired or was revoked: `forbear key list` shows those that are not',
        );
      const headers = await limited(key.id);
      if (headers instanceof Response) return headers;
      touch(key.id, now);
      return key.scopes.includes(scope) ? answer(c, headers, key.owner) : forbidden(scope, headers);
    };
}

export type Gate = ReturnType<typeof createGate>;

/** What stands behind `Bearer` in the header; `null` where it says anything else. */
export const bearerOf = (header: string | undefined) => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;

export const bearerIn = (c: Context) => bearerOf(c.req.header('authorization'));

function unauthorized(name: 'no-key' | 'invalid-key', detail: string): Response {
  const error = name === 'no-key' ? '' : ', error="invalid_token"';
  return problem(name, detail, { 'WWW-Authenticate': `Bearer realm="forbear"${error}` });
}

function forbidden(scope: KeyScope, headers: LimitHeaders): Response {
  return problem(
    'missing-scope',
    `this needs a key with the scope ${scope}: \`forbear key create --scope ${scope} …\``,
    {
      ...headers,
      'WWW-Authenticate': `Bearer realm="forbear", error="insufficient_scope", scope="${scope}"`,
    },
  );
}
