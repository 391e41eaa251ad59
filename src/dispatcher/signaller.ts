import { isGrpcServiceError, type Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { AccountId } from '../domain/ids.js';
import {
  billingChanged,
  delinquentAccountType,
  paymentFailed,
  paymentSucceeded,
  type EventHint,
} from '../../workflows/messages.js';
import type { News } from './classify.js';
import { againWhenBeaten, startOf, type Named } from './start.js';

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

/** Temporal doesn't answer, or takes nothing from us: nobody can be told now. */
export class SignallerUnreachable extends Error {
  override readonly name = 'SignallerUnreachable';
}

const definitions = { paymentFailed, paymentSucceeded, billingChanged };

// Hints are for people who read a history; a flood of events must not make a signal that Temporal refuses.
const mostHints = 50;

// A healthy server takes milliseconds. The client's own retries went on for 20 s, an account, with the batch's rows locked.
export const patienceMs = 5_000;

export function createSignaller(client: Client): Signaller {
  return {
    async signal(account, signal, hints, named) {
      const signalling = () =>
        client.workflow.signalWithStart(delinquentAccountType, {
          ...startOf(account, named),
          signal: definitions[signal],
          signalArgs: [hints.slice(0, mostHints)],
        });
      await client.connection
        .withDeadline(Date.now() + patienceMs, () => againWhenBeaten(signalling))
        .catch(unreachable);
    },
  };
}

// gRPC's INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION and OUT_OF_RANGE are said of one signal. Everything else is said
// of the server or of us: it is away, overloaded or broken, or doesn't let us in.
const codesAboutOne: readonly number[] = [3, 6, 9, 11];

function unreachable(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined;
  const [refusal] = [error, cause].filter(isGrpcServiceError);
  if (refusal !== undefined && !codesAboutOne.includes(refusal.code)) throw silence(refusal.details, error);
  if (error instanceof NamespaceNotFoundError) throw silence(error.message, error);
  throw error;
}

const silence = (why: string, cause: unknown) =>
  new SignallerUnreachable(`Temporal does not answer (${why})`, { cause });
