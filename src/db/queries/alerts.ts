import { and, desc, eq, gt, inArray, isNull, lt, notInArray, or, sql } from 'drizzle-orm';
import type { Alert } from '../../ports/alerts.js';
import type { Db, Executor } from '../client.js';
import { alerts } from '../schema.js';
import { readClock } from './ledger.js';

export type AlertRow = typeof alerts.$inferSelect;
/** What telling changes in a row. */
export type Told = Pick<AlertRow, 'toldBegin' | 'toldEnd' | 'toldAt'>;

const clock = sql`clock_timestamp()`;
// Bounds, not pages: there are a few dozen things to be told at most.
const mostRead = 200;
const mostListed = 1_000;

/**
 * Opens an alert, or keeps the open one of its key with its newest words. A warning becomes a page, never the other way
 * round: what has become a page is news, and counts as told to nobody. `isUntold`: nobody has taken it yet.
 */
export async function keepOpen(
  db: Executor,
  { key, severity, title, text, remedy }: Alert,
): Promise<{ readonly id: number; readonly isUntold: boolean }> {
  const isWorse = sql`${alerts.severity} = 'warning' and excluded.severity = 'page'`;
  const [row] = await db
    .insert(alerts)
    .values({ key, severity, title, text, remedy, since: clock, seenAt: clock })
    .onConflictDoUpdate({
      target: alerts.key,
      targetWhere: isNull(alerts.resolvedAt),
      set: {
        severity: sql`case when ${isWorse} then 'page' else ${alerts.severity} end`,
        title,
        text,
        remedy,
        seenAt: clock,
        toldBegin: sql`case when ${isWorse} then '{}' else ${alerts.toldBegin} end`,
        toldAt: sql`case when ${isWorse} then null else ${alerts.toldAt} end`,
      },
    })
    .returning({ id: alerts.id, isUntold: sql<boolean>`${alerts.toldBegin} = '{}'` });
  if (row === undefined) throw new Error('an upsert returned no row');
  return row;
}

/**
 * Ends the open alerts that `looked` covers, by their key or by the part of it before `:`, and that were not found, nor
 * seen since `begunAt` by anybody else.
 */
export async function resolveAlerts(
  db: Executor,
  {
    found,
    looked,
    begunAt,
  }: {
    readonly found: readonly string[];
    readonly looked: readonly string[];
    readonly begunAt?: Date | undefined;
  },
): Promise<void> {
  const isCovered = or(
    inArray(alerts.key, [...looked]),
    inArray(sql`split_part(${alerts.key}, ':', 1)`, [...looked]),
  );
  await db
    .update(alerts)
    .set({ resolvedAt: clock })
    .where(
      and(
        isNull(alerts.resolvedAt),
        isCovered,
        notInArray(alerts.key, [...found]),
        begunAt && lt(alerts.seenAt, begunAt),
      ),
    );
}

/** Those of which something may be to be told, the newest first; an end that nobody took within a day is given up. */
export async function readTellable(
  db: Executor,
): Promise<{ readonly rows: readonly AlertRow[]; readonly now: Date }> {
  const awaitsEnd = sql`${alerts.resolvedAt} > clock_timestamp() - interval '1 day' and not ${alerts.toldBegin} <@ ${alerts.toldEnd}`;
  const rows = await db
    .select()
    .from(alerts)
    .where(or(isNull(alerts.resolvedAt), awaitsEnd))
    .orderBy(desc(alerts.since), desc(alerts.id))
    .limit(mostRead);
  return { rows, now: await readClock(db) };
}

/**
 * Lets `work` tell an alert, and keeps what it says was told. Nobody else tells it meanwhile: who comes second goes away,
 * and finds it told the next time.
 */
export async function tellingAlert(
  db: Db,
  id: number,
  work: (row: AlertRow, now: Date) => Promise<Told>,
): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx.select().from(alerts).where(eq(alerts.id, id)).for('update', { skipLocked: true });
    if (row === undefined) return;
    const { toldBegin, toldEnd, toldAt } = await work(row, await readClock(tx));
    await tx.update(alerts).set({ toldBegin, toldEnd, toldAt }).where(eq(alerts.id, id));
  });
}

/** The open alerts, the newest first; with `days` also those that were open within so many days. */
export async function listAlerts(db: Executor, days = 0): Promise<AlertRow[]> {
  const isRecent = gt(alerts.resolvedAt, sql`clock_timestamp() - make_interval(days => ${days})`);
  return db
    .select()
    .from(alerts)
    .where(or(isNull(alerts.resolvedAt), isRecent))
    .orderBy(desc(alerts.since), desc(alerts.id))
    .limit(mostListed);
}
