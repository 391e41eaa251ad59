import postgres, { type Sql, type TransactionSql } from 'postgres';

/** Why a role can't be given what a service needs, in a sentence for people. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
}

/** Only ever added to. That of the words nothing goes but by `forbear audit-log erase` is up to who owns the tables. */
const appendOnly: readonly string[] = ['audit_log', 'audit_anchors', 'audit_words'];

/** What api, worker and commands delete from; of all else they only add rows and change them. */
export const deletedFrom: readonly string[] = [
  'access_outbox',
  'account_contacts',
  'account_customers',
  'breaker_acts',
  'breaker_asks',
  'rejected_deliveries',
  'sweep_looks',
  'sweeps',
  'webhook_deliveries',
  'webhook_endpoints',
];

// They make and drop tables, which only who owns them may: so they do it in the owner's name.
const asOwner = ['make_inbox_days(integer)', 'drop_inbox_days(integer, integer)'];

/**
 * Gives a role what api, worker and commands need, and takes all else away from it. It has to be there. Safe to repeat: after
 * each migration, which may bring tables. Throws `GrantRefused` for a role that no grant holds back.
 */
export async function grantService(databaseUrl: string, role: string): Promise<void> {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => undefined, connect_timeout: 5 });
  try {
    await mustBeHeldBack(client, role);
    await client.begin((tx) => grantAll(tx, role));
  } finally {
    await client.end({ timeout: 5 });
  }
}

async function mustBeHeldBack(client: Sql, role: string): Promise<void> {
  const [known] = await client<{ super: boolean; owns: boolean }[]>`
    select r.rolsuper as super, pg_has_role(r.oid, c.relowner, 'MEMBER') as owns
    from pg_roles r, pg_class c where r.rolname = ${role} and c.oid = 'public.audit_log'::regclass`;
  if (known === undefined)
    throw new GrantRefused(`there is no role ${role}: create it first (create role … login)`);
  if (known.super || known.owns)
    throw new GrantRefused(`${role} owns the tables, or may act as who does: nothing can be kept from it`);
}

async function grantAll(tx: TransactionSql, role: string): Promise<void> {
  const to = tx(role);
  await tx`revoke all on all tables in schema public from ${to}`;
  await tx`grant usage on schema public, drizzle to ${to}`;
  await tx`grant select on drizzle.__drizzle_migrations to ${to}`;
  await tx`grant usage, select on all sequences in schema public to ${to}`;
  // What is a partition is reached through its parent.
  const tables = await tx<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`;
  for (const { name } of tables) await grantTable(tx, role, name);
  for (const signature of asOwner) await lendToOwner(tx, role, signature);
}

async function grantTable(tx: TransactionSql, role: string, name: string): Promise<void> {
  const [table, to] = [tx(`public.${name}`), tx(role)];
  await tx`grant select, insert on ${table} to ${to}`;
  if (!appendOnly.includes(name)) await tx`grant update on ${table} to ${to}`;
  if (deletedFrom.includes(name)) await tx`grant delete on ${table} to ${to}`;
}

async function lendToOwner(tx: TransactionSql, role: string, signature: string): Promise<void> {
  const lent = tx.unsafe(`public.${signature}`);
  // Whoever calls it could put tables of his own in the way of the names in it.
  await tx`alter function ${lent} security definer set search_path = public, pg_temp`;
  await tx`revoke execute on function ${lent} from public`;
  await tx`grant execute on function ${lent} to ${tx(role)}`;
}
