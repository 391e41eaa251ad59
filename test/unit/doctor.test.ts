import { describe, expect, it } from 'vitest';
import { examine } from '../../src/cli/doctor/diagnosis.js';
import { readSettings } from '../../src/cli/doctor/settings.js';
import { lookAtEndpoints } from '../../src/cli/doctor/stripe.js';
import { typesActedOn } from '../../src/dispatcher/classify.js';
import { forbear } from '../support/cli.js';

const url = 'https://forbear.example/webhooks/stripe';
const endpoint = { url, enabled: true, types: typesActedOn };
const look = (
  endpoints: readonly (typeof endpoint)[],
  publicUrl: string | null = 'https://forbear.example',
) => lookAtEndpoints(endpoints, publicUrl).map(({ state, text }) => [state, text]);

describe('the webhook endpoints of Stripe', () => {
  it('are well when one that is enabled sends everything that is acted on', () => {
    expect(look([endpoint])).toEqual([['ok', `${url} gets every event that is acted on`]]);
    expect(look([{ ...endpoint, types: ['*'] }], null)).toMatchObject([['ok', expect.any(String)]]);
  });

  it('are broken when none sends here', () => {
    const elsewhere = { ...endpoint, url: 'https://old.example/webhooks/stripe' };
    expect(look([elsewhere])).toEqual([
      ['broken', `no endpoint of Stripe sends to ${url}: no event arrives`],
    ]);
    expect(look([])).toMatchObject([['broken', expect.any(String)]]);
  });

  it('are broken when Stripe has disabled the one', () => {
    expect(look([{ ...endpoint, enabled: false }])).toEqual([
      ['broken', `Stripe has disabled the endpoint ${url}`],
    ]);
  });

  it('need to be seen to when a type is missing, over all that are enabled', () => {
    const [first = '', ...rest] = typesActedOn;
    const [some, other] = [
      { ...endpoint, types: rest },
      { ...endpoint, types: [first] },
    ];
    expect(look([some])).toEqual([['warning', `the endpoint does not send ${first}`]]);
    expect(look([some, other])).toMatchObject([['ok', expect.any(String)]]);
    expect(look([some, { ...other, enabled: false }])).toMatchObject([['warning', expect.any(String)]]);
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
