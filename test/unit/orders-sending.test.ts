import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOrders, type Order, type OrderResult } from '../../src/dispatcher/orders.js';
import { asAccountId } from '../../src/domain/ids.js';

const to = { id: asAccountId('0a0b0c0d-0000-4000-8000-000000000001'), ref: 'acme', name: 'Acme' };
const signed = { reason: 'because', by: 'Sam' };
const id = 'order-1';
const exempt: Order = { kind: 'exempt', id, input: { ...signed, until: '2027-01-01T00:00:00Z' } };
const extend: Order = { kind: 'extendGrace', id, input: { ...signed, days: 1 } };
const answer = { stage: 'watching', nextStep: null, nextAt: null } as const;

type Call = { readonly how: 'update' | 'start'; readonly name: string; readonly updateId: string };

/** A client that meets these errors first, and then an answer. */
function ordersMeeting(...errors: Error[]) {
  const calls: Call[] = [];
  const next = (call: Call) => {
    calls.push(call);
    const error = errors.shift();
    return error === undefined ? Promise.resolve(answer) : Promise.reject(error);
  };
  const client = {
    connection: { withDeadline: (_: number, call: () => Promise<unknown>) => call() },
    workflow: {
      getHandle: () => ({
        executeUpdate: (name: string, { updateId }: { updateId: string }) =>
          next({ how: 'update', name, updateId }),
      }),
      executeUpdateWithStart: (name: string, { updateId }: { updateId: string }) =>
        next({ how: 'start', name, updateId }),
    },
  };
  const orders = createOrders(client as unknown as Client);
  const send = async (order: Order, how?: { readonly starts: boolean }): Promise<OrderResult> => {
    const [result] = await Promise.all([orders.send(to, order, how), vi.runAllTimersAsync()]);
    return result;
  };
  return { calls, send };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gone = () => new WorkflowNotFoundError('gone', `account/${to.id}`, undefined);
const failed = (why: string, type?: string) =>
  new WorkflowUpdateFailedError('failed', ApplicationFailure.create({ message: why, ...(type && { type }) }));

describe('a person’s order', () => {
  it('goes to the case under its own id, so that a repeated one is one', async () => {
    const { calls, send } = ordersMeeting();
    expect(await send(extend)).toEqual({ status: 'taken', answer });
    expect(calls).toEqual([{ how: 'update', name: 'extendGrace', updateId: id }]);
  });

  const starting: Order[] = [
    exempt,
    { kind: 'restrict', id, input: { ...signed, access: 'suspended' } },
    { kind: 'recheck', id, input: signed },
    { kind: 'lift', id, input: { ...signed, restriction: 'manual' } },
  ];
  const others: Order[] = [
    extend,
    { kind: 'approve', id, input: { ...signed, plan: 'deadbeef' } },
    { kind: 'reject', id, input: { ...signed, plan: 'deadbeef' } },
    { kind: 'promise', id, input: { ...signed, instalments: [] } },
    { kind: 'lift', id, input: { ...signed, restriction: 'nonpayment' } },
  ];
  it.each(starting)(
    'starts a case where none runs and it makes sense: $kind $input.restriction',
    async (order) => {
      const { calls, send } = ordersMeeting();
      await send(order);
      expect(calls.map(({ how }) => how)).toEqual(['start']);
    },
  );
  it.each(others)('starts a case for whoever knows that one is open without a run: $kind', async (order) => {
    const { calls, send } = ordersMeeting();
    await send(order, { starts: true });
    expect(calls.map(({ how }) => how)).toEqual(['start']);
  });
  it.each(others)('says that there is no open case: $kind $input.restriction', async (order) => {
    const { calls, send } = ordersMeeting(gone());
    expect(await send(order)).toEqual({ status: 'no_case' });
    expect(calls.map(({ how }) => how)).toEqual(['update']);
  });

  it.each([
    ['is gone', gone()],
    ['has closed', failed('the case is closed')],
    ['closes under it', failed('the case has closed: look at it again')],
    ['ended with it inside', failed('ended', 'AcceptedUpdateCompletedWorkflow')],
    ['ends before it has seen it', Object.assign(new Error('aborted by closing workflow'), { code: 5 })],
    ['aborts it', Object.assign(new Error('aborted'), { code: 10 })],
  ])('is sent anew, as the same order, when the case %s', async (_, error) => {
    const { calls, send } = ordersMeeting(error, error);
    expect(await send(exempt)).toEqual({ status: 'taken', answer });
    expect(calls.map(({ updateId }) => updateId)).toEqual([id, id, id]);
  });

  it('gives up after five tries', async () => {
    const { calls, send } = ordersMeeting(...Array.from({ length: 9 }, gone));
    expect(await send(exempt)).toEqual({ status: 'no_case' });
    expect(calls).toHaveLength(5);
  });

  it('comes back with the case’s own words when it is refused, and is not sent anew', async () => {
    const { calls, send } = ordersMeeting(failed('reason is missing: say why'));
    expect(await send(exempt)).toEqual({ status: 'refused', why: 'reason is missing: say why' });
    expect(calls).toHaveLength(1);
  });

  it('is never called refused when nobody answered, nor anything at all when Temporal is away', async () => {
    const silent = ordersMeeting(new WorkflowUpdateRPCTimeoutOrCancelledError('late'));
    expect(await silent.send(exempt)).toEqual({ status: 'no_answer' });
    const away = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: '', metadata: {} });
    const { send } = ordersMeeting(away);
    await expect(send(exempt)).rejects.toThrow('14 UNAVAILABLE');
  });
});
