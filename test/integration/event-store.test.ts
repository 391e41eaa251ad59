import { connect, createServer, type Server, type Socket } from 'node:net';
import { inArray } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { knownEvents, unpack, type Arrival } from '../../src/db/queries/inbox.js';
import { inbox } from '../../src/db/schema.js';
import { openEventStore, RowRefusedError, type EventStore } from '../../src/db/store/store.js';
import { createBatcher } from '../../src/http/webhooks/batcher.js';
import { arrivalOf } from '../support/arrivals.js';
import { startDatabase, type TestDatabase } from '../support/stack-database.js';
import { newId } from '../support/stack-events.js';

let stack: TestDatabase;
let store: EventStore | undefined;

beforeAll(async () => {
  stack = await startDatabase('event-store');
});
afterEach(async () => {
  await store?.stop();
});
afterAll(async () => {
  await stack.end();
});

const patient = new AbortController().signal;
const anArrival = () => arrivalOf(newId('evt'));

async function textsOf(arrivals: readonly Arrival[]): Promise<string[]> {
  const ids = arrivals.map(({ event }) => event.id);
  const rows = await stack.database.db.select().from(inbox).where(inArray(inbox.eventId, ids));
  const texts = new Map(rows.map((row) => [row.eventId, Buffer.from(unpack(row.payload)).toString()]));
  return ids.map((id) => texts.get(id) ?? 'missing');
}

describe('the store of the intake', () => {
  it('EC-11 commits a batch with each text as it came, and knows what it has', async () => {
    store = openEventStore(stack.url);
    const [one, two, three] = [anArrival(), anArrival(), anArrival()];
    expect(await store.store([one, two, one], patient)).toEqual([
      { eventId: one.event.id, duplicate: false },
      { eventId: two.event.id, duplicate: false },
      { eventId: one.event.id, duplicate: true },
    ]);
    expect((await store.store([two, three], patient)).map(({ duplicate }) => duplicate)).toEqual([
      true,
      false,
    ]);
    const sent = [one, two, three];
    expect(await textsOf(sent)).toEqual(sent.map(({ payload }) => Buffer.from(payload).toString()));
  });

  it('EC-14 says that it was a row that was refused, commits nothing of the batch, and goes on', async () => {
    store = openEventStore(stack.url);
    const good = anArrival();
    const bad = { ...good, event: { ...good.event, id: newId('evt'), type: 'invoice.\u0000' } };
    await expect(store.store([good, bad], patient)).rejects.toBeInstanceOf(RowRefusedError);
    expect(await knownEvents(stack.database.db, [good.event.id])).toEqual(new Set());
    expect(await store.store([good], patient)).toMatchObject([{ duplicate: false }]);
  });

  it('EC-9 leaves a Postgres that vanished without a word, and is served by the one that took its place', async () => {
    const way = await openWay(new URL(stack.url));
    store = openEventStore(way.url);
    const batcher = createBatcher({
      write: store.store,
      isAboutItem: () => false,
      most: 10,
      mostWaiting: 100,
      patienceMs: 500,
    });
    await batcher.add(anArrival());
    way.goDead();
    const lost = anArrival();
    await expect(batcher.add(lost)).rejects.toThrow('no answer within 500 ms');
    // What was open stays dead; who knocks anew is let in.
    way.revive();
    // A new thread may take longer to start than this batcher waits; whoever sends again gets there.
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const stored = await batcher.add(lost).catch(() => null);
      if (stored === null) continue;
      expect(stored.eventId).toBe(lost.event.id);
      break;
    }
    expect(await textsOf([lost])).toEqual([Buffer.from(lost.payload).toString()]);
    way.close();
  });
});

type Way = { readonly url: string; goDead(): void; revive(): void; close(): void };

/** A way to Postgres that can swallow all that is sent, either way, and never closes anything. */
async function openWay(to: URL): Promise<Way> {
  const sockets: Socket[] = [];
  let isDead = false;
  const server: Server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    sockets.push(near, far);
    const opened = { dead: false };
    pipes.push(opened);
    near.on('data', (bytes) => !isDead && !opened.dead && far.write(bytes));
    far.on('data', (bytes) => !isDead && !opened.dead && near.write(bytes));
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  const pipes: { dead: boolean }[] = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(to);
  url.port = String((server.address() as { port: number }).port);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    goDead: () => {
      isDead = true;
      pipes.forEach((pipe) => (pipe.dead = true));
    },
    revive: () => {
      isDead = false;
    },
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
