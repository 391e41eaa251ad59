import { preferredLanguage, prefersPage } from './accept.js';
import type { Problem } from './contract.js';
import { pagePolicy, refusalPage, wordsOf } from './refusal-page.js';
import type { Refusal } from './verdict.js';

/** What a refused request is told: a problem (RFC 9457), which says more only where it is about a payment. */
export type RefusalProblem = Problem & {
  readonly reason: Refusal['reason'];
  readonly access?: string;
  readonly payUrl?: string;
};

export type RefusalAnswer = {
  readonly status: Refusal['status'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The header fields of a request that its answer depends on. */
export type Asker = {
  readonly accept?: string | null | undefined;
  readonly language?: string | null | undefined;
};

/** The answer to a refused request: a page for browsers, else a problem. */
export function refusalAnswer(refusal: Refusal, { accept, language }: Asker): RefusalAnswer {
  const isPage = prefersPage(accept);
  const headers = {
    // What is true of an account now, and of this account only.
    'cache-control': 'no-store',
    vary: 'Accept, Accept-Language',
    'x-content-type-options': 'nosniff',
    ...(refusal.status === 503 ? { 'retry-after': '10' } : {}),
    ...(isPage
      ? {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': pagePolicy,
          'referrer-policy': 'no-referrer',
        }
      : { 'content-type': 'application/problem+json' }),
  };
  const body = isPage
    ? refusalPage(refusal, preferredLanguage(language))
    : JSON.stringify(refusalProblem(refusal));
  return { status: refusal.status, headers, body };
}

/** The refusal as JSON, for apps that answer in their own way. */
export function refusalProblem(refusal: Refusal): RefusalProblem {
  const { title, text } = wordsOf(refusal, 'en');
  const problem: Problem = {
    type: `urn:forbear:app:${refusal.reason}`,
    title,
    status: refusal.status,
    detail: text,
  };
  if (refusal.status !== 402) return { ...problem, reason: refusal.reason };
  const { reason, access, payUrl } = refusal;
  return { ...problem, reason, access, ...(payUrl === null ? {} : { payUrl }) };
}
