import { asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { Db, Executor } from '../client.js';
import { webhookDeliveries, webhookEndpoints, type EndpointSecret } from '../schema.js';
import { waitingFor } from './deliveries.js';
import { readClock } from './ledger.js';

/** An endpoint as people see it. */
export type EndpointRow = Omit<typeof webhookEndpoints.$inferSelect, 'secrets' | 'pingAt'> & {
  /** How many deliveries wait for it. */
  readonly waiting: number;
  /** When its secrets end, the newest first; `null` for the one that has no end. */
  readonly secretEnds: readonly (string | null)[];
  /** Whether it comes back by itself when it answers. */
  readonly isPinged: boolean;
};

const shown = {
  id: webhookEndpoints.id,
  url: webhookEndpoints.url,
  createdAt: webhookEndpoints.createdAt,
  failingSince: webhookEndpoints.failingSince,
  lastSuccessAt: webhookEndpoints.lastSuccessAt,
  disabledAt: webhookEndpoints.disabledAt,
  disabledBecause: webhookEndpoints.disabledBecause,
  waiting: waitingFor,
  secretEnds: sql<(string | null)[]>`jsonb_path_query_array(${webhookEndpoints.secrets}, '$[*].until')`,
  isPinged: sql<boolean>`${webhookEndpoints.pingAt} is not null`,
};

/** Adds an endpoint. `null`: there is one at this address already. */
export async function addEndpoint(db: Executor, url: string, secret: string): Promise<{ id: string } | null> {
  const secrets: readonly EndpointSecret[] = [{ secret, until: null }];
  const [row] = await db
    .insert(webhookEndpoints)
    .values({ url, secrets })
    .onConflictDoNothing()
    .returning({ id: webhookEndpoints.id });
  return row ?? null;
}

export async function listEndpoints(db: Executor): Promise<EndpointRow[]> {
  return db
    .select(shown)
    .from(webhookEndpoints)
    .orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.id));
}

/** The endpoints that a word may mean: an address, an id, or how an id begins. */
export async function findEndpoints(db: Executor, word: string): Promise<EndpointRow[]> {
  const begins = sql`left(${webhookEndpoints.id}::text, ${Math.max(word.length, 4)}) = ${word.toLowerCase()}`;
  return db
    .select(shown)
    .from(webhookEndpoints)
    .where(or(eq(webhookEndpoints.url, word), begins))
    .limit(10);
}

/** Changes the secrets of an endpoint as `change` says, which is given those that it has and the database's now. */
export async function changeSecrets(
  db: Db,
  id: string,
  change: (secrets: readonly EndpointSecret[], now: Date) => readonly EndpointSecret[],
): Promise<readonly EndpointSecret[] | null> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .select({ secrets: webhookEndpoints.secrets })
      .from(webhookEndpoints)
      .where(eq(webhookEndpoints.id, id))
      .for('update');
    if (row === undefined) return null;
    const secrets = change(row.secrets, await readClock(tx));
    await tx.update(webhookEndpoints).set({ secrets }).where(eq(webhookEndpoints.id, id));
    return secrets;
  });
}

/** Forgets an endpoint and what it was told. */
export async function removeEndpoint(db: Executor, id: string): Promise<void> {
  await db.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id));
}

/** Sends nothing there any more; what is to be told waits. `pingInMs`: when it is looked whether it answers again; `null` for never. */
export async function disableEndpoint(
  db: Executor,
  id: string,
  { because, pingInMs }: { readonly because: string; readonly pingInMs: number | null },
): Promise<void> {
  const pingAt = pingInMs === null ? sql`null` : sql`clock_timestamp() + ${pingInMs} * interval '1 ms'`;
  await db.execute(sql`
    update ${webhookEndpoints} set disabled_at = coalesce(disabled_at, clock_timestamp()),
      disabled_because = ${because}, ping_at = ${pingAt} where id = ${id}`);
}

/** Sends there again, at once what has waited; a new count begins of how long it fails. */
export async function enableEndpoint(db: Db, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(webhookEndpoints)
      .set({ failingSince: null, disabledAt: null, disabledBecause: null, pingAt: null })
      .where(eq(webhookEndpoints.id, id));
    await hurry(tx, id);
  });
}

/** Nothing of what waits for it waits longer. */
async function hurry(tx: Executor, endpoint: string): Promise<void> {
  await tx.execute(
    sql`update ${webhookDeliveries} d set next_at = clock_timestamp() where d.endpoint = ${endpoint} and ${waitsLong}`,
  );
}

// What is being sent has a minute for it, and is left alone; what comes sooner by itself needs no hurry.
const waitsLong = sql`d.state = 'pending' and d.next_at > clock_timestamp() + interval '1 minute'`;

export type OpenEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly secrets: readonly EndpointSecret[];
  readonly failingSince: Date | null;
};

const sendable = {
  id: webhookEndpoints.id,
  url: webhookEndpoints.url,
  secrets: webhookEndpoints.secrets,
  failingSince: webhookEndpoints.failingSince,
};

/** Those to which is sent. */
export async function readOpenEndpoints(db: Executor): Promise<OpenEndpoint[]> {
  return db.select(sendable).from(webhookEndpoints).where(isNull(webhookEndpoints.disabledAt));
}

/** Where to send and with which secrets; `null` where there is no such endpoint. */
export async function readEndpoint(db: Executor, id: string): Promise<OpenEndpoint | null> {
  const [found] = await db.select(sendable).from(webhookEndpoints).where(eq(webhookEndpoints.id, id));
  return found ?? null;
}

/** Takes a disabled endpoint that is to be asked whether it is back; nobody else asks it for `againInMs`. */
export async function claimPing(db: Executor, againInMs: number): Promise<OpenEndpoint | null> {
  const [row] = await db.execute<{ id: string }>(sql`
    update ${webhookEndpoints} set ping_at = clock_timestamp() + ${againInMs} * interval '1 ms'
      where id = (select id from ${webhookEndpoints}
        where disabled_at is not null and ping_at <= clock_timestamp() order by ping_at limit 1 for update skip locked)
      returning id`);
  return row === undefined ? null : readEndpoint(db, row.id);
}

/** Something has arrived there; noted every ten seconds at most. An endpoint that was failing is told at once what waits. */
export async function noteArrival(db: Executor, id: string): Promise<void> {
  await db.execute(sql`
    with old as (
      select id, failing_since is not null as was_failing from ${webhookEndpoints} where id = ${id} and (
        failing_since is not null or last_success_at is null
          or last_success_at < clock_timestamp() - interval '10 s') for update),
    noted as (
      update ${webhookEndpoints} e set failing_since = null, last_success_at = clock_timestamp() from old where e.id = old.id)
    update ${webhookDeliveries} d set next_at = clock_timestamp() from old
      where old.was_failing and d.endpoint = old.id and ${waitsLong}`);
}

/** Nothing has arrived there. */
export async function noteFailure(db: Executor, id: string): Promise<void> {
  await db.execute(
    sql`update ${webhookEndpoints} set failing_since = coalesce(failing_since, clock_timestamp()) where id = ${id}`,
  );
}
