import { CancellationScope, condition } from '@temporalio/workflow';

/** Runs something that is cancelled once `isStopped`, or after `longestMs`, and waits until it has really stopped. */
export async function unless<T>(
  isStopped: () => boolean,
  work: () => Promise<T>,
  longestMs = Infinity,
): Promise<T> {
  const working = new CancellationScope();
  const watching = new CancellationScope();
  const watch = watching.run<unknown>(() =>
    longestMs === Infinity ? condition(isStopped) : condition(isStopped, longestMs),
  );
  watch.then(
    () => working.cancel(),
    () => undefined, // The watch itself is only ever ended by the line below, when the work is over.
  );
  try {
    return await working.run(work);
  } finally {
    watching.cancel();
  }
}
