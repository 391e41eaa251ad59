import {
  and,
  desc,
  eq,
  gte,
  inArray,
  isNull,
  lt,
  lte,
  notExists,
  notInArray,
  or,
  sql,
  type SQL,
} from 'drizzle-orm';
import { asAccountId, type AccountId, type CustomerId } from '../../domain/ids.js';
import type { Executor } from '../client.js';
import { accountCustomers, inbox, type InboxState } from '../schema.js';

export type InboxRow = {
  readonly seq: number;
  /** To the millisecond: the row itself was received at this instant or within the millisecond after it. */
  readonly receivedAt: Date;
  readonly eventId: string;
  readonly type: string;
  readonly customer: string | null;
  readonly related: string | null;
  readonly attempts: number;
};

/** A row whose customer belongs to an account. */
export type OwnedRow = InboxRow & { readonly account: AccountId };

const columns = {
  seq: inbox.seq,
  receivedAt: inbox.receivedAt,
  eventId: inbox.eventId,
  type: inbox.type,
  customer: inbox.customer,
  related: inbox.related,
  attempts: inbox.attempts,
};

// Asked for in a select of its own, the clock is read once, and an index can be searched by it.
const clock = sql`(select clock_timestamp())`;
const isDue = and(eq(inbox.state, 'pending'), or(isNull(inbox.retryAt), lte(inbox.retryAt, clock)));
const owner = eq(accountCustomers.customer, inbox.customer);
const claimed = { of: inbox, skipLocked: true } as const;
const owned = { ...columns, account: sql`${accountCustomers.account}`.mapWith(asAccountId) };

/**
 * Claims the oldest rows of known accounts that are due, for as long as the transaction lasts; other dispatchers pass them
 * over.
 */
export function claimDue(tx: Executor, limit: number): Promise<OwnedRow[]> {
  return tx
    .select(owned)
    .from(inbox)
    .innerJoin(accountCustomers, owner)
    .where(isDue)
    .orderBy(inbox.seq)
    .limit(limit)
    .for('update', claimed);
}

// A flood about one account is told in some seconds nevertheless.
const mostAlong = 5_000;

/** Claims what else waits of the accounts of these rows, due or not: one signal tells it all, the older with the newer. */
export async function claimAlong(tx: Executor, rows: readonly OwnedRow[]): Promise<OwnedRow[]> {
  if (rows.length === 0) return [];
  const ofThem = inArray(accountCustomers.account, [...new Set(rows.map(({ account }) => account))]);
  return tx
    .select(owned)
    .from(inbox)
    .innerJoin(accountCustomers, owner)
    .where(and(eq(inbox.state, 'pending'), ofThem, notInArray(inbox.seq, seqsOf(rows))))
    .orderBy(inbox.seq)
    .limit(mostAlong)
    .for('update', claimed);
}

/** The same as `claimDue`, of rows that name nobody, or a customer that belongs to no account. */
export function claimStrangers(tx: Executor, limit: number): Promise<InboxRow[]> {
  return tx
    .select(columns)
    .from(inbox)
    .where(and(isDue, notExists(tx.select().from(accountCustomers).where(owner))))
    .orderBy(inbox.seq)
    .limit(limit)
    .for('update', claimed);
}

/**
 * Readies a transaction for claims: Postgres frees what it has claimed when nothing is heard of it for so long. Rows are read in
 * the order of an index and not sorted: a new day has no statistics, and all that waits would be sorted for each hundred.
 */
export async function prepareClaims(tx: Executor, longestSilenceMs: number): Promise<void> {
  await tx.execute(sql`
    select set_config('idle_in_transaction_session_timeout', ${String(longestSilenceMs)}, true),
           set_config('enable_sort', 'off', true)`);
}

const seqsOf = (rows: readonly InboxRow[]) => rows.map(({ seq }) => seq);

/** Claimed rows, by the index of what is pending, and only in the partitions in which they are. */
function these(rows: readonly InboxRow[]) {
  const times = rows.map(({ receivedAt }) => receivedAt.getTime());
  return and(
    eq(inbox.state, 'pending'),
    inArray(inbox.seq, seqsOf(rows)),
    gte(inbox.receivedAt, new Date(Math.min(...times))),
    lt(inbox.receivedAt, new Date(Math.max(...times) + 1)),
  );
}

export async function markRows(
  tx: Executor,
  rows: readonly InboxRow[],
  state: Exclude<InboxState, 'pending' | 'dead'>,
  account: AccountId | null,
): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .update(inbox)
    .set({ state, account, dispatchedAt: sql`clock_timestamp()`, lastError: null })
    .where(these(rows));
}

