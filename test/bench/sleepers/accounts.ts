import { randomUUID } from 'node:crypto';
import type { Db } from '../../../src/db/client.js';
import { accountContacts, accountCustomers, accounts } from '../../../src/db/schema.js';
import { asAccountId, type AccountId } from '../../../src/domain/ids.js';

export type Sleeper = {
  readonly id: AccountId;
  readonly ref: string;
  readonly name: string;
  readonly email: string;
};

const atOnce = 1_000;

/** So many accounts with one contact and one customer each, whose id begins with `prefix`. */
export async function addAccounts(db: Db, count: number, prefix: string): Promise<Sleeper[]> {
  const made = Array.from({ length: count }, (_, index): Sleeper & { readonly customer: string } => {
    const ref = `${prefix.replace('cus_', '')}-${index}`;
    const id = asAccountId(randomUUID());
    const name = `The Company of ${ref}`;
    return { id, ref, name, email: `billing@${ref}.example`, customer: `${prefix}_${index}` };
  });
  for (let from = 0; from < count; from += atOnce) {
    const some = made.slice(from, from + atOnce);
    await db.insert(accounts).values(some.map(({ id, ref, name }) => ({ id, ref, name })));
    await db
      .insert(accountContacts)
      .values(some.map(({ id, email }) => ({ account: id, role: 'billing' as const, email })));
    await db.insert(accountCustomers).values(some.map(({ id, customer }) => ({ account: id, customer })));
  }
  return made;
}
