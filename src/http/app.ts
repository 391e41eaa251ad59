import { Hono } from 'hono';
import type { Logger } from '../ports/logger.js';
import { healthRoutes, type HealthCheck } from './routes/health.js';
import { stripeWebhook, type StripeWebhookDeps } from './webhooks/stripe.js';

export type AppDeps = {
  readonly webhook: StripeWebhookDeps;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly logger: Logger;
};

/** The api. Nothing answers 2xx by default: unknown paths are 404, and an error nobody foresaw is 500. */
export function createApp({ webhook, checks, logger }: AppDeps): Hono {
  const app = new Hono();
  app.route('/', healthRoutes(checks));
  app.route('/webhooks/stripe', stripeWebhook(webhook));
  app.notFound((c) => c.json({ error: 'not_found', hint: `no ${c.req.method} ${c.req.path} here` }, 404));
  app.onError((error, c) => {
    logger.error({ error, path: c.req.path }, 'an unforeseen error');
    return c.json({ error: 'internal', hint: 'the error is in the log of the api' }, 500);
  });
  return app;
}
