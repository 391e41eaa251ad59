import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { restrictionReasons } from '../../app/contract.js';
import type { ListedAccount, PageFilter } from '../../db/queries/account-pages.js';
import { accessUnder, stands } from '../../domain/restrictions.js';
import { askedFor, refOf, type AskedFor } from '../access/asked.js';
import type { Gate } from '../keys.js';
import { problem } from '../problems.js';
import { orUnavailable } from '../unavailable.js';
import { badId, unknownAccount } from './access.js';
import {
  accessLevel,
  accountParam,
  accountShape,
  jsonAnswer,
  missingAnswer,
  needing,
  problemAnswers,
  type AccountShape,
} from './shapes.js';

export type AccountsDeps = {
  readonly gate: Gate;
  readonly readPage: (
    page: PageFilter & { readonly after: string | null; readonly limit: number },
  ) => Promise<readonly ListedAccount[]>;
  readonly readOne: (by: AskedFor['by'], name: string) => Promise<ListedAccount | null>;
  readonly nowMs: () => number;
};

const query = z.object({
  access: accessLevel.optional(),
  billingStatus: z.enum(['current', 'past_due', 'disputed']).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(100)
    .openapi({ description: 'How many a page has.' }),
  cursor: z
    .string()
    .transform((cursor) => Buffer.from(cursor, 'base64url').toString())
    .pipe(z.uuid('is none of ours: take it from `next` of the page before'))
    .optional()
    .openapi({ type: 'string', description: 'Where the page begins: `next` of the page before.' }),
});

const pageShape = z
  .object({
    accounts: z.array(accountShape),
    next: z.string().nullable().openapi({ description: 'The cursor of the next page; null on the last.' }),
  })
  .openapi('AccountPage');

const list = createRoute({
  method: 'get',
  path: '/v1/accounts',
  operationId: 'listAccounts',
  tags: ['Accounts'],
  summary: 'The accounts, page by page',
  description: 'In the order of their ids. An account that is there all the while is on exactly one page.',
  ...needing('accounts:read'),
  request: { query },
  responses: {
    200: jsonAnswer('One page.', pageShape),
    ...problemAnswers(400, 401, 403, 429, 500, 503),
  },
});

const one = createRoute({
  method: 'get',
  path: '/v1/accounts/{id}',
  operationId: 'readAccount',
  tags: ['Accounts'],
  summary: 'One account',
  ...needing('accounts:read'),
  request: { params: accountParam },
  responses: {
    200: jsonAnswer('Who it is and what is left to it.', accountShape),
    ...missingAnswer('unknown-account'),
    ...problemAnswers(400, 401, 403, 429, 500, 503),
  },
});

/**
 * `GET /v1/accounts`: pages of accounts, by access or billing status where asked for; 400 for a filter, limit or cursor that
 * is none. `GET /v1/accounts/:id`: one of them, 404 where it isn't known. Both need `accounts:read`.
 */
export function accountRoutes(app: OpenAPIHono, { gate, readPage, readOne, nowMs }: AccountsDeps): void {
  app.openAPIRegistry.registerPath(list);
  app.get(
    list.getRoutingPath(),
    gate('accounts:read', async (c, limits) => {
      const asked = query.safeParse(c.req.query());
      if (!asked.success) return problem('bad-request', wordsOf(asked.error), limits);
      const { cursor, limit, access, billingStatus } = asked.data;
      // One more than asked for tells whether there is a next page.
      const rows = await orUnavailable(
        readPage({ access, billingStatus, after: cursor ?? null, limit: limit + 1 }),
      );
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const next = rows.length > limit && last !== undefined ? cursorOf(last.id) : null;
      return jsonOf({ accounts: shown.map((row) => shapeOf(row, nowMs())), next }, limits);
    }),
  );

  app.openAPIRegistry.registerPath(one);
  app.get(
    one.getRoutingPath(),
    gate('accounts:read', async (c, limits) => {
      const asked = askedFor(c.req.param('id') ?? '');
      if (asked === null) return badId(limits);
      const name = asked.by === 'ref' ? refOf(asked.name) : asked.name;
      const row = await orUnavailable(readOne(asked.by, name));
      return row === null ? unknownAccount(asked.by, limits) : jsonOf(shapeOf(row, nowMs()), limits);
    }),
  );
}

const cursorOf = (id: string) => Buffer.from(id).toString('base64url');

const jsonOf = (value: AccountShape | z.infer<typeof pageShape>, limits: Readonly<Record<string, string>>) =>
  Response.json(value, { headers: { 'Cache-Control': 'private, no-store', ...limits } });

const wordsOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');

function shapeOf(row: ListedAccount, now: number): AccountShape {
  const standing = row.restrictions.filter((restriction) => stands(restriction, now));
  const reasons = restrictionReasons.filter((reason) => standing.some((r) => r.reason === reason));
  const { id, ref, name, customers, createdAt } = row;
  return {
    id,
    ref,
    name,
    customers: [...customers],
    createdAt: createdAt.toISOString(),
    access: standing.length < row.restrictions.length ? accessUnder(standing) : row.access,
    billingStatus: reasons.includes('dispute') ? 'disputed' : row.billingStatus,
    reasons,
  };
}
