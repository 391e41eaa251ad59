import { sql } from 'drizzle-orm';
import type { SessionEnds } from '../../ports/session-ends.js';
import type { Db } from '../client.js';
import { readClock } from './ledger.js';

/** On Postgres, in the rows of `access`. In the order of their ids, so that two lists never wait for each other. */
export function createPostgresSessionEnds(db: Db): SessionEnds {
  return {
    note: (accounts) =>
      db.transaction(async (tx) => {
        const now = await readClock(tx);
        await tx.execute(sql`
          insert into access (account, sessions_ended_at)
          select value::uuid, ${now.toISOString()}::timestamptz
          from json_array_elements_text(${JSON.stringify(accounts)}::json) order by value
          on conflict (account) do update
            set sessions_ended_at = greatest(access.sessions_ended_at, excluded.sessions_ended_at)`);
        return now;
      }),
  };
}
