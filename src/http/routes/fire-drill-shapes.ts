import { createRoute, z } from '@hono/zod-openapi';
import { drillAccess, drillRowStatuses } from '../../domain/drill.js';
import { jsonAnswer, missingAnswer, needing, problemAnswers } from './shapes.js';

export const scope = 'drills:write';
const instant = z.iso.datetime({ precision: 3 });

export const listQuery = z.object({
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
export const signedQuery = listQuery.extend({
  by: z.string().trim().min(1).max(100).openapi({ description: 'Who wants it.' }),
  reason: z.string().trim().min(1).max(500).openapi({ description: 'Why; it stands in the audit log.' }),
});
export const startQuery = signedQuery.extend({
  approval: z.uuid().openapi({ description: 'The request that was approved, for exactly this list.' }),
});

export const lineShape = z
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

export const dryRun = createRoute({
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
export const asking = createRoute({
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
export const starting = createRoute({
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
export const reading = createRoute({
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
