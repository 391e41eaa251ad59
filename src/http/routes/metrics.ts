import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bearerOf } from '../keys.js';

export type MetricsDeps = {
  readonly token: string;
  readonly render: () => Promise<{ readonly text: string; readonly contentType: string }>;
};

/** `GET /metrics`: 200 with Prometheus' text for whoever sends the token as `Authorization: Bearer …`, else 401. */
export function metricsRoutes({ token, render }: MetricsDeps): Hono {
  const app = new Hono();
  const expected = sha256(token);
  app.get('/metrics', async (c) => {
    const given = bearerOf(c.req.header('authorization'));
    // Compared as hashes, which are all of one length.
    if (given === null || !timingSafeEqual(sha256(given), expected)) {
      const hint = 'send FORBEAR_METRICS_TOKEN as `Authorization: Bearer …`';
      return c.json({ error: 'unauthorized', hint }, 401, { 'www-authenticate': 'Bearer realm="metrics"' });
    }
    const { text, contentType } = await render();
    return c.body(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' });
  });
  return app;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
