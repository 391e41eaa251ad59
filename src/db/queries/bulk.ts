import { and, asc, eq, gt, isNull, ne, or } from 'drizzle-orm';
import { isSamePerson } from '../../domain/decisions.js';
import {
  bulkHash,
  mustBeAskable,
  refusalText,
  whyNotDecide,
  whyNotUse,
  type BulkRules,
} from '../../guard/bulk.js';
import type { BulkApprovals, BulkDecided, BulkDecision, BulkRequest, BulkUse } from '../../ports/bulk.js';
import type { Db, Executor } from '../client.js';
import { bulkApprovals } from '../schema.js';
import { readClock } from './ledger.js';

const mostShown = 200;

/** Requests to do many acts at once, on Postgres: a request's row is the lock, the database's clock the only one. */
export function createPostgresBulk(db: Db, rules: BulkRules): BulkApprovals {
  return {
    async ask(wish) {
      mustBeAskable(wish);
      const { kind, acts, askedBy, reason } = wish;
      const bound = { hash: bulkHash(wish), count: acts.length, expiresAt: new Date(wish.expiresAt) };
      const askedAt = await readClock(db);
      const [row] = await db
        .insert(bulkApprovals)
        .values({ kind, acts, askedBy, reason, askedAt, ...bound })
        .returning();
      if (row === undefined) throw new Error('a request was opened and is not there');
      return toRequest(row);
    },
    read: (id) => read(db, id),
    async open() {
      const now = await readClock(db);
      const rows = await db
        .select()
        .from(bulkApprovals)
        .where(
          and(
            isNull(bulkApprovals.consumedAt),
            gt(bulkApprovals.expiresAt, now),
            or(isNull(bulkApprovals.approved), ne(bulkApprovals.approved, false)),
          ),
        )
        .orderBy(asc(bulkApprovals.askedAt))
        .limit(mostShown);
      return rows.map(toRequest);
    },
    decide: (id, decision) => db.transaction((tx) => decide(tx, id, decision, rules)),
    consume: (id, acts) => db.transaction((tx) => useApproval(tx, id, acts)),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function read(db: Executor, id: string): Promise<BulkRequest | null> {
  // Ids come in from links and command lines, and Postgres takes what is no UUID for an error.
  if (!uuid.test(id)) return null;
  const [row] = await db.select().from(bulkApprovals).where(eq(bulkApprovals.id, id));
  return row === undefined ? null : toRequest(row);
}

async function lock(tx: Executor, id: string): Promise<BulkRequest | null> {
  if (!uuid.test(id)) return null;
  const [row] = await tx.select().from(bulkApprovals).where(eq(bulkApprovals.id, id)).for('update');
  return row === undefined ? null : toRequest(row);
}

async function decide(
  tx: Executor,
  id: string,
  decision: BulkDecision,
  rules: BulkRules,
): Promise<BulkDecided> {
  const request = await lock(tx, id);
  if (request === null) return { status: 'refused', why: refusalText.unknown };
  const now = await readClock(tx);
  const why = whyNotDecide(request, decision, rules, now.getTime());
  if (why !== null) return { status: 'refused', why };
  const { approved, by } = decision;
  const [row] = await tx
    .update(bulkApprovals)
    .set({ approved, decidedBy: by, decidedAt: now })
    .where(eq(bulkApprovals.id, id))
    .returning();
  if (row === undefined) throw new Error('a locked request is gone');
  return { status: 'decided', request: toRequest(row) };
}

/** Uses an approval up in the transaction that needs it. */
export async function useApproval(
  tx: Executor,
  id: string,
  wanted: Parameters<BulkApprovals['consume']>[1],
): Promise<BulkUse> {
  const request = await lock(tx, id);
  const now = await readClock(tx);
  const reason = request === null ? 'unknown' : whyNotUse(request, wanted, now.getTime());
  if (request === null || reason !== null)
    return { status: 'refused', reason: reason ?? 'unknown', text: refusalText[reason ?? 'unknown'] };
  await tx.update(bulkApprovals).set({ consumedAt: now }).where(eq(bulkApprovals.id, id));
  return { status: 'allowed', request: { ...request, usedAt: now.getTime() } };
}

function toRequest(row: typeof bulkApprovals.$inferSelect): BulkRequest {
  const { id, kind, acts, count, hash, askedBy, reason, approved, decidedBy, decidedAt, consumedAt } = row;
  const by = decidedBy ?? '';
  return {
    id,
    kind,
    acts,
    count,
    hash,
    askedBy,
    reason,
    askedAt: row.askedAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    decision:
      approved === null
        ? null
        : { approved, by, at: decidedAt?.getTime() ?? 0, alone: isSamePerson(by, askedBy) },
    usedAt: consumedAt?.getTime() ?? null,
  };
}
