import { describe, expect, it } from 'vitest';
import { fingerprintOf, type WebhookSecret } from '../../src/adapters/stripe/secrets.js';
import { examine } from '../../src/cli/doctor/diagnosis.js';
import { deadOf, refusalsOf, secretsOf } from '../../src/cli/doctor/intake.js';
import { readSettings } from '../../src/cli/doctor/settings.js';
import { askAboutDunning } from '../../src/cli/doctor/stripe.js';
import { loadPolicy } from '../../src/policy/load.js';
import { forbear } from '../support/cli.js';

describe('dead letters', () => {
  it('are said with what most of them failed with, and only where there are any', () => {
    expect(deadOf({ events: 0, oldest: null, errors: [] })).toEqual([]);
    const errors = [
      { error: 'Error: full', events: 2 },
      { error: 'Error: other', events: 1 },
    ];
    expect(deadOf({ events: 3, oldest: new Date('2026-12-01T09:00:00Z'), errors })).toMatchObject([
      {
        state: 'broken',
        text: '3 events failed too often and wait for a person, the oldest of 2026-12-01 09:00 UTC; most with: Error: full',
        remedy: expect.stringContaining('forbear replay --dead') as string,
      },
    ]);
  });
});

describe('the webhook secrets', () => {
  const secrets = [
    { secret: 'whsec_old', until: null },
    { secret: 'whsec_new', until: null },
  ];
  const [old = '', fresh = ''] = secrets.map(({ secret }) => fingerprintOf(secret));
  const now = Date.UTC(2026, 11, 1);
  const look = (all: readonly WebhookSecret[], last: Record<string, Date>) =>
    secretsOf(all, new Map(Object.entries(last)), now).map(({ part, state }) => [part, state]);

  it('are called by their fingerprints, never by themselves', () => {
    const found = secretsOf(secrets, new Map([[old, new Date(now - 180_000)]]), now);
    expect(found[0]).toMatchObject({ part: `secret ${old}`, state: 'ok' });
    expect(JSON.stringify(found)).not.toContain('whsec_');
  });

  it('have to be seen to when one signs nothing while they are rotated', () => {
    expect(look(secrets, { [old]: new Date(now) })).toEqual([
      [`secret ${old}`, 'ok'],
      [`secret ${fresh}`, 'warning'],
    ]);
  });

  it('have to be seen to when one has ended; whether the only one is right, nobody knows before an event came', () => {
    expect(look([{ secret: 'whsec_old', until: now }], { [old]: new Date(now - 1) })).toEqual([
      [`secret ${old}`, 'warning'],
    ]);
    expect(look(secrets.slice(0, 1), {})).toEqual([[`secret ${old}`, 'unknown']]);
  });
});

describe('refused deliveries', () => {
  it('are told by reason, each with its likely cause and what to do', () => {
    expect(refusalsOf(new Map())).toMatchObject([{ state: 'ok' }]);
    expect(refusalsOf(new Map([['signature_mismatch', 12]]))).toMatchObject([
      {
        state: 'warning',
        text: expect.stringMatching(/^12 deliveries .* signature_mismatch: the secret is/) as string,
        remedy: expect.stringContaining('STRIPE_WEBHOOK_SECRET') as string,
      },
    ]);
  });
});

describe('Stripe’s own dunning', () => {
  it('IN-7 is asked after, beside what the policy takes it for', () => {
    const { state, text, remedy } = askAboutDunning(loadPolicy('policies/saas.yaml'));
    expect(state).toBe('unknown');
    expect(text).toMatch(/retrying for \d+ d/);
    expect(remedy).toMatch(/Revenue recovery.*retryWindow.*mails.*canceled/);
  });
});

describe('settings', () => {
  it('that are missing are named, all at once, and nothing else is looked at', () => {
    const { api, worker, found } = readSettings({});
    expect([api, worker]).toEqual([null, null]);
    expect(found.map(({ part, state }) => [part, state])).toEqual([
      ['settings of the api', 'broken'],
      ['settings of the worker', 'broken'],
    ]);
    expect(found[0]?.text).toMatch(/DATABASE_URL is missing[\s\S]*STRIPE_SECRET_KEY is missing/);
  });

  it('of a fresh install say what they leave undone', () => {
    const { found } = readSettings({
      DATABASE_URL: 'postgres://user@localhost/forbear',
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      SMTP_URL: 'smtp://localhost',
      MAIL_FROM: 'billing@example.com',
      FORBEAR_POLICY: 'policies/saas.yaml',
    });
    expect(found.map(({ part, state }) => [part, state])).toEqual([
      ['settings of the api', 'ok'],
      ['settings of the worker', 'ok'],
      ['policy', 'ok'],
      ['mode', 'warning'],
      ['links', 'warning'],
      ['platforms', 'warning'],
    ]);
    expect(JSON.stringify(found)).not.toMatch(/sk_test_1|whsec_1/);
  });
});

describe('a part that does not answer', () => {
  it('is broken, with the deepest cause in a line and a remedy', async () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:1\nat somewhere');
    const look = () => Promise.reject(new Error('Failed query: select secret', { cause }));
    expect(await examine('database', 'start it', look)).toEqual([
      { part: 'database', state: 'broken', text: 'connect ECONNREFUSED 127.0.0.1:1', remedy: 'start it' },
    ]);
  });

  it('ends the command with 1 and a table of what is broken and what to do', async () => {
    const ran = await forbear(['doctor'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      STRIPE_API_BASE: 'http://127.0.0.1:1',
      STRIPE_SECRET_KEY: 'sk_test_never_told',
      STRIPE_WEBHOOK_SECRET: 'whsec_never_told',
    });
    expect(ran.code).toBe(1);
    for (const part of ['database', 'stripe', 'temporal', 'api', 'settings of the worker'])
      expect(ran.out).toMatch(new RegExp(`${part}\\s*│ BROKEN`));
    expect(ran.err).toMatch(/\d of \d+ parts are broken/);
    expect(ran.out + ran.err).not.toContain('never_told');
  });
});
