import { and, eq, inArray, sql } from 'drizzle-orm';
import type { BillingEvent } from '../../ports/billing.js';
import type { Db } from '../client.js';
import { pack } from '../payload.js';
import { eventIds, inbox, type InboxSource, type InboxState } from '../schema.js';

export { unpack } from '../payload.js';

/** An event on its way into the inbox, with its text as it came. */
export type Arrival = {
  readonly event: BillingEvent;
  readonly payload: Uint8Array;
  readonly state: Extract<InboxState, 'pending' | 'ignored'>;
  readonly source: InboxSource;
  /** The fingerprint of the secret that it was signed with; `null` where nobody signed. */
  readonly secret: string | null;
};

declare const isCommitted: unique symbol;

/** Proof that an event's row is durable. Only what `storeEvents` committed has one, so whoever holds it may acknowledge. */
export type Committed = {
  readonly eventId: string;
  /** It was here already, and nothing was written. */
  readonly duplicate: boolean;
  readonly [isCommitted]: true;
};

/**
 * Commits events, each once: of several with the same id the first counts. Returns one proof for each arrival, in their
 * order. All rows are durable when this returns; when it throws, nobody knows, and a repeat is safe.
 */
export async function storeEvents(db: Db, arrivals: readonly Arrival[]): Promise<readonly Committed[]> {
  const fresh = await insertNew(db, firstOfEach(arrivals));
  const known = arrivals.filter(({ event: { id }, source }) => source === 'webhook' && !fresh.has(id));
  if (known.length > 0) await noteDelivered(db, known);
  // Deleted as it is met, so that a second arrival of the same id in this batch is a duplicate.
  const duplicates = arrivals.map(({ event: { id } }) => !fresh.delete(id));
  return proofsOf(arrivals, duplicates);
}

/** For what `storeEvents` said of these arrivals, here or in the thread that called it, and for nothing else. */
export function proofsOf(arrivals: readonly Arrival[], duplicates: readonly boolean[]): Committed[] {
  return arrivals.map(({ event }, n) => {
    const duplicate = duplicates[n];
    if (duplicate === undefined) throw new Error('fewer events were committed than given');
    return { eventId: event.id, duplicate } as Committed;
  });
}

/**
 * What had been fetched was delivered after all: else the watch would go on saying that nothing arrives. Waits for nobody:
 * what is being dispatched at this moment stays as it is.
 */
async function noteDelivered(db: Db, arrivals: readonly Arrival[]): Promise<void> {
  const ids = arrivals.map(({ event }) => event.id);
  // Hardly ever any: so it is a question first, which the indexes of a single day answer.
  const fetched = await db
    .select({ id: eventIds.eventId })
    .from(eventIds)
    .where(
      and(
        inArray(eventIds.eventId, ids),
        sql`(select source from inbox i where i.received_at = ${eventIds.receivedAt} and i.seq = ${eventIds.seq}) <> 'webhook'`,
      ),
    );
  if (fetched.length === 0) return;
  const secrets = new Map(arrivals.map(({ event, secret }) => [event.id, secret]));
  const given = fetched.map(({ id }) => ({ event_id: id, secret: secrets.get(id) }));
  await db.execute(sql`
    with delivered as (
      select i.received_at, i.seq, g.secret
      from json_to_recordset(${JSON.stringify(given)}::json) as g (event_id text, secret text)
      join event_ids e using (event_id)
      join inbox i on i.received_at = e.received_at and i.seq = e.seq
      for update of i skip locked
    )
    update inbox set source = 'webhook', secret = delivered.secret from delivered
    where inbox.received_at = delivered.received_at and inbox.seq = delivered.seq`);
}

/** In the order of their ids: two batches that hold the same events wait for each other in one direction only. */
function firstOfEach(arrivals: readonly Arrival[]): Arrival[] {
  const byId = new Map(arrivals.toReversed().map((arrival) => [arrival.event.id, arrival]));
  return [...byId.values()].sort((a, b) => (a.event.id < b.event.id ? -1 : 1));
}

const insertion = `
  with given as (
    select * from json_to_recordset($1::text::json) as t (event_id text, type text, customer text, invoice text,
      subscription text, related text, livemode boolean, api_version text, created_at timestamptz, source text,
      secret text, state text, starts_at int, bytes int)
  ), sent as materialized (
    select decode($2::text, 'base64') as payloads
  ), fresh as (
    insert into event_ids (event_id, received_at, seq)
    select event_id, now(), nextval('inbox_seq_seq') from given
    on conflict (event_id) do nothing
    returning event_id, received_at, seq
  )
  insert into inbox (seq, received_at, event_id, type, customer, invoice, subscription, related, livemode, api_version,
    created_at, source, secret, state, payload)
  select seq, received_at, event_id, type, customer, invoice, subscription, related, livemode, api_version,
    created_at, source, secret, state, substring(payloads from starts_at for bytes)
  from given join fresh using (event_id) cross join sent
  returning event_id`;

/**
 * One statement, so one commit; returns the ids of the rows that are new. Two values carry it all, however many events
 * there are: their columns as JSON, and their payloads end to end.
 */
async function insertNew(db: Db, arrivals: readonly Arrival[]): Promise<Set<string>> {
  const packed = arrivals.map(({ payload }) => pack(payload));
  let end = 0;
  const given = arrivals.map(({ event, state, source, secret }, n) => {
    const bytes = packed[n]?.length ?? 0;
    const starts_at = end + 1;
    end += bytes;
    const { id, type, customer, invoice, subscription, related, livemode, apiVersion } = event;
    const created_at = new Date(event.createdAt);
    const named = { customer, invoice, subscription, related, livemode, api_version: apiVersion, created_at };
    return { event_id: id, type, ...named, source, secret, state, starts_at, bytes };
  });
  const columns = JSON.stringify(given);
  const payloads = Buffer.concat(packed).toString('base64');
  // Prepared once a connection: else each time is two ways there and back, and planned anew.
  const rows = await db.$client.unsafe<{ event_id: string }[]>(insertion, [columns, payloads], {
    prepare: true,
  });
  return new Set(rows.map(({ event_id: id }) => id));
}

/** Whether Postgres refused what a row holds, and not the whole statement: SQLSTATE classes 22, 23 and 54. */
export function isAboutData(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return [error, cause].some((one) => /^(22|23|54)/.test((one as { code?: string } | undefined)?.code ?? ''));
}

/** Which of these events were taken in, ever within the horizon. */
export async function knownEvents(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .select({ id: eventIds.eventId })
    .from(eventIds)
    .where(inArray(eventIds.eventId, [...ids]));
  return new Set(rows.map(({ id }) => id));
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
