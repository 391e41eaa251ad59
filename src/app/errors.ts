import type { Problem } from './contract.js';

export const forbearErrorCodes = [
  /** No connection, or it broke. */
  'unreachable',
  /** No whole answer within the time limit. */
  'timeout',
  /** Forbear answers, but cannot at the moment (5xx). */
  'unavailable',
  'rate_limited',
  'bad_request',
  'unauthorized',
  'forbidden',
  /** Forbear knows no such account. */
  'not_found',
  /** The answer is not what the contract says, so nothing in it is believed. */
  'bad_answer',
  /** What was pushed is not signed with one of the secrets, or not now. */
  'bad_signature',
  /** What was pushed is signed, but not what the contract says. */
  'bad_event',
] as const;
export type ForbearErrorCode = (typeof forbearErrorCodes)[number];

/** Whatever goes wrong between an app and Forbear: a code from a closed list, and the fields of the problem (RFC 9457). */
export class ForbearError extends Error {
  override readonly name = 'ForbearError';
  readonly type: string;
  readonly title: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly detail: string;
  /** For how long Forbear wants to be left alone; `null` where it said nothing of that. */
  readonly retryAfterMs: number | null;

  constructor(
    readonly code: ForbearErrorCode,
    { type, title, status, detail }: Problem,
    { retryAfterMs = null, ...options }: ErrorOptions & { readonly retryAfterMs?: number | null } = {},
  ) {
    super(`${title}: ${detail}`, options);
    this.type = type;
    this.title = title;
    this.status = status;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An error that is found on the app's side, in the words of a problem. */
export function localError(
  code: ForbearErrorCode,
  title: string,
  detail: string,
  options?: ErrorOptions & { readonly status?: number },
): ForbearError {
  const problem = { type: `urn:forbear:app:${code}`, title, status: options?.status ?? 0, detail };
  return new ForbearError(code, problem, options);
}

/** The code of an answer that is a problem. */
export function codeOf({ status, type }: Problem): ForbearErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  // Any other 404 says that the address is wrong, and nothing of the account.
  if (status === 404) return type === 'urn:forbear:problem:unknown-account' ? 'not_found' : 'bad_answer';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'bad_request' : 'bad_answer';
}
