import { sql } from 'drizzle-orm';
import type { BreakerKind, Census } from '../../domain/breaker.js';
import { DAY_MS, MINUTE_MS } from '../../domain/time.js';
import type { Db, Executor } from '../client.js';
import { breakerCensus } from '../schema.js';

const recountMs = 10 * MINUTE_MS;
// Whoever can't count for so long doesn't know how many there are.
const longestKnownMs = DAY_MS;

type Forecast = Readonly<Partial<Record<BreakerKind, { readonly hour: number; readonly day: number }>>>;

/** What breakers measure against, as last counted; `null`: nobody knows. */
export async function readCensus(tx: Executor, kind: BreakerKind, now: Date): Promise<Census | null> {
  const [row] = await tx.select().from(breakerCensus);
  if (row === undefined || now.getTime() - row.countedAt.getTime() > longestKnownMs) return null;
  return {
    paying: row.paying,
    countries: row.countries,
    plans: row.plans,
    forecast: row.forecast[kind] ?? { hour: 0, day: 0 },
  };
}

/**
 * Counts the accounts that are billed, and the acts that open cases announced at least `knownAhead` before, unless that was
 * done within ten minutes.
 */
export async function keepCensus(db: Db): Promise<void> {
  const [{ ms } = { ms: null }] = await db.execute<{ ms: string | null }>(
    sql`select extract(epoch from clock_timestamp() - max(counted_at)) * 1000 as ms from breaker_census`,
  );
  if (ms !== null && Number(ms) < recountMs) return;
  await db.transaction(async (tx) => {
    // Of many processes one counts.
    const [lock] = await tx.execute<{ got: boolean }>(sql`select pg_try_advisory_xact_lock(4217011) as got`);
    if (lock?.got !== true && ms !== null) return;
    const countries = await countBy(tx, 'country');
    const plans = await countBy(tx, 'plan');
    const paying = Object.values(countries).reduce((total, one) => total + one, 0);
    const forecast = await forecastOf(tx);
    const countedAt = sql`clock_timestamp()`;
    await tx
      .insert(breakerCensus)
      .values({ paying, countries, plans, forecast, countedAt })
      .onConflictDoUpdate({
        target: breakerCensus.one,
        set: { paying, countries, plans, forecast, countedAt },
      });
  });
}

/** Those that are billed, by one of their traits; who has it not stands under the empty word. */
async function countBy(tx: Executor, trait: 'country' | 'plan'): Promise<Record<string, number>> {
  const column = sql.raw(`a.${trait}`);
  const rows = await tx.execute<{ value: string | null; n: number }>(sql`
    select ${column} as value, count(*)::int as n from accounts a
    where exists (select from account_customers c where c.account = a.id) group by ${column}`);
  return Object.fromEntries(rows.map(({ value, n }) => [value ?? '', n]));
}

// A mistake that selects the wrong accounts has to be seen by somebody before it counts as expected.
const knownAhead = sql`interval '20 hours'`;

/** How many acts were announced for the hour, and the day, around now. */
async function forecastOf(tx: Executor): Promise<Forecast> {
  const told = await tx.execute<{ step: BreakerKind; hour: number; day: number }>(sql`
    select p.step,
      count(distinct p.account) filter (where p.at > now() - interval '70 minutes')::int as hour,
      count(distinct p.account)::int as day
    from promises p join cases c on c.id = p.case_id and c.closed_at is null
    where p.at between now() - interval '1 day' and now() + interval '10 minutes' and p.accepted_at <= p.at - ${knownAhead}
    group by p.step`);
  // The next notice takes the place of the one that was sent: so what was sent counts, and what is still to come.
  const [notice] = await tx.execute<{ hour: number; day: number }>(sql`
    with announced as (
      select n.accepted_at as at from notices n join cases c on c.id = n.case_id
        where n.accepted_at > now() - interval '1 day' and n.topic in ('reminder', 'final')
          and c.opened_at <= n.accepted_at - ${knownAhead}
      union all
      select next_at from cases where closed_at is null and next_step in ('remind', 'final')
        and next_at <= now() + interval '1 day' and opened_at <= next_at - ${knownAhead}
    )
    select count(*) filter (where at between now() - interval '70 minutes' and now() + interval '1 hour')::int as hour,
      count(*)::int as day from announced`);
  return Object.fromEntries([
    ...told.map(({ step, hour, day }) => [step, { hour, day }]),
    ...(notice === undefined ? [] : [['notice', notice]]),
  ]) as Forecast;
}
