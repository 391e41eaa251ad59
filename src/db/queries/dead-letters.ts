import { desc, eq, sql } from 'drizzle-orm';
import type { Db } from '../client.js';
import { inbox } from '../schema.js';

/** Events that were given up. `errors`: what most of them failed with last, the most frequent first. */
export type DeadLetters = {
  readonly events: number;
  /** When the oldest of them was received. */
  readonly oldest: Date | null;
  readonly errors: readonly { readonly error: string; readonly events: number }[];
};

const mostErrors = 10;

export async function deadLetters(db: Db): Promise<DeadLetters> {
  const rows = await db
    .select({
      error: sql<string>`coalesce(${inbox.lastError}, '')`,
      events: sql`count(*)`.mapWith(Number),
      all: sql`sum(count(*)) over ()`.mapWith(Number),
      oldest: sql`min(min(${inbox.receivedAt})) over ()`.mapWith(inbox.receivedAt),
    })
    .from(inbox)
    .where(eq(inbox.state, 'dead'))
    .groupBy(inbox.lastError)
    .orderBy(desc(sql`count(*)`), inbox.lastError)
    .limit(mostErrors);
  const errors = rows.map(({ error, events }) => ({ error, events }));
  return { events: rows[0]?.all ?? 0, oldest: rows[0]?.oldest ?? null, errors };
}
