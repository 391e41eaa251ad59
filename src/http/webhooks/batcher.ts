import { within } from '../../within.js';

export type BatcherOptions<T, R> = {
  /** Writes items in one commit; one result each, in their order. Once nobody waits for it any more it is told so. */
  readonly write: (items: readonly T[], abandoned: AbortSignal) => Promise<readonly R[]>;
  /** Whether a failure is about what an item holds, so that the others of its batch may well succeed without it. */
  readonly isAboutItem: (error: unknown) => boolean;
  /** How many go into one commit at most. */
  readonly most: number;
  /** With so many waiting, nobody more is taken in. */
  readonly mostWaiting: number;
  /** A write that takes longer has failed for those who wait for it, and the next one begins. */
  readonly patienceMs: number;
};

/** There is no place for one more. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export type Batcher<T, R> = {
  /** Resolves when the item is written; rejects with `BusyError`, or with why it could not be. */
  add(item: T): Promise<R>;
  /** How many items wait or are being written now. */
  load(): number;
};

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Writes what comes in together: one batch at a time, the next as soon as the last one is done. Under little load an item
 * goes alone and at once; under much, one commit carries hundreds.
 */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { isAboutItem, most, mostWaiting, patienceMs } = options;
  let waiting: Waiting<T, R>[] = [];
  let isRunning = false;
  let writing = 0;

  async function writeBatch(batch: readonly Waiting<T, R>[]): Promise<void> {
    const abandoned = new AbortController();
    try {
      const write = options.write(
        batch.map(({ item }) => item),
        abandoned.signal,
      );
      const results = await within(patienceMs, write);
      batch.forEach(({ resolve, reject }, n) => {
        const result = results[n];
        if (result === undefined) reject(new Error('a write had fewer results than items'));
        else resolve(result);
      });
    } catch (error) {
      abandoned.abort();
      if (batch.length === 1 || !isAboutItem(error)) batch.forEach(({ reject }) => reject(error));
      else for (const one of batch) await writeBatch([one]);
    }
  }

  async function run(): Promise<void> {
    isRunning = true;
    // What else came with the same read of the sockets goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      writing = batch.length;
      await writeBatch(batch);
      writing = 0;
    }
    isRunning = false;
  }

  return {
    load: () => waiting.length + writing,
    add(item) {
      if (waiting.length >= mostWaiting) return Promise.reject(new BusyError('too many wait to be written'));
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (!isRunning) void run();
      });
    },
  };
}
