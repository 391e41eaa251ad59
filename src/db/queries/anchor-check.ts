import type { AccountId } from '../../domain/ids.js';
import { isIntact, parseAnchor, type Anchor, type Head } from '../anchor.js';
import type { Db } from '../client.js';
import { newestAnchor, readAnchor, readAnchored, readAnchors } from './anchors.js';
import type { Fault } from './audit-check.js';

export type AnchorCounts = { anchors: number; heads: number; newestAt: Date | null };

/**
 * Checks the anchors: the chain of those in the database by itself, and with the lines of a file each of them against the
 * database, and each head in them against the log. `account`: only the heads of that one. Holds a line at a time.
 */
export async function* checkAnchors(
  db: Db,
  lines: AsyncIterable<string> | null,
  account: AccountId | undefined,
  counts: AnchorCounts,
): AsyncGenerator<Fault> {
  const seen = new Set<number>();
  // A chain that was cut off is told once, not by every anchor after that.
  const told = new Set<string>();
  for await (const { anchor, faults } of anchorsOf(lines ?? [])) {
    yield* faults;
    if (anchor === null) continue;
    seen.add(anchor.seq);
    yield* checkAnchor(db, anchor);
    const heads = anchor.heads.filter(([of]) => account === undefined || of === account);
    counts.heads += heads.length;
    for await (const fault of checkHeads(db, anchor.seq, heads)) {
      if (told.has(fault.account)) continue;
      told.add(fault.account);
      yield fault;
    }
  }
  yield* checkTable(db, lines === null ? null : seen, counts);
}

type Line = { readonly anchor: Anchor | null; readonly faults: readonly Fault[] };

/** The anchors of the lines. Half a line is what a power cut leaves, when behind it the anchor of that number is whole. */
async function* anchorsOf(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Line> {
  let cut: number | null = null;
  let newest = 0;
  const unreadable = (seq: number) => ({ anchor: seq, text: 'can’t be read: it was changed in the file' });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const anchor = parseAnchor(line);
    const faults = cut !== null && anchor?.seq !== cut ? [unreadable(cut)] : [];
    cut = anchor === null ? numberOf(line, newest + 1) : null;
    newest = anchor?.seq ?? newest;
    yield { anchor, faults };
  }
  // Behind the last half line the next anchor is still to come.
  if (cut !== null && cut <= newest) yield { anchor: null, faults: [unreadable(cut)] };
}

const numberOf = (line: string, otherwise: number) => Number(/^\{"seq":(\d+),/.exec(line)?.[1] ?? otherwise);

async function* checkAnchor(db: Db, anchor: Anchor): AsyncGenerator<Fault> {
  const { seq, hash, previousHash } = anchor;
  if (!isIntact(anchor)) yield { anchor: seq, text: 'is not what was written into the file' };
  const row = await readAnchor(db, seq);
  if (row !== null) {
    if (row.hash !== hash) yield { anchor: seq, text: 'is another one in the database than in the file' };
    return;
  }
  // The newest may have been written to the file only: a process died in between, or a bucket does not answer.
  const newest = await newestAnchor(db);
  const isNext = seq === (newest?.seq ?? 0) + 1 && previousHash === (newest?.hash ?? '');
  if (!isNext) yield { anchor: seq, text: 'is in the file, and was taken out of the database' };
}

const headsAtOnce = 500;

async function* checkHeads(db: Db, seq: number, heads: readonly Head[]) {
  for (let from = 0; from < heads.length; from += headsAtOnce) {
    const some = heads.slice(from, from + headsAtOnce);
    const stands = await readAnchored(db, some);
    for (const [account, position, hash] of some) {
      const found = stands.get(`${account}/${position}`);
      if (found === hash) continue;
      const text =
        found === undefined
          ? `was anchored (anchor ${seq}) and is gone: the chain was cut off`
          : `is not the entry that was anchored (anchor ${seq}): the chain was rewritten`;
      yield { account, position, text };
    }
  }
}

/** The chain of the anchors in the database, and whether the file has each that was written there. */
async function* checkTable(
  db: Db,
  seen: ReadonlySet<number> | null,
  counts: AnchorCounts,
): AsyncGenerator<Fault> {
  let [next, previousHash] = [1, ''];
  for await (const row of readAnchors(db)) {
    counts.anchors += 1;
    counts.newestAt = row.at;
    if (row.seq !== next) yield { anchor: next, text: 'was taken out of the database' };
    else if (row.previousHash !== previousHash)
      yield { anchor: row.seq, text: 'does not follow from the anchor before it' };
    if (seen !== null && !seen.has(row.seq) && row.places.includes('file'))
      yield { anchor: row.seq, text: 'is not in the file any more' };
    [next, previousHash] = [row.seq + 1, row.hash];
  }
}
