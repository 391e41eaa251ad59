import { ServiceError, WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createSignaller, SignallerUnreachable } from '../../src/dispatcher/signaller.js';
import { asAccountId } from '../../src/domain/ids.js';

const account = asAccountId('0a0b0c0d-0000-4000-8000-000000000001');

function signallerThat(signalWithStart: (type: string, start: { workflowId: string }) => Promise<unknown>) {
  const connection = { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call() };
  return createSignaller({ connection, workflow: { signalWithStart } } as unknown as Client);
}

/** One whose first `beaten` calls lose the race to start the run. */
function signallerBeaten(beaten: number) {
  const calls: string[] = [];
  const signaller = signallerThat((type, { workflowId }) => {
    calls.push(workflowId);
    if (calls.length > beaten) return Promise.resolve({});
    return Promise.reject(new WorkflowExecutionAlreadyStartedError('started', workflowId, type));
  });
  return { calls, signaller };
}

describe('the signaller', () => {
  it.each([0, 1, 3])(
    'EC-15 signals the run that another service has started %i times before',
    async (beaten) => {
      const { calls, signaller } = signallerBeaten(beaten);
      await signaller.signal(account, 'paymentFailed', []);
      expect(calls).toEqual(Array.from({ length: beaten + 1 }, () => `account/${account}`));
    },
  );

  it('EC-15 fails after four lost races, as for any signal that Temporal did not take', async () => {
    const { calls, signaller } = signallerBeaten(Infinity);
    await expect(signaller.signal(account, 'paymentFailed', [])).rejects.toThrow(
      WorkflowExecutionAlreadyStartedError,
    );
    expect(calls).toHaveLength(4);
  });

  it.each([
    ['CANCELLED', 1, 'all'],
    ['UNKNOWN', 2, 'all'],
    ['INVALID_ARGUMENT', 3, 'one'],
    ['DEADLINE_EXCEEDED', 4, 'all'],
    ['PERMISSION_DENIED', 7, 'all'],
    ['RESOURCE_EXHAUSTED', 8, 'all'],
    ['FAILED_PRECONDITION', 9, 'one'],
    ['INTERNAL', 13, 'all'],
    ['UNAVAILABLE', 14, 'all'],
    ['UNAUTHENTICATED', 16, 'all'],
  ])('EC-13 takes %s for a failure of the server or of this account alone', async (name, code, about) => {
    const refusal = Object.assign(new Error(name), { code, details: name, metadata: {} });
    const error = new ServiceError('Failed to signalWithStart Workflow', { cause: refusal });
    const signalled = signallerThat(() => Promise.reject(error)).signal(account, 'paymentFailed', []);
    if (about === 'one') await expect(signalled).rejects.toBe(error);
    else await expect(signalled).rejects.toThrow(`Temporal does not answer (${name})`);
  });

  it('EC-13 takes a namespace that is not there for an outage: nobody can be told', async () => {
    const gone = new NamespaceNotFoundError('forbear');
    const signalled = signallerThat(() => Promise.reject(gone)).signal(account, 'paymentFailed', []);
    await expect(signalled).rejects.toThrow(SignallerUnreachable);
  });
});
