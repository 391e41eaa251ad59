import { anchorAfter, anchorText, isIntact, parseAnchor, type Anchor } from '../db/anchor.js';
import type { Db } from '../db/client.js';
import {
  insertAnchor,
  newestAnchor,
  readFrontier,
  readHeads,
  readWriters,
  type AnchorRow,
} from '../db/queries/anchors.js';
import { readClock } from '../db/queries/ledger.js';
import { MINUTE_MS, SECOND_MS } from '../domain/time.js';
import { AnchorConflict, type AnchorPlace } from '../ports/anchors.js';

export type AnchoringDeps = {
  readonly db: Db;
  /** At least one. */
  readonly places: readonly AnchorPlace[];
  readonly wait: (ms: number) => Promise<void>;
  /** Whether this process still is the one that anchors. */
  readonly isHeld: () => Promise<boolean>;
};

// A line of a megabyte at most; what an old log has is anchored in several.
const entriesAtOnce = 10_000;
// A million entries; the next round goes on.
const mostAnchors = 100;

/**
 * Anchors all chains that grew since the newest anchor; returns how many anchors that made. An anchor counts when every place
 * has it: one that a place did not take is handed to all of them again, word for word, before a new one is made.
 */
export async function anchorAll(deps: AnchoringDeps): Promise<number> {
  const upTo = await settledUpTo(deps);
  for (let made = 0; made < mostAnchors; made += 1) {
    const newest = await newestAnchor(deps.db);
    const anchor = (await pendingAnchor(deps.places, newest)) ?? (await nextAnchor(deps.db, newest, upTo));
    if (anchor === null || !(await deps.isHeld())) return made;
    await keep(deps, anchor);
  }
  return mostAnchors;
}

async function keep({ db, places }: AnchoringDeps, anchor: Anchor): Promise<void> {
  const { seq } = anchor;
  for (const place of places) {
    await place.keep({ seq, text: anchorText(anchor) }).catch((cause: unknown) => {
      if (cause instanceof AnchorConflict) throw cause;
      throw new Error(`${place.name} did not take anchor ${seq}`, { cause });
    });
  }
  const names = places.map(({ name }) => name);
  await insertAnchor(db, anchor, names);
}

/** What a place has already, and the database does not know of: the work of a process that died, or was not taken by all. */
async function pendingAnchor(
  places: readonly AnchorPlace[],
  newest: AnchorRow | null,
): Promise<Anchor | null> {
  const [seq, hash] = [newest?.seq ?? 0, newest?.hash ?? ''];
  for (const place of places) {
    const kept = await place.newestAfter(seq).catch((cause: unknown) => {
      throw new Error(`${place.name} does not answer`, { cause });
    });
    if (kept === null) continue;
    const anchor = parseAnchor(kept.text);
    if (anchor === null || anchor.seq !== seq + 1 || anchor.previousHash !== hash || !isIntact(anchor))
      throw new AnchorConflict(
        `${place.name} has anchor ${kept.seq}, which does not follow from the newest in the database, ${seq}`,
      );
    return anchor;
  }
  return null;
}

async function nextAnchor(db: Db, newest: AnchorRow | null, upTo: number): Promise<Anchor | null> {
  const after = newest?.upTo ?? 0;
  const until = Math.min(upTo, after + entriesAtOnce);
  if (until <= after) return null;
  const heads = await readHeads(db, after, until);
  const at = (await readClock(db)).toISOString();
  return anchorAfter(newest?.hash ?? '', { seq: (newest?.seq ?? 0) + 1, at, upTo: until, heads });
}

// Whoever writes into the log holds an account, and everybody waits for him: he is done long before.
const longestWriteMs = MINUTE_MS;
const lookAgainMs = 0.05 * SECOND_MS;

/**
 * Up to where nothing can be written into the log any more. Entries are numbered when they are written and seen when that is
 * committed: a lower number may come to light after a higher one. So all who were writing have to be done first.
 */
async function settledUpTo({ db, wait }: AnchoringDeps): Promise<number> {
  const { upTo, writers } = await readFrontier(db);
  let left = new Set(writers);
  for (let waitedMs = 0; left.size > 0; waitedMs += lookAgainMs) {
    if (waitedMs >= longestWriteMs)
      throw new Error(
        `a transaction has been writing into the audit log for ${longestWriteMs / SECOND_MS} s`,
      );
    await wait(lookAgainMs);
    left = new Set((await readWriters(db)).filter((id) => left.has(id)));
  }
  return upTo;
}
