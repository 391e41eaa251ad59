import { sql, type SQL } from 'drizzle-orm';
import type { ContactRole } from '../../domain/contact.js';
import type { Db, Executor } from '../client.js';
import { lockDirectory } from './customers.js';

/** What a line says of an account: what is left out stays as it is, `null` and an empty list take it away. */
export type Patch = {
  readonly name?: string;
  readonly language?: string | null;
  readonly time_zone?: string | null;
  readonly country?: string | null;
  readonly plan?: string | null;
  /** ISO 8601. */
  readonly since?: string | null;
  /** Sorted. */
  readonly tags?: readonly string[];
  /** The addresses of a role, sorted, instead of those before. */
  readonly contacts?: Partial<Record<ContactRole, readonly string[]>>;
  /** Customers to be linked; nobody is unlinked. */
  readonly customers?: readonly string[];
};

/** One account of a file. `line`: where it stands there, from 1 on. */
export type ImportLine = { readonly line: number; readonly ref: string; readonly patch: Patch };

/** What is wrong with a line, and what mends it. */
export type ImportProblem = { readonly line: number; readonly says: string };

export type ImportResult = {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Lines of which nothing is written. */
  readonly wrong: number;
  /** Events that had waited for one of these customers, and are dispatched now. */
  readonly events: number;
  readonly written: boolean;
};

export type ImportOptions = {
  readonly dryRun: boolean;
  /** Writes the good lines although others are wrong; else it is all of them or none. */
  readonly skipWrong: boolean;
  /** Hears of every line that is wrong, whether its text says so or our accounts do. */
  readonly tell: (problem: ImportProblem) => void;
};

// What is in memory of a file of any length.
const atOnce = 1_000;

/**
 * Brings accounts up to date with a file, in one transaction: either all is written or nothing. A second run changes
 * nothing. Lines wait in a temporary table, so the file may be longer than memory.
 */
export async function importAccounts(
  db: Db,
  lines: AsyncIterable<ImportLine | ImportProblem>,
  { dryRun, skipWrong, tell }: ImportOptions,
): Promise<ImportResult> {
  return db.transaction(async (tx) => {
    const unreadable = await stage(tx, lines, tell);
    // From here on nobody adds, links or matches: what is compared now is what is written over.
    if (!dryRun) await lockDirectory(tx);
    const refused = await findConflicts(tx, tell);
    await compare(tx);
    const counts = await countLines(tx);
    const wrong = unreadable + refused;
    const written = !dryRun && (wrong === 0 || skipWrong);
    const events = written ? await write(tx) : 0;
    return { ...counts, wrong, events, written };
  });
}

/** Reads all lines into a table; returns how many could not be read. */
async function stage(
  tx: Executor,
  lines: AsyncIterable<ImportLine | ImportProblem>,
  tell: (problem: ImportProblem) => void,
): Promise<number> {
  await tx.execute(sql`create temporary table import_lines
    (line bigint not null, ref text not null, patch jsonb not null, account uuid, change text) on commit drop`);
  let wrong = 0;
  let waiting: ImportLine[] = [];
  const put = async () => {
    await tx.execute(sql`insert into import_lines (line, ref, patch)
      select * from jsonb_to_recordset(${JSON.stringify(waiting)}::text::jsonb)
      as t (line bigint, ref text, patch jsonb)`);
    waiting = [];
  };
  for await (const line of lines) {
    if ('says' in line) {
      tell(line);
      wrong += 1;
      continue;
    }
    waiting.push(line);
    if (waiting.length === atOnce) await put();
  }
  if (waiting.length > 0) await put();
  await tx.execute(sql`create index on import_lines (ref)`);
  await tx.execute(sql`analyze import_lines`);
  return wrong;
}

const customersOf = sql`(select l.line, l.ref, c.customer from import_lines l,
  jsonb_array_elements_text(coalesce(l.patch -> 'customers', '[]')) as c (customer)) as named`;

const twice: SQL = sql`select line, format('account %s stands on line %s already: keep one of them', ref, first) as says
  from (select line, ref, min(line) over (partition by ref) as first from import_lines) as seen where line > first`;

const shared: SQL = sql`select line,
    format('customer %s stands on line %s already, with account %s: it can belong to one only', customer, first, other) as says
  from (select line, ref, customer, first_value(line) over w as first, first_value(ref) over w as other
    from ${customersOf} window w as (partition by customer order by line)) as seen
  where line > first and ref <> other`;

const taken: SQL = sql`select named.line, format('customer %s belongs to account %s already: move it with '
    || '\`forbear account link %s %s --move --reason …\`, or leave it out', named.customer, a.ref, named.ref, named.customer) as says
  from ${customersOf} join account_customers k on k.customer = named.customer
  join accounts a on a.id = k.account where a.ref <> named.ref`;

