import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { lastingFailures } from '../src/domain/effect.js';
import { PortError, type PortErrorCode } from '../src/ports/errors.js';
import type { Logger } from '../src/ports/logger.js';

type Activity = (...args: never[]) => Promise<unknown>;

/** What no retry of an act helps. What was fenced goes on under the same key, but not in the same try. */
export const finalForActs: readonly PortErrorCode[] = [...lastingFailures, 'FENCED'];

/** A read has nothing better to do than to wait: a key that Stripe refuses today is mended tomorrow, and the case lives on. */
export const finalForReads: readonly PortErrorCode[] = ['UNKNOWN_ACCOUNT'];

/**
 * Gives every failure of these activities its code as type: the workflow goes by it, and the SDK would name it after its
 * class. Only our own sentences get into Temporal's history: other errors' messages repeat parameters, mails, payloads.
 * A failure with one of the codes in `final` is not retried; said here, because a list in the workflow's options would stand
 * in the history of every activity.
 */
export function withFailureCodes<T extends Readonly<Record<string, Activity>>>(
  logger: Logger,
  final: readonly PortErrorCode[],
  activities: T,
): T {
  const named = Object.entries(activities).map(([name, activity]): [string, Activity] => [
    name,
    async (...args) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw failureOf(error, final, () =>
          logger.error({ error, activity: name }, 'an activity failed in an unforeseen way'),
        );
      }
    },
  ]);
  return Object.fromEntries(named) as T;
}

function failureOf(error: unknown, final: readonly PortErrorCode[], report: () => void): unknown {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof PortError)
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: final.includes(error.code),
    });
  if (error instanceof Error && error.name === 'AbortError') return error;
  report();
  if (!(error instanceof Error))
    return ApplicationFailure.create({ type: 'UNFORESEEN', message: typeof error });
  return ApplicationFailure.create({
    type: 'UNFORESEEN',
    message: `an unforeseen ${error.name}; the worker's log has more`,
  });
}
