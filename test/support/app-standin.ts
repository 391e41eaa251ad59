import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { streamSSE } from 'hono/streaming';
import type { AddressInfo } from 'node:net';
import type { Account, AccountPage } from '../../src/app/accounts.js';
import type {
  AccessAnswer,
  AccessLevel,
  NextStep,
  Problem,
  RestrictionReason,
} from '../../src/app/contract.js';
import { allowedUnder } from '../../src/domain/restrictions.js';

export const standInKey = 'fb_test_key';
export const acmeId = '0a0b0c0d-0000-4000-8000-000000000001';
export const payUrl = 'https://pay.example/acme?a=1&b=2';

function nextAfter(access: AccessLevel): NextStep {
  return ['active', 'grace_period', 'read_only'].includes(access) ? 'pause' : 'decommission';
}

let versions = 0;

/** An answer as Forbear makes it, each with a version of its own. */
export function answerOf(
  access: AccessLevel,
  reasons: readonly RestrictionReason[] = access === 'active' ? [] : ['nonpayment'],
  changes: Partial<AccessAnswer> = {},
): AccessAnswer {
  const owes = reasons.includes('nonpayment');
  versions += 1;
  return {
    account: { id: acmeId, ref: 'acme' },
    version: `v${versions}`,
    access,
    billingStatus: owes ? 'past_due' : 'current',
    reasons,
    allowed: allowedUnder(access),
    plan: null,
    nextStep: owes ? { step: nextAfter(access), at: '2026-11-24T09:00:00.000Z' } : null,
    sessionsEndedAt: null,
    payUrl: owes ? payUrl : null,
    ...changes,
  };
}

/** Stands in for Forbear's API: its answers are typed by the contract that the server answers by. */
export function createStandIn() {
  const app = new Hono();
  const state = {
    answer: answerOf('active'),
    /** Instead of an answer; `hang` never answers. */
    fault: null as Response | 'hang' | null,
    asked: [] as string[],
    unchanged: 0,
  };
  const problem = (status: 401 | 404, name: string, title: string) => {
    const body: Problem = { type: `urn:forbear:problem:${name}`, title, status, detail: 'look it up' };
    return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } });
  };
  app.use('/v1/*', async (c, next) => {
    state.asked.push(decodeURIComponent(c.req.url.replace(/^https?:\/\/[^/]*/, '')));
    if (state.fault === 'hang') return new Promise<never>(() => undefined);
    if (state.fault !== null) return state.fault.clone();
    return next();
  });
  app.use('/v1/*', bearerAuth({ token: standInKey, noAuthenticationHeader: { message: {} } }));
  app.onError(() => problem(401, 'invalid-key', 'No such key'));
  const names = () => [state.answer.account.id, `ref:${state.answer.account.ref}`, 'cus_acme'];
  const account = (): Account => {
    const { access, billingStatus, account: named } = state.answer;
    return { ...named, name: 'Acme', customers: ['cus_acme'], access, billingStatus };
  };
  app.get('/v1/accounts/:id/access', (c) => {
    if (!names().includes(c.req.param('id'))) return problem(404, 'unknown-account', 'No such account');
    const etag = `"${state.answer.version}"`;
    if (c.req.header('if-none-match') !== etag) return c.json(state.answer, 200, { etag });
    state.unchanged += 1;
    return c.body(null, 304, { etag });
  });
  app.get('/v1/access/stream', (c) =>
    streamSSE(c, async (stream) => {
      await stream.writeSSE({ event: 'reset', data: '{}' });
      await new Promise<void>((resolve) => stream.onAbort(resolve));
    }),
  );
  app.get('/v1/accounts/:id', (c) =>
    names().includes(c.req.param('id'))
      ? c.json(account())
      : problem(404, 'unknown-account', 'No such account'),
  );
  app.get('/v1/accounts', (c) => {
    const page: AccountPage =
      c.req.query('cursor') === 'second'
        ? { accounts: [], next: null }
        : { accounts: [account()], next: 'second' };
    return c.json(page);
  });
  const fetch = async (url: string, init: RequestInit) => app.request(url, init);
  return { app, state, fetch, url: 'http://forbear.test', key: standInKey };
}
export type StandIn = ReturnType<typeof createStandIn>;

/** An app that listens, until it is closed. */
export async function listen(app: Pick<Hono, 'fetch'>): Promise<{ url: string; close: () => Promise<void> }> {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}
