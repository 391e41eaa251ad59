import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Anchor, Head } from '../anchor.js';
import type { Db } from '../client.js';
import { auditAnchors, auditLog } from '../schema.js';

export type AnchorRow = typeof auditAnchors.$inferSelect;

export async function newestAnchor(db: Db): Promise<AnchorRow | null> {
  const [row] = await db.select().from(auditAnchors).orderBy(desc(auditAnchors.seq)).limit(1);
  return row ?? null;
}

export async function readAnchor(db: Db, seq: number): Promise<AnchorRow | null> {
  const [row] = await db.select().from(auditAnchors).where(eq(auditAnchors.seq, seq));
  return row ?? null;
}

const pageSize = 1_000;

/** All anchors of the table, in order. */
export async function* readAnchors(db: Db): AsyncGenerator<AnchorRow> {
  for (let after = 0; ;) {
    const page = await db
      .select()
      .from(auditAnchors)
      .where(gt(auditAnchors.seq, after))
      .orderBy(asc(auditAnchors.seq))
      .limit(pageSize);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.seq;
  }
}

export async function insertAnchor(db: Db, anchor: Anchor, places: readonly string[]): Promise<void> {
  const { seq, at, upTo, heads, previousHash, hash } = anchor;
  const row = { seq, at: new Date(at), upTo, heads: heads.length, previousHash, hash, places: [...places] };
  await db.insert(auditAnchors).values(row);
}

/** The newest entry of the log that can be seen, and who may be about to write an entry before it. */
export async function readFrontier(
  db: Db,
): Promise<{ readonly upTo: number; readonly writers: readonly string[] }> {
  // In this order: who has drawn a number before this one is seen by it, or among the writers below.
  const [newest] = await db.select({ seq: auditLog.seq }).from(auditLog).orderBy(desc(auditLog.seq)).limit(1);
  return { upTo: newest?.seq ?? 0, writers: await readWriters(db) };
}

/** The transactions that have written into the log, or are about to, and are not over: each keeps this lock until its end. */
export async function readWriters(db: Db): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select virtualtransaction as id from pg_locks
    where locktype = 'relation' and relation = ${'public.audit_log'}::regclass and mode = 'RowExclusiveLock' and granted
      and database = (select oid from pg_database where datname = current_database())`);
  return rows.map(({ id }) => id);
}

/** The newest entry of each chain that grew in this part of the log, in a fixed order. */
export async function readHeads(db: Db, after: number, upTo: number): Promise<Head[]> {
  const rows = await db
    .selectDistinctOn([auditLog.account], {
      account: auditLog.account,
      position: auditLog.position,
      hash: auditLog.hash,
    })
    .from(auditLog)
    .where(and(gt(auditLog.seq, after), sql`${auditLog.seq} <= ${upTo}`))
    .orderBy(asc(auditLog.account), desc(auditLog.position));
  return rows.map(({ account, position, hash }) => [account, position, hash]);
}

/** What stands now where these heads were: the hash by account and position, or nothing. */
export async function readAnchored(db: Db, heads: readonly Head[]): Promise<Map<string, string>> {
  const wanted = heads.map(([account, position]) => ({ account, position }));
  const rows = await db.execute<{ account: string; position: number; hash: string }>(sql`
    select l.account, l.position, l.hash
    from json_to_recordset(${JSON.stringify(wanted)}::json) as w (account uuid, position integer)
    join audit_log l using (account, position)`);
  return new Map(rows.map(({ account, position, hash }) => [`${account}/${position}`, hash]));
}
