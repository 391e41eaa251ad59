import type { Sql, TransactionSql } from 'postgres';
import type { Inspection, Right } from '../../ports/inspection.js';
import type { Named } from './named.js';
import type { Statements } from './statements.js';

type Role = { role: string; version: string; database: string; attributes: string[] };

/** Whom the address signs in as, what each statement lacks, and what the role could do that no statement asks for. */
export async function inspectDatabase(sql: Sql, statements: Statements): Promise<Inspection> {
  const [who] = await sql<Role[]>`
    select current_user as role, current_setting('server_version') as version, current_database() as database,
      array_remove(array[case when rolsuper then 'superuser' end, case when rolcreaterole then 'createrole' end,
        case when rolcreatedb then 'createdb' end, case when rolbypassrls then 'bypassrls' end], null) as attributes
    from pg_roles where rolname = current_user`;
  const { role = 'nobody', version = '?', database = '?', attributes = [] } = who ?? {};
  const reached = `Postgres ${version}, database ${database}, as ${role}`;
  const needed: Right[] = [];
  for (const [name, statement] of Object.entries(statements))
    if (statement !== undefined) needed.push(await rightFor(sql, name, statement));
  return { reached, rights: [...needed, ...attributes.map(tooMuch), ...(await deletable(sql))] };
}

/** Postgres checks a statement's rights when it plans it; nothing is executed. */
async function rightFor(sql: Sql, name: string, { text, names }: Named): Promise<Right> {
  try {
    await sql.begin('read only', (tx: TransactionSql) =>
      tx.unsafe(
        `explain ${text}`,
        names.map(() => null),
        { prepare: false },
      ),
    );
    return { name: `the statement ${name}`, state: 'held', note: 'Postgres would run it.' };
  } catch (error) {
    // Whoever can't be reached is told by the caller; what Postgres itself refuses has a code.
    if (!(error instanceof Error) || !('severity' in error)) throw error;
    return {
      name: `the statement ${name}`,
      state: 'missing',
      note: `Postgres refuses it: ${error.message}.`,
    };
  }
}

const tooMuch = (attribute: string): Right => ({
  name: attribute,
  state: 'excess',
  note: `The role has the attribute ${attribute}, which no statement needs.`,
});

// As many as a person reads; where there are more, these show the mistake.
const mostTables = 5;

async function deletable(sql: Sql): Promise<readonly Right[]> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
      and (has_table_privilege(c.oid, 'DELETE') or has_table_privilege(c.oid, 'TRUNCATE'))
    order by 1 limit ${mostTables}`;
  return tables.map(({ name }) => ({
    name: `DELETE on ${name}`,
    state: 'excess',
    note: `The role can delete all of ${name}; a suspension never deletes.`,
  }));
}
