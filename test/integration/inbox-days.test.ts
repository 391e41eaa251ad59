import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { storeEvents, unpack, type Arrival } from '../../src/db/queries/inbox.js';
import { eventIds, inbox, type InboxState } from '../../src/db/schema.js';
import { DAY_MS } from '../../src/domain/time.js';
import { arrivalOf } from '../support/arrivals.js';
import { newId } from '../support/stack-events.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

let stack: TestDatabase;

beforeAll(async () => {
  stack = await startDatabase('inbox-days');
});
afterAll(async () => {
  await stack.end();
});
beforeEach(async () => {
  await stack.database.db.delete(inbox);
  await stack.database.db.delete(eventIds);
});

const make = (ahead: number) => stack.database.db.execute(sql`select make_inbox_days(${ahead})`);
const drop = async (days: number, idsDays: number) => {
  const [row] = await stack.database.db.execute<{ dropped: number }>(
    sql`select drop_inbox_days(${days}, ${idsDays}) as dropped`,
  );
  return row?.dropped;
};

const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
const partitionOf = (daysAgo: number) => `inbox_${dayOf(daysAgo).replaceAll('-', '')}`;

/** The partition of a day that is over, as it was made when it began. */
async function makeDay(daysAgo: number): Promise<void> {
  const [from, to] = [dayOf(daysAgo), dayOf(daysAgo - 1)];
  await stack.database.db.execute(
    sql.raw(`create table if not exists ${partitionOf(daysAgo)} partition of inbox
      for values from ('${from}T00:00:00Z') to ('${to}T00:00:00Z')`),
  );
}

