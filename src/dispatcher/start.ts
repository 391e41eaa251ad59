import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { AccountId } from '../domain/ids.js';
import { workflowIdOf, workflowTaskQueue, type CaseStart } from '../../workflows/messages.js';

/** How people call the account; it stands in what a payload codec covers, never in ids or search attributes. */
export type Named = { readonly ref: string; readonly name: string };

/** How the run of an account is started by whoever finds none, and what the Web UI shows of it from the start on. */
export function startOf(account: AccountId, named?: Named) {
  const start: CaseStart = { account };
  return {
    workflowId: workflowIdOf(account),
    taskQueue: workflowTaskQueue,
    args: [start] as [CaseStart],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: named === undefined ? {} : { ref: named.ref },
    staticSummary: named === undefined ? account : `${named.name} (${named.ref})`,
  } as const;
}

// Who loses the race to start gets in with the next call, for then the run is there; more only when runs end as fast.
const mostTries = 4;

/** Calls again when another caller has started the run between this call's look and its start. */
export async function againWhenBeaten<T>(starting: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await starting();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === mostTries) throw error;
    }
  }
}
