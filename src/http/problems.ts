import type { Problem } from '../app/contract.js';

/** Everything that can be wrong with a call of the API, by the last part of the problem's type. */
const problems = {
  'bad-request': { status: 400, title: 'The request is not right' },
  'no-key': { status: 401, title: 'A key is needed' },
  'invalid-key': { status: 401, title: 'This key opens nothing' },
  'missing-scope': { status: 403, title: 'The key is not made for this' },
  'unknown-path': { status: 404, title: 'There is nothing here' },
  'unknown-account': { status: 404, title: 'There is no such account' },
  'unknown-webhook': { status: 404, title: 'There is no such endpoint or delivery' },
  'unreadable-payload': { status: 400, title: 'A payload can not be opened' },
  'unknown-drill': { status: 404, title: 'There is no such fire drill' },
  'not-approved': { status: 409, title: 'This was not approved' },
  'told-since': { status: 409, title: 'Something newer was told since' },
  'too-large': { status: 413, title: 'That is too much at once' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'This should not have happened' },
  unavailable: { status: 503, title: 'Not at the moment' },
} as const;

export type ProblemName = keyof typeof problems;

/** How a problem is named in answers. */
export const typeOf = (name: ProblemName) => `urn:forbear:problem:${name}`;

/** An error as RFC 9457 has it. `detail` says what to do about it. */
export function problem(
  name: ProblemName,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, title } = problems[name];
  const body: Problem = { type: typeOf(name), title, status, detail };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...headers,
    },
  });
}

/** The problems of a status, for the documentation. */
export const typesOf = (status: number) =>
  (Object.keys(problems) as ProblemName[]).filter((name) => problems[name].status === status).map(typeOf);
