import { Context } from '@temporalio/activity';

// Cancellation reaches an activity only in the answer to a heartbeat, and the SDK sends at most every 0.8 timeouts.
const heartbeatEveryMs = 500;

/** Runs `work` with a heartbeat, so that a payment cancels it within seconds, and ends with its cancellation. */
export async function beating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), heartbeatEveryMs);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
}

/** All of these have a heartbeat, so that the death of the worker they run in is noticed within seconds. */
export function withHeartbeat<T extends Readonly<Record<string, (...args: never[]) => Promise<unknown>>>>(
  activities: T,
): T {
  const named = Object.entries(activities).map(([name, activity]) => [
    name,
    (...args: never[]) => beating(() => activity(...args)),
  ]);
  return Object.fromEntries(named) as T;
}

/** A check of the fence that a cancellation stops, too. */
export function stoppable(signal: AbortSignal, check: () => Promise<void>): () => Promise<void> {
  return async () => {
    signal.throwIfAborted();
    await check();
  };
}