async function partitions(): Promise<string[]> {
  const rows = await stack.database.db.execute<{ name: string }>(
    sql`select inhrelid::regclass::text as name from pg_inherits where inhparent = 'inbox'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

const anArrival = () => arrivalOf(newId('evt'));

/** An event that came so many days ago and is in this state since. */
async function anEventOf(daysAgo: number, state: InboxState): Promise<Arrival> {
  const arrival = anArrival();
  const { db } = stack.database;
  await storeEvents(db, [arrival]);
  const receivedAt = new Date(`${dayOf(daysAgo)}T12:00:00Z`);
  const of = arrival.event.id;
  await db
    .update(inbox)
    .set({ receivedAt, state })
    .where(sql`event_id = ${of}`);
  await db
    .update(eventIds)
    .set({ receivedAt })
    .where(sql`event_id = ${of}`);
  return arrival;
}

async function eventsOf(daysAgo: number, states: readonly InboxState[]): Promise<Arrival[]> {
  const events: Arrival[] = [];
  for (const state of states) events.push(await anEventOf(daysAgo, state));
  return events;
}

async function placesOf({ event: { id } }: Arrival): Promise<string[]> {
  const rows = await stack.database.db.execute<{ place: string }>(
    sql`select tableoid::regclass::text as place from inbox where event_id = ${id}`,
  );
  return rows.map(({ place }) => place);
}

const isDuplicate = async (arrival: Arrival) =>
  (await storeEvents(stack.database.db, [arrival])).map(({ duplicate }) => duplicate);

/** Does something while the statement's locks are held, as by a long query of somebody's. */
async function whileHeld(statement: string, work: () => Promise<void>): Promise<void> {
  const client = postgres(stack.url, { max: 1 });
  await client.unsafe('begin');
  await client.unsafe(statement);
  try {
    await work();
  } finally {
    await client.unsafe('rollback');
    await client.end();
  }
}

describe('the days ahead', () => {
  it('are there from the start, and made again without a change', async () => {
    const days = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => partitionOf(-n));
    expect(await partitions()).toEqual([...days, 'inbox_rest'].sort());
    await make(7);
    expect(await partitions()).toEqual([...days, 'inbox_rest'].sort());
  });

  it('are made by two at once, each once', async () => {
    for (const ahead of [9, 11, 13]) {
      await Promise.all([make(ahead), make(ahead)]);
      const known = await partitions();
      expect(known).toContain(partitionOf(-ahead));
      expect(new Set(known).size).toBe(known.length);
    }
  });

  it('take what comes on them', async () => {
    const today = anArrival();
    expect(await isDuplicate(today)).toEqual([false]);
    expect(await placesOf(today)).toEqual([partitionOf(0)]);
  });

  it('EC-13 turn nobody away when nobody made them: the event lands in the rest, and stays there', async () => {
    await stack.database.db.execute(sql.raw(`drop table ${partitionOf(0)}`));
    const today = anArrival();
    expect(await isDuplicate(today)).toEqual([false]);
    expect(await placesOf(today)).toEqual(['inbox_rest']);
    await make(1);
    expect(await placesOf(today)).toEqual(['inbox_rest']);
    expect(await isDuplicate(today)).toEqual([true]);
    // Once the rest has none of today's, its day can be made.
    await stack.database.db.delete(inbox);
    await make(1);
    expect(await partitions()).toContain(partitionOf(0));
  });

  it('EC-13 are not waited for longer than a second: whoever inserts would wait behind', async () => {
    await whileHeld('select count(*) from inbox', async () => {
      const began = Date.now();
      await expect(make(20)).rejects.toMatchObject({ cause: { code: '55P03' } });
      expect(Date.now() - began).toBeLessThan(4_000);
      expect(await isDuplicate(anArrival())).toEqual([false]);
    });
    await make(20);
    expect(await partitions()).toContain(partitionOf(-20));
  });
});

describe('the days that are over', () => {
  it('are dropped when they are old enough, with what is settled on them', async () => {
    await makeDay(40);
    await makeDay(29);
    const [old, recent] = [await anEventOf(40, 'settled'), await anEventOf(29, 'settled')];
    expect(await drop(30, 90)).toBe(1);
    expect(await partitions()).not.toContain(partitionOf(40));
    expect(await placesOf(old)).toEqual([]);
    expect(await placesOf(recent)).toEqual([partitionOf(29)]);
    expect(await drop(30, 90)).toBe(0);
  });

  it('EC-13 are outlived by what is still owed, whole and as it was', async () => {
    await makeDay(41);
    const owed = await eventsOf(41, ['pending', 'unmatched', 'dead']);
    const done = await eventsOf(41, ['settled', 'dispatched', 'ignored']);
    const { db } = stack.database;
    const rowsOf = () =>
      db
        .select()
        .from(inbox)
        .where(sql`state in ('pending', 'unmatched', 'dead')`)
        .orderBy(inbox.seq);
    const before = await rowsOf();
    expect(await drop(30, 90)).toBe(1);
    expect(await rowsOf()).toEqual(before);
    for (const arrival of owed) expect(await placesOf(arrival)).toEqual(['inbox_rest']);
    for (const arrival of done) expect(await placesOf(arrival)).toEqual([]);
    expect(before.map(({ payload }) => Buffer.from(unpack(payload)).toString())).toEqual(
      owed.map(({ payload }) => Buffer.from(payload).toString()),
    );
    // Once it is settled it goes with the next drop.
    await db.update(inbox).set({ state: 'settled' });
    await drop(30, 90);
    expect(await rowsOf()).toEqual([]);
    expect(await db.select().from(inbox)).toEqual([]);
  });

  it('EC-11 leave their ids behind for as long as a duplicate may come', async () => {
    await makeDay(60);
    const old = await anEventOf(60, 'settled');
    await drop(30, 90);
    expect(await placesOf(old)).toEqual([]);
    expect(await isDuplicate(old)).toEqual([true]);
    expect(await placesOf(old)).toEqual([]);
    await drop(30, 59);
    expect(await isDuplicate(old)).toEqual([false]);
  });

  it('EC-13 are not waited for longer than a second either, and nothing is lost by a drop that failed', async () => {
    await makeDay(42);
    const old = await anEventOf(42, 'pending');
    await whileHeld('select count(*) from inbox', async () => {
      const began = Date.now();
      await expect(drop(30, 90)).rejects.toMatchObject({ cause: { code: '55P03' } });
      expect(Date.now() - began).toBeLessThan(4_000);
    });
    expect(await placesOf(old)).toEqual([partitionOf(42)]);
    expect(await drop(30, 90)).toBe(1);
  });
});
