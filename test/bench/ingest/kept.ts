import { inArray, sql } from 'drizzle-orm';
import type { Db } from '../../../src/db/client.js';
import { unpack } from '../../../src/db/queries/inbox.js';
import { inbox } from '../../../src/db/schema.js';

export type Kept = {
  /** Of the acknowledged events, those without both their row and their id. */
  readonly lost: number;
  readonly bytesPerEvent: number;
  readonly diskBytesPerEvent: number;
  readonly wrong: readonly string[];
};

const atOnce = 10_000;

/** What became of acknowledged events, and what they take. `samples`: the texts of some of them, by their ids. */
export async function measureKept(
  db: Db,
  acknowledged: readonly string[],
  samples: ReadonlyMap<string, Buffer>,
): Promise<Kept> {
  const lost = await countLost(db, acknowledged);
  const [size] = await db.execute<{ row: number; disk: number }>(sql`
    select (select avg(pg_column_size(i)) from inbox i)::float + (select avg(pg_column_size(e)) from event_ids e)::float as row,
      ((select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'inbox'::regclass)
        + pg_total_relation_size('event_ids'))::float / (select count(*) from event_ids) as disk`);
  return {
    lost,
    bytesPerEvent: Math.ceil(size?.row ?? NaN),
    diskBytesPerEvent: Math.ceil(size?.disk ?? NaN),
    wrong: await otherTexts(db, samples),
  };
}

export async function countLost(db: Db, acknowledged: readonly string[]): Promise<number> {
  let found = 0;
  for (let from = 0; from < acknowledged.length; from += atOnce) {
    const ids = acknowledged.slice(from, from + atOnce);
    const [row] = await db.execute<{ kept: number }>(sql`
      select count(*)::int as kept from event_ids join inbox using (received_at, seq)
      where event_ids.event_id in (select json_array_elements_text(${JSON.stringify(ids)}::json))`);
    found += row?.kept ?? 0;
  }
  return acknowledged.length - found;
}

async function otherTexts(db: Db, samples: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const rows = await db
    .select({ id: inbox.eventId, payload: inbox.payload })
    .from(inbox)
    .where(inArray(inbox.eventId, [...samples.keys()]));
  const others = rows.filter(({ id, payload }) => samples.get(id)?.equals(unpack(payload)) !== true);
  return [
    ...(rows.length > 0 ? [] : ['no text was compared']),
    ...others.map(({ id }) => `the text of ${id} is not what was sent`),
  ];
}
