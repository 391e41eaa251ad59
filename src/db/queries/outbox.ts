import { sql } from 'drizzle-orm';
import type { Db, Executor } from '../client.js';
import { accessOutbox, webhookDeliveries, webhookEndpoints } from '../schema.js';
import { readAccess, type AccessRow } from './access.js';
import { readClock } from './ledger.js';

/** What is to be told of an account. */
export type News = {
  readonly account: string;
  /** Of the answer. */
  readonly version: string;
  readonly body: string;
  /** From when on the answer is another one by itself; `Infinity` for never. */
  readonly expiresAt: number;
};

/** `null`: of this row nothing can be told. */
export type Compose = (row: AccessRow, now: Date) => News | null;

const batchSize = 500;
// Any number will do, so long as nobody else locks by it.
const outboxLock = 0x66_6f_62_78;

/**
 * Makes deliveries of what is due in the outbox, for every endpoint, and says how many accounts that were. Where the newest
 * delivery of an account says the same already nothing is added; one that has not arrived gives way to the newer. One process
 * at a time: two that read the same account could tell its answers in the wrong order. 0: nothing is due, or another one is at it.
 */
export async function emptyOutbox(db: Db, compose: Compose): Promise<number> {
  return db.transaction(async (tx) => {
    const [lock] = await tx.execute<{ taken: boolean }>(
      sql`select pg_try_advisory_xact_lock(${outboxLock}) as taken`,
    );
    if (lock?.taken !== true) return 0;
    const due = await tx.execute<{ seq: string; account: string }>(sql`
      select seq, account from ${accessOutbox} where due_at <= clock_timestamp() order by due_at, seq limit ${batchSize}`);
    if (due.length === 0) return 0;
    const ids = [...new Set(due.map(({ account }) => account))];
    // By the clock after the lock: what is told later is dated later.
    const now = await readClock(tx);
    const rows = await readAccess(tx, { ids, refs: [], customers: [] });
    const news = rows.flatMap(({ row }) => compose(row, now) ?? []);
    await addDeliveries(tx, news, now);
    const seqs = JSON.stringify(due.map(({ seq }) => seq));
    await tx.execute(
      sql`delete from ${accessOutbox} where seq in (select json_array_elements_text(${seqs}::json)::bigint)`,
    );
    await remember(
      tx,
      news.filter(({ expiresAt }) => Number.isFinite(expiresAt)),
    );
    return ids.length;
  });
}

async function addDeliveries(tx: Executor, news: readonly News[], now: Date): Promise<void> {
  const told = news.map(({ account, version, body }) => ({ account, version, body }));
  const at = now.toISOString();
  // One statement for both would insert before it sees that the older one has given way.
  await tx.execute(sql`
    update ${webhookDeliveries} d set state = 'superseded'
      from json_to_recordset(${JSON.stringify(told)}::json) as n (account uuid, version text)
      where d.account = n.account and d.version <> n.version and d.state = 'pending'`);
  await tx.execute(sql`
    insert into ${webhookDeliveries} (endpoint, account, version, body, created_at, next_at)
    select e.id, n.account, n.version, n.body, ${at}::timestamptz, ${at}::timestamptz
      from ${webhookEndpoints} e
        cross join json_to_recordset(${JSON.stringify(told)}::json) as n (account uuid, version text, body text)
      where n.version is distinct from (
        select d.version from ${webhookDeliveries} d where d.endpoint = e.id and d.account = n.account
          order by d.created_at desc limit 1)`);
}

/** Whose answer changes by itself comes back then. */
async function remember(tx: Executor, news: readonly News[]): Promise<void> {
  const wishes = news.map(({ account, expiresAt }) => ({ account, at: new Date(expiresAt).toISOString() }));
  if (wishes.length === 0) return;
  await tx.execute(sql`
    insert into ${accessOutbox} (account, due_at)
    select w.account, w.at from json_to_recordset(${JSON.stringify(wishes)}::json) as w (account uuid, at timestamptz)
      where not exists (select from ${accessOutbox} o where o.account = w.account and o.due_at = w.at)`);
}
