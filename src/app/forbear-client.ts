import type { Account, AccountPage } from './accounts.js';
import type { AccessAnswer, AccessLevel, BillingStatus } from './contract.js';
import {
  connectionTo,
  parseJson,
  refusalOf,
  retryAfterOf,
  unreachable,
  type ConnectionOptions,
} from './connection.js';
import { ForbearError, localError } from './errors.js';
import { Mismatch, parseAccess, parseAccount, parseAccountPage } from './guards.js';
import { within } from './within.js';

export type ForbearClientOptions = ConnectionOptions & {
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

function asking({ timeoutMs = 2_000, ...to }: ForbearClientOptions): Ask {
  const send = connectionTo(to);
  return async (path, ifNoneMatch) => {
    const headers = {
      accept: 'application/json',
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    };
    const { status, body, retryAfterMs } = await within(timeoutMs, async (signal) => {
      const response = await send(path, headers, signal);
      return {
        status: response.status,
        body: response.status === 304 ? '' : await response.text(),
        retryAfterMs: retryAfterOf(response),
      };
    }).catch((cause: unknown) => {
      throw cause instanceof ForbearError ? cause : unreachable(cause);
    });
    if (status === 304 && ifNoneMatch !== undefined) return unchanged;
    const content = parseJson(body);
    if (status === 200) return content;
    throw refusalOf(status, content, retryAfterMs);
  };
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
