import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEvents, type MemoryEvents } from '../../src/adapters/memory/events.js';
import { listAlerts } from '../../src/db/queries/alerts.js';
import { storeEvents } from '../../src/db/queries/inbox.js';
import { readSightedAt, readWatch } from '../../src/db/queries/watch.js';
import { alerts, eventIds, inbox, intakeWatch } from '../../src/db/schema.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/time.js';
import type { AlertNews } from '../../src/ports/alerts.js';
import { PortError } from '../../src/ports/errors.js';
import type { EventFilter } from '../../src/ports/events.js';
import { createAlerting } from '../../src/watch/alerting.js';
import { lookAtArrival } from '../../src/watch/arrival.js';
import { createSuspects } from '../../src/watch/suspects.js';
import { mostNamed, unreadableKey } from '../../src/watch/unreadable.js';
import { aBillingEvent } from '../support/billing-event.js';
import { eventually } from '../support/dev-eventually.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { newId } from '../support/stack-events.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ours = { livemode: false, account: null };
const why = 'missing or of another kind: livemode';

let stack: TestDatabase;
let events: MemoryEvents;
let heard: AlertNews[];
let aheadMs = 0;

beforeAll(async () => {
  stack = await startDatabase('watch-unreadable', { withMovableClock: true });
});
afterAll(() => stack.end());

const db = () => stack.database.db;
const now = () => Date.now() + aheadMs;

/** So much later, by our clock and by the database's. */
async function pass(ms: number): Promise<void> {
  await stack.wait(ms);
  aheadMs += ms;
}

beforeEach(async () => {
  for (const table of [inbox, eventIds, intakeWatch, alerts]) await db().delete(table);
  events = createMemoryEvents();
  heard = [];
});

const depsOf = () => ({
  db: db(),
  events,
  ours,
  graceMs: 2 * MINUTE_MS,
  nowMs: now,
  isStopped: () => false,
});

/** What a round of the watch does about arrivals, by a process that knows nothing of the rounds before. */
async function round(): Promise<string[]> {
  const ear = { name: 'ear', atLeast: 'warning' as const, tell: (news: AlertNews) => hear(news) };
  const { settle } = createAlerting({ db: db(), channels: [ear], logger });
  const { found, looked } = await lookAtArrival(depsOf(), 0);
  await settle(found, looked);
  return found.map(({ key }) => key);
}

const hear = (news: AlertNews) => Promise.resolve(void heard.push(news));
const told = () => heard.map(({ key, state }) => [key, state]);
const openText = async () => (await listAlerts(db())).find(({ key }) => key === unreadableKey)?.text;
const idsHere = async () => (await db().select().from(inbox)).map(({ eventId }) => eventId).sort();

/** Stripe raises an event that long ago, and none of its deliveries comes here. */
function raise(agoMs: number): string {
  const { id } = aBillingEvent({ id: newId('evt') });
  events.raise(aBillingEvent({ id, createdAt: now() - agoMs }));
  return id;
}

function raiseOdd(agoMs: number): string {
  const id = raise(agoMs);
  events.spoil(id, why);
  return id;
}

