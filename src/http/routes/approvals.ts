import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApprovalQuestion, ReadQuestion } from '../../db/queries/approvals.js';
import type { Orders, OrderResult } from '../../dispatcher/orders.js';
import type { Instant } from '../../domain/time.js';
import { readLink, type ApprovalLink } from '../../guard/approval-link.js';
import { decisionId, signDecision } from '../../guard/decision-proof.js';
import type { Logger } from '../../ports/logger.js';
import {
  decidedBeforePage,
  decidedPage,
  expiredPage,
  longestReason,
  overPage,
  questionPage,
  refusedPage,
  tooLargePage,
  unansweredPage,
  unknownPage,
  unreachablePage,
} from '../pages/approval.js';
import { pageHeaders } from '../pages/layout.js';

export type ApprovalDeps = {
  readonly secret: string;
  readonly readQuestion: ReadQuestion;
  readonly orders: Orders;
  readonly logger: Logger;
  readonly nowMs: () => Instant;
};

// A reason of the longest kind in letters that take twelve bytes each in a form, and some more.
const largestForm = 16 * 1024;

/**
 * `GET /approvals/:token`: what there is to decide; decides nothing, for mail scanners follow links. `POST`: decides, once.
 * The token is all the authority there is, so it stands in no log. 404 for one that is not ours, 410 for one that is over,
 * 400 for a form that lacks something, 409 when the case refuses, 503 when it can't be asked, 504 when it
 * did not answer in time.
 */
export function approvalRoutes(deps: ApprovalDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    await next();
  });
  app.get('/:token', async (c) => {
    const opened = await open(deps, c);
    return opened instanceof Response
      ? opened
      : c.html(questionPage(opened.question, opened.link.approver, null));
  });
  const limit = bodyLimit({ maxSize: largestForm, onError: (c) => c.html(tooLargePage, 413) });
  app.post('/:token', limit, async (c) => {
    const opened = await open(deps, c);
    if (opened instanceof Response) return opened;
    const { decision, reason } = await c.req.parseBody();
    const why = typeof reason === 'string' ? reason.trim() : '';
    const problem = problemOf(decision, why);
    if (problem !== null)
      return c.html(questionPage(opened.question, opened.link.approver, { problem, reason: why }), 400);
    return decide(deps, c, opened, { approved: decision === 'approve', reason: why });
  });
  app.onError((error, c) => {
    deps.logger.error({ error, route: 'approvals' }, 'a page for an approver failed');
    // Whether an order went out before it failed, nobody knows here.
    return c.html(c.req.method === 'POST' ? unansweredPage : unreachablePage, 503);
  });
  return app;
}

type Opened = { readonly link: ApprovalLink; readonly question: ApprovalQuestion };

/** What the token opens, or the page that says why it opens nothing. */
async function open({ secret, readQuestion, nowMs }: ApprovalDeps, c: Context): Promise<Opened | Response> {
  // As of 1970 nothing has expired: whether we signed it is one question, until when it opens something the other.
  const link = readLink(secret, c.req.param('token') ?? '', 0);
  if (link === null) return c.html(unknownPage, 404);
  if (nowMs() >= link.expiresAt) return c.html(expiredPage, 410);
  const question = await readQuestion(link.approval);
  if (question === null) return c.html(unknownPage, 404);
  if (question.decision !== null) return c.html(decidedBeforePage(question), 410);
  if (nowMs() >= question.expiresAt) return c.html(expiredPage, 410);
  return question.isOver ? c.html(overPage, 410) : { link, question };
}

function problemOf(decision: unknown, reason: string): string | null {
  if (reason === '') return 'Say why: your reason is missing.';
  if (reason.length > longestReason) return `Your reason is too long: at most ${longestReason} characters.`;
  return decision === 'approve' || decision === 'reject' ? null : 'Press one of the two buttons.';
}

type Decision = { readonly approved: boolean; readonly reason: string };

async function decide(
  { orders, readQuestion, logger, secret }: ApprovalDeps,
  c: Context,
  { link, question }: Opened,
  { approved, reason }: Decision,
): Promise<Response> {
  const { id, expiresAt } = question;
  const { approver: by } = link;
  const result = await orders.send(question.addressee, {
    kind: approved ? 'approve' : 'reject',
    // One request is decided once, whoever presses which button at the same time.
    id: decisionId(secret, id),
    input: {
      plan: id,
      by,
      reason,
      proof: signDecision(secret, { approval: id, approved, by, expiresAt }),
    },
  });
  logger.info({ approval: question.id, approved, result: result.status }, 'an approver has decided by link');
  if (result.status !== 'taken') return untaken(c, result);
  // The same order of another approver may have been first: then this one got the answer to that.
  const after = await readQuestion(question.id);
  const stands = after?.decision ?? null;
  if (after === null || stands === null) return c.html(unansweredPage, 503);
  const isOurs = stands.approved === approved && stands.by === link.approver;
  return isOurs ? c.html(decidedPage(after, approved)) : c.html(decidedBeforePage(after), 410);
}

function untaken(
  c: Context,
  result: Exclude<OrderResult, { status: 'taken' }>,
): Response | Promise<Response> {
  switch (result.status) {
    case 'refused':
      return c.html(refusedPage(result.why), 409);
    case 'no_case':
      return c.html(overPage, 410);
    case 'no_answer':
      return c.html(unansweredPage, 504);
  }
}
