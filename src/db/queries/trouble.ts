import { sql } from 'drizzle-orm';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import type { Db } from '../client.js';

/** What the watch asks the database about the intake. Times in milliseconds. */
export type IntakeTrouble = {
  /** How long the oldest event that is due has waited to be dispatched; `null`: none is due. */
  readonly oldestPendingMs: number | null;
  readonly pending: number;
  readonly dead: number;
  /** Validly signed events of another mode or account in the last hour. */
  readonly ignored: number;
  /** Deliveries refused in the last five minutes. */
  readonly refused: number;
  /** Refused deliveries of the last quarter of an hour whose event had to be fetched, with no genuine delivery since. */
  readonly genuineRefused: number;
  /** Events that Stripe created since `since`, that we had to fetch, and after which none was delivered. */
  readonly undelivered: number;
};

/** `since`: an event that was created before it may be missing because we were away ourselves. */
export async function readTrouble(db: Db, since: Instant): Promise<IntakeTrouble> {
  // Stripe's instants are whole seconds.
  const sinceSecond = new Date(Math.floor(since / SECOND_MS) * SECOND_MS).toISOString();
  const [row] = await db.execute<Record<keyof IntakeTrouble, string | null>>(sql`
    select
      (select extract(epoch from clock_timestamp() - min(received_at)) * 1000 from inbox where state = 'pending') as "oldestPendingMs",
      (select count(*) from inbox where state = 'pending') as "pending",
      (select count(*) from inbox where state = 'dead') as "dead",
      (select count(*) from inbox where state = 'ignored' and source = 'webhook' and customer is not null
        and received_at > clock_timestamp() - interval '1 hour') as "ignored",
      (select coalesce(sum(times), 0) from rejected_deliveries where at > clock_timestamp() - interval '5 minutes') as "refused",
      (select count(distinct r.claimed_event)
         from rejected_deliveries r
         join event_ids e on e.event_id = r.claimed_event
         join inbox i on i.received_at = e.received_at and i.seq = e.seq
        where r.at > clock_timestamp() - interval '15 minutes' and i.source <> 'webhook'
          and r.reason in ('signature_mismatch', 'signature_malformed', 'signature_missing', 'cut_off')
          and r.at > coalesce((select max(received_at) from inbox
            where source = 'webhook' and received_at > clock_timestamp() - interval '15 minutes'), '-infinity')
      ) as "genuineRefused",
      (select count(*) from inbox
        where source = 'watch' and created_at >= ${sinceSecond}
          and received_at > clock_timestamp() - interval '1 day'
          and received_at > coalesce((select max(received_at) from inbox
            where source = 'webhook' and received_at > clock_timestamp() - interval '1 day'), '-infinity')
      ) as "undelivered"`);
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

/** Whether Stripe itself has delivered something within the hour. */
export async function wasDelivered(db: Db): Promise<boolean> {
  const [row] = await db.execute<{ delivered: boolean }>(sql`
    select exists (select from inbox
      where source = 'webhook' and received_at > clock_timestamp() - interval '1 hour') as delivered`);
  return row?.delivered === true;
}