describe('EC-9 an event that can’t be read', () => {
  it('EC-9 keeps the walk from none of the others, and is told once, by its name, with what to do', async () => {
    const before = raise(30 * MINUTE_MS);
    const odd = raiseOdd(20 * MINUTE_MS);
    const behind = raise(10 * MINUTE_MS);
    expect(await round()).toEqual([unreadableKey]);
    await pass(MINUTE_MS);
    await round();
    expect(await idsHere()).toEqual([before, behind].sort());
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({
      key: 'events_unreadable',
      severity: 'warning',
      title: 'Stripe lists 1 event that can’t be read',
      text: expect.stringContaining(`${odd} (${why})`) as string,
      remedy: expect.stringMatching(
        `Stripe’s dashboard.*forbear case recheck.*report it.*forbear replay ${odd}\\.`,
      ) as string,
    });
  });

  it('EC-9 is one alert for several of them', async () => {
    const odd = [raiseOdd(2 * HOUR_MS), raiseOdd(20 * MINUTE_MS)];
    await round();
    odd.push(raiseOdd(5 * MINUTE_MS));
    await pass(MINUTE_MS);
    await round();
    for (const id of odd) expect(await openText()).toContain(id);
    expect(told()).toEqual([[unreadableKey, 'firing']]);
  });

  it('EC-9 is not forgotten when the walk has long gone on, nor by a process that is new', async () => {
    const odd = await oddOfLongAgo();
    expect(await round()).toEqual([unreadableKey]);
    expect((await readWatch(db())).walkedUntil).toBeGreaterThan(now() - 10 * MINUTE_MS);
    expect(await openText()).toContain(odd);
    expect(told()).toEqual([[unreadableKey, 'firing']]);
  });

  it('EC-9 is taken in by itself once it can be read, as after an upgrade, and that ends the alert', async () => {
    const odd = await oddOfLongAgo();
    events.spoil(odd, null);
    expect(await round()).toEqual([]);
    expect(await db().select().from(inbox)).toMatchObject([{ eventId: odd, source: 'watch' }]);
    expect(told()).toEqual([
      [unreadableKey, 'firing'],
      [unreadableKey, 'resolved'],
    ]);
  });

  it('EC-9 is no alarm any more once Stripe has it no more', async () => {
    events.drop(await oddOfLongAgo());
    expect(await round()).toEqual([]);
    expect(told().at(-1)).toEqual([unreadableKey, 'resolved']);
    expect(await idsHere()).toEqual([]);
  });

  it('EC-9 is no alarm any more once it is here, from wherever it came', async () => {
    const id = await oddOfLongAgo();
    const arrival = { event: aBillingEvent({ id }), payload: Buffer.from('{}'), state: 'pending' } as const;
    await storeEvents(db(), [{ ...arrival, source: 'webhook', secret: 'f00d' }]);
    expect(await round()).toEqual([]);
    expect(told().at(-1)).toEqual([unreadableKey, 'resolved']);
  });

  it('EC-9 stays told while Stripe refuses to give it, and keeps the walk from nothing', async () => {
    const odd = await oddOfLongAgo();
    const read = events.read.bind(events);
    events.read = (id) => {
      if (id !== odd) return read(id);
      return Promise.reject(new PortError('BILLING_REFUSED', 'Stripe: reading an event failed with 400'));
    };
    const other = raise(3 * MINUTE_MS);
    expect(await round()).toEqual([unreadableKey]);
    expect(await openText()).toContain(`${odd} (Stripe: reading an event failed with 400)`);
    expect(await idsHere()).toEqual([other]);
  });

  it('EC-9 is told also where Stripe stops answering after the walk met it', async () => {
    await round();
    await pass(3 * HOUR_MS);
    const odd = raiseOdd(2 * HOUR_MS);
    let slices = 0;
    const list = events.list.bind(events);
    events.list = (filter: EventFilter) => {
      slices += 1;
      // The slice of the odd one is through and noted by then.
      if (filter.since > now() - HOUR_MS) events.failWith('BILLING_UNAVAILABLE');
      return list(filter);
    };
    expect(await round()).toContain('events_unread');
    expect(slices).toBeGreaterThan(1);
    expect((await readWatch(db())).walkedUntil).toBeGreaterThan(now() - 2 * HOUR_MS);
    expect(told()).toContainEqual([unreadableKey, 'firing']);
    expect(await openText()).toContain(odd);
  });

  it('EC-9 takes sight from nobody once it is named', async () => {
    raiseOdd(5 * MINUTE_MS);
    await round();
    expect(now() - ((await readSightedAt(db())) ?? 0)).toBeLessThan(5 * SECOND_MS);
  });

  it('EC-9 is never what shows that deliveries arrive, where a walk is cut short', async () => {
    raiseOdd(3 * MINUTE_MS);
    await lookAtArrival({ ...depsOf(), isStopped: () => true }, 0);
    expect(await readSightedAt(db())).toBeNull();
  });

  /** It was met when it was new, and no walk meets it any more. */
  async function oddOfLongAgo(): Promise<string> {
    const odd = raiseOdd(5 * MINUTE_MS);
    await round();
    // Each walk begins a little before the end of the last.
    await pass(HOUR_MS);
    await round();
    await pass(HOUR_MS);
    return odd;
  }
});

describe('EC-9 more events that can’t be read than an alert can name', () => {
  const flood = () => Array.from({ length: mostNamed + 5 }, (_, n) => raiseOdd(HOUR_MS - n * MINUTE_MS));

  it('EC-9 page, give no sight, and are walked again until they can be read: none is left behind', async () => {
    await round();
    const walkedBefore = (await readWatch(db())).walkedUntil ?? Infinity;
    await db()
      .update(intakeWatch)
      .set({ walkedUntil: new Date(walkedBefore - 2 * HOUR_MS), sightedAt: null });
    const odd = flood();
    const sound = raise(3 * MINUTE_MS);
    expect(await round()).toEqual(['intake_blind', unreadableKey]);
    expect(heard.find(({ key }) => key === unreadableKey)).toMatchObject({
      severity: 'page',
      title: 'Stripe lists 25 events that can’t be read',
      text: expect.stringContaining('and 5 more') as string,
      remedy: expect.stringContaining('forbear replay --since') as string,
    });
    expect(await readSightedAt(db())).toBeNull();
    expect((await readWatch(db())).walkedUntil).toBeLessThan(now() - 30 * MINUTE_MS);
    expect(await idsHere()).toEqual([sound]);
    odd.forEach((id) => events.spoil(id, null));
    // The walk is the one that a new version does a day later.
    await pass(24 * HOUR_MS);
    expect(await round()).toEqual([]);
    expect(await idsHere()).toEqual([...odd, sound].sort());
  });
});

describe('EC-9 a refused delivery of an event that can’t be read', () => {
  it('EC-9 is not taken in nor blamed on the secret; the watch looks', async () => {
    const odd = raiseOdd(SECOND_MS);
    const raised: string[] = [];
    let wakes = 0;
    const suspect = createSuspects({
      ...depsOf(),
      logger,
      raise: ({ key }) => Promise.resolve(void raised.push(key)),
      wakeWatch: () => void (wakes += 1),
    });
    suspect({ reason: 'signature_mismatch', eventId: odd });
    await eventually('the watch was woken', () => wakes > 0);
    expect(raised).toEqual([]);
    expect(await idsHere()).toEqual([]);
  });
});
