import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEvents, type MemoryEvents } from '../../src/adapters/memory/events.js';
import { inboxOf } from '../../src/cli/doctor/database.js';
import { openDatabase } from '../../src/db/client.js';
import { storeEvents, unpack } from '../../src/db/queries/inbox.js';
import { recordRefusals } from '../../src/db/queries/refusals.js';
import { readTrouble, wasDelivered } from '../../src/db/queries/trouble.js';
import { noteSightedByDelivery, readSightedAt, readWatch } from '../../src/db/queries/watch.js';
import { eventIds, inbox, intakeWatch, rejectedDeliveries } from '../../src/db/schema.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { Alert } from '../../src/ports/alerts.js';
import type { BillingEvent } from '../../src/ports/billing.js';
import type { EventFilter } from '../../src/ports/events.js';
import { lookOf } from '../../src/watch/look.js';
import { goRound, type RoundDeps } from '../../src/watch/round.js';
import { createWatch } from '../../src/watch/run.js';
import { createSuspects } from '../../src/watch/suspects.js';
import { aBillingEvent } from '../support/billing-event.js';
import { eventually } from '../support/dev-eventually.js';
import { newId } from '../support/stack-events.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ours = { livemode: false, account: null };

let stack: TestDatabase;
let events: MemoryEvents;
let told: { found: string[]; looked: string[] }[];
let beats: number;

beforeAll(async () => {
  stack = await startDatabase('watch', { withMovableClock: true });
});
afterAll(async () => {
  await stack.end();
});

const db = () => stack.database.db;

beforeEach(async () => {
  for (const table of [inbox, eventIds, intakeWatch, rejectedDeliveries]) await db().delete(table);
  events = createMemoryEvents();
  told = [];
  beats = 0;
});

const depsOf = (): RoundDeps => ({
  db: db(),
  events,
  ours,
  logger,
  graceMs: 2 * MINUTE_MS,
  nowMs: Date.now,
  databaseClock: () => Promise.resolve(new Date()),
  settle: (found: readonly Alert[], looked: readonly string[]) => {
    told.push({ found: found.map(({ key }) => key), looked: [...looked] });
    return Promise.resolve(true);
  },
  judgeEndpoints: () => lookOf(['endpoint_missing'], []),
  tryWayIn: () => Promise.resolve({ is: 'open' }),
  webhookUrl: 'https://forbear.example/webhooks/stripe',
  lookAtWorkers: () => Promise.resolve(lookOf(['worker_dead'], [])),
  lookAtSweep: () => Promise.resolve(lookOf(['sweep_stopped', 'sweep_behind'], [])),
  tidy: () => Promise.resolve(),
  steady: (look) => ({ ...look, isSure: true }),
  beat: () => Promise.resolve(void (beats += 1)),
  startedAt: Date.now() - HOUR_MS,
  isStopped: () => false,
});

/** One round, `laterMs` after now, of a watch that began an hour ago. */
async function round(laterMs = 0, changes: Partial<RoundDeps> = {}): Promise<string[]> {
  const nowMs = () => Date.now() + laterMs;
  await goRound({ ...depsOf(), nowMs, databaseClock: () => Promise.resolve(new Date(nowMs())), ...changes });
  return told.at(-1)?.found ?? [];
}

/** Stripe raises an event that long ago, and it comes to us or not. */
function raise(agoMs: number, changes: Partial<BillingEvent> = {}): BillingEvent {
  const event = aBillingEvent({ id: newId('evt'), createdAt: Date.now() - agoMs, ...changes });
  events.raise(event);
  return event;
}

/** Something new is delivered, that long ago. */
async function deliver(agoMs: number): Promise<void> {
  const event = { eventId: newId('evt'), type: 'invoice.paid', livemode: false, createdAt: new Date() };
  const receivedAt = new Date(Date.now() - agoMs);
  await db()
    .insert(inbox)
    .values({ ...event, payload: Buffer.from('{}'), state: 'settled', receivedAt });
}

const rows = () => db().select().from(inbox);
const idsOf = async () => (await rows()).map(({ eventId }) => eventId).sort();

