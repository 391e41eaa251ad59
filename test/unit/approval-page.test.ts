import { beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalQuestion } from '../../src/db/queries/approvals.js';
import type { Addressee, Order, OrderResult } from '../../src/dispatcher/orders.js';
import { asAccountId, asApprovalId, asCaseId, asSubscriptionId } from '../../src/domain/ids.js';
import { signLink } from '../../src/guard/approval-link.js';
import { decisionId, signDecision } from '../../src/guard/decision-proof.js';
import { createApp } from '../../src/http/app.js';
import type { ApprovalDeps } from '../../src/http/routes/approvals.js';
import { pageHeaders } from '../../src/http/pages/layout.js';

const secret = 'a-secret-of-at-least-32-characters';
const now = Date.parse('2026-11-24T09:00:00Z');
const approval = asApprovalId('0a0b0c0d-0000-4000-8000-000000000001');
const account = asAccountId('0a0b0c0d-0000-4000-8000-000000000002');
const approver = 'zoe@example.com';
const details = /Acme|acme|49\.00|deadbeef|worker-7/;

const question: ApprovalQuestion = {
  id: approval,
  account,
  caseId: asCaseId('0a0b0c0d-0000-4000-8000-000000000003'),
  plan: {
    resources: [{ target: 'platform', id: 'worker-7', kind: 'instance' }],
    collection: 'cancel',
    subscriptions: [asSubscriptionId('sub_1')],
  },
  planHash: 'deadbeef'.repeat(8),
  summary: '1 instance; 1 subscription canceled first',
  expiresAt: now + 60_000,
  approved: null,
  isUsed: false,
  addressee: { id: account, ref: 'acme', name: 'Acme <b>Ltd</b>' },
  owed: [{ currency: 'usd', amountMinor: 4_900 }],
  decision: null,
  isOver: false,
};

let asked: ApprovalQuestion | null;
let sent: { readonly to: Addressee; readonly order: Order }[];
let result: OrderResult | Error;
let clock: number;
let lines: string[];

const note = (fields: object, message: string) => void lines.push(JSON.stringify({ fields, message }));
const logger = { info: note, warn: note, error: note };

/** Decides as the case does: the first order stands, and a repeated one gets the answer to the first. */
function obey({ kind, input }: Order): void {
  if (asked === null || asked.decision !== null || result instanceof Error || result.status !== 'taken')
    return;
  const decision = { approved: kind === 'approve', by: input.by ?? '', at: clock };
  asked = { ...asked, approved: decision.approved, decision };
}

const appWith = (changes: Partial<ApprovalDeps> = {}) =>
  createApp({
    intake: {} as never,
    checks: {},
    logger,
    approvals: {
      secret,
      logger,
      nowMs: () => clock,
      readQuestion: (id) => Promise.resolve(id === approval ? asked : null),
      orders: {
        send(to, order) {
          sent.push({ to, order });
          obey(order);
          return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
        },
      },
      ...changes,
    },
  });

beforeEach(() => {
  [asked, sent, clock, lines] = [question, [], now, []];
  result = { status: 'taken', answer: { stage: 'decommissioning', nextStep: 'decommission', nextAt: null } };
});

const tokenOf = (by = approver, expiresAt = question.expiresAt, key = secret) =>
  signLink(key, { approval, approver: by, expiresAt });

