import { desc, eq, isNotNull, lt, sql } from 'drizzle-orm';
import { asAccountId } from '../../domain/ids.js';
import { SECOND_MS } from '../../domain/time.js';
import type { SweepPart, Sweeps } from '../../ports/sweeps.js';
import type { Db } from '../client.js';
import { sweepLooks, sweeps } from '../schema.js';

type PageRow = { readonly account: string; readonly ms: string | null };

// Who is decommissioned stays so for good: were he one of those who come first, the others would wait ever longer.
const isOff = sql`a.access in ('read_only', 'suspended', 'revoked_pending', 'revoked')`;
const isTold = sql`a.access <> 'active' or a.fallback is not null`;

// An account has a row in `access` from its first act on: until then only its case tells of it.
const partOf: Readonly<Record<SweepPart, ReturnType<typeof sql>>> = {
  off: sql`(select a.account from access a where ${isOff})`,
  open: sql`(select a.account from access a where not (${isOff}) and (${isTold})
    union select c.account from cases c where c.closed_at is null
      and not exists (select from access a where a.account = c.account and ${isOff}))`,
};

/** In whole milliseconds, so that a cursor that went through JavaScript still compares as it did. */
const lookedMs = sql`coalesce(floor(extract(epoch from l.looked_at) * 1000), -1)`;

/** The record of sweeps on Postgres, by its clock. */
export function createPostgresSweeps(db: Db): Sweeps {
  return {
    async begin() {
      const [row] = await db
        .insert(sweeps)
        .values({ startedAt: sql`clock_timestamp()` })
        .returning();
      if (row === undefined) throw new Error('an insert returned no row');
      return { id: row.id, startedAt: row.startedAt.getTime() };
    },
    async page(part, since, after, limit) {
      const isAfter =
        after === null
          ? sql`true`
          : sql`(${lookedMs}, part.account) > (${after.lookedAt ?? -1}::numeric, ${after.account}::uuid)`;
      const rows = await db.execute<PageRow>(sql`
        select part.account, floor(extract(epoch from l.looked_at) * 1000)::text as ms
        from ${partOf[part]} as part left join sweep_looks l on l.account = part.account
        where ${lookedMs} < ${since}::numeric and ${isAfter}
        order by ${lookedMs}, part.account limit ${limit}`);
      return rows.map(({ account, ms }) => ({
        account: asAccountId(account),
        lookedAt: ms === null ? null : Number(ms),
      }));
    },
    async noteLook(account) {
      const lookedAt = sql`clock_timestamp()`;
      await db
        .insert(sweepLooks)
        .values({ account, lookedAt })
        .onConflictDoUpdate({ target: sweepLooks.account, set: { lookedAt } });
    },
    async withoutCase(accounts, since) {
      if (accounts.length === 0) return [];
      // One parameter, however many they are.
      const asked = sql`unnest(${`{${accounts.join(',')}}`}::uuid[])`;
      const rows = await db.execute<{ account: string }>(sql`
        select asked.account from ${asked} as asked (account)
        join accounts on accounts.id = asked.account
        where not exists (select from cases c where c.account = asked.account
          and (c.closed_at is null or c.closed_at > ${new Date(since).toISOString()}::timestamptz))`);
      return rows.map(({ account }) => asAccountId(account));
    },
    async end(id, { found: detail, ...counts }) {
      await db
        .update(sweeps)
        .set({ ...counts, detail, endedAt: sql`clock_timestamp()` })
        .where(eq(sweeps.id, id));
    },
  };
}

/** Drops what sweeps did before that, and when accounts were looked at whom none has had to look at since. Repeatable. */
export async function forgetOldSweeps(db: Db, days: number): Promise<void> {
  const before = sql`clock_timestamp() - make_interval(days => ${days}::int)`;
  await db.delete(sweeps).where(lt(sweeps.startedAt, before));
  await db.delete(sweepLooks).where(lt(sweepLooks.lookedAt, before));
}

export type SweepRow = typeof sweeps.$inferSelect;

/** The sweep that ended last; `null` before any has. */
export async function readLastSweep(db: Db): Promise<SweepRow | null> {
  const [row] = await db
    .select()
    .from(sweeps)
    .where(isNotNull(sweeps.endedAt))
    .orderBy(desc(sweeps.id))
    .limit(1);
  return row ?? null;
}

export type SweepState = {
  /** Since a sweep last ended, or, before any has, since the first one began; `null`: none ever began. */
  readonly sinceMs: number | null;
  /** How many accounts that a sweep has to read again were not read for so long, 10,000 at most. */
  readonly behind: number;
};

const mostCounted = 10_000;
const patienceMs = 10 * SECOND_MS;

/** How the sweeps stand: who was not read again for `behindMs` although he was due all that time. */
export async function readSweepState(db: Db, behindMs: number): Promise<SweepState> {
  const secs = behindMs / SECOND_MS;
  const long = sql`clock_timestamp() - make_interval(secs => ${secs})`;
  return db.transaction(
    async (tx) => {
      await tx.execute(sql`select set_config('statement_timeout', ${String(patienceMs)}, true)`);
      const [row] = await tx.execute<{ since: string | null; behind: string }>(sql`
        select
          extract(epoch from clock_timestamp() - coalesce(
            (select max(ended_at) from sweeps), (select min(started_at) from sweeps))) * 1000 as since,
          (select count(*) from (
            select account from (
              select a.account, a.changed_at as since from access a where ${isTold}
              union all select c.account, c.opened_at from cases c where c.closed_at is null
            ) as due
            where since < ${long} and not exists (
              select from sweep_looks l where l.account = due.account and l.looked_at >= ${long})
            group by account limit ${mostCounted}) as late) as behind`);
      const since = row?.since ?? null;
      return { sinceMs: since === null ? null : Number(since), behind: Number(row?.behind ?? 0) };
    },
    { accessMode: 'read only' },
  );
}
