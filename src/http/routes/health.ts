import { Hono } from 'hono';
import { within } from '../../within.js';

/** Checks one part that the api needs; throws or rejects when it doesn't answer. */
export type HealthCheck = () => Promise<unknown>;

// Longer than any healthy answer, shorter than the patience of whoever asks.
const patienceMs = 3_000;

/** `GET /healthz`: the process lives. `GET /readyz`: 200 when every part answers, else 503 with the names of the missing. */
export function healthRoutes(checks: Readonly<Record<string, HealthCheck>>): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    const answers = await Promise.all(
      Object.entries(checks).map(async ([part, check]) => ({ part, missing: await isMissing(check) })),
    );
    const missing = answers.filter((a) => a.missing).map((a) => a.part);
    return c.json({ ready: missing.length === 0, missing }, missing.length === 0 ? 200 : 503);
  });
  return app;
}

async function isMissing(check: HealthCheck): Promise<boolean> {
  return within(patienceMs, check()).then(
    () => false,
    () => true,
  );
}
