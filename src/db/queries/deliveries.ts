import { and, desc, eq, sql } from 'drizzle-orm';
import type { Db, Executor } from '../client.js';
import { accounts, webhookDeliveries, webhookEndpoints, type DeliveryState } from '../schema.js';

export type DueDelivery = { readonly id: string; readonly body: string; readonly attempts: number };

/**
 * Takes deliveries of an endpoint that are due, the oldest first; nobody else takes them for `leaseMs`, after which a process
 * that died with them has lost them. `attempts` counts this one.
 */
export async function claimDeliveries(
  db: Executor,
  endpoint: string,
  { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
): Promise<DueDelivery[]> {
  const rows = await db.execute<{ id: string; body: string; attempts: number }>(sql`
    update ${webhookDeliveries} d
      set attempts = d.attempts + 1, last_attempt_at = clock_timestamp(),
          next_at = clock_timestamp() + ${leaseMs} * interval '1 ms'
      from (select id from ${webhookDeliveries}
        where endpoint = ${endpoint} and state = 'pending' and next_at <= clock_timestamp()
        order by next_at limit ${limit} for update skip locked) due
      where d.id = due.id returning d.id, d.body, d.attempts`);
  return rows.map(({ id, body, attempts }) => ({ id, body, attempts }));
}

/** What came back for a delivery; `waitMs`: until it is tried again, `null` when it has arrived. */
export type DeliveryResult = {
  readonly status: number | null;
  readonly error: string | null;
  readonly waitMs: number | null;
};

/** Notes what came of a try. One that was superseded meanwhile stays so: it is not tried again, whatever came back. */
export async function settleDelivery(
  db: Executor,
  id: string,
  { status, error, waitMs }: DeliveryResult,
): Promise<void> {
  await db.execute(sql`
    update ${webhookDeliveries} set last_status = ${status}, last_error = ${error}, ${
      waitMs === null
        ? sql`delivered_at = clock_timestamp(), state = case state when 'pending' then 'delivered' else state end`
        : sql`next_at = clock_timestamp() + ${waitMs} * interval '1 ms'`
    } where id = ${id}`);
}

/** Gives back what was taken and not sent. */
export async function returnDelivery(db: Executor, id: string): Promise<void> {
  await db.execute(
    sql`update ${webhookDeliveries} set attempts = attempts - 1, next_at = clock_timestamp() where id = ${id}`,
  );
}

export type DeliveryRow = Omit<typeof webhookDeliveries.$inferSelect, 'body'> & {
  readonly ref: string | null;
};

const shown = {
  id: webhookDeliveries.id,
  endpoint: webhookDeliveries.endpoint,
  account: webhookDeliveries.account,
  ref: accounts.ref,
  version: webhookDeliveries.version,
  state: webhookDeliveries.state,
  createdAt: webhookDeliveries.createdAt,
  nextAt: webhookDeliveries.nextAt,
  attempts: webhookDeliveries.attempts,
  lastAttemptAt: webhookDeliveries.lastAttemptAt,
  lastStatus: webhookDeliveries.lastStatus,
  lastError: webhookDeliveries.lastError,
  deliveredAt: webhookDeliveries.deliveredAt,
};

export type DeliveryFilter = {
  readonly endpoint: string;
  readonly account?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly limit: number;
};

/** What an endpoint was told and is to be told, the newest first. */
export async function listDeliveries(
  db: Executor,
  { endpoint, account, state, limit }: DeliveryFilter,
): Promise<DeliveryRow[]> {
  return db
    .select(shown)
    .from(webhookDeliveries)
    .leftJoin(accounts, eq(accounts.id, webhookDeliveries.account))
    .where(
      and(
        eq(webhookDeliveries.endpoint, endpoint),
        account === undefined ? undefined : eq(webhookDeliveries.account, account),
        state === undefined ? undefined : eq(webhookDeliveries.state, state),
      ),
    )
    .orderBy(desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id))
    .limit(limit);
}

/** `older`: since then the endpoint was told something newer of the account, which this would take back. */
export type Resending = 'resent' | 'older' | 'unknown';

/** Sends a delivery again, under its own id, even if it has arrived. Only the newest of its account. */
export async function resendDelivery(db: Db, endpoint: string, id: string): Promise<Resending> {
  return db.transaction(async (tx) => {
    const [known] = await tx
      .select({ account: webhookDeliveries.account })
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.endpoint, endpoint)));
    if (known === undefined) return 'unknown';
    const resent = await resend(tx, sql`d.id = ${id}`, endpoint);
    return resent === 1 ? 'resent' : 'older';
  });
}

/** Sends again what an endpoint was told since then, of each account the newest; says how many those are. */
export async function resendSince(db: Executor, endpoint: string, since: Date): Promise<number> {
  return resend(db, sql`d.created_at >= ${since.toISOString()}`, endpoint);
}

async function resend(db: Executor, which: ReturnType<typeof sql>, endpoint: string): Promise<number> {
  const rows = await db.execute(sql`
    update ${webhookDeliveries} d set state = 'pending', next_at = clock_timestamp()
      where d.endpoint = ${endpoint} and ${which} and not exists (
        select from ${webhookDeliveries} newer where newer.endpoint = d.endpoint and newer.account = d.account
          and (newer.created_at, newer.id) > (d.created_at, d.id))
      returning d.id`);
  return rows.length;
}

const mostDropped = 10_000;

/** Drops what has been told and is older than that; says how many. What waits for its endpoint stays. */
export async function dropDeliveries(db: Executor, olderThanMs: number): Promise<number> {
  const rows = await db.execute(sql`
    delete from ${webhookDeliveries} where id in (
      select id from ${webhookDeliveries} where state <> 'pending'
        and created_at < clock_timestamp() - ${olderThanMs} * interval '1 ms' limit ${mostDropped})
      returning id`);
  return rows.length;
}

/** How many wait for each endpoint. The outer table by its name: of one table alone drizzle names no column's table. */
export const waitingFor = sql<number>`(select count(*)::int from ${webhookDeliveries} d
  where d.endpoint = ${webhookEndpoints}.id and d.state = 'pending')`;
