import { eq, sql } from 'drizzle-orm';
import type { HoldReason } from '../../domain/effect.js';
import type { Db, Executor } from '../client.js';
import { appendInstallAudit } from '../audit.js';
import { breakers, releases, switches } from '../schema.js';
import type { BreakerKind } from '../../domain/breaker.js';

/** A person's word on a brake, for the audit log. */
export type Signed = { readonly by: string; readonly reason: string };

export type FreezeRow = typeof switches.$inferSelect;

/** The switch in the database that holds everything that takes; `null` when it was never touched. */
export async function readFreeze(db: Executor): Promise<FreezeRow | null> {
  const [row] = await db.select().from(switches).where(eq(switches.name, 'freeze'));
  return row ?? null;
}

export async function isFrozen(db: Executor): Promise<boolean> {
  return (await readFreeze(db))?.isOn ?? false;
}

/** Turns it, from the next claim on, and the next call of an act that is under way. Safe to repeat. */
export async function turnFreeze(db: Db, isOn: boolean, { by, reason }: Signed): Promise<void> {
  await db.transaction(async (tx) => {
    const wasOn = await isFrozen(tx);
    const row = { isOn, by, reason, at: sql`clock_timestamp()` };
    await tx
      .insert(switches)
      .values({ name: 'freeze', ...row })
      .onConflictDoUpdate({ target: switches.name, set: row });
    await appendInstallAudit(tx, isOn ? 'freeze' : 'unfreeze', {}, { by, reason });
    if (wasOn && !isOn) await tellHeld(tx, 'frozen');
  });
}

/** Has those who are held for this reason look again; the api tells them. */
async function tellHeld(tx: Executor, hold: HoldReason): Promise<void> {
  await tx.insert(releases).values({ hold });
}

/** Lets a tripped breaker go. What was before is not counted any more, and the next acts go as canaries again. `false`: it had not tripped. */
export async function releaseBreaker(db: Db, kind: BreakerKind, { by, reason }: Signed): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(breakers).where(eq(breakers.kind, kind)).for('update');
    if (row === undefined || row.trippedAt === null) return false;
    await tx
      .update(breakers)
      .set({
        trippedAt: null,
        cause: null,
        detail: null,
        countsFrom: sql`clock_timestamp()`,
        releasedBy: by,
        releaseReason: reason,
      })
      .where(eq(breakers.kind, kind));
    const { cause, detail } = row;
    await appendInstallAudit(tx, `release breaker ${kind}`, { cause, detail }, { by, reason });
    await tellHeld(tx, 'breaker_open');
    return true;
  });
}

/** Allows so many acts of a kind on top of its limit, until then: its own exact number, and no more. */
export async function allowActs(
  db: Db,
  kind: BreakerKind,
  { count, until, by, reason }: Signed & { readonly count: number; readonly until: Date },
): Promise<void> {
  const row = { allowance: count, allowedUntil: until };
  await db.transaction(async (tx) => {
    await tx
      .insert(breakers)
      .values({ kind, ...row })
      .onConflictDoUpdate({ target: breakers.kind, set: row });
    await appendInstallAudit(tx, `allow ${count} of ${kind}`, { until: until.toISOString() }, { by, reason });
  });
}