/** Rows of accounts that need not hear of them. */
export async function settleRows(tx: Executor, rows: readonly OwnedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .update(inbox)
    .set({
      state: 'settled',
      account: sql`${accountCustomers.account}`,
      dispatchedAt: sql`clock_timestamp()`,
      lastError: null,
    })
    .from(accountCustomers)
    .where(and(owner, these(rows)));
}

/** Leaves rows that failed for a later try; with `waitMs` null they are dead, until a person sets them going again. */
export async function postpone(
  tx: Executor,
  rows: readonly InboxRow[],
  failure: { readonly attempts: number; readonly waitMs: number | null; readonly error: string },
): Promise<void> {
  const { attempts, waitMs, error } = failure;
  const next = waitMs === null ? ({ state: 'dead', retryAt: null } as const) : { retryAt: inMs(waitMs) };
  await tx
    .update(inbox)
    .set({ ...next, attempts, lastError: error.slice(0, 500) })
    .where(these(rows));
}

/** Leaves rows for later that did not fail. */
export async function putOff(tx: Executor, rows: readonly InboxRow[], waitMs: number): Promise<void> {
  await tx
    .update(inbox)
    .set({ retryAt: inMs(waitMs) })
    .where(these(rows));
}

const inMs = (ms: number) => sql`clock_timestamp() + ${Math.round(ms)} * interval '1 ms'`;

/** Whose the rows are, which did not say it themselves. They stay pending. */
export async function nameCustomer(
  tx: Executor,
  rows: readonly InboxRow[],
  customer: CustomerId,
): Promise<void> {
  await tx.update(inbox).set({ customer }).where(these(rows));
}

/**
 * Whether a workflow has to hear of the account even when its news is good: a case is open, something is taken away, or its
 * row says that it owes. That is never mended from an event: it tells that one invoice was paid, not that none is owed; so a
 * workflow looks at Stripe.
 */
export async function isInTrouble(db: Executor, account: AccountId): Promise<boolean> {
  const [row] = await db.execute<{ trouble: boolean }>(
    sql`select ${troubleOf(sql`${account}::uuid`)} as trouble`,
  );
  return row?.trouble === true;
}

const troubleOf = (account: SQL) => sql`(
  exists (select from cases c where c.account = ${account} and c.closed_at is null)
  or exists (select from access x where x.account = ${account} and (x.restrictions <> '[]' or x.fallback is not null))
  or exists (select from accounts a where a.id = ${account} and a.billing_status <> 'current'))`;

/** How long ago the account's workflow was last signalled of an event; `null`: not within this time. */
export async function sinceSignalled(
  db: Executor,
  account: AccountId,
  withinMs: number,
): Promise<number | null> {
  const ago = sql`extract(epoch from ${clock} - ${inbox.dispatchedAt}) * 1000`;
  const [row] = await db
    .select({ ago: ago.mapWith(Number) })
    .from(inbox)
    .where(
      and(
        eq(inbox.account, account),
        eq(inbox.state, 'dispatched'),
        sql`${inbox.dispatchedAt} > ${clock} - ${withinMs} * interval '1 ms'`,
      ),
    )
    .orderBy(desc(inbox.dispatchedAt))
    .limit(1);
  return row?.ago ?? null;
}

/** Of these accounts, those of which this transaction, until its end, is the only one that tells. Never waits. */
export async function aloneTelling(tx: Executor, all: readonly AccountId[]): Promise<AccountId[]> {
  const rows = await tx.execute<{ account: string }>(
    sql`select account from unnest(${sql.param(all)}::uuid[]) as account
         where pg_try_advisory_xact_lock(hashtextextended(account::text, 1))`,
  );
  return rows.map(({ account }) => asAccountId(account));
}

/** Of these accounts, those in good standing that were not signalled within this time; many at once. */
export async function quietAmong(
  tx: Executor,
  all: readonly AccountId[],
  withinMs: number,
): Promise<AccountId[]> {
  const rows = await tx.execute<{ account: string }>(sql`
    select account from unnest(${sql.param(all)}::uuid[]) as account
     where not ${troubleOf(sql`account.account`)}
       and not exists (select from inbox i where i.account = account.account and i.state = 'dispatched'
         and i.dispatched_at > ${clock} - ${withinMs} * interval '1 ms')`);
  return rows.map(({ account }) => asAccountId(account));
}
