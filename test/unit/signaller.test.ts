import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { createSignaller } from '../../src/dispatcher/signaller.js';
import { asAccountId } from '../../src/domain/ids.js';

const account = asAccountId('0a0b0c0d-0000-4000-8000-000000000001');

/** A client whose first `beaten` calls lose the race to start the run. */
function clientBeaten(beaten: number) {
  const calls: string[] = [];
  const client = {
    connection: { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call() },
    workflow: {
      signalWithStart(type: string, { workflowId }: { workflowId: string }): Promise<unknown> {
        calls.push(workflowId);
        if (calls.length > beaten) return Promise.resolve({});
        return Promise.reject(new WorkflowExecutionAlreadyStartedError('started', workflowId, type));
      },
    },
  };
  return { calls, signaller: createSignaller(client as unknown as Client) };
}

describe('the signaller', () => {
  it.each([0, 1, 3])(
    'EC-15 signals the run that another service has started %i times before',
    async (beaten) => {
      const { calls, signaller } = clientBeaten(beaten);
      await signaller.signal(account, 'paymentFailed', []);
      expect(calls).toEqual(Array.from({ length: beaten + 1 }, () => `account/${account}`));
    },
  );

  it('EC-15 fails after four lost races, as for any signal that Temporal did not take', async () => {
    const { calls, signaller } = clientBeaten(Infinity);
    await expect(signaller.signal(account, 'paymentFailed', [])).rejects.toThrow(
      WorkflowExecutionAlreadyStartedError,
    );
    expect(calls).toHaveLength(4);
  });
});
