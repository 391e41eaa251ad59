import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { ConfigError, readApiConfig } from '../../../src/config.js';
import type { Database, Db } from '../../../src/db/client.js';
import { createApp } from '../../../src/http/app.js';
import { mailWebhookOf } from '../../../src/wiring-bounces.js';
import { anIntake } from '../../support/intake.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const needed = {
  DATABASE_URL: 'postgres://forbear@127.0.0.1:5432/forbear',
  STRIPE_SECRET_KEY: 'sk_test_1',
  STRIPE_WEBHOOK_SECRET: 'whsec_1',
};

const post = (bounceSecrets: readonly string[]) =>
  createApp({
    logger,
    // Whoever is not let in needs no database.
    intake: anIntake({} as Db, ['whsec_1']),
    bounces: mailWebhookOf(
      { bounceSecrets: [...bounceSecrets] },
      { database: { db: {} as Db } as Database, temporal: {} as Client, logger },
    ),
    checks: {},
  }).request('/webhooks/mail', { method: 'POST', body: 'x' });

describe('the way in for bounces', () => {
  it('P-4 is not there while no secret is set, and asks for a signature when one is', async () => {
    expect((await post([])).status).toBe(404);
    expect((await post([secret])).status).toBe(401);
  });

  it('P-4 has as many secrets as are set, each with enough in it', () => {
    expect(readApiConfig(needed).bounceSecrets).toEqual([]);
    const two = { ...needed, FORBEAR_BOUNCE_SECRET: `${secret}, ${secret}` };
    expect(readApiConfig(two).bounceSecrets).toEqual([secret, secret]);
    for (const wrong of ['a-word', 'whsec_', 'whsec_c2hvcnQ=', `${secret},x`])
      expect(() => readApiConfig({ ...needed, FORBEAR_BOUNCE_SECRET: wrong })).toThrow(ConfigError);
  });
});
