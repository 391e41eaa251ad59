import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { DrillResult, DrillSummary, Started } from '../../db/queries/drill-lists.js';
import { drillAccess, drillRowStatuses, type DrillAccess } from '../../domain/drill.js';
import type { PlannedLine, Wish } from '../../drill/plan.js';
import { mostBytes, UnreadableList } from '../../drill/read.js';
import type { Asked } from '../../guard/ask-bulk.js';
import type { Gate, LimitHeaders } from '../keys.js';
import { problem } from '../problems.js';
import { orUnavailable } from '../unavailable.js';
import { jsonAnswer, missingAnswer, needing, problemAnswers } from './shapes.js';

export type SignedDrill = { readonly access: DrillAccess; readonly by: string; readonly reason: string };

export type FireDrillRouteDeps = {
  readonly gate: Gate;
  readonly drills: {
    /** Reads a list and decides on every line of it; throws `UnreadableList`. */
    plan(bytes: Uint8Array, column: string, wish: Wish): Promise<readonly PlannedLine[]>;
    ask(planned: readonly PlannedLine[], signed: SignedDrill): Promise<Asked>;
    /** Uses the approval up, writes the list down, and has it carried out. */
    start(
      planned: readonly PlannedLine[],
      signed: SignedDrill & { readonly approval: string },
    ): Promise<Started>;
    read(drill: string): Promise<DrillSummary | null>;
    results(drill: string): Promise<readonly DrillResult[]>;
  };
};

const scope = 'drills:write';
const instant = z.iso.datetime({ precision: 3 });

const listQuery = z.object({
  access: z.enum(drillAccess).default('suspended').openapi({ description: 'What is left to them.' }),
  column: z
    .string()
    .min(1)
    .default('account')
    .openapi({ description: 'The column that names the accounts.' }),
  override: z
    .union([z.string(), z.array(z.string())])
    .transform((refs) => (typeof refs === 'string' ? [refs] : refs))
    .default([])
    .openapi({
      type: 'array',
      items: { type: 'string' },
      description: 'The refs of accounts that are switched off although they pay.',
    }),
});
// As long as a case takes them.
const signedQuery = listQuery.extend({
  by: z.string().trim().min(1).max(100).openapi({ description: 'Who wants it.' }),
  reason: z.string().trim().min(1).max(500).openapi({ description: 'Why; it stands in the audit log.' }),
});
const startQuery = signedQuery.extend({
  approval: z.uuid().openapi({ description: 'The request that was approved, for exactly this list.' }),
});

const lineShape = z
  .object({
    line: z.int(),
    given: z.string(),
    account: z.object({ id: z.uuid(), ref: z.string() }).nullable(),
    status: z.enum(drillRowStatuses).openapi({ description: '`waiting`: it would be switched off.' }),
    detail: z.string(),
  })
  .openapi('FireDrillLine');
const drillShape = z
  .object({
    id: z.uuid(),
    access: z.enum(drillAccess),
    startedAt: instant,
    accessOffAt: instant.nullable().openapi({ description: 'When access and sessions were off everywhere.' }),
    endedAt: instant.nullable(),
    counts: z.record(z.string(), z.int()).openapi({ description: 'How many lines stand where.' }),
  })
  .openapi('FireDrill');

const body = {
  required: true,
  content: { 'text/csv': { schema: z.string().openapi({ example: 'account\nacme\n' }) } },
  description: 'CSV in UTF-8, with a first line that names the column.',
};
const answers = problemAnswers(400, 401, 403, 429, 500, 503);
const shared = { tags: ['Fire drills'], ...needing(scope) };

const dryRun = createRoute({
  method: 'post',
  path: '/v1/fire-drills/dry-run',
  operationId: 'planFireDrill',
  summary: 'What a drill would do with every line of a list; nothing is changed',
  ...shared,
  request: { query: listQuery, body },
  responses: {
    200: jsonAnswer('Every line.', z.object({ lines: z.array(lineShape) }).openapi('FireDrillPlan')),
    ...answers,
  },
});
const asking = createRoute({
  method: 'post',
  path: '/v1/fire-drills/approvals',
  operationId: 'askForFireDrill',
  summary: 'Ask the approvers for exactly this list',
  ...shared,
  request: { query: signedQuery, body },
  responses: {
    200: jsonAnswer(
      'The request; a person decides on it.',
      z
        .object({ approval: z.uuid(), count: z.int(), told: z.int(), untold: z.int() })
        .openapi('FireDrillAsked'),
    ),
    ...answers,
  },
});
const starting = createRoute({
  method: 'post',
  path: '/v1/fire-drills',
  operationId: 'startFireDrill',
  summary: 'Carry out a list that was approved',
  ...shared,
  request: { query: startQuery, body },
  responses: {
    200: jsonAnswer('It is under way.', z.object({ id: z.uuid() }).openapi('FireDrillStarted')),
    ...problemAnswers(400, 401, 403, 409, 429, 500, 503),
  },
});
const params = z.object({ drill: z.uuid().openapi({ param: { name: 'drill', in: 'path' } }) });
const reading = createRoute({
  method: 'get',
  path: '/v1/fire-drills/{drill}',
  operationId: 'readFireDrill',
  summary: 'How far a drill is, with every line',
  ...shared,
  request: { params },
  responses: {
    200: jsonAnswer(
      'The drill.',
      drillShape.extend({ lines: z.array(lineShape) }).openapi('FireDrillWithLines'),
    ),
    ...missingAnswer('unknown-drill'),
    ...answers,
  },
});

