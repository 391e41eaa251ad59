import { sql } from 'drizzle-orm';
import type { Db } from '../db/client.js';
import { forgetOldActs } from '../db/queries/breakers.js';
import { dropRefusals } from '../db/queries/refusals.js';
import { forgetOldSweeps } from '../db/queries/sweep.js';
import { HOUR_MS, type Instant } from '../domain/time.js';

type TidyDeps = { readonly db: Db; readonly eventDays: number; readonly nowMs: () => Instant };

// A week without a round of the watch, and events still find the partition of their day.
const daysAhead = 7;
// By then Stripe has long stopped to send, and to list, an event.
const idDays = 120;
const refusalDays = 90;
const sweepDays = 90;

/**
 * Makes the inbox's partitions of the days ahead; once an hour drops what is older than it is kept. Safe to repeat, and to
 * run in several processes. What is still owed outlives its day.
 */
export function createTidy({ db, eventDays, nowMs }: TidyDeps): () => Promise<void> {
  let dropAt = 0;
  return async () => {
    await db.execute(sql`select make_inbox_days(${daysAhead}::int)`);
    if (nowMs() < dropAt) return;
    await db.execute(sql`select drop_inbox_days(${eventDays}::int, ${idDays}::int)`);
    await dropRefusals(db, refusalDays);
    await forgetOldActs(db, new Date(nowMs()));
    await forgetOldSweeps(db, sweepDays);
    dropAt = nowMs() + HOUR_MS;
  };
}
