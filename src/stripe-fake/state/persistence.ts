import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Snapshot } from './store.js';

/** Keeps the state in one JSON file, replaced atomically, so that a kill leaves either the old or the new state. */
export interface Persistence {
  load(): Promise<Snapshot | undefined>;
  /**
   * Called after each change. While the state is small it resolves when the change is on disk; when a write has become
   * dear it resolves at once, and the write follows within moments.
   */
  save(): Promise<void>;
  /** Resolves when everything that is true now is on disk. */
  flush(): Promise<void>;
}

// A write that takes longer isn't waited for by the request that caused it.
const CHEAP_MS = 20;
// Writing rests so many times as long as the last write took: a fifth of the time goes into it at most.
const REST = 4;

/** Without a file nothing is kept. */
export function createPersistence(file: string | undefined, take: () => Snapshot): Persistence {
  const nothing = () => Promise.resolve();
  if (file === undefined) return { load: () => Promise.resolve(undefined), save: nothing, flush: nothing };
  let costMs = 0;
  let queued: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const started = performance.now();
    const temporary = `${file}.new`;
    await writeFile(temporary, JSON.stringify(take()));
    await rename(temporary, file);
    costMs = performance.now() - started;
  };
  // One write at a time; whatever comes while it runs is in the one after it.
  const enqueue = (restMs: number): Promise<void> => {
    queued ??= last
      .catch(() => undefined)
      .then(() => (restMs > 0 ? wait(restMs) : undefined))
      .then(() => {
        queued = undefined;
        last = write();
        return last;
      });
    return queued;
  };

  return {
    load: async () => {
      await mkdir(dirname(file), { recursive: true });
      try {
        return JSON.parse(await readFile(file, 'utf8')) as Snapshot;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new Error(`the Stripe fake cannot read its state file ${file}`, { cause: error });
      }
    },
    save: () => {
      if (costMs <= CHEAP_MS) return enqueue(0);
      void enqueue(costMs * REST);
      return Promise.resolve();
    },
    flush: () => enqueue(0),
  };
}
