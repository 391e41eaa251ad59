import { and, asc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import type { HoldReason } from '../../domain/effect.js';
import { asAccountId, type AccountId } from '../../domain/ids.js';
import type { Db, Executor } from '../client.js';
import { cases, releases } from '../schema.js';

const pageSize = 500;

/**
 * Gives the oldest release that was not told yet to `work`, and notes that it was told once that resolves. Nobody else tells
 * the same one meanwhile. `false`: there is none.
 */
export async function tellingRelease(
  db: Db,
  work: (hold: HoldReason, held: AsyncIterable<AccountId>) => Promise<void>,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select()
      .from(releases)
      .where(isNull(releases.toldAt))
      .orderBy(asc(releases.id))
      .limit(1)
      .for('update', { skipLocked: true });
    if (row === undefined) return false;
    await work(row.hold, heldFor(tx, row.hold));
    await tx
      .update(releases)
      .set({ toldAt: sql`clock_timestamp()` })
      .where(eq(releases.id, row.id));
    return true;
  });
}

/** The accounts whose open case is held for this reason, or in which a person's order waits for its time. */
async function* heldFor(tx: Executor, hold: HoldReason): AsyncGenerator<AccountId> {
  const waits = sql`${cases.file} #>> '{manual,retryAt}' is not null`;
  for (let after: string | null = null; ;) {
    const isNext: ReturnType<typeof gt> | undefined = after === null ? undefined : gt(cases.account, after);
    const page: { account: string }[] = await tx
      .select({ account: cases.account })
      .from(cases)
      .where(and(isNull(cases.closedAt), or(eq(cases.hold, hold), waits), isNext))
      .orderBy(asc(cases.account))
      .limit(pageSize);
    for (const { account } of page) yield asAccountId(account);
    after = page.at(-1)?.account ?? null;
    if (page.length < pageSize || after === null) return;
  }
}
