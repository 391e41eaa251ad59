import { and, eq, sql } from 'drizzle-orm';
import { asAccountId, type AccountId, type CustomerId } from '../../domain/ids.js';
import { PortError } from '../../ports/errors.js';
import type { Db, Executor } from '../client.js';
import { accountCustomers, accounts, inbox } from '../schema.js';
import { lockAccount } from './ledger.js';
import { noteOrder, type Signed } from './notes.js';

// In Postgres' space of two numbers, apart from the locks of single customers.
const directory = sql`8377, 1`;

/** Until the transaction ends no import begins; to be called before accounts or customers are written. */
export async function shareDirectory(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock_shared(${directory})`);
}

/** Until the transaction ends nobody else matches, adds or links. One lock, for a hundred thousand would not fit. */
export async function lockDirectory(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${directory})`);
}

/**
 * Until the transaction ends nobody else decides whether this customer is known. Without it an event could be put away as
 * unmatched while the customer is being added, and would wait for ever.
 */
export async function lockCustomer(tx: Executor, customer: CustomerId): Promise<void> {
  await shareDirectory(tx);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${customer}, 0))`);
}

/** The account of a customer, or `null`. */
export async function accountOf(db: Executor, customer: string): Promise<AccountId | null> {
  const [row] = await db
    .select({ account: accountCustomers.account })
    .from(accountCustomers)
    .where(eq(accountCustomers.customer, customer));
  return row === undefined ? null : asAccountId(row.account);
}

/** Links a customer that belongs to nobody, and lets its waiting events go. Safe to repeat; throws `CUSTOMER_TAKEN`. */
export async function linkCustomer(tx: Executor, account: string, customer: CustomerId): Promise<void> {
  await lockCustomer(tx, customer);
  await tx.insert(accountCustomers).values({ customer, account }).onConflictDoNothing();
  const owner = await accountOf(tx, customer);
  if (owner !== account) throw taken(customer, owner);
  await releaseEvents(tx, customer);
}

const taken = (customer: CustomerId, owner: string | null) =>
  new PortError('CUSTOMER_TAKEN', `customer ${customer} belongs to another account (${owner}) already`);

async function releaseEvents(tx: Executor, customer: CustomerId): Promise<void> {
  const waiting = await tx
    .update(inbox)
    .set({ state: 'pending', retryAt: null })
    .where(and(eq(inbox.state, 'unmatched'), eq(inbox.customer, customer)))
    .returning({ seq: inbox.seq });
  if (waiting.length > 0) await tx.execute(sql`select pg_notify('forbear_inbox', '')`);
}

type Owner = { readonly id: AccountId; readonly ref: string; readonly name: string };
/** `from`: the account that it belonged to before. */
export type Linked = { readonly customer: CustomerId; readonly from: Owner | null; readonly isNew: boolean };

async function ownerOf(tx: Executor, customer: CustomerId): Promise<Owner | null> {
  const [row] = await tx
    .select({ id: accounts.id, ref: accounts.ref, name: accounts.name })
    .from(accountCustomers)
    .innerJoin(accounts, eq(accounts.id, accountCustomers.account))
    .where(eq(accountCustomers.customer, customer));
  return row === undefined ? null : { ...row, id: asAccountId(row.id) };
}

/**
 * Links customers as a person wants it, all or none, and notes it in the audit log of every account that is touched. One
 * that belongs elsewhere is moved only with `move`; else throws `CUSTOMER_TAKEN`. Linked already: nothing is written.
 */
export async function linkByOrder(
  db: Db,
  to: Owner,
  customers: readonly CustomerId[],
  { move, ...signed }: Signed & { readonly move: boolean },
): Promise<Linked[]> {
  return db.transaction(async (tx) => {
    // In one order everywhere, so that two commands can't wait for each other.
    const sorted = [...new Set(customers)].sort();
    for (const customer of sorted) await lockCustomer(tx, customer);
    const linked: Linked[] = [];
    for (const customer of sorted) {
      const owner = await ownerOf(tx, customer);
      const from = owner?.id === to.id ? null : owner;
      if (from !== null && !move) throw taken(customer, from.ref);
      linked.push({ customer, from, isNew: owner?.id !== to.id });
    }
    const news = linked.filter(({ isNew }) => isNew);
    if (news.length === 0) return linked;
    const touched = news.flatMap(({ from }) => (from === null ? [] : [from.id])).concat(to.id);
    for (const account of [...new Set(touched)].sort()) await lockAccount(tx, account);
    for (const { customer, from } of news) await link(tx, to, customer, from, signed);
    return linked;
  });
}

async function link(
  tx: Executor,
  to: Owner,
  customer: CustomerId,
  from: Owner | null,
  signed: Signed,
): Promise<void> {
  const set = { account: to.id };
  await tx
    .insert(accountCustomers)
    .values({ customer, account: to.id })
    .onConflictDoUpdate({ target: accountCustomers.customer, set });
  await releaseEvents(tx, customer);
  const origin = from === null ? 'linked' : `moved here from ${from.ref}`;
  await noteOrder(tx, to.id, { kind: 'linkCustomer', text: `customer ${customer} ${origin}`, ...signed });
  if (from === null) return;
  const text = `customer ${customer} moved away to ${to.ref}`;
  await noteOrder(tx, from.id, { kind: 'unlinkCustomer', text, ...signed });
}

/** Takes customers from an account, and notes it; what was not linked is left out of the answer. */
export async function unlinkByOrder(
  db: Db,
  account: AccountId,
  customers: readonly CustomerId[],
  signed: Signed,
): Promise<CustomerId[]> {
  return db.transaction(async (tx) => {
    const sorted = [...new Set(customers)].sort();
    for (const customer of sorted) await lockCustomer(tx, customer);
    await lockAccount(tx, account);
    const gone: CustomerId[] = [];
    for (const customer of sorted) {
      const own = and(eq(accountCustomers.customer, customer), eq(accountCustomers.account, account));
      const rows = await tx.delete(accountCustomers).where(own).returning();
      if (rows.length === 0) continue;
      gone.push(customer);
      await noteOrder(tx, account, {
        kind: 'unlinkCustomer',
        text: `customer ${customer} unlinked`,
        ...signed,
      });
    }
    return gone;
  });
}
