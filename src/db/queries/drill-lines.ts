import { and, asc, eq, sql, type SQL } from 'drizzle-orm';
import { asAccountId } from '../../domain/ids.js';
import type { DrillLine, Drills } from '../../ports/drills.js';
import type { EffectKey } from '../../domain/effect.js';
import type { Db, Executor } from '../client.js';
import { access, accounts, cases, effects, fireDrillRows as row, fireDrills } from '../schema.js';

/** The first lines of a drill, in the order of its file, of which this holds. */
export async function linesWhere(
  db: Db,
  drill: string,
  limit: number,
  condition: SQL | undefined,
): Promise<readonly DrillLine[]> {
  const rows = await db
    .select({ line: row.line, id: accounts.id, ref: accounts.ref, isOverridden: row.isOverridden })
    .from(row)
    .innerJoin(accounts, eq(accounts.id, row.account))
    .where(and(eq(row.drill, drill), condition))
    .orderBy(asc(row.line))
    .limit(limit);
  return rows.map(({ id, ref, ...rest }) => ({ ...rest, account: { id: asAccountId(id), ref } }));
}

/** The lines whose cases are at work, and what those have come to. */
export async function underWay(db: Db, drill: string): ReturnType<Drills['underWay']> {
  const newest = sql`(select file from ${cases} where ${cases.account} = ${row.account}
    order by ${cases.openedAt} desc limit 1)`;
  const rows = await db
    .select({
      line: row.line,
      id: accounts.id,
      ref: accounts.ref,
      isOverridden: row.isOverridden,
      ageMs: sql<number>`(extract(epoch from clock_timestamp() - ${row.changedAt}) * 1000)::float8`,
      isOff: sql<boolean>`exists (select from ${effects} where ${effects.account} = ${row.account}
        and ${effects.step} = 'restrict' and ${effects.settledAt} >= ${fireDrills.startedAt}
        and ${effects.outcome} ->> 'status' = 'done')`,
      isLifted: sql<boolean>`not coalesce(${access.restrictions} @> '[{"reason": "manual"}]', false)`,
      says: sql<string | null>`${newest} -> 'remarks' -> -1 ->> 'text'`,
    })
    .from(row)
    .innerJoin(accounts, eq(accounts.id, row.account))
    .innerJoin(fireDrills, eq(fireDrills.id, row.drill))
    .leftJoin(access, eq(access.account, row.account))
    .where(and(eq(row.drill, drill), eq(row.status, 'ordered')))
    .orderBy(asc(row.line));
  return rows.map(({ id, ref, ...rest }) => ({
    ...rest,
    account: { id: asAccountId(id), ref },
  }));
}

/** It carries out a line of a fire drill, whose approval is for an exact list: that is its budget. */
export async function isOfList(tx: Executor, { step, account }: EffectKey): Promise<boolean> {
  if (step !== 'restrict') return false;
  const [known] = await tx
    .select({ line: row.line })
    .from(row)
    .where(
      and(
        eq(row.account, account),
        eq(row.status, 'ordered'),
        // A drill that was ended by force and never followed must not let acts pass for ever.
        sql`${row.changedAt} > clock_timestamp() - interval '1 day'`,
      ),
    )
    .limit(1);
  return known !== undefined;
}
