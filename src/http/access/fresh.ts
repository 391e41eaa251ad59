import { createBatches, Failed } from './batches.js';
import type { Feed } from './feed.js';
import { createKept, type Keepable } from './kept.js';

/** What was told while a read was on its way: it may have been too early for that. */
type Told = { missed: boolean; readonly owners: Set<string> };

// What changes faster than this during one read is a bulk change; nothing of the read is kept then.
const mostTold = 10_000;

export type FreshDeps<V extends Keepable> = {
  readonly read: (names: readonly string[]) => Promise<ReadonlyMap<string, V | Failed>>;
  readonly feed: Feed;
  /** How many owners' values are kept. */
  readonly limit: number;
  readonly nowMs: () => number;
};

/**
 * Reads through a cache that is never behind the database by more than the feed is: nothing is served from it while the
 * feed isn't live, and what was told during a read keeps that read's result out of it.
 */
export function createFresh<V extends Keepable>({ read, feed, limit, nowMs }: FreshDeps<V>) {
  const kept = createKept<V>(limit);
  const reads = new Set<Told>();

  feed.join({
    changed(owner) {
      kept.drop(owner);
      reads.forEach((told) => {
        if (told.owners.size < mostTold) told.owners.add(owner);
        else told.missed = true;
      });
    },
    missed() {
      kept.clear();
      reads.forEach((told) => (told.missed = true));
    },
  });

  const readAndKeep = async (names: readonly string[]) => {
    const told: Told = { missed: false, owners: new Set() };
    reads.add(told);
    try {
      const found = await read(names);
      for (const [name, value] of found)
        if (!(value instanceof Failed) && !told.missed && !told.owners.has(value.owner))
          kept.put(name, value);
      return found;
    } finally {
      reads.delete(told);
    }
  };
  const fetched = createBatches(readAndKeep);

  return {
    /** What is kept and known to be true now. */
    kept: (name: string): V | undefined => (feed.isLive() ? kept.get(name, nowMs()) : undefined),
    /** Read now; `undefined` when there is none. Rejects when the database does not answer. */
    read: fetched,
  };
}
