import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ForbearError } from '../../../src/app/errors.js';
import { followAccess, type Following, type FollowOptions } from '../../../src/app/follow.js';
import { createAccessReader, type AccessReader } from '../../../src/app/reader.js';
import { acmeId, answerOf, createStandIn, standInKey, type StandIn } from '../../support/app-standin.js';
import { changeTo } from '../../support/app-webhooks.js';
import { eventually } from '../../support/dev-eventually.js';

let forbear: StandIn;
let reader: AccessReader;
let problems: ForbearError[];
let streams: Stream[];
let refusals: Response[];
let following: Following | null;

type Stream = { readonly path: string; say(text: string): void; end(): void; readonly signal: AbortSignal };

beforeEach(() => {
  forbear = createStandIn();
  [problems, streams, refusals, following] = [[], [], [], null];
  reader = createAccessReader({
    ...{ url: forbear.url, key: forbear.key, fetch: forbear.fetch },
    maxAgeMs: 1_000_000,
    whenUnknown: 'closed',
    onProblem: (problem) => problems.push(problem),
  });
});
afterEach(() => following?.stop());

const encoder = new TextEncoder();

/** Answers each connection with the next refusal, or with a stream that says what a test has it say. */
async function connect(path: string, { signal }: RequestInit): Promise<Response> {
  await Promise.resolve();
  const refusal = refusals.shift();
  if (refusal !== undefined) return refusal;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      signal!.addEventListener('abort', () => controller.error(signal!.reason));
      streams.push({
        path,
        signal: signal!,
        say: (text) => controller.enqueue(encoder.encode(text)),
        end: () => controller.close(),
      });
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const follow = (choices: Partial<FollowOptions> = {}) => {
  following = followAccess({
    ...{ url: forbear.url, key: standInKey, fetch: connect, reader },
    retryMs: 1,
    onProblem: (problem) => problems.push(problem),
    ...choices,
  });
};
const stream = (index = 0) => eventually('a connection', () => streams[index]);
const accessNow = async () => {
  const reading = await reader.read(acmeId);
  return reading.isKnown ? reading.answer.access : null;
};
/** Forbear has another answer from now on, which nobody is told. */
const change = (access: 'active' | 'suspended') => (forbear.state.answer = answerOf(access));
const isSeen = (access: string) =>
  eventually(`${access} is seen`, async () => (await accessNow()) === access, 2_000);

describe('who follows', () => {
  it('sees a change at once that he would otherwise have kept from himself', async () => {
    expect(await accessNow()).toBe('active');
    follow();
    const { say } = await stream();
    const event = JSON.stringify(changeTo(change('suspended'), new Date()));
    say(`event: access.changed\nid: v9\ndata: ${event.slice(0, 40)}`);
    say(`${event.slice(40)}\n\n`);
    await isSeen('suspended');
  });

  it('asks anew for everything after a reset, and after every break', async () => {
    await accessNow();
    follow();
    const first = await stream();
    change('suspended');
    first.say('event: alive\ndata: {}\n\n');
    expect(await accessNow()).toBe('active');
    first.say('event: reset\r\nretry: 2000\r\ndata: {}\r\n\r\n');
    await isSeen('suspended');
    change('active');
    first.end();
    await stream(1);
    expect(await accessNow()).toBe('active');
    expect(problems).toEqual([]);
  });

  it('follows those that are named, else all', async () => {
    follow({ accounts: ['ref:a b', 'cus_1'] });
    expect((await stream()).path).toBe(`${forbear.url}/v1/access/stream?account=ref%3Aa+b&account=cus_1`);
    following?.stop();
    follow();
    expect((await stream(1)).path).toBe(`${forbear.url}/v1/access/stream`);
  });

  it('is let go when he stops, and connects no more', async () => {
    follow();
    const { signal } = await stream();
    following?.stop();
    await eventually('the connection is given up', () => signal.aborted);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([streams.length, problems]).toEqual([1, []]);
  });
});

describe('a connection that fails', () => {
  it('is told with what Forbear says of it, and tried again after the time that it names', async () => {
    const problem = { type: 'urn:forbear:problem:unavailable', title: 'Not at the moment', detail: 'later' };
    const headers = { 'retry-after': '1' };
    refusals = [Response.json({ ...problem, status: 503 }, { status: 503, headers })];
    const startedAt = Date.now();
    follow();
    await stream();
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000);
    expect(problems).toMatchObject([{ code: 'unavailable', detail: 'later', retryAfterMs: 1_000 }]);
  });

  it.each([
    [401, 'a problem', 'unauthorized'],
    [403, 'a problem', 'forbidden'],
    [404, 'a problem', 'bad_answer'],
    [500, 'nothing', 'unavailable'],
    [200, 'nothing', 'bad_answer'],
  ])('with %i and %s is %s', async (status, what, code) => {
    const body = { type: 'urn:forbear:problem:some', title: 'Some', status, detail: 'look it up' };
    refusals = [new Response(what === 'nothing' ? null : JSON.stringify(body), { status })];
    follow();
    await stream();
    expect(problems).toMatchObject([{ code }]);
  });

  it('because it says nothing is given up, and said to be a proxy’s doing', async () => {
    follow({ silenceMs: 50 });
    const { signal } = await stream();
    await stream(1);
    expect(signal.aborted).toBe(true);
    expect(problems[0]).toMatchObject({ code: 'timeout' });
  });

  it('lives on while it says anything', async () => {
    follow({ silenceMs: 200 });
    const { say, signal } = await stream();
    for (let i = 0; i < 6; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      say('event: alive\ndata: {}\n\n');
    }
    expect(signal.aborted).toBe(false);
  });

  it('with an event that is not as agreed is told, and nothing of it is believed', async () => {
    expect(await accessNow()).toBe('active');
    follow();
    const { say } = await stream();
    say('event: access.changed\ndata: {"type":"access.changed"}\n\n');
    await stream(1);
    expect(problems).toMatchObject([{ code: 'bad_event' }]);
    expect(await accessNow()).toBe('active');
  });

  it('with an event without end is given up before it fills the memory', async () => {
    follow();
    const { say } = await stream();
    say(`data: ${'x'.repeat(70_000)}`);
    await stream(1);
    expect(problems).toMatchObject([{ code: 'unreachable' }]);
  });

  it('is not ended by whoever listens badly', async () => {
    refusals = [new Response(null, { status: 500 })];
    follow({
      onProblem: () => {
        throw new Error('listens badly');
      },
    });
    await stream();
  });
});
