import { isDeepStrictEqual } from 'node:util';
import postgres, { type JSONValue, type Sql, type TransactionSql } from 'postgres';
import { deepestReason, PortError } from '../../ports/errors.js';
import type {
  Probe,
  Resource,
  ResourceState,
  Target,
  TargetAccount,
  TargetOrder,
} from '../../ports/target.js';
import { inspectDatabase } from './inspect.js';
import { rowsOf, type Row } from './rows.js';
import type { ChangeName, Statements } from './statements.js';
import type { Named } from './named.js';

export type SqlTargetOptions = {
  readonly name: string;
  /** `postgres://…`: of a role that may do what the statements say, and nothing else. */
  readonly url: string;
  readonly statements: Statements;
  /** For one statement. */
  readonly timeoutMs?: number | undefined;
};

// One is read, changed and read back within a moment; whoever changes it in between is let go first.
const mostTries = 3;

/**
 * The app's own database, by the operator's own statements: what stands for an account there is a row or a few. Each change
 * is a transaction that reads, changes the version it has read, and reads back; what is not so then is rolled back. It
 * neither archives nor deletes (`NOT_OFFERED`).
 */
export function createSqlTarget({ name, url, statements, timeoutMs = 10_000 }: SqlTargetOptions): Target {
  const as = { name, statements };
  // Nothing stays open between two calls: a database has few connections, and an account is seldom acted on.
  const connected = <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    guarded(name, async () => {
      const sql = connect(url, timeoutMs);
      return work(sql).finally(() => sql.end({ timeout: 1 }));
    });
  const look = (account: TargetAccount): Promise<readonly Row[]> =>
    connected((sql) => sql.begin<readonly Row[]>('read only', (tx) => readRows(tx, as, account)));
  const find = async (account: TargetAccount, { id }: Resource) =>
    (await look(account)).find((row) => row.id === id) ?? null;
  const change = (step: ChangeName) => (account: TargetOrder, resource: Resource) =>
    connected((sql) => changeOne(sql, as, { step, account, id: resource.id, state: null }));
  const notOffered = () => Promise.reject(new PortError('NOT_OFFERED', `${name}: rows are never deleted`));
  return {
    name,
    find: async (account) => (await look(account)).map(({ id }) => ({ id, kind: 'row' })),
    snapshot: async (account, resource) => (await find(account, resource))?.state ?? null,
    probe: async (account, resource) => probeOf(await find(account, resource)),
    // The app itself ends what it does, once it finds the row suspended.
    drain: () => Promise.resolve(),
    pause: change('suspend'),
    lock: change('lock'),
    unlock: change('unlock'),
    ...(statements.revoke !== undefined && { revoke: change('revoke') }),
    resume: (account, resource, state) =>
      connected((sql) => changeOne(sql, as, { step: 'lift', account, id: resource.id, state })),
    archive: notOffered,
    verifyArchive: notOffered,
    decommission: notOffered,
    inspect: () => connected((sql) => inspectDatabase(sql, statements)),
  };
}

function connect(url: string, timeoutMs: number): Sql {
  const connection = {
    application_name: 'forbear',
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: 2 * timeoutMs,
  };
  return postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined, connection });
}

type As = { readonly name: string; readonly statements: Statements };
type Change = {
  readonly step: ChangeName;
  readonly account: TargetOrder;
  readonly id: string;
  /** What is to be put back. */
  readonly state: ResourceState | null;
};

async function changeOne(sql: Sql, as: As, change: Change): Promise<void> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const isDone = await sql.begin((tx) => tryOnce(tx, as, change));
    if (isDone) return;
  }
  throw new PortError('TARGET_UNAVAILABLE', `${as.name}: ${change.id} is changed by others all the time`);
}

/** `false`: somebody else was quicker. */
async function tryOnce(tx: TransactionSql, as: As, change: Change): Promise<boolean> {
  const { step, account, id, state } = change;
  const before = (await readRows(tx, as, account)).find((row) => row.id === id);
  // What is no more has nothing to be taken and nothing to be given back.
  if (before === undefined || isSo(before, change)) return true;
  const values = { ...named(account), id: before.key, version: before.version, fence: account.fence, state };
  const statement = as.statements[step];
  if (statement === undefined) throw new PortError('NOT_OFFERED', `${as.name}: there is no \`${step}\``);
  const { count } = await run(tx, statement, values);
  if (count === 0) return false;
  if (count > 1)
    throw new PortError('TARGET_REFUSED', `${as.name}: \`${step}\` changes ${count} rows, and not one`);
  const after = (await readRows(tx, as, account)).find((row) => row.id === id);
  if (after !== undefined && isSo(after, change)) return true;
  const seen = after === undefined ? 'it is not there any more' : JSON.stringify(after.state);
  throw new PortError('TARGET_REFUSED', `${as.name}: after \`${step}\` ${id} is not so: ${seen}`);
}

/** Whether a row is as a change wants it. */
function isSo({ suspended, locked, state }: Row, { step, state: wanted }: Change): boolean {
  switch (step) {
    case 'suspend':
      return suspended;
    case 'lift':
      return isDeepStrictEqual(state, wanted);
    case 'lock':
      return locked;
    case 'unlock':
      return !locked;
    case 'revoke':
      return state['revoked'] === true;
  }
}

function probeOf(row: Row | null): Probe {
  if (row === null) return 'gone';
  if (row.suspended) return row.locked ? 'off_and_locked' : 'off';
  return row.locked ? 'in_between' : 'serving';
}

async function readRows(tx: TransactionSql, { name, statements }: As, account: TargetAccount) {
  return rowsOf(name, await run(tx, statements.read, named(account)));
}

const named = ({ id, ref }: TargetAccount) => ({ account: id, ref });

function run(tx: TransactionSql, { text, names }: Named, values: Readonly<Record<string, unknown>>) {
  const parameters = names.map((one) => {
    const value = values[one];
    return one === 'state' ? tx.json(value as JSONValue) : (value as string | number);
  });
  return tx.unsafe(text, parameters, { prepare: false });
}

/** What Postgres says "no" to is a refusal; everything else may be otherwise in a minute. */
async function guarded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortError) throw error;
    const code = (error as { code?: unknown }).code;
    const isRefused = typeof code === 'string' && refusals.test(code);
    const reason = isRefused && error instanceof Error ? error.message : deepestReason(error);
    throw new PortError(isRefused ? 'TARGET_REFUSED' : 'TARGET_UNAVAILABLE', `${name}: ${reason}`, {
      cause: error,
    });
  }
}

// SQLSTATE: data, integrity, a right that is missing, a mistake in the statement, an exception of a function.
const refusals = /^(22|23|28|42|P0|25006)/;
