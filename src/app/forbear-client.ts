import type { Account, AccountPage } from './accounts.js';
import type { AccessAnswer, AccessLevel, BillingStatus } from './contract.js';
import { codeOf, ForbearError, localError } from './errors.js';
import { Mismatch, parseAccess, parseAccount, parseAccountPage, parseProblem } from './guards.js';
import { within } from './within.js';

export type ForbearClientOptions = {
  /** Where Forbear's API is: `https://forbear.internal`. */
  readonly url: string;
  /** A key with the scope `access:read`, and `accounts:read` for accounts. */
  readonly key: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** For one call with its whole answer. 2 s unless told. */
  readonly timeoutMs?: number;
};

/**
 * Asks Forbear. An account is named by our UUID, by `ref:` and the app's own name of it, or by a Stripe customer's id
 * (`cus_…`). Every call throws `ForbearError` and nothing else, and can be repeated.
 */
export type ForbearClient = {
  access(account: string): Promise<AccessAnswer>;
  /** `null` when the access is still that of `version`. */
  accessSince(account: string, version: string): Promise<AccessAnswer | null>;
  account(account: string): Promise<Account>;
  /** A page of accounts, all of them or those that fit. */
  accounts(query?: AccountsQuery): Promise<AccountPage>;
};

export type AccountsQuery = {
  /** `next` of the page before. */
  readonly cursor?: string;
  /** How many a page has: at most 500. */
  readonly limit?: number;
  readonly access?: AccessLevel;
  readonly billingStatus?: BillingStatus;
};

// Node's types know no caches, as it has none.
type Init = RequestInit & { readonly cache: 'no-store' };
type Ask = (path: string, ifNoneMatch?: string) => Promise<unknown>;

const unchanged = Symbol('unchanged');
const longestName = 500;

/** Throws a `TypeError` for options that can't work. */
export function createForbearClient(options: ForbearClientOptions): ForbearClient {
  const ask = asking(options);
  return {
    access: async (account) => understood(parseAccess, await ask(`${pathOf(account)}/access`)),
    async accessSince(account, version) {
      const body = await ask(`${pathOf(account)}/access`, `"${version}"`);
      return body === unchanged ? null : understood(parseAccess, body);
    },
    account: async (account) => understood(parseAccount, await ask(pathOf(account))),
    async accounts(query = {}) {
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
      return understood(parseAccountPage, await ask(`/v1/accounts${search}`));
    },
  };
}

function asking({ url, key, timeoutMs = 2_000, fetch: given }: ForbearClientOptions): Ask {
  const base = baseOf(url);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TypeError('key is empty or no key of Forbear: make one with forbear key create.');
  const send = given ?? ((target: string, init: RequestInit) => fetch(target, init));
  return async (path, ifNoneMatch) => {
    const headers = {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    };
    const { status, body, retryAfterMs } = await within(timeoutMs, async (signal) => {
      // The key is for Forbear alone, so redirects are not followed; nor may an app's framework keep the answer.
      const init: Init = { headers, signal, redirect: 'manual', cache: 'no-store' };
      const response = await send(`${base}${path}`, init);
      return {
        status: response.status,
        body: response.status === 304 ? '' : await response.text(),
        retryAfterMs: msIn(response.headers.get('retry-after')),
      };
    }).catch((cause: unknown) => {
      if (cause instanceof ForbearError) throw cause;
      const remedy = 'look whether Forbear is up and its url is right, then ask again';
      throw localError('unreachable', 'Forbear gave no answer', remedy, { cause });
    });
    if (status === 304 && ifNoneMatch !== undefined) return unchanged;
    const content = parseJson(body);
    if (status === 200) return content;
    throw refusalOf(status, content, retryAfterMs);
  };
}

function baseOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw new TypeError('url is not an http(s) address: give that of Forbear’s API.');
}

function pathOf(account: string): string {
  // A URL parser takes `..` away even when it is escaped: the request would ask for something else.
  const isName = !/^\.{0,2}$|\p{Cs}/u.test(account) && account.length <= longestName;
  if (!isName)
    throw localError(
      'bad_request',
      'This names no account',
      'give our UUID, ref:… or cus_…, and null for nobody',
    );
  return `/v1/accounts/${encodeURIComponent(account)}`;
}

function refusalOf(status: number, content: unknown, retryAfterMs: number | null): ForbearError {
  try {
    const problem = { ...parseProblem(content), status };
    return new ForbearError(codeOf(problem), problem, { retryAfterMs });
  } catch {
    // A 404 by something else than Forbear says nothing of the account.
    const code = status >= 500 ? 'unavailable' : 'bad_answer';
    const detail = `the answer with status ${status} is no problem of Forbear’s: look whether the url is right`;
    return localError(code, 'This was not Forbear’s answer', detail, { status });
  }
}

/** Forbear says it in seconds; a date is from somebody else's clock. */
const msIn = (retryAfter: string | null) =>
  /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : null;

function understood<T>(parse: (value: unknown) => T, body: unknown): T {
  try {
    return parse(body);
  } catch (cause) {
    if (!(cause instanceof Mismatch)) throw cause;
    const detail = `${cause.message}: let the app and Forbear run versions that fit`;
    throw localError('bad_answer', 'Forbear’s answer is not what was agreed on', detail, {
      status: 200,
      cause,
    });
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
