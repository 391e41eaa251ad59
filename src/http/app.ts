import { Hono } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from '../ports/logger.js';
import { apiRoutes, type ApiDeps } from './api.js';
import { problem } from './problems.js';
import { approvalRoutes, type ApprovalDeps } from './routes/approvals.js';
import { bulkApprovalRoutes, type BulkApprovalDeps } from './routes/bulk-approvals.js';
import { healthRoutes, type HealthCheck } from './routes/health.js';
import { metricsRoutes, type MetricsDeps } from './routes/metrics.js';
import type { Intake } from './webhooks/intake.js';
import { mailWebhook, type MailWebhookDeps } from './webhooks/mail.js';
import { stripeWebhook } from './webhooks/stripe.js';

export type AppDeps = {
  readonly intake: Intake;
  /** Paths besides `/webhooks/stripe` on which the intake answers, such as one from before it moved. */
  readonly aliases?: readonly string[];
  /** Left out where links are not set up. */
  readonly approvals?: ApprovalDeps | undefined;
  readonly bulk?: BulkApprovalDeps | undefined;
  readonly api?: ApiDeps | undefined;
  /** Left out while no secret for bounces is set. */
  readonly bounces?: MailWebhookDeps | undefined;
  /** Left out while no token is set. */
  readonly metrics?: MetricsDeps | undefined;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly logger: Logger;
};

/** The api. Nothing answers 2xx by default: unknown paths are 404, and an error nobody foresaw is 500. */
export function createApp(deps: AppDeps): Hono {
  const { intake, aliases = [], approvals, bulk, api, bounces, metrics, checks, logger } = deps;
  const app = new Hono();
  app.route('/', healthRoutes(checks));
  if (metrics !== undefined) app.route('/', metricsRoutes(metrics));
  const webhook = stripeWebhook(intake);
  for (const path of ['/webhooks/stripe', ...aliases]) app.route(path, webhook);
  if (bounces !== undefined) app.route('/webhooks/mail', mailWebhook(bounces));
  if (bulk !== undefined) app.route('/approvals/bulk', bulkApprovalRoutes(bulk));
  if (approvals !== undefined) app.route('/approvals', approvalRoutes(approvals));
  if (api !== undefined) app.route('/', apiRoutes(api));
  app.notFound((c) =>
    c.req.path.startsWith('/v1/')
      ? problem('unknown-path', 'look at /docs for what there is, and by which method it is asked for')
      : // Not the path itself: it may hold what a page must not show, or a log on the way must not keep.
        c.json({ error: 'not_found', hint: `this path is not there for ${c.req.method}` }, 404),
  );
  app.onError((error, c) => {
    // The route's pattern, never the path: that of an approver's page holds what lets him decide.
    logger.error({ error, route: routePath(c, -1) }, 'an unforeseen error');
    return c.json({ error: 'internal', hint: 'the error is in the log of the api' }, 500);
  });
  return app;
}
