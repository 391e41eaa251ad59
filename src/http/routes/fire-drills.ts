import { z, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { DrillResult, DrillSummary, Started } from '../../db/queries/drill-lists.js';
import type { DrillAccess } from '../../domain/drill.js';
import type { PlannedLine, Wish } from '../../drill/plan.js';
import { mostBytes, UnreadableList } from '../../drill/read.js';
import type { Asked } from '../../guard/ask-bulk.js';
import type { Gate, LimitHeaders } from '../keys.js';
import { problem } from '../problems.js';
import { orUnavailable } from '../unavailable.js';
import type { lineShape } from './fire-drill-shapes.js';
import {
  asking,
  dryRun,
  listQuery,
  reading,
  scope,
  signedQuery,
  starting,
  startQuery,
} from './fire-drill-shapes.js';

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
