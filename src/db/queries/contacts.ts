import { and, eq, notInArray } from 'drizzle-orm';
import type { Contact, ContactRole } from '../../domain/contact.js';
import type { AccountId } from '../../domain/ids.js';
import type { Db, Executor } from '../client.js';
import { accountContacts } from '../schema.js';
import { confirmAddress } from './bounces.js';
import { lockAccount } from './ledger.js';
import { noteOrder, type Signed } from './notes.js';

/** Makes these the account's addresses of a role; who is among them already keeps his name. */
export async function replaceContacts(
  tx: Executor,
  account: string,
  role: ContactRole,
  emails: readonly string[],
): Promise<void> {
  const ofRole = and(eq(accountContacts.account, account), eq(accountContacts.role, role));
  const others = emails.length === 0 ? ofRole : and(ofRole, notInArray(accountContacts.email, [...emails]));
  await tx.delete(accountContacts).where(others);
  if (emails.length === 0) return;
  const rows = emails.map((email) => ({ account, role, email }));
  await tx.insert(accountContacts).values(rows).onConflictDoNothing();
}

/**
 * Adds a contact, or gives the one of this role and address a name. Who bounced is written to again. `false`: it stood so
 * already. Repeatable.
 */
export async function addContact(
  db: Db,
  account: AccountId,
  { role, email, name }: Contact,
  signed: Signed,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockAccount(tx, account);
    const key = [accountContacts.account, accountContacts.role, accountContacts.email];
    const [known] = await tx
      .select({ name: accountContacts.name })
      .from(accountContacts)
      .where(
        and(
          eq(accountContacts.account, account),
          eq(accountContacts.role, role),
          eq(accountContacts.email, email),
        ),
      );
    const isConfirmed = await confirmAddress(tx, email);
    const isRenamed = known !== undefined && name !== null && name !== known.name;
    if (known !== undefined && !isRenamed && !isConfirmed) return false;
    await tx
      .insert(accountContacts)
      .values({ account, role, email, name })
      .onConflictDoUpdate({ target: key, set: { name: name ?? known?.name ?? null } });
    const done = known === undefined ? 'added' : isRenamed ? 'renamed' : 'confirmed';
    const text = `${role} contact ${done}`;
    await noteOrder(tx, account, { kind: 'addContact', text, ...signed });
    return true;
  });
}

/** Removes an address, from one role or from all; says from which. Repeatable. */
export async function removeContact(
  db: Db,
  account: AccountId,
  { role, email }: { readonly role: ContactRole | null; readonly email: string },
  signed: Signed,
): Promise<ContactRole[]> {
  return db.transaction(async (tx) => {
    await lockAccount(tx, account);
    const address = and(eq(accountContacts.account, account), eq(accountContacts.email, email));
    const which = role === null ? address : and(address, eq(accountContacts.role, role));
    const gone = await tx.delete(accountContacts).where(which).returning({ role: accountContacts.role });
    const roles = gone.map((one) => one.role).sort();
    if (roles.length > 0) {
      const text = `${roles.join(' and ')} contact removed`;
      await noteOrder(tx, account, { kind: 'removeContact', text, ...signed });
    }
    return roles;
  });
}
