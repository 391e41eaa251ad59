import { describe, expect, it } from 'vitest';
import type { Db } from '../../../src/db/client.js';
import { createApp } from '../../../src/http/app.js';
import { anIntake } from '../../support/intake.js';
import { someMetrics } from '../../support/metrics.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const token = 'a-token-of-the-tests';

function anApp(metrics: { token: string } | null) {
  return createApp({
    logger,
    // Nothing of this is asked for what needs a database.
    intake: anIntake({} as Db, ['whsec_1']),
    metrics: metrics === null ? undefined : { ...metrics, render: someMetrics().render },
    checks: {},
  });
}

const ask = (authorization?: string, app = anApp({ token })) =>
  app.request('/metrics', authorization === undefined ? {} : { headers: { authorization } });

describe('GET /metrics', () => {
  it('answers who has the token, with what Prometheus reads', async () => {
    const answer = await ask(`Bearer ${token}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toContain('forbear_intake_events_total{');
  });

  it.each([
    ['no token', undefined],
    ['another token', 'Bearer another'],
    ['a part of the token', `Bearer ${token.slice(0, 5)}`],
    ['the token by another scheme', `Basic ${token}`],
    ['nothing behind the scheme', 'Bearer '],
  ])('answers 401 and tells nothing: with %s', async (_, authorization) => {
    const answer = await ask(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await answer.text()).not.toContain('forbear_');
  });

  it('is not there while no token is set', async () => {
    expect((await ask(`Bearer ${token}`, anApp(null))).status).toBe(404);
  });
});
