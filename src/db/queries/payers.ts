import { eq, sql } from 'drizzle-orm';
import {
  asCustomerId,
  asInvoiceId,
  type AccountId,
  type CustomerId,
  type InvoiceId,
} from '../../domain/ids.js';
import type { Db } from '../client.js';
import { access, accountCustomers, accounts } from '../schema.js';

/** Whose invoices are an account's, and which of them nobody owes any more. */
export type Payer = { readonly customers: readonly CustomerId[]; readonly forgiven: readonly InvoiceId[] };

/** `null` when there is no such account. */
export async function readPayer(db: Db, account: AccountId): Promise<Payer | null> {
  const [row] = await db
    .select({
      customers: sql<string[]>`array(select ${accountCustomers.customer} from ${accountCustomers}
        where ${accountCustomers.account} = ${accounts.id} order by 1)`,
      forgiven: access.forgiven,
    })
    .from(accounts)
    .leftJoin(access, eq(access.account, accounts.id))
    .where(eq(accounts.id, account));
  if (row === undefined) return null;
  return { customers: row.customers.map(asCustomerId), forgiven: (row.forgiven ?? []).map(asInvoiceId) };
}