describe('what is missing', () => {
  it('P-2 EC-9 is fetched from Stripe, once, as it would have been delivered', async () => {
    const missed = [raise(5 * MINUTE_MS), raise(20 * MINUTE_MS, { type: 'invoice.paid' })];
    expect(await round()).toEqual(['events_missing']);
    expect(await idsOf()).toEqual(missed.map(({ id }) => id).sort());
    const [row] = await rows();
    expect(row).toMatchObject({ state: 'pending', source: 'watch', secret: null });
    expect(JSON.parse(new TextDecoder().decode(unpack(row!.payload)))).toMatchObject({ id: row?.eventId });
    await round();
    expect(await idsOf()).toHaveLength(2);
  });

  it('is not what may still be on its way', async () => {
    raise(MINUTE_MS);
    expect(await round()).toEqual([]);
    expect(await rows()).toEqual([]);
    expect(await round(2 * MINUTE_MS)).toEqual(['events_missing']);
  });

  it('is not what Forbear never asks for', async () => {
    raise(5 * MINUTE_MS, { type: 'customer.discount.created' });
    expect(await round()).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('IN-4 is kept as ignored where it is of the other mode or of another account', async () => {
    raise(5 * MINUTE_MS, { livemode: true });
    raise(5 * MINUTE_MS, { context: 'acct_other' });
    await round();
    expect((await rows()).map(({ state }) => state)).toEqual(['ignored', 'ignored']);
  });

  it('goes on where the last walk ended, however long nobody walked', async () => {
    await round();
    const { walkedUntil } = await readWatch(db());
    expect(walkedUntil).toBeGreaterThan(Date.now() - 3 * MINUTE_MS);
    const late = raise(-2 * DAY_MS);
    expect(await round(3 * DAY_MS)).toContain('events_missing');
    expect(await idsOf()).toEqual([late.id]);
  });

  it('of the time before the first round is what Stripe could not deliver in 30 days, and everything of the last day', async () => {
    const given = aBillingEvent({ id: newId('evt'), createdAt: Date.now() - 20 * DAY_MS });
    events.raise(given, false);
    raise(5 * DAY_MS);
    const fresh = raise(20 * HOUR_MS);
    // We were not there when they were raised: that is no alarm.
    expect(await round()).toEqual([]);
    expect(await idsOf()).toEqual([given.id, fresh.id].sort());
  });

  it('ends a round in its time where there is more than can be listed, and goes on with the next', async () => {
    const all = Array.from({ length: 600 }, (_, n) => raise(5 * HOUR_MS - n * 5 * SECOND_MS));
    let [listed, spentMs] = [0, 0];
    const slow = {
      ...events,
      async *list(filter: EventFilter) {
        for await (const one of events.list(filter)) {
          listed += 1;
          if (listed % 100 === 0) spentMs += MINUTE_MS;
          yield one;
        }
      },
    };
    const nowMs = () => Date.now() + spentMs;
    await round(0, { events: slow, nowMs });
    expect(listed).toBeLessThan(500);
    expect(await readSightedAt(db())).not.toBeNull();
    for (let more = 0; more < 4; more += 1) await round(0, { events: slow, nowMs });
    expect(await idsOf()).toEqual(all.map(({ id }) => id).sort());
  });

  it('is looked for a day back where the last walk ended in the future, by a clock that was wrong', async () => {
    await db()
      .insert(intakeWatch)
      .values({ walkedUntil: sql`now() + interval '1 hour'` });
    const missed = raise(3 * HOUR_MS);
    await round();
    expect(await idsOf()).toEqual([missed.id]);
    expect((await readWatch(db())).walkedUntil).toBeLessThan(Date.now());
  });

  it('loses nothing of a walk that Stripe interrupts', async () => {
    const all = Array.from({ length: 250 }, (_, n) => raise((n + 3) * MINUTE_MS));
    events.failWith('BILLING_UNAVAILABLE', 30);
    expect(await round()).toContain('events_unread');
    events.failWith(null);
    await round();
    expect(await idsOf()).toEqual(all.map(({ id }) => id).sort());
  });

  it('is no alarm any more once something was delivered', async () => {
    raise(5 * MINUTE_MS);
    expect(await round()).toEqual(['events_missing']);
    await db()
      .insert(inbox)
      .values({
        eventId: newId('evt'),
        type: 'invoice.paid',
        livemode: false,
        createdAt: new Date(),
        payload: Buffer.from('{}'),
        state: 'settled',
      });
    expect(await round()).toEqual([]);
  });

  it('is no alarm any more once Stripe has delivered at its next try what had been fetched', async () => {
    const event = raise(5 * MINUTE_MS);
    expect(await round()).toEqual(['events_missing']);
    const again = { event, payload: Buffer.from('{}'), state: 'pending', source: 'webhook' } as const;
    expect(await storeEvents(db(), [{ ...again, secret: 'f00d' }])).toMatchObject([{ duplicate: true }]);
    expect(await round()).toEqual([]);
    expect(await rows()).toMatchObject([{ eventId: event.id, source: 'webhook', secret: 'f00d' }]);
  });

  it('is no alarm where only one delivery failed, and others have come since it was due', async () => {
    const failed = raise(5 * MINUTE_MS);
    await deliver(3 * MINUTE_MS);
    expect(await round()).toEqual([]);
    expect(await idsOf()).toContain(failed.id);
  });
});

describe('sight', () => {
  const sightedAgoMs = async () => Date.now() - ((await readSightedAt(db())) ?? -Infinity);

  it('is there once everything up to a moment ago is known to be here', async () => {
    expect(await readSightedAt(db())).toBeNull();
    await round();
    expect(await sightedAgoMs()).toBeLessThan(5 * SECOND_MS);
  });

  it('P-10 is lost where Stripe can’t be asked and nothing comes by itself, and is said after ten minutes', async () => {
    await round();
    events.failWith('BILLING_UNAVAILABLE');
    expect(await round(9 * MINUTE_MS)).toEqual(['events_unread']);
    expect(await round(11 * MINUTE_MS)).toEqual(['events_unread', 'intake_blind']);
    events.failWith(null);
    await round(12 * MINUTE_MS);
    expect(await sightedAgoMs()).toBeLessThan(5 * SECOND_MS);
  });

  it('is kept by what Stripe delivers itself, where its list can’t be read', async () => {
    await round();
    await db()
      .update(intakeWatch)
      .set({ sightedAt: sql`now() - interval '20 minutes'` });
    events.failWith('BILLING_REFUSED');
    expect(await round()).toEqual(['events_unread', 'intake_blind']);
    const event = { eventId: newId('evt'), type: 'invoice.paid', livemode: false, createdAt: new Date() };
    await db()
      .insert(inbox)
      .values({ ...event, payload: Buffer.from('{}'), state: 'settled', source: 'webhook' });
    expect(await round()).toEqual(['events_unread']);
    expect(await sightedAgoMs()).toBeLessThan(5 * SECOND_MS);
  });

  it('is not given by what we fetched ourselves', async () => {
    raise(5 * MINUTE_MS);
    await round();
    await db()
      .update(intakeWatch)
      .set({ sightedAt: sql`now() - interval '20 minutes'` });
    events.failWith('BILLING_UNAVAILABLE');
    expect(await round()).toContain('intake_blind');
  });

  it('is not given by a clock that is a minute off, which is said', async () => {
    const aheadBy = (ms: number) => ({ databaseClock: () => Promise.resolve(new Date(Date.now() - ms)) });
    expect(await round(0, aheadBy(70 * SECOND_MS))).toEqual(['intake_blind', 'clocks']);
    expect(await readSightedAt(db())).toBeNull();
    expect(await round(0, aheadBy(-70 * SECOND_MS))).toContain('clocks');
    expect(await round(0, aheadBy(50 * SECOND_MS))).toEqual([]);
  });

  it('never goes back', async () => {
    await round();
    const before = await readSightedAt(db());
    events.failWith('BILLING_UNAVAILABLE');
    await round();
    expect(await readSightedAt(db())).toBe(before);
  });
});

describe('the watch', () => {
  it('stops in the middle of a walk', async () => {
    let listed = 0;
    const listing = raise(0);
    const endless = {
      ...events,
      async *list() {
        for (;;) {
          listed += 1;
          yield await Promise.resolve({ event: listing, payload: new Uint8Array() });
        }
      },
    };
    const lock = { tryHold: () => Promise.resolve(true), close: () => Promise.resolve() };
    const watch = createWatch({ ...depsOf(), events: endless, lock, everyMs: 5 * MINUTE_MS });
    watch.start();
    await eventually('it walks', () => listed > 500);
    await watch.stop();
  }, 20_000);
});

describe('a round', () => {
  it('leaves open what it could not look at', async () => {
    events.failWith('BILLING_REFUSED');
    await round(0, { lookAtWorkers: () => Promise.reject(new Error('broken')) });
    const { looked } = told[0]!;
    expect(looked).not.toContain('worker_dead');
    expect(looked).not.toContain('endpoint_missing');
    expect(looked).toContain('dispatcher_stuck');
  });

  it('tells the dead man’s switch that it lives, and keeps silent where nobody could be told', async () => {
    await round();
    expect(beats).toBe(1);
    await round(0, { settle: () => Promise.resolve(false) });
    expect(beats).toBe(1);
    await expect(round(0, { settle: () => Promise.reject(new Error('no database')) })).rejects.toThrow();
    expect(beats).toBe(1);
  });

  it.each([
    [{ is: 'elsewhere', status: 404 } as const],
    [{ is: 'other_secret' } as const],
    [{ is: 'unreachable', reason: 'ECONNREFUSED' } as const],
  ])('IN-2 pages when the way in is closed: %o', async (way) => {
    expect(await round(0, { tryWayIn: () => Promise.resolve(way) })).toEqual(['way_in']);
  });

  it('does not page for an event that waits for its next try', async () => {
    const event = {
      type: 'invoice.paid',
      livemode: false,
      createdAt: new Date(),
      payload: Buffer.from('{}'),
    };
    const receivedAt = new Date(Date.now() - 5 * MINUTE_MS);
    const retryAt = new Date(Date.now() + MINUTE_MS);
    const waiting = {
      ...event,
      eventId: newId('evt'),
      state: 'pending' as const,
      receivedAt,
      attempts: 5,
      retryAt,
    };
    await db().insert(inbox).values(waiting);
    expect(await round()).toEqual([]);
    await db()
      .update(inbox)
      .set({ retryAt: new Date(Date.now() - 3 * MINUTE_MS) });
    expect(await round()).toEqual(['dispatcher_stuck']);
  });

  it('P-10 pages when events wait, and when some were put aside', async () => {
    const event = {
      type: 'invoice.paid',
      livemode: false,
      createdAt: new Date(),
      payload: Buffer.from('{}'),
    };
    const ago = (ms: number) => new Date(Date.now() - ms);
    await db()
      .insert(inbox)
      .values({ ...event, eventId: newId('evt'), state: 'pending', receivedAt: ago(3 * MINUTE_MS) });
    expect(await round()).toEqual(['dispatcher_stuck']);
    await db().update(inbox).set({ state: 'dead' });
    expect(await round()).toEqual(['dead_letters']);
  });

  it('EC-20 warns when many deliveries are refused', async () => {
    const traces = { headerHash: null, bodyHash: null, claimedEvent: null };
    await recordRefusals(db(), [{ reason: 'signature_mismatch', times: 99, ...traces }]);
    expect(await round()).toEqual([]);
    await recordRefusals(db(), [{ reason: 'not_an_event', times: 1, ...traces }]);
    expect(await round()).toEqual(['refusals_high']);
  });
});

describe('what the watch asks Postgres', () => {
  it('reads little of an inbox that is large', async () => {
    await db().execute(sql`
      insert into inbox (received_at, event_id, type, customer, livemode, created_at, payload, state)
      select now() - interval '2 days' - n * interval '1 second', 'evt_old' || n, 'invoice.paid', 'cus_1', false, now(),
        '', 'settled' from generate_series(1, 50000) as n`);
    await db().execute(sql`analyze inbox`);
    // Statistics are told by the session that has read.
    const one = openDatabase(stack.url, 1);
    const readSoFar = async () => {
      await one.db.execute(sql`select pg_stat_force_next_flush()`);
      const [row] = await one.db.execute<{ read: string }>(sql`
        select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_user_tables where relname ~ '^inbox_'`);
      return Number(row?.read);
    };
    try {
      const before = await readSoFar();
      await readTrouble(one.db, Date.now() - HOUR_MS);
      await wasDelivered(one.db);
      await noteSightedByDelivery(one.db);
      await inboxOf(one.db);
      expect((await readSoFar()) - before).toBeLessThan(1_000);
    } finally {
      await one.close();
    }
  });
});

describe('the wrong-secret rule', () => {
  /** The rule with its eyes on one refusal. */
  function suspects() {
    const raised: string[] = [];
    let wakes = 0;
    const suspect = createSuspects({
      db: db(),
      events,
      ours,
      logger,
      raise: (alert) => Promise.resolve(void raised.push(alert.key)),
      wakeWatch: () => void (wakes += 1),
      nowMs: Date.now,
    });
    return { raised, wakes: () => wakes, suspect };
  }
  const refuse = (claimedEvent: string) =>
    recordRefusals(db(), [
      { reason: 'signature_mismatch', times: 1, headerHash: null, bodyHash: null, claimedEvent },
    ]);

  it('P-10 IN-1 pages at once when a refused body is an event that Stripe has, and takes it in', async () => {
    const event = raise(SECOND_MS);
    const { raised, wakes, suspect } = suspects();
    suspect({ reason: 'signature_mismatch', eventId: event.id });
    await eventually('somebody was told', () => raised.length > 0);
    expect(raised).toEqual(['wrong_secret']);
    expect(wakes()).toBe(1);
    expect(await idsOf()).toEqual([event.id]);
  });

  it('takes in what is refused for its age, too, and does not blame the secret that signed it', async () => {
    const event = raise(SECOND_MS);
    const { raised, wakes, suspect } = suspects();
    suspect({ reason: 'timestamp_too_old', eventId: event.id });
    await eventually('the watch was woken', () => wakes() > 0);
    expect(await idsOf()).toEqual([event.id]);
    expect(raised).toEqual([]);
  });

  it('is not moved by ids that Stripe has not, by replays of what we have, nor by events of elsewhere', async () => {
    const elsewhere = raise(SECOND_MS, { livemode: true });
    const here = raise(5 * MINUTE_MS);
    await round();
    for (const eventId of [newId('evt'), elsewhere.id, here.id]) {
      const { raised, suspect } = suspects();
      let asked = 0;
      const read = events.read;
      events.read = (id) => read(id).finally(() => (asked += 1));
      suspect({ reason: 'signature_mismatch', eventId });
      if (eventId !== here.id) await eventually('Stripe was asked', () => asked > 0);
      events.read = read;
      expect(raised).toEqual([]);
    }
  });

  it('asks Stripe about one of a flood of claims', async () => {
    let asked = 0;
    events.read = () => Promise.resolve(null).finally(() => (asked += 1));
    const { suspect } = suspects();
    for (let n = 0; n < 500; n += 1) suspect({ reason: 'signature_mismatch', eventId: `evt_${n}` });
    await eventually('it asked', () => asked > 0);
    expect(asked).toBe(1);
  });

  it('IN-1 goes on while Stripe waits for hours before it tries again', async () => {
    const event = raise(3 * HOUR_MS);
    await refuse(event.id);
    await db()
      .update(rejectedDeliveries)
      .set({ at: sql`now() - interval '3 hours'` });
    expect(await round()).toContain('wrong_secret');
  });

  it('IN-1 goes on until a genuine delivery is taken', async () => {
    const event = raise(5 * MINUTE_MS);
    await refuse(event.id);
    expect(await round()).toContain('wrong_secret');
    const taken = { eventId: newId('evt'), type: 'invoice.paid', livemode: false, createdAt: new Date() };
    await db()
      .insert(inbox)
      .values({ ...taken, payload: Buffer.from('{}'), state: 'settled' });
    expect(await round()).toEqual([]);
    await db().delete(inbox).where(eq(inbox.eventId, taken.eventId));
    expect(await round()).toContain('wrong_secret');
  });
});
