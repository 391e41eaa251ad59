import { beforeEach, describe, expect, it } from 'vitest';
import type { AccessAnswer } from '../../../src/app/contract.js';
import { ForbearError } from '../../../src/app/errors.js';
import { createForbearClient, type ForbearClientOptions } from '../../../src/app/forbear-client.js';
import { allowedUnder } from '../../../src/domain/restrictions.js';
import { acmeId, answerOf, createStandIn, payUrl, type StandIn } from '../../support/app-standin.js';

let forbear: StandIn;
beforeEach(() => {
  forbear = createStandIn();
});

const clientWith = (changes: Partial<ForbearClientOptions> = {}) =>
  createForbearClient({ url: forbear.url, key: forbear.key, fetch: forbear.fetch, ...changes });

/** The error that a call ends with. */
async function errorOf(call: Promise<unknown>): Promise<ForbearError> {
  const error = await call.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!(error instanceof ForbearError)) throw new Error('the call did not end with an error of ours');
  return error;
}

describe('the client', () => {
  it.each([acmeId, 'ref:acme', 'cus_acme'])(
    'asks for the access of an account by any of its names: %s',
    async (id) => {
      forbear.state.answer = answerOf('read_only');
      expect(await clientWith().access(id)).toEqual(forbear.state.answer);
      expect(forbear.state.asked).toEqual([`/v1/accounts/${id}/access`]);
    },
  );

  it('hears that nothing has changed, and what has', async () => {
    const first = forbear.state.answer;
    expect(await clientWith().accessSince(acmeId, first.version)).toBeNull();
    forbear.state.answer = answerOf('suspended');
    expect(await clientWith().accessSince(acmeId, first.version)).toEqual(forbear.state.answer);
  });

  it('reads an account, and all accounts page by page', async () => {
    const client = clientWith();
    const account = await client.account('ref:acme');
    expect(account).toMatchObject({ id: acmeId, ref: 'acme', customers: ['cus_acme'], access: 'active' });
    expect(await client.accounts({ limit: 1 })).toEqual({ accounts: [account], next: 'second' });
    const fitting = { cursor: 'second', access: 'read_only', billingStatus: 'past_due' } as const;
    expect(await client.accounts(fitting)).toEqual({ accounts: [], next: null });
    expect(forbear.state.asked).toContain('/v1/accounts?limit=1');
    expect(forbear.state.asked).toContain(
      '/v1/accounts?cursor=second&access=read_only&billingStatus=past_due',
    );
  });

  it('tells of a wrong key and an unknown account by code, with the problem’s fields', async () => {
    const unauthorized = await errorOf(clientWith({ key: 'fb_wrong' }).access(acmeId));
    expect(unauthorized).toMatchObject({ code: 'unauthorized', status: 401, title: 'No such key' });
    const unknown = await errorOf(clientWith().access('ref:nobody'));
    expect(unknown).toMatchObject({
      code: 'not_found',
      status: 404,
      detail: 'look it up',
      type: 'urn:forbear:problem:unknown-account',
    });
    expect(unknown.message).toBe('No such account: look it up');
  });

  it.each([
    [403, 'forbidden'],
    [429, 'rate_limited'],
    [400, 'bad_request'],
    [422, 'bad_request'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ] as const)('has one code for status %i', async (status, code) => {
    const problem = { type: 'about:blank', title: 'A title', status, detail: 'a remedy' };
    forbear.state.fault = Response.json(problem, { status });
    expect(await errorOf(clientWith().access(acmeId))).toMatchObject({ code, status, title: 'A title' });
  });

  it.each([
    ['a 404 of somebody else', () => new Response('<h1>Not found</h1>', { status: 404 }), 'bad_answer'],
    [
      'a 404 for the path',
      () => {
        const type = 'urn:forbear:problem:unknown-path';
        return Response.json({ type, title: 'No path', status: 404, detail: 'look' }, { status: 404 });
      },
      'bad_answer',
    ],
    ['a 502 of a proxy', () => new Response('Bad gateway', { status: 502 }), 'unavailable'],
    ['a page with status 200', () => new Response('<h1>Sign in</h1>'), 'bad_answer'],
    ['a redirect', () => Response.redirect('https://elsewhere.example/', 302), 'bad_answer'],
    ['unasked "unchanged"', () => new Response(null, { status: 304 }), 'bad_answer'],
    ['an empty success', () => new Response(null, { status: 204 }), 'bad_answer'],
  ])('does not believe %s', async (_, answer, code) => {
    forbear.state.fault = answer();
    expect((await errorOf(clientWith().access(acmeId))).code).toBe(code);
  });

  const broken: readonly (readonly [string, (answer: AccessAnswer) => object])[] = [
    ['an unknown level', (answer) => ({ ...answer, access: 'platinum' })],
    ['an unknown reason', (answer) => ({ ...answer, reasons: ['mood'] })],
    ['no reasons', (answer) => ({ ...answer, reasons: undefined })],
    ['an account that is none', (answer) => ({ ...answer, account: { id: 'acme', ref: 'acme' } })],
    ['no ref', (answer) => ({ ...answer, account: { id: acmeId } })],
    ['a version for another header', (answer) => ({ ...answer, version: 'a"\r\nb' })],
    ['allowed as text', (answer) => ({ ...answer, allowed: { ...answer.allowed, read: 'false' } })],
    ['an export as text', (answer) => ({ ...answer, allowed: { ...answer.allowed, export: 'true' } })],
    ['a plan without a name', (answer) => ({ ...answer, plan: { limits: {} } })],
    ['a plan without limits', (answer) => ({ ...answer, plan: { name: 'free' } })],
    ['a limit as text', (answer) => ({ ...answer, plan: { name: 'free', limits: { seats: '1' } } })],
    [
      'a date that is none',
      (answer) => ({ ...answer, nextStep: { step: 'pause', at: '2026-13-41T00:00:00Z' } }),
    ],
    ['a date without its zone', (answer) => ({ ...answer, nextStep: { step: 'pause', at: '2026-11-24' } })],
    ['a script to pay', (answer) => ({ ...answer, payUrl: 'javascript:alert(1)' })],
    ['a header to pay', (answer) => ({ ...answer, payUrl: 'https://pay.example/\r\nset-cookie: a=b' })],
    ['nothing said of paying', (answer) => ({ ...answer, payUrl: undefined })],
    ['a list', (answer) => [answer]],
  ];
  it.each(broken)('believes nothing of an answer with %s', async (_, breakIt) => {
    forbear.state.fault = Response.json(breakIt(answerOf('suspended')));
    const error = await errorOf(clientWith().access(acmeId));
    expect(error).toMatchObject({ code: 'bad_answer', status: 200 });
    expect(error.detail).toMatch(/let the app and Forbear run versions that fit$/);
  });

  // As it was answered before `export`: `read` stood for it, too.
  it.each([
    ['active', { read: true, write: true, grow: true, run: true }],
    ['read_only', { read: true, write: false, grow: false, run: true }],
    ['suspended', { read: true, write: false, grow: false, run: false }],
    ['revoked_pending', { read: true, write: false, grow: false, run: false }],
    ['revoked', { read: false, write: false, grow: false, run: false }],
  ] as const)(
    'opens and closes no more than is meant by a Forbear that names no export: %s',
    async (access, allowed) => {
      forbear.state.fault = Response.json({ ...answerOf(access), allowed, plan: undefined });
      expect(await clientWith().access(acmeId)).toMatchObject({ allowed: allowedUnder(access), plan: null });
    },
  );

  it('reads the plan that is left, whatever its limits are called', async () => {
    const plan = { name: 'free', limits: { seats: 1, 'cpu-hours': 0.5, ['__proto__']: 3 } };
    forbear.state.answer = answerOf('active', ['ended'], { plan });
    const read = await clientWith().access(acmeId);
    expect(read.plan).toEqual(plan);
    expect(Object.keys(read.plan?.limits ?? {})).toEqual(['seats', 'cpu-hours', '__proto__']);
  });

  it('takes over nothing that the contract does not name', async () => {
    const answer = answerOf('suspended');
    forbear.state.fault = Response.json({
      ...answer,
      evidence: 'a secret',
      account: { ...answer.account, x: 1 },
    });
    expect(await clientWith().access(acmeId)).toEqual({ ...answer, payUrl });
  });

  it('waits no longer than its time limit, for headers and for the body', async () => {
    forbear.state.fault = 'hang';
    expect((await errorOf(clientWith({ timeoutMs: 20 }).access(acmeId))).code).toBe('timeout');
    forbear.state.fault = null;
    const endless = () => Promise.resolve(new Response(new ReadableStream({ start: () => undefined })));
    expect((await errorOf(clientWith({ timeoutMs: 20, fetch: endless }).access(acmeId))).code).toBe(
      'timeout',
    );
  });

  it('tells that nobody is there, without the key', async () => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    const error = await errorOf(clientWith({ fetch }).access(acmeId));
    expect(error).toMatchObject({ code: 'unreachable', status: 0 });
    expect(error.message).not.toContain(forbear.key);
  });

  it.each(['', '.', '..', '\ud800', 'x'.repeat(501)])(
    'asks nothing for what names no account: %j',
    async (id) => {
      expect((await errorOf(clientWith().access(id))).code).toBe('bad_request');
      expect(forbear.state.asked).toEqual([]);
    },
  );

  it('keeps an account’s name in its place of the path', async () => {
    await errorOf(clientWith().access('ref:a/../../admin?x#y'));
    expect(forbear.state.asked).toEqual(['/v1/accounts/ref:a/../../admin?x#y/access']);
  });

  it('tells of options that cannot work', () => {
    expect(() => clientWith({ url: 'forbear.test' })).toThrow(/url is not an http\(s\) address/);
    expect(() => clientWith({ key: 'a\nb' })).toThrow(/make one with forbear key create/);
    expect(() => clientWith({ key: '' })).toThrow(TypeError);
  });
});
