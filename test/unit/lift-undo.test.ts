import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { atPace } from '../../src/cli/lift/pace.js';
import { orderIdOf, undoAll, type Means, type Undo } from '../../src/cli/lift/undo.js';
import type { Result } from '../../src/cli/lift/verdict.js';
import type { BackState, TakenFrom } from '../../src/db/queries/takings.js';
import type { OrderResult } from '../../src/dispatcher/orders.js';
import { asAccountId } from '../../src/domain/ids.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const account: TakenFrom = { id: asAccountId('a-1'), ref: 'acme', name: 'Acme', takings: [] };
const undo: Undo = { run: 'run-1', by: 'sam', reason: 'a bug', perSecond: 5, atOnce: 10, waitMs: 60_000 };
const owed = [{ currency: 'usd', amountMinor: 4_900 }];
const newest = { closedAt: null, owed, hold: null, remarks: [], ended: false };
const paused: BackState = {
  restrictions: [
    { reason: 'nonpayment', access: 'suspended', owner: 'forbear', since: 0, evidence: 'unpaid' },
  ],
  off: [{ kind: 'service', resource: 'web' }],
  lift: null,
  newest,
};
const back: BackState = { restrictions: [], off: [], lift: { outcome: { status: 'done', at: 1 } }, newest };
const taken: OrderResult = {
  status: 'taken',
  answer: { stage: 'reminded', nextStep: null, nextAt: null },
};

/** Undoes one account whose case answers so, and which is seen so, one after the other; the last goes on for ever. */
async function undoneWith(answers: readonly OrderResult[], states: readonly BackState[], answerMs = 0) {
  const [left, seen] = [[...answers], [...states]];
  const sent: string[] = [];
  const results: Result[] = [];
  const means: Means = {
    send: async (_, { id, input }) => {
      sent.push(`${id} ${input.restriction} ${input.by}: ${input.reason}`);
      if (answerMs > 0) await new Promise((resolve) => setTimeout(resolve, answerMs));
      const answer = left.length > 1 ? left.shift() : left[0];
      if (answer === undefined) throw new Error('Temporal does not answer');
      return answer;
    },
    look: () => Promise.resolve((seen.length > 1 ? seen.shift() : seen[0]) ?? paused),
  };
  await Promise.all([
    undoAll([account], undo, means, (_, result) => void results.push(result)),
    vi.advanceTimersByTimeAsync(120_000),
  ]);
  return { sent, result: results[0] };
}

describe('P-6 giving back to one of many', () => {
  it('orders it once under an id of run and account, and waits until it serves again', async () => {
    const { sent, result } = await undoneWith(
      [taken],
      [paused, paused, { ...paused, restrictions: [] }, back],
    );
    expect(result).toEqual({ status: 'lifted', detail: '' });
    expect(sent).toEqual(['bulk-undo/run-1/a-1 nonpayment sam: a bug']);
  });

  it('orders nothing where it is back already', async () => {
    expect(await undoneWith([taken], [back])).toEqual({
      sent: [],
      result: { status: 'already', detail: '' },
    });
  });

  it('tells it as paid when a payment was quicker than the order', async () => {
    const refused = { status: 'refused', why: 'nothing is taken away for non-payment' } as const;
    const paid = { ...back, newest: { ...newest, owed: [] } };
    expect((await undoneWith([refused], [paused, paid])).result).toEqual({ status: 'paid', detail: '' });
    expect((await undoneWith([{ status: 'no_case' }], [paused, paid])).result?.status).toBe('paid');
  });

  it('says why a case does not take the order, and what to do', async () => {
    const why = 'the policy pauses at once: exempt the account, or agree on instalments, and then lift';
    const { result } = await undoneWith([{ status: 'refused', why }], [paused]);
    expect(result).toEqual({ status: 'refused', detail: why });
  });

  it('sends the same order again while nobody answers', async () => {
    const { sent, result } = await undoneWith([{ status: 'no_answer' }, taken], [paused, back]);
    expect(new Set(sent).size).toBe(1);
    expect([sent.length, result?.status]).toEqual([2, 'lifted']);
  });

  it('waits for a bounded time, and says that it goes on', async () => {
    expect((await undoneWith([taken], [paused])).result?.status).toBe('running');
  });

  it('says of a case that never answers that nobody knows whether it has the order', async () => {
    const { sent, result } = await undoneWith([{ status: 'no_answer' }], [paused], 15_000);
    expect(result).toMatchObject({
      status: 'running',
      detail: expect.stringMatching(/^no answer: /) as string,
    });
    // Each try waits for its answer, and the last begins in time.
    expect([sent.length, new Set(sent).size]).toEqual([4, 1]);
  });

  it('goes on with the others when one can’t be asked', async () => {
    const { result } = await undoneWith([], [paused]);
    expect(result).toEqual({ status: 'failed', detail: 'Temporal does not answer' });
  });

  it('knows every order by its run and its account', () => {
    expect(orderIdOf('r', { id: asAccountId('a') })).toBe('bulk-undo/r/a');
  });
});

describe('the pace', () => {
  it('begins so many in a second, and never more at once than allowed', async () => {
    const begun: number[] = [];
    let [underWay, most] = [0, 0];
    const start = Date.now();
    const work = async () => {
      begun.push(Date.now() - start);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      underWay -= 1;
    };
    const all = atPace([1, 2, 3, 4, 5, 6], { perSecond: 5, atOnce: 3 }, work);
    await vi.advanceTimersByTimeAsync(10_000);
    await all;
    expect(begun).toEqual([0, 200, 400, 1_000, 1_200, 1_400]);
    expect(most).toBe(3);
  });
});
