import { eq } from 'drizzle-orm';
import type { AccountId } from '../../domain/ids.js';
import { PortError } from '../../ports/errors.js';
import type { Db } from '../client.js';
import { accounts } from '../schema.js';
import { lockAccount } from './ledger.js';
import { noteOrder, type Signed } from './notes.js';

/** What is left out stays as it is; `null` takes it away. */
export type Traits = {
  readonly language?: string | null;
  readonly timeZone?: string | null;
  readonly country?: string | null;
  readonly plan?: string | null;
};
/** Tags to add and to take away. */
export type TagChange = { readonly add: readonly string[]; readonly remove: readonly string[] };

/** Changes what is known of an account, in the audit log too; says what was different before. Repeatable. */
export async function changeTraits(
  db: Db,
  account: AccountId,
  traits: Traits,
  signed: Signed,
): Promise<readonly string[]> {
  return db.transaction(async (tx) => {
    const row = await lockRow(tx, account);
    const names = (Object.keys(traits) as (keyof Traits)[]).filter((name) => traits[name] !== row[name]);
    if (names.length === 0) return [];
    await tx.update(accounts).set(traits).where(eq(accounts.id, account));
    const text = names.map((name) => `${name} is ${traits[name] ?? 'not known'}`).join(', ');
    await noteOrder(tx, account, { kind: 'changeTraits', text, ...signed });
    return names;
  });
}

/** Adds and removes tags, in the audit log too; returns those that the account has now, in order. Repeatable. */
export async function changeTags(
  db: Db,
  account: AccountId,
  { add, remove }: TagChange,
  signed: Signed,
): Promise<readonly string[]> {
  return db.transaction(async (tx) => {
    const { tags } = await lockRow(tx, account);
    const kept = tags.filter((tag) => !remove.includes(tag));
    const now = [...new Set([...kept, ...add])].sort();
    const more = now.filter((tag) => !tags.includes(tag)).map((tag) => `+${tag}`);
    const less = tags.filter((tag) => !now.includes(tag)).map((tag) => `-${tag}`);
    if (more.length + less.length === 0) return now;
    await tx.update(accounts).set({ tags: now }).where(eq(accounts.id, account));
    const text = `tags ${[...more, ...less].join(' ')}`;
    await noteOrder(tx, account, { kind: 'changeTags', text, ...signed });
    return now;
  });
}

async function lockRow(tx: Parameters<typeof lockAccount>[0], account: AccountId) {
  await lockAccount(tx, account);
  const [row] = await tx.select().from(accounts).where(eq(accounts.id, account)).for('no key update');
  if (row === undefined) throw new PortError('UNKNOWN_ACCOUNT', `no account has the id ${account}`);
  return row;
}
