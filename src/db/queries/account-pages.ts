import { and, asc, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { Access, Restriction } from '../../domain/restrictions.js';
import type { Db } from '../client.js';
import { access, accountCustomers, accounts } from '../schema.js';

export type PageFilter = {
  readonly access?: Access | undefined;
  readonly billingStatus?: 'current' | 'past_due' | 'disputed' | undefined;
};

export type ListedAccount = {
  readonly id: string;
  readonly ref: string;
  readonly name: string;
  readonly customers: readonly string[];
  readonly createdAt: Date;
  readonly billingStatus: 'current' | 'past_due';
  readonly access: Access;
  readonly restrictions: readonly Restriction[];
};

const columns = {
  id: accounts.id,
  ref: accounts.ref,
  name: accounts.name,
  createdAt: accounts.createdAt,
  billingStatus: accounts.billingStatus,
  access: sql<Access>`coalesce(${access.access}, 'active')`,
  restrictions: sql<readonly Restriction[]>`coalesce(${access.restrictions}, '[]')`,
  customers: sql<string[]>`array(select ${accountCustomers.customer} from ${accountCustomers}
    where ${accountCustomers.account} = ${accounts.id} order by 1)`,
};

/** The accounts after this one in the order of their ids, so that nothing moves between pages when one is renamed. */
export async function readAccountPage(
  db: Db,
  { after, limit, ...filter }: PageFilter & { readonly after: string | null; readonly limit: number },
): Promise<ListedAccount[]> {
  const conditions = [
    after === null ? undefined : gt(accounts.id, after),
    accessIs(filter.access),
    billingIs(filter.billingStatus),
  ];
  return db
    .select(columns)
    .from(accounts)
    .leftJoin(access, eq(access.account, accounts.id))
    .where(and(...conditions))
    .orderBy(asc(accounts.id))
    .limit(limit);
}

/** One account as lists show it, or `null`. */
export async function readListedAccount(
  db: Db,
  by: 'id' | 'ref' | 'customer',
  name: string,
): Promise<ListedAccount | null> {
  const owner = db
    .select({ account: accountCustomers.account })
    .from(accountCustomers)
    .where(eq(accountCustomers.customer, name));
  const named = {
    id: () => eq(accounts.id, name),
    ref: () => eq(accounts.ref, name),
    customer: () => eq(accounts.id, owner),
  };
  const [row] = await db
    .select(columns)
    .from(accounts)
    .leftJoin(access, eq(access.account, accounts.id))
    .where(named[by]());
  return row ?? null;
}

// Restrictions that have ended by themselves count for nothing here either; the level is the one last written.
const disputed = sql`exists (select from jsonb_array_elements(${access.restrictions}) r
  where r ->> 'reason' = 'dispute'
    and coalesce((r ->> 'until')::numeric, 'infinity') > extract(epoch from now()) * 1000)`;

function accessIs(level: Access | undefined): SQL | undefined {
  if (level === undefined) return undefined;
  // Without a row nothing ever happened to it. Other levels have an index to themselves.
  return level === 'active' ? or(isNull(access.account), eq(access.access, level)) : eq(access.access, level);
}

function billingIs(status: PageFilter['billingStatus']): SQL | undefined {
  if (status === undefined) return undefined;
  if (status === 'disputed') return disputed;
  return and(eq(accounts.billingStatus, status), sql`not ${disputed}`);
}
