import { randomUUID } from 'node:crypto';
import { asc, count, desc, eq, sql } from 'drizzle-orm';
import type { Exemption } from '../../domain/case-file.js';
import type { DrillAccess, DrillCounts, DrillRowStatus } from '../../domain/drill.js';
import { asAccountId } from '../../domain/ids.js';
import type { Access, Restriction } from '../../domain/restrictions.js';
import { actsOf, planDrill, type KnownAccount, type PlannedLine, type Wish } from '../../drill/plan.js';
import { readList } from '../../drill/read.js';
import { whyNot } from '../../drill/spare.js';
import type { BulkUse } from '../../ports/bulk.js';
import type { Db } from '../client.js';
import { accounts, bulkApprovals, fireDrillRows, fireDrills } from '../schema.js';
import { useApproval } from './bulk.js';
import { readClock } from './ledger.js';

type Row = {
  readonly word: string;
  readonly id: string;
  readonly ref: string;
  readonly name: string;
  readonly access: Access | null;
  readonly restrictions: readonly Restriction[] | null;
  readonly exemption: Exemption | null;
  readonly is_paying: boolean;
};

const uuid = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** The accounts that these words name, as a ref, our id or a Stripe customer, in one query. */
export async function findListed(
  db: Db,
  words: readonly string[],
): Promise<ReadonlyMap<string, KnownAccount | 'several'>> {
  const rows = await db.execute<Row>(sql`
    with asked as (select distinct word from json_array_elements_text(${JSON.stringify(words)}::json) as word),
    found as (
      select word, a.id from asked join accounts a on a.ref = word
      union select word, c.account from asked join account_customers c on c.customer = word
      union select word, a.id from asked join accounts a on word ~ ${uuid} and a.id = case when word ~ ${uuid} then word::uuid end
    )
    select found.word, a.id, a.ref, a.name, x.access, x.restrictions, x.exemption,
      a.billing_status = 'current' and coalesce(jsonb_array_length(c.owed), 0) = 0
        and exists (select from account_customers k where k.account = a.id) as is_paying
    from found join accounts a on a.id = found.id
      left join access x on x.account = a.id
      left join cases c on c.account = a.id and c.closed_at is null`);
  const found = new Map<string, KnownAccount | 'several'>();
  for (const row of rows) {
    const other = found.get(row.word);
    found.set(row.word, other === undefined ? knownOf(row) : 'several');
  }
  return found;
}

/** Reads a list, and decides on every line of it by what our own rows know. Throws `UnreadableList`. */
export async function planList(
  db: Db,
  bytes: Uint8Array,
  column: string,
  wish: Wish,
): Promise<readonly PlannedLine[]> {
  const lines = readList(bytes, column);
  const words = lines.filter(({ wrong }) => wrong === null).map(({ given }) => given);
  const known = await findListed(db, words);
  const now = (await readClock(db)).getTime();
  return planDrill(lines, known, wish, (account) => whyNot(account, now));
}

function knownOf({ id, ref, name, access, restrictions, exemption, is_paying: isPaying }: Row): KnownAccount {
  return {
    id: asAccountId(id),
    ref,
    name,
    access: access ?? 'active',
    restrictions: restrictions ?? [],
    exemption,
    isPaying,
  };
}

export const drillKind = 'fire drill';

type Start = {
  readonly access: DrillAccess;
  readonly approval: string;
  readonly by: string;
  readonly reason: string;
};

export type Started = { readonly id: string } | Extract<BulkUse, { readonly status: 'refused' }>;

/** Uses the approval up and writes the list down, in one transaction: the drill is exactly what was approved, and once. */
export async function startDrill(db: Db, planned: readonly PlannedLine[], start: Start): Promise<Started> {
  const { access, approval, by, reason } = start;
  return db.transaction(async (tx) => {
    const use = await useApproval(tx, approval, { kind: drillKind, acts: actsOf(planned, access) });
    if (use.status === 'refused') return use;
    const id = randomUUID();
    const startedAt = await readClock(tx);
    await tx.insert(fireDrills).values({ id, access, startedBy: by, reason, approval, startedAt });
    const rows = planned.map(({ line, given, account, status, detail, isOverridden }) => ({
      line,
      given,
      account: account?.id ?? null,
      status,
      detail,
      overridden: isOverridden,
    }));
    await tx.execute(sql`
      insert into fire_drill_rows (drill, line, given, account, status, detail, is_overridden, changed_at)
      select ${id}, line, given, account, status, detail, overridden, ${startedAt.toISOString()}::timestamptz
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as t (line int, given text, account uuid, status text, detail text, overridden boolean)`);
    return { id };
  });
}

export type DrillSummary = typeof fireDrills.$inferSelect & { readonly counts: DrillCounts };

/** `null` when there is none of this id. */
export async function readDrill(db: Db, id: string): Promise<DrillSummary | null> {
  if (!new RegExp(uuid).test(id)) return null;
  const [drill] = await db.select().from(fireDrills).where(eq(fireDrills.id, id));
  if (drill === undefined) return null;
  const counted = await db
    .select({ status: fireDrillRows.status, n: count() })
    .from(fireDrillRows)
    .where(eq(fireDrillRows.drill, id))
    .groupBy(fireDrillRows.status);
  return { ...drill, counts: Object.fromEntries(counted.map(({ status, n }) => [status, n])) };
}

/** The drill that used this approval, for whoever starts it once more. */
export async function drillOf(db: Db, approval: string): Promise<string | null> {
  const [row] = await db
    .select({ id: fireDrills.id })
    .from(fireDrills)
    .innerJoin(bulkApprovals, eq(bulkApprovals.id, fireDrills.approval))
    .where(sql`${fireDrills.approval}::text = ${approval}`)
    .orderBy(desc(fireDrills.startedAt))
    .limit(1);
  return row?.id ?? null;
}

export type DrillResult = {
  readonly line: number;
  readonly given: string;
  readonly account: string | null;
  readonly ref: string | null;
  readonly status: DrillRowStatus;
  readonly detail: string;
  readonly changedAt: Date;
};

/** Every line and what became of it, in the order of the file. */
export async function readResults(db: Db, drill: string): Promise<readonly DrillResult[]> {
  return db
    .select({
      line: fireDrillRows.line,
      given: fireDrillRows.given,
      account: fireDrillRows.account,
      ref: accounts.ref,
      status: fireDrillRows.status,
      detail: fireDrillRows.detail,
      changedAt: fireDrillRows.changedAt,
    })
    .from(fireDrillRows)
    .leftJoin(accounts, eq(accounts.id, fireDrillRows.account))
    .where(eq(fireDrillRows.drill, drill))
    .orderBy(asc(fireDrillRows.line));
}
