import { auditHash } from './audit.js';
import type { auditLog } from './schema.js';

export type AuditRow = typeof auditLog.$inferSelect;

/** Where a chain stands: behind this entry comes the next. */
export type Link = Pick<AuditRow, 'position' | 'hash'>;

/** Before the first entry. */
export const chainStart: Link = { position: 0, hash: '' };

/** What is wrong with an entry, or before it. */
export type ChainFault = { readonly position: number; readonly text: string };

/**
 * What is wrong with an entry that stands behind `previous`; `null` when nothing is. What comes after it is judged by what
 * stands here, so that each fault is told once. Pure.
 */
export function faultOf(previous: Link, row: AuditRow): ChainFault | null {
  const next = previous.position + 1;
  if (row.position > next) return { position: next, text: missing(next, row.position - 1) };
  if (row.position < next) return { position: next, text: `entry ${row.position} stands in its place` };
  if (!isAsWritten(row)) return { position: next, text: 'is not what was written' };
  if (row.previousHash !== previous.hash)
    return { position: next, text: 'does not follow from the entry before it' };
  return null;
}

const missing = (first: number, last: number) =>
  first === last ? 'is missing' : `is missing, and so is all up to ${last}`;

function isAsWritten({ position, kind, effect, at, account, previousHash, hash, body }: AuditRow): boolean {
  const entry = { account, kind, effect, body: body as Readonly<Record<string, unknown>>, at };
  return auditHash(previousHash, position, entry) === hash;
}

export type ChainCheck = {
  /** Takes the next row of the trail. */
  add(row: AuditRow): void;
  /** How many rows were seen, and the first position at which they are not what was once written; `null` when all are. */
  result(): { readonly entries: number; readonly brokenAt: number | null };
};

/**
 * Checks an account's chain of hashes, row by row: nothing was changed, put in or taken out between two rows. That the
 * newest rows are missing it can't tell.
 */
export function createChainCheck(): ChainCheck {
  let [previous, entries] = [chainStart, 0];
  let brokenAt: number | null = null;
  return {
    add(row) {
      entries += 1;
      brokenAt ??= faultOf(previous, row)?.position ?? null;
      previous = row;
    },
    result: () => ({ entries, brokenAt }),
  };
}
