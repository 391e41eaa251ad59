import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Instant } from '../../domain/time.js';
import { readLink, type ApprovalLink } from '../../guard/approval-link.js';
import { signDecision } from '../../guard/decision-proof.js';
import type { BulkApprovals, BulkRequest } from '../../ports/bulk.js';
import type { Logger } from '../../ports/logger.js';
import {
  expiredPage,
  tooLargePage,
  unansweredPage,
  unknownPage,
  unreachablePage,
} from '../pages/approval.js';
import { bulkDecidedPage, bulkQuestionPage, bulkRefusedPage } from '../pages/bulk-approval.js';
import { pageHeaders } from '../pages/layout.js';

export type BulkApprovalDeps = {
  readonly secret: string;
  readonly bulk: BulkApprovals;
  readonly logger: Logger;
  readonly nowMs: () => Instant;
};

// One word in a form.
const largestForm = 1024;

/**
 * `GET /approvals/bulk/:token`: which acts are asked for; decides nothing, for mail scanners follow links. `POST`: decides,
 * once. 404 for a token that is not ours, 410 for one that is over or was decided, 400 for a form without a decision, 409 when
 * the person may not decide, 503 when the database can't be asked.
 */
export function bulkApprovalRoutes(deps: BulkApprovalDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });
  app.get('/:token', async (c) => {
    const opened = await open(deps, c);
    return opened instanceof Response
      ? opened
      : c.html(bulkQuestionPage(opened.request, opened.link.approver));
  });
  const limit = bodyLimit({ maxSize: largestForm, onError: (c) => c.html(tooLargePage, 413) });
  app.post('/:token', limit, async (c) => {
    const opened = await open(deps, c);
    if (opened instanceof Response) return opened;
    const { decision } = await c.req.parseBody();
    if (decision !== 'approve' && decision !== 'reject')
      return c.html(bulkRefusedPage('Press one of the two buttons'), 400);
    return decide(deps, c, opened, decision === 'approve');
  });
  app.onError((error, c) => {
    deps.logger.error({ error, route: 'approvals/bulk' }, 'a page for an approver failed');
    return c.html(c.req.method === 'POST' ? unansweredPage : unreachablePage, 503);
  });
  return app;
}

type Opened = { readonly link: ApprovalLink; readonly request: BulkRequest };

/** What the token opens, or the page that says why it opens nothing. */
async function open({ secret, bulk, nowMs }: BulkApprovalDeps, c: Context): Promise<Opened | Response> {
  // As of 1970 nothing has expired: whether we signed it is one question, until when it opens something the other.
  const link = readLink(secret, c.req.param('token') ?? '', 0);
  const request = link === null ? null : await bulk.read(link.approval);
  if (link === null || request === null) return c.html(unknownPage, 404);
  if (request.decision !== null) return c.html(bulkDecidedPage(request, false), 410);
  return nowMs() >= link.expiresAt ? c.html(expiredPage, 410) : { link, request };
}

async function decide(
  { bulk, secret, logger }: BulkApprovalDeps,
  c: Context,
  { link, request }: Opened,
  approved: boolean,
): Promise<Response> {
  const { approver: by } = link;
  const { id, expiresAt } = request;
  const proof = signDecision(secret, { approval: id, approved, by, expiresAt });
  const result = await bulk.decide(id, { approved, by, proof });
  logger.info({ approval: id, approved, result: result.status }, 'an approver has decided by link');
  if (result.status === 'decided') return c.html(bulkDecidedPage(result.request, true));
  const after = await bulk.read(id);
  return after === null || after.decision === null
    ? c.html(bulkRefusedPage(result.why), 409)
    : c.html(bulkDecidedPage(after, false), 410);
}
