import type { AccessRow, Asked } from '../../db/queries/access.js';
import { composeAnswer, type PayUrlOf } from './answer.js';
import { refName, refOf, type AskedFor } from './asked.js';
import { Failed } from './batches.js';
import type { Feed } from './feed.js';
import { createFresh } from './fresh.js';
import type { Keepable } from './kept.js';

/** A finished answer, as it is sent. */
export type Body = Keepable & { readonly text: string; readonly etag: string };

export type BodiesDeps = {
  readonly readAccess: (
    asked: Asked,
  ) => Promise<readonly { readonly by: AskedFor['by']; readonly name: string; readonly row: AccessRow }[]>;
  readonly feed: Feed;
  readonly payUrlOf: PayUrlOf;
  /** How many accounts' answers are kept ready; each takes about a kilobyte. */
  readonly limit: number;
  readonly nowMs: () => number;
};

/** Answers by the account's name, finished once for all who ask until something changes. */
export function createBodies({ readAccess, feed, payUrlOf, limit, nowMs }: BodiesDeps) {
  async function read(names: readonly string[]): Promise<ReadonlyMap<string, Body | Failed>> {
    const found = await readAccess(sorted(names));
    return new Map(
      found.map(({ by, name, row }) => [by === 'ref' ? refName(name) : name, bodyOf(row, payUrlOf, nowMs())]),
    );
  }
  return createFresh({ read, feed, limit, nowMs });
}

export type Bodies = ReturnType<typeof createBodies>;

/** A row of which no answer can be made is nobody else's trouble. */
function bodyOf(row: AccessRow, payUrlOf: PayUrlOf, now: number): Body | Failed {
  try {
    const { answer, expiresAt } = composeAnswer(row, payUrlOf, now);
    return { owner: row.id, expiresAt, text: JSON.stringify(answer), etag: `"${answer.version}"` };
  } catch (error) {
    return new Failed(error);
  }
}

function sorted(names: readonly string[]): Asked {
  const refs = names.filter((name) => name.startsWith(refName('')));
  const customers = names.filter((name) => name.startsWith('cus_'));
  const ids = names.filter((name) => !refs.includes(name) && !customers.includes(name));
  return { ids, refs: refs.map(refOf), customers };
}