/**
 * Lists of accounts that are switched off now: `POST /v1/fire-drills/dry-run`, `…/approvals`, `POST /v1/fire-drills`, `GET /v1/fire-drills/:drill`.
 * A key can ask and carry out, and never approve: that is a person's. All need `drills:write`.
 */
export function fireDrillRoutes(app: OpenAPIHono, { gate, drills }: FireDrillRouteDeps): void {
  /** Reads query and list; `then` gets what would become of each line. */
  const withPlan = <Q extends z.infer<typeof listQuery>>(
    shape: z.ZodType<Q>,
    then: (planned: readonly PlannedLine[], query: Q, limits: LimitHeaders) => Promise<Response>,
  ) =>
    gate(scope, async (c, limits) => {
      const query = shape.safeParse(queryOf(c));
      if (!query.success) return problem('bad-request', z.prettifyError(query.error), limits);
      const bytes = await bytesOf(c);
      if (bytes === null) return problem('too-large', `a list has at most ${mostBytes} bytes`, limits);
      const { access, column, override: overrides } = query.data;
      const wish = { access, overrides };
      const planned = await orUnavailable(drills.plan(bytes, column, wish).catch(asUnreadable));
      return planned instanceof UnreadableList
        ? problem('bad-request', planned.message, limits)
        : then(planned, query.data, limits);
    });

  app.openAPIRegistry.registerPath(dryRun);
  app.post(
    dryRun.getRoutingPath(),
    withPlan(listQuery, (planned, _, limits) =>
      Promise.resolve(jsonOf({ lines: planned.map(plannedOf) }, limits)),
    ),
  );

  app.openAPIRegistry.registerPath(asking);
  app.post(
    asking.getRoutingPath(),
    withPlan(signedQuery, async (planned, query, limits) => {
      if (!planned.some(({ status }) => status === 'waiting'))
        return problem('bad-request', 'nobody on the list would be switched off', limits);
      const { request, told, untold } = await orUnavailable(drills.ask(planned, query));
      const counts = { count: request.count, told: told.length, untold: untold.length };
      return jsonOf({ approval: request.id, ...counts }, limits);
    }),
  );

  app.openAPIRegistry.registerPath(starting);
  app.post(
    starting.getRoutingPath(),
    withPlan(startQuery, async (planned, query, limits) => {
      const started = await orUnavailable(drills.start(planned, query));
      return 'id' in started ? jsonOf(started, limits) : problem('not-approved', started.text, limits);
    }),
  );

  app.openAPIRegistry.registerPath(reading);
  app.get(
    reading.getRoutingPath(),
    gate(scope, async (c, limits) => {
      const drill = await orUnavailable(drills.read(c.req.param('drill') ?? ''));
      if (drill === null) return problem('unknown-drill', 'no fire drill has this id', limits);
      const lines = await orUnavailable(drills.results(drill.id));
      return jsonOf({ ...drillOf(drill), lines: lines.map(resultOf) }, limits);
    }),
  );
}

/** What is wrong with the list is told to its sender; everything else is ours. */
function asUnreadable(error: unknown): UnreadableList {
  if (error instanceof UnreadableList) return error;
  throw error;
}

const jsonOf = (value: unknown, limits: LimitHeaders) =>
  Response.json(value, { headers: { 'Cache-Control': 'private, no-store', ...limits } });

function queryOf(c: Context): Readonly<Record<string, string | string[]>> {
  const all = Object.entries(c.req.queries());
  return Object.fromEntries(
    all.map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

/** The whole body; `null` when it is longer than a list may be. */
async function bytesOf(c: Context): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (c.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const plannedOf = ({ line, given, account, status, detail }: PlannedLine): z.infer<typeof lineShape> => ({
  line,
  given,
  account: account === null ? null : { id: account.id, ref: account.ref },
  status,
  detail,
});

const resultOf = ({ line, given, account, ref, status, detail }: DrillResult): z.infer<typeof lineShape> => ({
  line,
  given,
  account: account === null || ref === null ? null : { id: account, ref },
  status,
  detail,
});

const drillOf = ({ id, access, startedAt, accessOffAt, endedAt, counts }: DrillSummary) => ({
  id,
  access,
  startedAt: startedAt.toISOString(),
  accessOffAt: accessOffAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
  counts,
});
