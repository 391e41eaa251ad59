import { z } from '@hono/zod-openapi';
import {
  accessLevels,
  billingStatuses,
  nextSteps,
  restrictionReasons,
  type AccessAnswer,
  type Problem,
} from '../../app/contract.js';
import type { KeyScope } from '../../guard/api-key.js';
import { typeOf, typesOf } from '../problems.js';

// `satisfies` holds the documentation to the types that the in-app packages are built on.
const accountId = z.uuid().openapi({ description: 'Ours: a UUID.' });
const ref = z.string().openapi({ description: "The app's own name of the account.", example: 'acme' });
export const accessLevel = z.enum(accessLevels).openapi('AccessLevel', {
  description: 'How much is left to the account, weakest restriction first.',
});
export const billingStatus = z.enum(billingStatuses).openapi('BillingStatus');
const reason = z.enum(restrictionReasons).openapi('RestrictionReason');

export const accessAnswer = z
  .object({
    account: z.object({ id: accountId, ref }),
    version: z.string().openapi({
      description:
        'Opaque; another one whenever anything else has changed. The same stands in `ETag`, in quotes.',
    }),
    access: accessLevel,
    billingStatus,
    reasons: z.array(reason).openapi({ description: 'Why something is taken away, each once.' }),
    allowed: z.object({
      read: z.boolean().openapi({ description: 'Sign in and look at what is there.' }),
      write: z.boolean().openapi({ description: 'Change what is there.' }),
      grow: z.boolean().openapi({ description: 'Launch more, add seats, use more.' }),
      run: z.boolean().openapi({ description: 'What is deployed goes on running.' }),
      export: z.boolean().openapi({ description: "Take one's data along." }),
    }),
    plan: z
      .object({
        name: z.string().openapi({ description: "The app's own name of the plan.", example: 'free' }),
        limits: z.record(z.string(), z.number()).openapi({
          description: "How much of what is allowed under it, by the app's own names.",
          example: { seats: 1 },
        }),
      })
      .nullable()
      .openapi({
        description:
          'What access is worth while no subscription says more; null while one counts, and the app goes by the plan it sold.',
      }),
    nextStep: z
      .object({ step: z.enum(nextSteps), at: z.iso.datetime({ precision: 3 }) })
      .nullable()
      .openapi({
        description:
          'What comes next unless the account pays, on the date that the mails name; null while nothing is due.',
      }),
    sessionsEndedAt: z.iso.datetime({ precision: 3 }).nullable().openapi({
      description:
        'Sessions issued at or before it are over, whatever a store of them says; null while none were ended.',
    }),
    payUrl: z.url().nullable().openapi({
      description: "Where the account's people pay; null while nothing is owed or no public address is set.",
    }),
  })
  .openapi('AccessAnswer') satisfies z.ZodType<AccessAnswer>;

export const accountShape = z
  .object({
    id: accountId,
    ref,
    name: z.string().openapi({ description: 'What customers read in their notices.' }),
    customers: z.array(z.string()).openapi({ description: 'Its Stripe customers.', example: ['cus_1'] }),
    createdAt: z.iso.datetime({ precision: 3 }),
    access: accessLevel,
    billingStatus,
    reasons: z.array(reason),
  })
  .openapi('Account');
export type AccountShape = z.infer<typeof accountShape>;

const problemShape = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() })
  .openapi('Problem', {
    description: 'RFC 9457. `detail` says what to do about it.',
  }) satisfies z.ZodType<Problem>;

export const accountParam = z.object({
  id: z
    .string()
    .min(1)
    .max(500)
    .openapi({
      param: { name: 'id', in: 'path' },
      description:
        "Our id (a UUID), a Stripe customer (`cus_…`), or `ref:` and the app's own name of the account. `ref:` may be left out where the name looks like none of the others.",
      example: 'ref:acme',
    }),
});

const limitHeaders = {
  RateLimit: { description: 'What is left of the limit: `r` requests in the next `t` seconds.' },
  'RateLimit-Policy': { description: 'The limit: `q` requests in `w` seconds.' },
};
const described = (headers: Readonly<Record<string, { readonly description: string }>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, { description }]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );

/** An answer in JSON, with the headers that each has, and others of its own. */
export const jsonAnswer = (
  description: string,
  schema: z.ZodType,
  headers: Readonly<Record<string, { readonly description: string }>> = {},
) => ({
  description,
  headers: described({ ...limitHeaders, ...headers }),
  content: { 'application/json': { schema } },
});

export const etagHeader = { ETag: { description: 'To be sent as `If-None-Match` next time.' } };
export const notModified = {
  description: 'Nothing has changed since the answer with this ETag.',
  headers: described({ ...limitHeaders, ...etagHeader }),
};

/** What can go wrong, by status. */
export function problemAnswers<Status extends 400 | 401 | 403 | 409 | 429 | 500 | 503>(
  ...statuses: readonly Status[]
) {
  const answers = statuses.map((status) => [
    status,
    {
      ...problemAnswer(typesOf(status)),
      ...(status === 429 || status === 503
        ? { headers: described({ 'Retry-After': { description: 'Seconds.' } }) }
        : {}),
    },
  ]);
  return Object.fromEntries(answers) as Record<Status, { readonly description: string }>;
}

/** That what was asked for isn't there. */
export const missingAnswer = (name: 'unknown-account' | 'unknown-webhook' | 'unknown-drill') => ({
  404: problemAnswer([typeOf(name)]),
});

const problemAnswer = (types: readonly string[]) => ({
  description: types.map((type) => `\`${type}\``).join(' or '),
  content: { 'application/problem+json': { schema: problemShape } },
});

/** Any key with this scope opens the route. */
export const needing = (scope: KeyScope) => ({
  security: [{ key: [] }],
  'x-required-scope': scope,
});
