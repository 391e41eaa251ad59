import { sql } from 'drizzle-orm';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import type { Db } from '../client.js';

/** What the watch asks the database about the intake. Times in milliseconds. */
export type IntakeTrouble = {
  /** For how long the oldest event that is due has been so, and nobody has dispatched it; `null`: none is due. */
  readonly oldestPendingMs: number | null;
  readonly pending: number;
  readonly dead: number;
  /** Validly signed events of another mode or account in the last hour. */
  readonly ignored: number;
  /** Deliveries refused in the last five minutes. */
  readonly refused: number;
  /** Refused deliveries of the last day whose event had to be fetched, with no genuine delivery since. */
  readonly genuineRefused: number;
  /** Events that Stripe created since `since`, that we had to fetch, and since whose creation none was delivered. */
  readonly undelivered: number;
};

// Whoever watches every minute must not add to what is wrong: a busy hour has millions of events.
const mostLookedAt = 20_000;
const mostPending = 100_000;
const patienceMs = 10 * SECOND_MS;

// Asked for in a select of its own, the clock is read once, and only the partitions and index entries after it are read.
const ago = (span: string) => sql`(select clock_timestamp() - ${span}::interval)`;

/** When Stripe itself last delivered something that was new; a day ago where it was longer ago. */
const lastDelivery = sql`coalesce((
  select received_at from inbox where source = 'webhook' and received_at > ${ago('1 day')}
  order by received_at desc limit 1), ${ago('1 day')})`;

/** `since`: an event that was created before it may be missing because we were away ourselves. */
export async function readTrouble(db: Db, since: Instant): Promise<IntakeTrouble> {
  const [row] = await db.transaction(
    async (tx) => {
      // Of a day that has just begun there are no statistics, and what is sorted is read whole.
      await tx.execute(
        sql`select set_config('statement_timeout', ${String(patienceMs)}, true), set_config('enable_sort', 'off', true)`,
      );
      return tx.execute<Record<keyof IntakeTrouble, string | null>>(troubleSince(since));
    },
    { accessMode: 'read only' },
  );
  const number = (key: keyof IntakeTrouble) => Number(row?.[key] ?? 0);
  return {
    oldestPendingMs: row?.oldestPendingMs === null ? null : number('oldestPendingMs'),
    pending: number('pending'),
    dead: number('dead'),
    ignored: number('ignored'),
    refused: number('refused'),
    genuineRefused: number('genuineRefused'),
    undelivered: number('undelivered'),
  };
}

function troubleSince(since: Instant) {
  // Stripe's instants are whole seconds.
  const sinceSecond = new Date(Math.floor(since / SECOND_MS) * SECOND_MS).toISOString();
  return sql`
    select
      (select extract(epoch from clock_timestamp() - min(due_at)) * 1000 from (
        select coalesce(retry_at, received_at) as due_at from inbox where state = 'pending'
        order by seq limit ${mostLookedAt}) as oldest where due_at < (select clock_timestamp())
      ) as "oldestPendingMs",
      (select count(*) from (select from inbox where state = 'pending' limit ${mostPending}) as waiting) as "pending",
      (select count(*) from (select from inbox where state = 'dead' limit ${mostPending}) as given_up) as "dead",
      (select count(*) from (
        select state, source, customer from inbox where received_at > ${ago('1 hour')}
        order by received_at desc limit ${mostLookedAt}) as newest
        where state = 'ignored' and source = 'webhook' and customer is not null
      ) as "ignored",
      (select coalesce(sum(times), 0) from rejected_deliveries where at > ${ago('5 minutes')}) as "refused",
      (select count(distinct r.claimed_event)
         from rejected_deliveries r
         join event_ids e on e.event_id = r.claimed_event
        where r.at > ${lastDelivery}
          and r.reason in ('signature_mismatch', 'signature_malformed', 'signature_missing', 'cut_off')
          -- Not joined: so it is looked up in the one partition in which it is, whatever the statistics say.
          and (select source from inbox i where i.received_at = e.received_at and i.seq = e.seq) <> 'webhook'
      ) as "genuineRefused",
      (select count(*) from (
        select source, created_at from inbox where received_at > ${lastDelivery}
        order by received_at desc limit ${mostLookedAt}) as fetched
        -- What was delivered since shows that deliveries arrive: a single one that failed, Stripe sends again.
        where source = 'watch' and created_at >= ${sinceSecond} and created_at >= date_trunc('second', ${lastDelivery})
      ) as "undelivered"`;
}

/** Whether Stripe itself has delivered something within the hour. */
export async function wasDelivered(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ delivered: boolean }>(sql`
    select (select received_at from inbox where source = 'webhook' and received_at > ${ago('1 hour')}
      order by received_at desc limit 1) is not null as delivered`);
  return row?.delivered === true;
}
