import { sql } from 'drizzle-orm';
import type { RefusalReason } from '../../ports/billing.js';
import type { Db } from '../client.js';
import { rejectedDeliveries } from '../schema.js';

/** What is kept of refused deliveries. `times`: for how many this row stands. Never a body. */
export type Refusal = {
  readonly reason: RefusalReason;
  readonly times: number;
  readonly headerHash: string | null;
  readonly bodyHash: string | null;
  readonly claimedEvent: string | null;
};

export async function recordRefusals(db: Db, refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return;
  await db.insert(rejectedDeliveries).values([...refusals]);
}

/** How many deliveries were refused for each reason in the last so many seconds. */
export async function countRefusals(
  db: Db,
  withinSeconds: number,
): Promise<ReadonlyMap<RefusalReason, number>> {
  const rows = await db
    .select({ reason: rejectedDeliveries.reason, times: sql<number>`sum(${rejectedDeliveries.times})::int` })
    .from(rejectedDeliveries)
    .where(sql`${rejectedDeliveries.at} > now() - make_interval(secs => ${withinSeconds})`)
    .groupBy(rejectedDeliveries.reason);
  return new Map(rows.map(({ reason, times }) => [reason, times]));
}

/** Forgets refusals that are older than so many days. */
export async function dropRefusals(db: Db, days: number): Promise<void> {
  await db
    .delete(rejectedDeliveries)
    .where(sql`${rejectedDeliveries.at} < now() - make_interval(days => ${days})`);
}
