import { eq, sql } from 'drizzle-orm';
import { debtContacts, type Contact } from '../../domain/contact.js';
import { asAccountId, asCustomerId, type AccountId, type CustomerId } from '../../domain/ids.js';
import type { FallbackPlan } from '../../domain/policy.js';
import type { Access, Restriction } from '../../domain/restrictions.js';
import type { CustomerFact } from '../../ports/billing.js';
import type { Account, Accounts } from '../../ports/cases.js';
import { PortError } from '../../ports/errors.js';
import type { Db, Executor } from '../client.js';
import { access, accountContacts, accountCustomers, accounts } from '../schema.js';
import { bouncedContacts, noteRefusal } from './bounces.js';
import { replaceContacts } from './contacts.js';
import { accountOf, linkCustomer, shareDirectory } from './customers.js';

/** What is left out stays as it is at an account that is there already. */
export type NewAccount = {
  readonly ref: string;
  readonly name?: string | undefined;
  /** Whom notices about debts go to, instead of those before. */
  readonly contacts?: readonly string[] | undefined;
  readonly customers: readonly CustomerId[];
};

export type AccountRow = Account & {
  readonly people: readonly Contact[];
  /** The addresses that are left out, because mails to them bounced. */
  readonly bounced: readonly string[];
  readonly billingStatus: string;
  readonly access: Access;
  readonly accessVersion: number;
  readonly restrictions: readonly Restriction[];
  /** What access is worth while no subscription says more; `null` while one does. */
  readonly fallback: FallbackPlan | null;
};

/** Accounts as the activities read them. */
export function createPostgresAccounts(db: Db): Accounts {
  const read = async (id: AccountId): Promise<Account> => {
    const [row] = await select(db).where(eq(accounts.id, id));
    if (row === undefined) throw new PortError('UNKNOWN_ACCOUNT', `no account has the id ${id}`);
    return toAccount(row);
  };
  return {
    read,
    async noteRefused(id, messageId, recipients) {
      await noteRefusal(db, messageId, recipients);
      return read(id);
    },
  };
}

/**
 * Adds an account, or brings the one of the same `ref` up to date, and links its customers. Events that were waiting for
 * one of these customers are dispatched. Safe to repeat. Throws when a customer belongs to another account already.
 */
export async function addAccount(db: Db, account: NewAccount): Promise<{ id: AccountId }> {
  return db.transaction(async (tx) => {
    await shareDirectory(tx);
    const { ref, name, contacts } = account;
    const [row] = await tx
      .insert(accounts)
      .values({ ref, name: name ?? ref })
      .onConflictDoUpdate({ target: accounts.ref, set: { ref, ...(name !== undefined && { name }) } })
      .returning({ id: accounts.id });
    if (row === undefined) throw new Error('an upsert returned no row');
    if (contacts !== undefined) await replaceContacts(tx, row.id, 'billing', contacts);
    for (const customer of account.customers) await linkCustomer(tx, row.id, customer);
    return { id: asAccountId(row.id) };
  });
}

/** Links a customer to the account that its metadata names, which is made if there is none yet. Safe to repeat. */
export async function matchCustomer(tx: Executor, customer: CustomerFact, ref: string): Promise<AccountId> {
  await shareDirectory(tx);
  const [made] = await tx
    .insert(accounts)
    .values({ ref, name: customer.name ?? ref, language: customer.language })
    .onConflictDoNothing()
    .returning({ id: accounts.id });
  if (made !== undefined && customer.email !== null)
    await replaceContacts(tx, made.id, 'billing', [customer.email]);
  const [row] = await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.ref, ref));
  if (row === undefined) throw new Error('an account was made and is not there');
  await linkCustomer(tx, row.id, customer.id);
  return asAccountId(row.id);
}

/** How people call an account that is known to exist. */
export async function nameOf(db: Executor, id: AccountId): Promise<{ ref: string; name: string }> {
  const [row] = await db
    .select({ ref: accounts.ref, name: accounts.name })
    .from(accounts)
    .where(eq(accounts.id, id));
  if (row === undefined) throw new PortError('UNKNOWN_ACCOUNT', `no account has the id ${id}`);
  return row;
}

/** Finds an account by a Stripe customer, by our id, or by the app's name of it, in this order. */
export async function findAccount(db: Db, word: string): Promise<AccountRow | null> {
  const ofCustomer = await accountOf(db, word);
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(word);
  const id = ofCustomer ?? (isUuid ? word : null);
  const byId = id === null ? [] : await select(db).where(eq(accounts.id, id));
  // An app may call its accounts by UUIDs of its own.
  const [row] = byId.length > 0 ? byId : await select(db).where(eq(accounts.ref, word));
  return row === undefined ? null : toRow(row);
}

export async function listAccounts(db: Db, limit: number): Promise<AccountRow[]> {
  const rows = await select(db).orderBy(accounts.ref).limit(limit);
  return rows.map(toRow);
}

function select(db: Db) {
  const customers = sql<string[]>`array(select ${accountCustomers.customer} from ${accountCustomers}
    where ${accountCustomers.account} = ${accounts.id} order by 1)`;
  const people = sql<Contact[]>`(select coalesce(jsonb_agg(jsonb_build_object('role', ${accountContacts.role},
    'email', ${accountContacts.email}, 'name', ${accountContacts.name}) order by ${accountContacts.email}), '[]')
    from ${accountContacts} where ${accountContacts.account} = ${accounts.id})`;
  return db
    .select({ account: accounts, access, customers, people, bounced: bouncedContacts })
    .from(accounts)
    .leftJoin(access, eq(access.account, accounts.id))
    .$dynamic();
}

type Selected = Awaited<ReturnType<typeof select>>[number];

function toAccount({ account, customers, people, bounced }: Selected): Account {
  const { id, ref, name, language, tags, country, plan, timeZone, since } = account;
  return {
    id: asAccountId(id),
    ref,
    name,
    contacts: debtContacts(people, bounced),
    language,
    customers: customers.map(asCustomerId),
    tags,
    country,
    plan,
    timeZone,
    since: since?.getTime() ?? null,
  };
}

function toRow(selected: Selected): AccountRow {
  return {
    ...toAccount(selected),
    people: selected.people,
    bounced: selected.bounced,
    billingStatus: selected.account.billingStatus,
    access: selected.access?.access ?? 'active',
    accessVersion: selected.access?.version ?? 0,
    restrictions: selected.access?.restrictions ?? [],
    fallback: selected.access?.fallback ?? null,
  };
}
