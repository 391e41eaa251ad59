import { and, eq, inArray, lte, or, isNull, sql } from 'drizzle-orm';
import type { BillingEvent, RefusalReason } from '../../ports/billing.js';
import type { Db, Executor } from '../client.js';
import { access, cases, inbox, rejectedDeliveries, type InboxState } from '../schema.js';

export type InboxRow = {
  readonly seq: number;
  readonly eventId: string;
  readonly type: string;
  readonly customer: string | null;
  readonly attempts: number;
};

/** Commits an event. `false`: it was here already, and nothing was written. The row is durable when this returns. */
export async function storeEvent(
  db: Db,
  event: BillingEvent,
  payload: unknown,
  state: InboxState,
): Promise<boolean> {
  const rows = await db
    .insert(inbox)
    .values({
      eventId: event.id,
      type: event.type,
      customer: event.customer,
      invoice: event.invoice,
      subscription: event.subscription,
      livemode: event.livemode,
      apiVersion: event.apiVersion,
      createdAt: new Date(event.createdAt),
      payload: storable(payload),
      state,
    })
    .onConflictDoNothing({ target: inbox.eventId })
    .returning({ seq: inbox.seq });
  return rows.length > 0;
}

// U+0000 and halves of surrogate pairs are JSON, and jsonb refuses them.
const unstorable = /[\0\p{Surrogate}]/gu;

/** The payload as `jsonb` can hold it: an odd character in a customer's name must not turn the event away for ever. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(unstorable, '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]));
}

/** Counts a refused delivery. Its body is not kept. */
export async function countRefusal(db: Db, reason: RefusalReason): Promise<void> {
  await db
    .insert(rejectedDeliveries)
    .values({ day: sql`current_date::text`, reason, count: 1, lastAt: sql`now()` })
    .onConflictDoUpdate({
      target: [rejectedDeliveries.day, rejectedDeliveries.reason],
      set: { count: sql`${rejectedDeliveries.count} + 1`, lastAt: sql`now()` },
    });
}

/** Claims the oldest rows that are due, for as long as the transaction lasts; other dispatchers pass them over. */
export async function claimPending(tx: Executor, limit: number): Promise<InboxRow[]> {
  return tx
    .select({
      seq: inbox.seq,
      eventId: inbox.eventId,
      type: inbox.type,
      customer: inbox.customer,
      attempts: inbox.attempts,
    })
    .from(inbox)
    .where(and(eq(inbox.state, 'pending'), or(isNull(inbox.retryAt), lte(inbox.retryAt, sql`now()`))))
    .orderBy(inbox.seq)
    .limit(limit)
    .for('update', { skipLocked: true });
}

export async function markRows(
  tx: Executor,
  seqs: readonly number[],
  state: InboxState,
  account: string | null,
): Promise<void> {
  if (seqs.length === 0) return;
  await tx
    .update(inbox)
    .set({ state, account, dispatchedAt: sql`now()`, lastError: null })
    .where(inArray(inbox.seq, [...seqs]));
}

/** Leaves rows for a later try. Nothing is ever given up, and a payment never waits long: half a minute at most. */
export async function postpone(tx: Executor, rows: readonly InboxRow[], error: string): Promise<void> {
  for (const row of rows) {
    const waitSeconds = Math.min(30, 2 ** Math.min(row.attempts, 9));
    await tx
      .update(inbox)
      .set({
        attempts: row.attempts + 1,
        retryAt: sql`now() + make_interval(secs => ${waitSeconds})`,
        lastError: error.slice(0, 500),
      })
      .where(eq(inbox.seq, row.seq));
  }
}

/** Whether a workflow has to hear of the account even when its news is good: a case is open, or something is taken away. */
export async function isInTrouble(db: Executor, account: string): Promise<boolean> {
  const [row] = await db
    .select({
      open: sql<boolean>`exists (select from ${cases} where ${cases.account} = ${account} and ${cases.closedAt} is null)`,
      restricted: sql<boolean>`exists (select from ${access} where ${access.account} = ${account} and (${access.restrictions} <> '[]' or ${access.fallback} is not null))`,
    })
    .from(sql`(select 1) as one`);
  return row !== undefined && (row.open || row.restricted);
}

/** When the account last had a workflow signalled; events are dispatched in order, so this tells of one that just began. */
export async function wasJustSignalled(
  db: Executor,
  account: string,
  withinSeconds: number,
): Promise<boolean> {
  const rows = await db
    .select({ seq: inbox.seq })
    .from(inbox)
    .where(
      and(
        eq(inbox.account, account),
        eq(inbox.state, 'dispatched'),
        sql`${inbox.dispatchedAt} > now() - make_interval(secs => ${withinSeconds})`,
      ),
    )
    .limit(1);
  return rows.length > 0;
}

export type UnmatchedRow = {
  readonly customer: string | null;
  readonly events: number;
  readonly newest: Date;
};

/** Customers that sent events and belong to no account, most recent first. */
export async function listUnmatched(db: Db, limit: number): Promise<UnmatchedRow[]> {
  return db
    .select({
      customer: inbox.customer,
      events: sql<number>`count(*)::int`,
      newest: sql`max(${inbox.createdAt})`.mapWith(inbox.createdAt),
    })
    .from(inbox)
    .where(eq(inbox.state, 'unmatched'))
    .groupBy(inbox.customer)
    .orderBy(sql`max(${inbox.createdAt}) desc`)
    .limit(limit);
}
