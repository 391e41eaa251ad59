import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import type { Db } from '../client.js';
import { effects, snapshots } from '../schema.js';

/** How far a giving back is that is under way. */
export type GivingBack = {
  readonly since: Date;
  /** How many serve again. */
  readonly back: number;
  /** What does not yet, as `kind id`. */
  readonly missing: readonly string[];
};

/** `null` while nothing is being given back. */
export async function readGivingBack(db: Db, account: AccountId): Promise<GivingBack | null> {
  const [open] = await db
    .select({ since: effects.claimedAt })
    .from(effects)
    .where(
      and(
        eq(effects.account, account),
        inArray(effects.step, ['lift', 'unrestrict']),
        isNull(effects.settledAt),
      ),
    )
    .limit(1);
  if (open === undefined) return null;
  const { since } = open;
  const [counted] = await db
    .select({
      back: sql<number>`count(*) filter (where ${snapshots.restoredAt} >= ${since.toISOString()}::timestamptz)::int`,
      missing: sql<
        string[]
      >`coalesce(array_agg(${snapshots.kind} || ' ' || ${snapshots.resource} order by ${snapshots.seq})
        filter (where ${snapshots.restoredAt} is null), '{}')`,
    })
    .from(snapshots)
    .where(eq(snapshots.account, account));
  return { since, back: counted?.back ?? 0, missing: counted?.missing ?? [] };
}
