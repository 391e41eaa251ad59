import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessLevels } from '../../../src/app/contract.js';
import { forbear as forExpress } from '../../../src/app/express.js';
import { createAccessReader } from '../../../src/app/reader.js';
import { frameworks, listening, type App, type Choices } from '../../support/app-frameworks.js';
import { acmeId, answerOf, createStandIn, payUrl, type StandIn } from '../../support/app-standin.js';

let forbear: StandIn;
let apps: App[];

beforeEach(() => {
  forbear = createStandIn();
  apps = [];
});
afterEach(async () => {
  for (const app of apps) await app.close();
});

const sourceWith = (whenUnknown: 'open' | 'closed') => {
  const { url, key, fetch } = forbear;
  return { url, key, fetch, whenUnknown, maxAgeMs: 0, timeoutMs: 1_000, onProblem: () => undefined };
};

describe.each(Object.entries(frameworks))('the middleware for %s', (_, make) => {
  async function appWith(choices: Partial<Choices> = {}): Promise<App> {
    const app = await make({ source: sourceWith('closed'), ...choices });
    apps.push(app);
    return app;
  }
  const asAcme = (init: { method?: string; headers?: Record<string, string> } = {}): RequestInit => {
    return { ...init, headers: { 'x-account': acmeId, ...init.headers } };
  };

  it('hands on what an account has, at every level that lets it in', async () => {
    const app = await appWith();
    for (const access of accessLevels) {
      forbear.state.answer = answerOf(access);
      const response = await app.request('/projects', asAcme());
      if (['active', 'grace_period', 'read_only'].includes(access))
        expect(await response.json()).toMatchObject({ handled: true, access });
      else expect(await response.json()).toMatchObject({ status: 402, access, payUrl });
    }
  });

  it('lets a read-only account look, and says why it may not change', async () => {
    forbear.state.answer = answerOf('read_only');
    const app = await appWith();
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect((await app.request('/projects', asAcme({ method }))).status).toBe(200);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await app.request('/projects', asAcme({ method }));
      expect(response.status).toBe(402);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('vary')).toMatch(/Accept/);
      expect(await response.json()).toMatchObject({ reason: 'nonpayment', access: 'read_only', payUrl });
    }
    const own = await appWith({ readOnly: 'pass' });
    expect((await own.request('/projects', asAcme({ method: 'POST' }))).status).toBe(200);
  });

  it('shows a browser a page with the link to pay, and answers HEAD without a body', async () => {
    forbear.state.answer = answerOf('suspended');
    const app = await appWith();
    const headers = { accept: 'text/html,*/*;q=0.8', 'accept-language': 'de' };
    const page = await app.request('/', asAcme({ headers }));
    expect(page.status).toBe(402);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(await page.text()).toContain('Jetzt bezahlen');
    const head = await app.request('/', asAcme({ method: 'HEAD', headers }));
    expect([head.status, await head.text()]).toEqual([402, '']);
  });

  it.each(['fraud', 'dispute', 'manual', 'ended', 'drift'] as const)('never says why: %s', async (reason) => {
    forbear.state.answer = answerOf('suspended', [reason], { payUrl });
    const app = await appWith();
    for (const accept of ['application/json', 'text/html']) {
      const response = await app.request('/projects', asAcme({ headers: { accept } }));
      const told = JSON.stringify([...response.headers]) + (await response.text());
      expect(response.status).toBe(403);
      expect(told).not.toMatch(new RegExp(`${reason}|pay\\.example|suspended`, 'i'));
    }
  });

  it('keeps open what must stay open, and nothing that only looks like it', async () => {
    forbear.state.answer = answerOf('suspended');
    const app = await appWith({ allow: ['/billing/*', '/logout'] });
    for (const path of ['/billing', '/billing/cards?x=1', '/logout?next=/projects']) {
      const response = await app.request(path, asAcme({ method: 'POST' }));
      expect(await response.json()).toMatchObject({ handled: true, access: 'suspended' });
    }
    for (const path of [
      '/projects?/billing/',
      '/billings',
      '/billing%2f..%2fprojects',
      '/projects#/billing/',
    ])
      expect((await app.request(path, asAcme())).status).toBe(402);
  });

  it('lets a suspended account take its data along, and a revoked one no more', async () => {
    const app = await appWith({ exports: ['/export/*'] });
    for (const [access, status] of [
      ['suspended', 200],
      ['revoked_pending', 200],
      ['revoked', 402],
      ['decommissioned', 402],
    ] as const) {
      forbear.state.answer = answerOf(access);
      for (const method of ['GET', 'POST'])
        expect((await app.request('/export/invoices?as=csv', asAcme({ method }))).status).toBe(status);
      expect((await app.request('/export/../projects%2f', asAcme())).status).toBe(402);
    }
  });

  it('lets nobody’s requests pass without asking', async () => {
    forbear.state.answer = answerOf('suspended');
    const app = await appWith();
    expect(await (await app.request('/')).json()).toMatchObject({ handled: true, access: 'nobody' });
    expect(forbear.state.asked).toEqual([]);
  });

  it('follows the operator’s choice while Forbear does not answer', async () => {
    forbear.state.fault = new Response('down', { status: 503 });
    const open = await appWith({ source: sourceWith('open') });
    expect(await (await open.request('/', asAcme())).json()).toMatchObject({
      handled: true,
      access: 'unknown',
    });
    const closed = await appWith({ source: sourceWith('closed') });
    const response = await closed.request('/', asAcme());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
  });

  it('gives a payer everything back with the next request', async () => {
    forbear.state.answer = answerOf('suspended');
    const app = await appWith();
    expect((await app.request('/', asAcme())).status).toBe(402);
    forbear.state.answer = answerOf('active');
    expect((await app.request('/', asAcme())).status).toBe(200);
  });

  it('shares one reader with the rest of the app', async () => {
    const reader = createAccessReader({ ...sourceWith('open'), maxAgeMs: 60_000 });
    const [one, other] = [await appWith({ source: { reader } }), await appWith({ source: { reader } })];
    await Promise.all([one.request('/', asAcme()), other.request('/', asAcme())]);
    expect(forbear.state.asked).toHaveLength(1);
  });

  it('lets the app answer in its own way', async () => {
    forbear.state.answer = answerOf('suspended');
    const app = await appWith({ ownAnswer: true });
    const response = await app.request('/', asAcme());
    expect(response.status).toBe(451);
    expect(await response.json()).toMatchObject({ status: 402, payUrl });
  });

  it('puts nothing into a header that was sent from outside', async () => {
    forbear.state.fault = Response.json(
      answerOf('suspended', ['nonpayment'], { payUrl: 'https://pay.example/\r\nset-cookie: a=b' }),
    );
    const response = await (await appWith()).request('/', asAcme({ headers: { accept: 'text/html' } }));
    expect([response.status, response.headers.get('set-cookie')]).toEqual([503, null]);
  });
});

describe('the middleware below a path of express', () => {
  it('takes open paths as the client sends them', async () => {
    forbear.state.answer = answerOf('suspended');
    const options = { ...sourceWith('open'), account: () => acmeId, allow: ['/api/billing/*'] };
    const below = express().use('/api', forExpress(options));
    const app = await listening(below.use((_, response) => void response.json({})));
    apps.push(app);
    const statuses = ['/api/billing/1', '/api/projects', '/billing/1'].map(
      async (path) => (await app.request(path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 402, 200]);
  });
});
