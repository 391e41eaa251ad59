import { isGrpcServiceError, WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { AccountId } from '../domain/ids.js';
import {
  billingChanged,
  delinquentAccountType,
  paymentFailed,
  paymentSucceeded,
  workflowIdOf,
  workflowTaskQueue,
  type CaseStart,
  type EventHint,
} from '../../workflows/messages.js';
import type { News } from './classify.js';

/** How people call the account; it stands in what a payload codec covers, never in ids or search attributes. */
export type Named = { readonly ref: string; readonly name: string };

export type Signaller = {
  /**
   * Signals the account's workflow, and starts it when none runs. Returns when Temporal has it durably; else throws,
   * `SignallerUnreachable` when it is not about this account.
   */
  signal(
    account: AccountId,
    signal: News['signal'],
    hints: readonly EventHint[],
    named?: Named,
  ): Promise<void>;
};

/** Temporal doesn't answer: nobody can be told now. */
export class SignallerUnreachable extends Error {
  override readonly name = 'SignallerUnreachable';
}

const definitions = { paymentFailed, paymentSucceeded, billingChanged };

// Hints are for people who read a history; a flood of events must not make a signal that Temporal refuses.
const mostHints = 50;

// A healthy server takes milliseconds. The client's own retries went on for 20 s, an account, with the batch's rows locked.
const patienceMs = 5_000;

export function createSignaller(client: Client): Signaller {
  return {
    async signal(account, signal, hints, named) {
      const start: CaseStart = { account };
      const signalling = () =>
        client.workflow.signalWithStart(delinquentAccountType, {
          workflowId: workflowIdOf(account),
          taskQueue: workflowTaskQueue,
          args: [start],
          signal: definitions[signal],
          signalArgs: [hints.slice(0, mostHints)],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          memo: { account, ...named },
          staticSummary: named === undefined ? account : `${named.name} (${named.ref})`,
          staticDetails: [
            'More time: signal `extendGrace` with `{"days": 7, "reason": "…", "by": "your name"}`',
            '\u00a0',
          ].join('\n\n'),
        });
      await client.connection
        .withDeadline(Date.now() + patienceMs, () => againWhenBeaten(signalling))
        .catch(unreachable);
    },
  };
}

// Who loses the race to start gets in with the next call, for then the run is there; more only when runs end as fast.
const mostTries = 4;

/** Calls again when another caller has started the run between this call's look and its start. */
async function againWhenBeaten<T>(signalling: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await signalling();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === mostTries) throw error;
    }
  }
}

// gRPC's DEADLINE_EXCEEDED and UNAVAILABLE.
const silenceCodes: readonly number[] = [4, 14];

function unreachable(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined;
  const silent = [error, cause].filter(isGrpcServiceError).some(({ code }) => silenceCodes.includes(code));
  throw silent ? new SignallerUnreachable('Temporal does not answer', { cause: error }) : error;
}
