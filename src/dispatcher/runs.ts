import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { delinquentAccountType, workflowIdOf } from '../../workflows/messages.js';
import { asAccountId, type AccountId } from '../domain/ids.js';
import { SECOND_MS } from '../domain/time.js';
import { deepestReason, PortError } from '../ports/errors.js';
import type { Runs } from '../ports/runs.js';
import { createSignaller } from './signaller.js';

// A healthy server takes milliseconds; whoever can't be asked now is asked again by the next sweep.
const patienceMs = 5 * SECOND_MS;
const pageSize = 500;
const idPrefix = workflowIdOf(asAccountId(''));
const signals = { paid: 'paymentSucceeded', changed: 'billingChanged' } as const;

/** The accounts' runs at Temporal. */
export function createRuns(client: Client): Runs {
  const { connection } = client;
  const signaller = createSignaller(client);
  const soon = <T>(work: () => Promise<T>) => connection.withDeadline(Date.now() + patienceMs, work);
  return {
    async isRunning(account) {
      const handle = client.workflow.getHandle(workflowIdOf(account));
      try {
        const { status } = await soon(() => handle.describe());
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw unavailable(error);
      }
    },
    async wake({ id, ref, name }, tidings) {
      await signaller.signal(id, signals[tidings], [], { ref, name }).catch((error: unknown) => {
        throw unavailable(error);
      });
    },
    async *running(startedBefore) {
      const before = new Date(startedBefore).toISOString();
      const query = `WorkflowType = '${delinquentAccountType}' AND ExecutionStatus = 'Running' AND StartTime < '${before}'`;
      let batch: AccountId[] = [];
      try {
        for await (const { workflowId } of client.workflow.list({ query, pageSize })) {
          if (workflowId.startsWith(idPrefix)) batch.push(asAccountId(workflowId.slice(idPrefix.length)));
          if (batch.length < pageSize) continue;
          yield batch;
          batch = [];
        }
      } catch (error) {
        throw unavailable(error);
      }
      if (batch.length > 0) yield batch;
    },
  };
}

const unavailable = (cause: unknown) =>
  new PortError('RUNS_UNAVAILABLE', `Temporal does not answer (${deepestReason(cause)})`, { cause });
