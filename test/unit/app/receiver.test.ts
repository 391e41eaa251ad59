import { beforeEach, describe, expect, it } from 'vitest';
import type { ForbearError } from '../../../src/app/errors.js';
import { createAccessReader, type AccessReader } from '../../../src/app/reader.js';
import type { AccessChange } from '../../../src/app/change.js';
import { createReceiver, type ReceiverOptions } from '../../../src/app/receiver.js';
import { acmeId, answerOf, createStandIn, type StandIn } from '../../support/app-standin.js';
import { changeTo, delivery, webhookSecret } from '../../support/app-webhooks.js';

const now = new Date('2026-11-24T09:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const otherSecret = `whsec_${Buffer.from('another secret, also of 32 bytes').toString('base64')}`;

let forbear: StandIn;
let reader: AccessReader;
let problems: ForbearError[];
let changes: AccessChange[];

beforeEach(() => {
  forbear = createStandIn();
  problems = [];
  changes = [];
  reader = createAccessReader({
    url: forbear.url,
    key: forbear.key,
    fetch: forbear.fetch,
    whenUnknown: 'open',
    onProblem: () => undefined,
    now: () => now.getTime(),
  });
});

const receiverWith = (options: Partial<ReceiverOptions> = {}) =>
  createReceiver({
    secrets: webhookSecret,
    reader,
    onChange: (change) => changes.push(change),
    onProblem: (error) => problems.push(error),
    now: () => now.getTime(),
    ...options,
  });

const post = (init: RequestInit, options?: Partial<ReceiverOptions>) =>
  receiverWith(options).respond(new Request('https://app.example/forbear', init));

describe('the receiver', () => {
  it('takes a signed change: the next read asks, and the app hears of it', async () => {
    await reader.read(acmeId);
    forbear.state.answer = answerOf('suspended');
    const response = await post(delivery(changeTo(forbear.state.answer, now), now));
    expect(response.status).toBe(204);
    expect(changes).toEqual([{ answer: forbear.state.answer, atMs: now.getTime() }]);
    expect(await reader.read(acmeId)).toMatchObject({ answer: { access: 'suspended' }, isStale: false });
  });

  it('takes either secret while one replaces the other', async () => {
    const content = changeTo(answerOf('active'), now);
    for (const secret of [webhookSecret, otherSecret]) {
      const both = { secrets: [otherSecret, webhookSecret] };
      expect((await post(delivery(content, now, secret), both)).status).toBe(204);
    }
    const signed = delivery(content, now);
    const [mine, other] = [signed, delivery(content, now, otherSecret)];
    const signatures = [other, mine].map(({ headers }) => headers['webhook-signature']).join(' ');
    const init = { ...signed, headers: { ...signed.headers, 'webhook-signature': `v1a,x ${signatures}` } };
    expect((await post(init)).status).toBe(204);
  });

  const content = changeTo(answerOf('active'), now);
  const good = delivery(content, now);
  const withHeaders = (headers: Record<string, string>) => ({
    ...good,
    headers: { ...good.headers, ...headers },
  });
  const forged: readonly (readonly [string, RequestInit])[] = [
    ['another body', { ...good, body: good.body.replace('active', 'revoked') }],
    ['another id', withHeaders({ 'webhook-id': 'msg_2' })],
    ['another time', withHeaders({ 'webhook-timestamp': String(now.getTime() / 1_000 + 1) })],
    ['a time that is none', withHeaders({ 'webhook-timestamp': 'now' })],
    ['no signature', withHeaders({ 'webhook-signature': '' })],
    ['an empty signature', withHeaders({ 'webhook-signature': 'v1,' })],
    ['a signature that is no base64', withHeaders({ 'webhook-signature': 'v1,%%%' })],
    [
      'the signature under another version',
      withHeaders({ 'webhook-signature': good.headers['webhook-signature'].replace('v1,', 'v2,') }),
    ],
    [
      'a signature behind too many',
      withHeaders({ 'webhook-signature': `${'v1,AAAA '.repeat(10)}${good.headers['webhook-signature']}` }),
    ],
    ['no headers', { method: 'POST', body: good.body }],
    ['somebody else’s secret', delivery(content, now, otherSecret)],
    ['a time five minutes ago', delivery(content, later(-301_000))],
    ['a time in five minutes', delivery(content, later(301_000))],
  ];
  it.each(forged)('refuses and tells of a delivery with %s', async (_, init) => {
    expect((await post(init)).status).toBe(400);
    expect(problems.map((problem) => problem.code)).toEqual(['bad_signature']);
    expect(problems[0]?.message).not.toContain(webhookSecret.slice(6));
    expect(changes).toEqual([]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['no type', { data: answerOf('active') }],
    ['no date', { ...changeTo(answerOf('active'), now), timestamp: 'today' }],
    [
      'an unknown level',
      { ...changeTo(answerOf('active'), now), data: { ...answerOf('active'), access: 'gold' } },
    ],
  ])('believes nothing of what is signed but not agreed on: %s', async (_, content) => {
    expect((await post(delivery(content, now))).status).toBe(400);
    expect(problems.map((problem) => problem.code)).toEqual(['bad_event']);
    expect(changes).toEqual([]);
  });

  it('acknowledges other news, and a ping', async () => {
    expect((await post(delivery({ type: 'ping', timestamp: now.toISOString(), data: {} }, now))).status).toBe(
      204,
    );
    expect([changes, problems]).toEqual([[], []]);
  });

  it('has a change sent again when the app could not act on it', async () => {
    const onChange = () => Promise.reject(new Error('the sessions are down'));
    await expect(post(good, { onChange })).rejects.toThrow('the sessions are down');
  });

  it('takes nothing but a POST, and no more than Forbear sends', async () => {
    expect((await post({ method: 'GET' })).status).toBe(405);
    expect((await post({ ...good, body: 'x'.repeat(65_537) })).status).toBe(413);
  });

  it.each([
    '',
    'whsec_',
    'whsec_%%',
    'whsec_AAAA',
    Buffer.from('no prefix, 32 bytes of a secret.').toString('base64'),
  ])('tells of a secret that is none, without it: %j', (secrets) => {
    expect(() => receiverWith({ secrets })).toThrow(/^A secret is not whsec_ with base64 behind it: take/);
    expect(() => receiverWith({ secrets: [] })).toThrow(/There is no secret/);
  });
});