async function get(token = tokenOf(), method = 'GET') {
  const answer = await appWith().request(`/approvals/${token}`, { method });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function post(form: Record<string, string>, token = tokenOf()) {
  const answer = await appWith().request(`/approvals/${token}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const approve = { decision: 'approve', reason: 'gone for good' };
const reject = { decision: 'reject', reason: 'they called' };

describe('the page of an approver', () => {
  it('shows what there is to decide and decides nothing, however often a mail scanner follows the link', async () => {
    for (const method of ['GET', 'HEAD', 'GET']) expect((await get(tokenOf(), method)).status).toBe(200);
    const { text } = await get();
    for (const part of [
      'acme',
      '49.00 USD',
      'deadbeef',
      'worker-7',
      'sub_1',
      '2026-11-24 09:01 UTC',
      approver,
    ])
      expect(text).toContain(part);
    expect(sent).toEqual([]);
  });

  it('escapes what came from outside', async () => {
    const { text } = await get(tokenOf('<script>alert(1)</script>@example.com'));
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('<b>Ltd');
    const again = await post({ decision: 'approve', reason: '' }, tokenOf('"><script>@example.com'));
    expect(again.text).not.toContain('<script>');
  });

  it('is kept nowhere, framed nowhere, runs no script and tells nobody its address', async () => {
    for (const { headers } of [await get(), await get('forged'), await post(approve), await post(approve)]) {
      for (const [name, value] of Object.entries(pageHeaders)) expect(headers.get(name)).toBe(value);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-\S+'; form-/,
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it.each([
    ['approve', approve, /You approved/],
    ['reject', reject, /You rejected/],
  ] as const)('decides once, as the approver it was sent to: %s', async (kind, form, says) => {
    const first = await post(form);
    expect(first.status).toBe(200);
    expect(first.text).toMatch(says);
    const { expiresAt } = question;
    const proof = signDecision(secret, { approval, approved: kind === 'approve', by: approver, expiresAt });
    const input = { plan: approval, by: approver, reason: form.reason, proof };
    const order = { kind, id: decisionId(secret, approval), input };
    expect(sent).toEqual([{ to: question.addressee, order }]);
    for (const again of [await post(form), await get()]) {
      expect(again.status).toBe(410);
      expect(again.text).toContain('This was decided already');
      expect(again.text).toContain(approver);
    }
    expect(sent).toHaveLength(1);
  });

  it('says who decided when another approver was faster by a moment', async () => {
    const readAgain = {
      ...question,
      approved: false,
      decision: { approved: false, by: 'max@example.com', at: now },
    };
    const slow = appWith({
      orders: {
        send() {
          asked = readAgain;
          return Promise.resolve(result as OrderResult);
        },
      },
    });
    const body = new URLSearchParams(approve);
    const answer = await slow.request(`/approvals/${tokenOf()}`, { method: 'POST', body });
    expect(answer.status).toBe(410);
    expect(await answer.text()).toMatch(/rejected\s+by max@example\.com/);
  });

  it('asks again, and keeps what was typed, when the reason or the decision is missing', async () => {
    const blank = await post({ decision: 'approve', reason: '  ' });
    expect([blank.status, sent]).toEqual([400, []]);
    expect(blank.text).toContain('your reason is missing');
    const undecided = await post({ reason: 'because <i>' });
    expect([undecided.status, sent]).toEqual([400, []]);
    expect(undecided.text).toContain('because &lt;i&gt;</textarea>');
    expect((await post({ decision: 'approve', reason: 'x'.repeat(501) })).status).toBe(400);
    expect((await post({ decision: 'approve', reason: 'x'.repeat(20_000) })).status).toBe(413);
    expect(sent).toEqual([]);
  });
});

describe('a link that opens nothing', () => {
  it.each([
    ['forged', () => tokenOf(approver, question.expiresAt, 'another-secret-of-at-least-32-chars')],
    ['cut short', () => tokenOf().slice(0, -3)],
    ['no token', () => '%E0%A4%A'],
  ])('is not found, and says nothing of any account: %s', async (_, token) => {
    for (const answer of [await get(token()), await post(approve, token())]) {
      expect(answer.status).toBe(404);
      expect(answer.text).toContain('This link is not valid');
      expect(answer.text).not.toMatch(details);
    }
    expect(sent).toEqual([]);
  });

  it('is over when it has expired, to the moment', async () => {
    clock = question.expiresAt - 1;
    expect((await get()).status).toBe(200);
    clock = question.expiresAt;
    for (const answer of [await get(), await post(approve)]) {
      expect(answer.status).toBe(410);
      expect(answer.text).toContain('This link has expired');
      expect(answer.text).not.toMatch(details);
    }
    expect(sent).toEqual([]);
  });

  it('is over when the account has paid, or another plan was asked for', async () => {
    asked = { ...question, isOver: true };
    for (const answer of [await get(), await post(approve)]) expect(answer.status).toBe(410);
    expect(sent).toEqual([]);
  });

  it('is not found when its request is not there', async () => {
    asked = null;
    expect((await get()).status).toBe(404);
  });

  it('leads nowhere at all where links are not set up', async () => {
    const without = createApp({ intake: {} as never, checks: {}, logger });
    expect((await without.request(`/approvals/${tokenOf()}`)).status).toBe(404);
  });
});

describe('a decision that was not taken', () => {
  it.each<[OrderResult | Error, number, RegExp]>([
    [{ status: 'refused', why: 'that is another plan' }, 409, /that is another plan/],
    [{ status: 'no_case' }, 410, /nothing to decide any more/],
    [{ status: 'no_answer' }, 504, /not certain/],
    [new Error('14 UNAVAILABLE'), 503, /not certain/],
  ])('is never shown as taken: %o', async (comes, status, says) => {
    result = comes;
    const answer = await post(approve);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(says);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('leaves the token in no log, whatever happens', async () => {
    const token = tokenOf();
    await get(token);
    await get(`${token}x`);
    result = new Error('Temporal is down');
    await post(approve, token);
    result = { status: 'no_answer' };
    await post(approve, token);
    const broken = appWith({
      nowMs: () => {
        throw new Error('unforeseen');
      },
    });
    expect((await broken.request(`/approvals/${token}`)).status).toBe(503);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join()).not.toContain(token.split('.')[1]);
    expect(lines.join()).not.toContain(token.split('.')[0]);
  });
});
