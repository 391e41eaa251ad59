import { orUnavailable, UnavailableError } from '../unavailable.js';

/** What stands in one's place where it alone could not be made. */
export class Failed {
  constructor(readonly error: unknown) {}
}

type Wish<V> = {
  readonly name: string;
  readonly resolve: (value: V | undefined) => void;
  readonly reject: (error: unknown) => void;
};

// One query for as many as a busy moment brings; more of them waiting than this are refused, not kept.
const largestBatch = 500;
const mostWaiting = 10_000;

/**
 * Reads many at once: what is asked for while a read is on its way goes together with the next one, so that each answer
 * is of a read which began after it was asked for. Rejects with `UnavailableError`,
 * or with what went wrong with this one alone.
 */
export function createBatches<V>(
  read: (names: readonly string[]) => Promise<ReadonlyMap<string, V | Failed>>,
): (name: string) => Promise<V | undefined> {
  const wishes: Wish<V>[] = [];
  let isReading = false;

  async function readAll(): Promise<void> {
    isReading = true;
    // Whoever asks in the same moment comes along with the first.
    await new Promise((resolve) => setImmediate(resolve));
    while (wishes.length > 0) {
      const some = wishes.splice(0, largestBatch);
      try {
        const found = await orUnavailable(read([...new Set(some.map(({ name }) => name))]));
        for (const { name, resolve, reject } of some) {
          const one = found.get(name);
          if (one instanceof Failed) reject(one.error);
          else resolve(one);
        }
      } catch (error) {
        some.forEach(({ reject }) => reject(error));
      }
    }
    isReading = false;
  }

  return (name) =>
    new Promise((resolve, reject) => {
      if (wishes.length >= mostWaiting) {
        reject(new UnavailableError('too many wait for the database'));
        return;
      }
      wishes.push({ name, resolve, reject });
      if (!isReading) void readAll();
    });
}
