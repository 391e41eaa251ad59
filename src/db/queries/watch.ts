import { sql } from 'drizzle-orm';
import { longestBlindMs } from '../../domain/judge.js';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import type { Db, Executor } from '../client.js';
import { intakeWatch } from '../schema.js';

/** Until when it is known that no event of Stripe is missing; `null`: nobody has ever looked. */
export async function readSightedAt(db: Executor): Promise<Instant | null> {
  const [row] = await db.execute<{ ms: string | null }>(
    sql`select floor(extract(epoch from sighted_at) * 1000) as ms from intake_watch`,
  );
  return row === undefined || row.ms === null ? null : Number(row.ms);
}

export type WatchState = {
  /** Every event that Stripe created before this is here; `null` before the first round. */
  readonly walkedUntil: Instant | null;
  readonly sightedAt: Instant | null;
  /** When a round was last completed. */
  readonly roundAt: Instant | null;
};

export async function readWatch(db: Db): Promise<WatchState> {
  const [row] = await db.select().from(intakeWatch);
  return {
    walkedUntil: row?.walkedUntil?.getTime() ?? null,
    sightedAt: row?.sightedAt?.getTime() ?? null,
    roundAt: row?.roundAt?.getTime() ?? null,
  };
}

/** Every event that Stripe created before `until` is here. */
export async function noteWalked(db: Db, until: Instant): Promise<void> {
  const walkedUntil = new Date(until);
  await db
    .insert(intakeWatch)
    .values({ walkedUntil })
    .onConflictDoUpdate({ target: intakeWatch.id, set: { walkedUntil } });
}

/** By the database's clock, which is also the one of the claims. It never goes back. */
export async function noteSighted(db: Db): Promise<void> {
  const sightedAt = sql`clock_timestamp()`;
  await db
    .insert(intakeWatch)
    .values({ sightedAt })
    .onConflictDoUpdate({
      target: intakeWatch.id,
      set: { sightedAt: sql`greatest(intake_watch.sighted_at, ${sightedAt})` },
    });
}

/** Where Stripe's list can't be asked: what it has delivered itself shows that its deliveries arrive. */
export async function noteSightedByDelivery(db: Db): Promise<void> {
  await db.execute(sql`
    update intake_watch set sighted_at = greatest(sighted_at, (
      select received_at from inbox
      where source = 'webhook' and received_at > (select clock_timestamp() - interval '1 hour')
      order by received_at desc limit 1))`);
}

/** A round is complete. */
export async function noteRound(db: Db): Promise<void> {
  const roundAt = sql`clock_timestamp()`;
  await db
    .insert(intakeWatch)
    .values({ roundAt })
    .onConflictDoUpdate({ target: intakeWatch.id, set: { roundAt } });
}

/** Rejects while the intake is blind, or nobody has looked yet: as long as that lasts, nothing is taken from anybody. */
export async function mustBeSighted(db: Db): Promise<void> {
  const [row] = await db.execute<{ sighted: boolean }>(sql`
    select sighted_at >= clock_timestamp() - make_interval(secs => ${longestBlindMs / SECOND_MS}) as sighted from intake_watch`);
  if (row?.sighted !== true) throw new Error('it is not known whether events of Stripe are missing');
}
