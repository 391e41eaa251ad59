import { and, gte, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../client.js';
import { inbox } from '../schema.js';

/** How many events of each type came in the last so many days. */
export async function countByType(db: Db, days: number): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({ type: inbox.type, events: sql<number>`count(*)::int` })
    .from(inbox)
    .where(gte(inbox.receivedAt, sql`now() - make_interval(days => ${days})`))
    .groupBy(inbox.type);
  return new Map(rows.map(({ type, events }) => [type, events]));
}

/** When each secret last vouched for an event, by its fingerprint, within so many days. */
export async function lastBySecret(db: Db, days: number): Promise<ReadonlyMap<string, Date>> {
  const rows = await db
    .select({
      secret: sql<string>`${inbox.secret}`,
      last: sql`max(${inbox.receivedAt})`.mapWith(inbox.receivedAt),
    })
    .from(inbox)
    .where(and(isNotNull(inbox.secret), gte(inbox.receivedAt, sql`now() - make_interval(days => ${days})`)))
    .groupBy(inbox.secret);
  return new Map(rows.map(({ secret, last }) => [secret, last]));
}
