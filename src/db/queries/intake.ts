import { and, desc, eq, gte, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../client.js';
import { eventIds, inbox } from '../schema.js';

/** How many events of each type came in the last so many days. */
export async function countByType(db: Db, days: number): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({ type: inbox.type, events: sql<number>`count(*)::int` })
    .from(inbox)
    .where(gte(inbox.receivedAt, sql`now() - make_interval(days => ${days})`))
    .groupBy(inbox.type);
  return new Map(rows.map(({ type, events }) => [type, events]));
}

// A doctor is waited for: beyond so many the rest of a busy week is not looked at.
const mostLookedAt = 50_000;

/** When each secret last vouched for an event, by its fingerprint, among the newest of so many days. */
export async function lastBySecret(db: Db, days: number): Promise<ReadonlyMap<string, Date>> {
  const newest = db
    .select({ secret: inbox.secret, receivedAt: inbox.receivedAt })
    .from(inbox)
    .where(gte(inbox.receivedAt, sql`now() - make_interval(days => ${days})`))
    .orderBy(desc(inbox.receivedAt), desc(inbox.seq))
    .limit(mostLookedAt)
    .as('newest');
  const rows = await db
    .select({
      secret: sql<string>`${newest.secret}`,
      last: sql`max(${newest.receivedAt})`.mapWith(inbox.receivedAt),
    })
    .from(newest)
    .where(isNotNull(newest.secret))
    .groupBy(newest.secret);
  return new Map(rows.map(({ secret, last }) => [secret, last]));
}

const toBeDispatched = { state: 'pending', attempts: 0, retryAt: null, lastError: null } as const;

/** Has events dispatched once more. Returns how many; of one whose day was dropped there is only the id left. */
export async function dispatchAgain(db: Db, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await db
    .update(inbox)
    .set(toBeDispatched)
    .from(eventIds)
    .where(
      and(
        inArray(eventIds.eventId, [...ids]),
        // Both columns, so that Postgres looks into one partition.
        eq(inbox.receivedAt, eventIds.receivedAt),
        eq(inbox.seq, eventIds.seq),
      ),
    )
    .returning({ seq: inbox.seq });
  return rows.length;
}

/** How many events failed too often and wait for a person. */
export async function countDead(db: Db): Promise<number> {
  return db.$count(inbox, eq(inbox.state, 'dead'));
}

/** Has these dispatched once more, all of them. Returns how many. */
export async function reviveDead(db: Db): Promise<number> {
  const rows = await db
    .update(inbox)
    .set(toBeDispatched)
    .where(eq(inbox.state, 'dead'))
    .returning({ seq: inbox.seq });
  return rows.length;
}