/** Tells which lines contradict each other or our accounts, and puts them away; returns how many there are. */
async function findConflicts(tx: Executor, tell: (problem: ImportProblem) => void): Promise<number> {
  const found = await tx.execute<{ line: string; says: string }>(
    sql`select line, says from (${twice} union all ${shared} union all ${taken}) as p order by line, says`,
  );
  for (const { line, says } of found) tell({ line: Number(line), says });
  const wrong = [...new Set(found.map(({ line }) => Number(line)))];
  if (wrong.length > 0) {
    await tx.execute(sql`delete from import_lines where line in
      (select value::bigint from jsonb_array_elements_text(${JSON.stringify(wrong)}::text::jsonb))`);
  }
  return wrong.length;
}

const given = (field: string) => sql`l.patch ? ${sql.raw(`'${field}'`)}`;
const said = (field: string) => sql`l.patch ->> ${sql.raw(`'${field}'`)}`;
const saidTags = sql`array(select jsonb_array_elements_text(l.patch -> 'tags'))`;

/** What a column of the account is after the line. */
const after = (field: string, value: SQL = said(field)) =>
  sql`case when ${given(field)} then ${value} else a.${sql.raw(field)} end`;

const columns = sql.join(
  [
    after('name'),
    after('language'),
    after('time_zone'),
    after('country'),
    after('plan'),
    after('since', sql`(${said('since')})::timestamptz`),
    after('tags', saidTags),
  ],
  sql`, `,
);

/** Whether the addresses of a role are others than those that the line names. */
const othersToTell = sql`exists (select from jsonb_each(coalesce(l.patch -> 'contacts', '{}')) as r (role, emails)
  where array(select c.email from account_contacts c where c.account = a.id and c.role = r.role order by c.email collate "C")
    <> array(select e.email from jsonb_array_elements_text(r.emails) as e (email) order by e.email collate "C"))`;

const unlinked = sql`exists (select from jsonb_array_elements_text(coalesce(l.patch -> 'customers', '[]')) as c (customer)
  where not exists (select from account_customers k where k.customer = c.customer))`;

/** Notes of each line whether it adds an account, changes one, or says nothing new. */
async function compare(tx: Executor): Promise<void> {
  await tx.execute(sql`update import_lines as l set account = a.id, change = case
      when row(a.name, a.language, a.time_zone, a.country, a.plan, a.since, a.tags) is distinct from row(${columns})
        or ${othersToTell} or ${unlinked} then 'changed' else 'unchanged' end
    from accounts a where a.ref = l.ref`);
  await tx.execute(sql`update import_lines set change = 'added' where change is null`);
}

async function countLines(tx: Executor): Promise<Pick<ImportResult, 'added' | 'changed' | 'unchanged'>> {
  const rows = await tx.execute<{ change: string; lines: number }>(
    sql`select change, count(*)::int as lines from import_lines group by change`,
  );
  const count = (change: string) => rows.find((row) => row.change === change)?.lines ?? 0;
  return { added: count('added'), changed: count('changed'), unchanged: count('unchanged') };
}

/** Writes what is new; returns how many events can be matched now. */
async function write(tx: Executor): Promise<number> {
  await tx.execute(sql`insert into accounts (ref, name) select ref, coalesce(patch ->> 'name', ref)
    from import_lines where change = 'added'`);
  await tx.execute(sql`update import_lines as l set account = a.id from accounts a
    where a.ref = l.ref and l.change = 'added'`);
  await tx.execute(sql`update accounts as a set (name, language, time_zone, country, plan, since, tags) = row(${columns})
    from import_lines l where l.account = a.id and l.change <> 'unchanged'`);
  await writeContacts(tx);
  await tx.execute(sql`insert into account_customers (customer, account) select c.customer, l.account
    from import_lines l, jsonb_array_elements_text(coalesce(l.patch -> 'customers', '[]')) as c (customer)
    where l.change <> 'unchanged' on conflict do nothing`);
  return releaseAll(tx);
}

/** Who stays keeps his name. */
async function writeContacts(tx: Executor): Promise<void> {
  await tx.execute(sql`delete from account_contacts as c using import_lines l
    where c.account = l.account and l.change = 'changed' and l.patch -> 'contacts' ? c.role
      and not l.patch -> 'contacts' -> c.role ? c.email`);
  await tx.execute(sql`insert into account_contacts (account, role, email) select l.account, r.role, e.email
    from import_lines l, jsonb_each(coalesce(l.patch -> 'contacts', '{}')) as r (role, emails),
      jsonb_array_elements_text(r.emails) as e (email)
    where l.change <> 'unchanged' on conflict do nothing`);
}

async function releaseAll(tx: Executor): Promise<number> {
  const [row] = await tx.execute<{ events: number }>(sql`with released as (
      update inbox as i set state = 'pending', retry_at = null
      where i.state = 'unmatched' and i.customer in (select k.customer from account_customers k
        join import_lines l on l.account = k.account where l.change <> 'unchanged') returning i.seq)
    select count(*)::int as events from released`);
  const events = row?.events ?? 0;
  if (events > 0) await tx.execute(sql`select pg_notify('forbear_inbox', '')`);
  return events;
}
