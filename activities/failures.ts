import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { PortError } from '../src/ports/errors.js';
import type { Logger } from '../src/ports/logger.js';

type Activity = (...args: never[]) => Promise<unknown>;

/**
 * Gives every failure of these activities its code as type: the workflow goes by it, and the SDK would name it after its
 * class. Only our own sentences get into Temporal's history: other errors' messages repeat parameters, mails, payloads.
 */
export function withFailureCodes<T extends Readonly<Record<string, Activity>>>(
  logger: Logger,
  activities: T,
): T {
  const named = Object.entries(activities).map(([name, activity]): [string, Activity] => [
    name,
    async (...args) => {
      try {
        return await activity(...args);
      } catch (error) {
        throw failureOf(error, () =>
          logger.error({ error, activity: name }, 'an activity failed in an unforeseen way'),
        );
      }
    },
  ]);
  return Object.fromEntries(named) as T;
}

function failureOf(error: unknown, report: () => void): unknown {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof PortError)
    return ApplicationFailure.create({ type: error.code, message: error.message });
  if (error instanceof Error && error.name === 'AbortError') return error;
  report();
  if (!(error instanceof Error))
    return ApplicationFailure.create({ type: 'UNFORESEEN', message: typeof error });
  return ApplicationFailure.create({
    type: 'UNFORESEEN',
    message: `an unforeseen ${error.name}; the worker's log has more`,
  });
}
