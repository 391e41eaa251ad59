import { beforeEach, describe, expect, it } from 'vitest';
import type { ForbearError } from '../../../src/app/errors.js';
import { createAccessReader, type AccessReader } from '../../../src/app/reader.js';
import type { Reading } from '../../../src/app/reading.js';
import { acmeId, answerOf, createStandIn, type StandIn } from '../../support/app-standin.js';

let forbear: StandIn;
let clock: number;
let problems: ForbearError[];
let reader: AccessReader;

type Choices = Partial<Parameters<typeof createAccessReader>[0]>;
const readerWith = (choices: Choices = {}) =>
  createAccessReader({
    url: forbear.url,
    key: forbear.key,
    fetch: forbear.fetch,
    timeoutMs: 50,
    whenUnknown: 'closed',
    onProblem: (error) => problems.push(error),
    now: () => clock,
    ...choices,
  });

beforeEach(() => {
  forbear = createStandIn();
  clock = Date.parse('2026-11-24T09:00:00Z');
  problems = [];
  reader = readerWith();
});

const accessOf = (reading: Reading) => (reading.isKnown ? reading.answer.access : `unknown:${reading.then}`);
const read = async (account = acmeId) => accessOf(await reader.read(account));
const down = () => new Response('down', { status: 503 });
/** Look-ups that nobody waits for have landed. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('the access reader', () => {
  it('asks once while an answer is fresh, and again after it', async () => {
    for (let i = 0; i < 5; i += 1) expect(await read()).toBe('active');
    expect(forbear.state.asked).toHaveLength(1);
    clock += 1_000;
    expect(await read()).toBe('active');
    expect([forbear.state.asked.length, forbear.state.unchanged]).toEqual([2, 1]);
  });

  it('TT-5 gives a payer everything back within the age of an answer', async () => {
    forbear.state.answer = answerOf('suspended');
    expect(await read()).toBe('suspended');
    forbear.state.answer = answerOf('active');
    clock += 999;
    expect(await read()).toBe('suspended');
    clock += 1;
    expect(await read()).toBe('active');
  });

  it('asks once for all who ask at a time', async () => {
    const readings = await Promise.all(Array.from({ length: 50 }, () => read()));
    expect(new Set(readings)).toEqual(new Set(['active']));
    expect(forbear.state.asked).toHaveLength(1);
  });

  it('forgets the account that was not asked for longest when it has too many', async () => {
    reader = readerWith({ maxAccounts: 2, maxAgeMs: 60_000 });
    for (const name of [acmeId, 'ref:acme', acmeId, 'cus_acme']) await read(name);
    forbear.state.asked.length = 0;
    for (const name of [acmeId, 'cus_acme']) await read(name);
    expect(forbear.state.asked).toEqual([]);
    await read('ref:acme');
    expect(forbear.state.asked).toHaveLength(1);
  });

  it.each([
    ['is down', () => down(), 'unavailable'],
    ['hangs', () => 'hang' as const, 'timeout'],
    ['answers nonsense', () => Response.json({ access: 'active' }), 'bad_answer'],
  ])('goes on with what it knew while Forbear %s, for so long and no longer', async (_, fault, code) => {
    forbear.state.answer = answerOf('read_only');
    await read();
    forbear.state.fault = fault();
    clock += 200_000;
    expect(await reader.read(acmeId)).toMatchObject({ isKnown: true, isStale: true });
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    clock += 99_999;
    expect(await read()).toBe('read_only');
    clock += 1;
    expect(await read()).toBe('unknown:closed');
  });

  const limited = (headers: Record<string, string>) => {
    const problem = {
      type: 'urn:forbear:problem:too-many-requests',
      title: 'Too many',
      status: 429,
      detail: 'wait',
    };
    return Response.json(problem, { status: 429, headers });
  };
  it.each([
    ['42', 42_000],
    ['86400', 60_000],
    ['0', 1_000],
    ['Tue, 24 Nov 2026 09:05:00 GMT', 1_000],
  ])(
    'leaves a Forbear alone that has a limit, for as long as is said and a minute at most: %s',
    async (after, ms) => {
      await read();
      forbear.state.fault = limited({ 'retry-after': after });
      clock += 1_000;
      expect(await read()).toBe('active');
      clock += ms - 1;
      expect(await read()).toBe('active');
      expect(forbear.state.asked).toHaveLength(2);
      clock += 1;
      await read();
      expect(forbear.state.asked).toHaveLength(3);
      expect(problems[0]).toMatchObject({ code: 'rate_limited' });
    },
  );

  it('asks again at once, limit or not, when it was told of a change', async () => {
    await read();
    forbear.state.fault = limited({ 'retry-after': '42' });
    clock += 1_000;
    await read();
    reader.accept(answerOf('suspended'), clock);
    expect(await read()).toBe('suspended');
    expect(forbear.state.asked).toHaveLength(3);
  });

  it.each(['open', 'closed'] as const)('follows the choice when it never knew: %s', async (whenUnknown) => {
    reader = readerWith({ whenUnknown });
    forbear.state.fault = down();
    expect(await reader.read(acmeId)).toMatchObject({ isKnown: false, then: whenUnknown });
  });

  it('has no choice of its own', () => {
    for (const whenUnknown of [undefined, 'maybe'])
      expect(() => readerWith({ whenUnknown } as Choices)).toThrow(/whenUnknown is to be 'open'.*'closed'/);
    expect(() => readerWith({ maxAccounts: 0 })).toThrow(/maxAccounts is 0: give a number of at least 1/);
    expect(() => readerWith({ staleMs: Number.NaN })).toThrow(TypeError);
  });

  it('makes nobody wait again and again for a Forbear that hangs, and is back when it is', async () => {
    await read();
    forbear.state.fault = 'hang';
    clock += 1_000;
    await read();
    clock += 1_000;
    const since = performance.now();
    for (let i = 0; i < 20; i += 1) expect(await read()).toBe('active');
    expect(performance.now() - since).toBeLessThan(500);
    forbear.state.fault = null;
    forbear.state.answer = answerOf('suspended');
    await new Promise((resolve) => setTimeout(resolve, 80));
    clock += 1_000;
    await read();
    await settled();
    expect(await read()).toBe('suspended');
    expect(await reader.read(acmeId)).toMatchObject({ isStale: false });
  });

  it('asks a Forbear that is down at most once a second for an account', async () => {
    forbear.state.fault = down();
    reader = readerWith({ maxAgeMs: 0 });
    for (let i = 0; i < 30; i += 1) {
      await read();
      await settled();
      clock += 100;
    }
    expect(forbear.state.asked).toHaveLength(3);
    expect(problems).toHaveLength(3);
  });

  it('tells once of an account that Forbear does not know, and knows it when it does', async () => {
    reader = readerWith({ whenNotFound: 'open' });
    for (let i = 0; i < 5; i += 1) {
      expect(await read('ref:new')).toBe('unknown:open');
      clock += 1_000;
    }
    expect(problems.map((problem) => problem.code)).toEqual(['not_found']);
    forbear.state.answer = answerOf('active', [], { account: { id: acmeId, ref: 'new' } });
    expect(await read('ref:new')).toBe('active');
  });

  it('holds nothing older against the word that an account is gone', async () => {
    await read('ref:acme');
    forbear.state.answer = answerOf('active', [], { account: { id: acmeId, ref: 'renamed' } });
    clock += 1_000;
    expect(await read('ref:acme')).toBe('unknown:closed');
  });

  it('does not fall when whoever is told of problems does', async () => {
    reader = readerWith({
      onProblem: () => {
        throw new Error('the log is full');
      },
    });
    forbear.state.fault = down();
    expect(await read()).toBe('unknown:closed');
  });

  it('asks again when the clock was set back', async () => {
    await read();
    clock -= 3_600_000;
    await read();
    expect(forbear.state.asked).toHaveLength(2);
  });
});

describe('a pushed change', () => {
  it.each([acmeId, 'ref:acme', 'cus_acme'])('is seen by the next read, asked as %s', async (name) => {
    expect(await read(name)).toBe('active');
    forbear.state.answer = answerOf('suspended');
    reader.accept(forbear.state.answer, clock + 1);
    expect(await read(name)).toBe('suspended');
  });

  it('stands while Forbear does not answer', async () => {
    await read('cus_acme');
    clock += 500;
    reader.accept(answerOf('suspended'), clock);
    forbear.state.fault = down();
    expect(await read('cus_acme')).toBe('suspended');
  });

  it('that came late does not bring back what was before', async () => {
    const before = answerOf('suspended');
    const pushedAt = clock - 5_000;
    await read();
    reader.accept(before, pushedAt);
    forbear.state.fault = down();
    expect(await read()).toBe('active');
  });

  it('is not undone by a look-up that was under way', async () => {
    let landLate: (response: Response) => void = () => undefined;
    const late = new Promise<Response>((resolve) => (landLate = resolve));
    let asked = 0;
    reader = readerWith({
      fetch: (url, init) => ((asked += 1) === 1 ? late : forbear.fetch(url, init)),
    });
    const before = answerOf('suspended');
    const first = reader.read(acmeId);
    forbear.state.answer = answerOf('active');
    reader.accept(forbear.state.answer, clock);
    landLate(Response.json(before));
    expect(accessOf(await first)).toBe('suspended');
    expect(await read()).toBe('active');
  });

  it('of an account that nobody asked for is not kept', async () => {
    reader.accept(answerOf('suspended'), clock);
    expect(await read()).toBe('active');
    expect(forbear.state.asked).toHaveLength(1);
  });

  it('can also just be forgotten, by any name', async () => {
    for (const dropped of [acmeId, 'cus_acme']) {
      await read('cus_acme');
      await read('ref:acme');
      forbear.state.asked.length = 0;
      reader.drop(dropped);
      await read('cus_acme');
      await read('ref:acme');
      expect(forbear.state.asked).toHaveLength(2);
    }
  });
});
