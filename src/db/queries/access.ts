import { sql } from 'drizzle-orm';
import type { Exemption, Hold, Told } from '../../domain/case-file.js';
import { asAccountId, type AccountId } from '../../domain/ids.js';
import type { FallbackPlan } from '../../domain/policy.js';
import type { Access, Restriction } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import type { NextStep, PlannedStep } from '../../domain/timetable.js';
import type { Executor } from '../client.js';
import { access, accountCustomers, accounts, cases } from '../schema.js';

/** What the rows say of an account's access. An account to which nothing ever happened has all of it. */
export type AccessRow = {
  readonly id: AccountId;
  readonly ref: string;
  readonly billingStatus: 'current' | 'past_due';
  readonly access: Access;
  readonly restrictions: readonly Restriction[];
  readonly exemption: Exemption | null;
  readonly fallback: FallbackPlan | null;
  /** Until when its sessions are over. */
  readonly sessionsEndedAt: Instant | null;
  /** Of the open case, where there is one. */
  readonly isOwing: boolean;
  readonly next: NextStep | null;
  readonly told: readonly Told[];
  readonly hold: Hold | null;
};

/** How accounts can be asked for, each list by one of their names. */
export type Asked = {
  readonly ids: readonly string[];
  readonly refs: readonly string[];
  readonly customers: readonly string[];
};

type Row = {
  readonly by: 'id' | 'ref' | 'customer';
  readonly name: string;
  readonly id: string;
  readonly ref: string;
  readonly billing_status: AccessRow['billingStatus'];
  readonly access: Access | null;
  readonly restrictions: readonly Restriction[] | null;
  readonly exemption: Exemption | null;
  readonly fallback: FallbackPlan | null;
  readonly sessions_ms: string | null;
  readonly is_owing: boolean | null;
  readonly next_step: PlannedStep | null;
  readonly next_ms: string | null;
  readonly told: readonly Told[] | null;
  readonly hold: Hold | null;
};

/** The accounts of these names, in one query, each with how and by which name it was asked for; unknown ones are left out. */
export async function readAccess(
  db: Executor,
  asked: Asked,
): Promise<{ readonly by: Row['by']; readonly name: string; readonly row: AccessRow }[]> {
  // One text for each list: a statement with as many parameters as accounts would be a new one every time.
  const listOf = (names: readonly string[]) => sql`json_array_elements_text(${JSON.stringify(names)}::json)`;
  const rows = await db.execute<Row>(sql`
    with asked (by, name, account) as (
      select 'id', word, word::uuid from ${listOf(asked.ids)} as word
      union all
      select 'ref', word, a.id from ${listOf(asked.refs)} as word join ${accounts} a on a.ref = word
      union all
      select 'customer', word, c.account from ${listOf(asked.customers)} as word
        join ${accountCustomers} c on c.customer = word
    )
    select asked.by, asked.name, a.id, a.ref, a.billing_status, x.access, x.restrictions, x.exemption, x.fallback,
      (extract(epoch from x.sessions_ended_at) * 1000)::bigint as sessions_ms,
      jsonb_array_length(c.owed) > 0 as is_owing, c.next_step,
      (extract(epoch from c.next_at) * 1000)::bigint as next_ms, c.file -> 'told' as told, c.file -> 'hold' as hold
    from asked
      join ${accounts} a on a.id = asked.account
      left join ${access} x on x.account = a.id
      left join ${cases} c on c.account = a.id and c.closed_at is null`);
  return rows.map((row) => ({ by: row.by, name: row.name, row: toAccessRow(row) }));
}

function toAccessRow(row: Row): AccessRow {
  const { next_step: step, next_ms: at } = row;
  return {
    id: asAccountId(row.id),
    ref: row.ref,
    billingStatus: row.billing_status,
    access: row.access ?? 'active',
    restrictions: row.restrictions ?? [],
    exemption: row.exemption,
    fallback: row.fallback,
    sessionsEndedAt: row.sessions_ms === null ? null : Number(row.sessions_ms),
    isOwing: row.is_owing ?? false,
    next: step === null || at === null ? null : { step, at: Number(at) },
    told: row.told ?? [],
    hold: row.hold,
  };
}
