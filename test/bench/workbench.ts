import { within } from '../../src/within.js';

export type Workbench = {
  /** Aborted on Ctrl-C, after the bench's limit, and when its work is over. */
  readonly halt: AbortSignal;
  /** One line for a person, on standard error. */
  say(line: string): void;
  /** Done when the bench is over, however it ends; what was registered last comes first. */
  atEnd(cleanup: () => unknown): void;
};

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Stopping a stack takes some seconds; what takes longer than this hangs, and its leashes end it with this process.
const cleanupLimitMs = 60_000;

/** Runs `work` and clears up after it whatever happens. Rejects when it fails, is stopped or takes longer than `limitMs`. */
export async function atWorkbench<T>(
  limitMs: number,
  say: (line: string) => void,
  work: (bench: Workbench) => Promise<T>,
): Promise<T> {
  const halt = new AbortController();
  const cleanups: (() => unknown)[] = [];
  const onSignal = (signal: string) => halt.abort(new Error(`stopped by ${signal}`));
  const limit = setTimeout(() => halt.abort(new Error(`not done within ${limitMs / 1_000} s`)), limitMs);
  endingSignals.forEach((signal) => process.on(signal, onSignal));
  try {
    const bench = { halt: halt.signal, say, atEnd: (cleanup: () => unknown) => void cleanups.push(cleanup) };
    return await Promise.race([work(bench), haltOf(halt.signal)]);
  } finally {
    clearTimeout(limit);
    halt.abort(new Error('the bench is over'));
    for (const cleanup of cleanups.toReversed())
      await within(cleanupLimitMs, Promise.resolve().then(cleanup)).catch((error: unknown) =>
        say(`while clearing up: ${String(error)}`),
      );
    endingSignals.forEach((signal) => process.off(signal, onSignal));
  }
}

function haltOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}
