import { and, asc, eq, gt } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import { auditHash } from '../audit.js';
import type { Db } from '../client.js';
import { auditLog } from '../schema.js';

export type AuditRow = typeof auditLog.$inferSelect;

const pageSize = 500;

/** The account's whole audit trail, in order. */
export async function* readAuditTrail(db: Db, account: AccountId): AsyncGenerator<AuditRow> {
  for (let after = 0; ;) {
    const page = await db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.account, account), gt(auditLog.position, after)))
      .orderBy(asc(auditLog.position))
      .limit(pageSize);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.position;
  }
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
  let [previous, entries] = ['', 0];
  let brokenAt: number | null = null;
  return {
    add(row) {
      entries += 1;
      const { position, kind, effect, at, account, previousHash, hash } = row;
      const body = row.body as Readonly<Record<string, unknown>>;
      const expected = auditHash(previous, entries, { account, kind, effect, body, at });
      const isRight = position === entries && previousHash === previous && hash === expected;
      if (!isRight) brokenAt ??= entries;
      previous = hash;
    },
    result: () => ({ entries, brokenAt }),
  };
}
