import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/db/client.js';
import { eventIds, inbox } from '../../src/db/schema.js';
import { eventually } from '../support/dev-eventually.js';
import { startIntakeProcess, type IntakeProcess } from '../support/intake-process.js';
import { startMortalPostgres, type MortalPostgres } from '../support/mortal-postgres.js';
import { deliver, stripeEvent } from '../support/stack-events.js';

const secret = 'whsec_of_the_kills';
const senders = 8;
const kills = { ofTheApi: 80, ofPostgres: 150 };
const seed = Number(process.env['FORBEAR_SEED'] ?? Date.now() % 1_000_000);

let postgres: MortalPostgres;
let database: Database;

beforeAll(async () => {
  console.log(`intake kills: seed ${seed}`);
  postgres = await startMortalPostgres('intake-kill');
  database = openDatabase(postgres.url, 2);
});
afterAll(async () => {
  await database.close();
  await postgres.end();
});

/** Numbers at random from 1 to `most`, the same ones for the same seed (mulberry32). */
function diceOf(from: number, most: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return 1 + (((t ^ (t >>> 14)) >>> 0) % most);
  };
}

type Event = ReturnType<typeof stripeEvent>;

/** What was delivered when it was over: acknowledged, or of an unknown fate. */
type Delivered = { readonly acknowledged: string[]; readonly unsure: Event[] };

/** Several senders deliver one event after the other; at the so-manieth 2xx `strike` happens, and each stops at its next failure. */
async function deliverUntilStruck(webhook: string, at: number, strike: () => void): Promise<Delivered> {
  const acknowledged: string[] = [];
  const unsure: Event[] = [];
  let isStruck = false;
  const send = async () => {
    for (;;) {
      const event = stripeEvent();
      const status = await deliver(webhook, event, secret).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) {
        acknowledged.push(event.id);
        if (acknowledged.length === at) {
          isStruck = true;
          strike();
        }
      } else {
        unsure.push(event);
        if (isStruck) return;
      }
    }
  };
  await Promise.all(Array.from({ length: senders }, send));
  return { acknowledged, unsure };
}

/** Those of these events that have not both their row and their id, or have them twice. */
async function lostOf(ids: readonly string[]): Promise<string[]> {
  const { db } = database;
  const rows = await db
    .select({ id: inbox.eventId })
    .from(inbox)
    .where(inArray(inbox.eventId, [...ids]));
  const known = await db
    .select({ id: eventIds.eventId })
    .from(eventIds)
    .where(inArray(eventIds.eventId, [...ids]));
  const count = (all: readonly { id: string }[]) => {
    const times = new Map<string, number>();
    for (const { id } of all) times.set(id, (times.get(id) ?? 0) + 1);
    return times;
  };
  const [inInbox, inIds] = [count(rows), count(known)];
  return ids.filter((id) => inInbox.get(id) !== 1 || inIds.get(id) !== 1);
}

/** Stripe sends again what it had no 2xx for. */
async function sendAgain(webhook: string, events: readonly Event[]): Promise<string[]> {
  const again = async (event: Event) => {
    await eventually('a delivery that comes again is taken', async () => {
      const { status } = await deliver(webhook, event, secret);
      return status === 200;
    });
    return event.id;
  };
  return Promise.all(events.map(again));
}

// On a machine that does little else this takes three minutes.
describe('P-2 EC-13 an acknowledged event survives', { timeout: 900_000 }, () => {
  const settings = () => ({ databaseUrl: postgres.url, secrets: [secret], port: 0 });

  it(`a kill -9 of the api right after a 2xx, ${kills.ofTheApi} times`, async () => {
    const dice = diceOf(seed, 25);
    const lost: string[] = [];
    let acknowledged = 0;
    let next = startIntakeProcess(settings());
    for (let round = 0; round < kills.ofTheApi; round += 1) {
      const api = await next;
      // The one after it starts meanwhile: it takes what this one leaves open.
      next = startIntakeProcess(settings());
      const delivered = await deliverUntilStruck(api.webhook, dice(), () => api.kill9());
      await api.gone;
      acknowledged += delivered.acknowledged.length;
      lost.push(...(await lostOf(delivered.acknowledged)));
      const again = await sendAgain((await next).webhook, delivered.unsure);
      lost.push(...(await lostOf(again)));
    }
    const last = await next;
    last.kill9();
    await last.gone;
    expect(lost).toEqual([]);
    expect(acknowledged).toBeGreaterThan(kills.ofTheApi);
  });

  it(`a kill -9 of Postgres and all its processes right after a 2xx, ${kills.ofPostgres} times`, async () => {
    const dice = diceOf(seed + 1, 25);
    const api: IntakeProcess = await startIntakeProcess(settings());
    const lost: string[] = [];
    for (let round = 0; round < kills.ofPostgres; round += 1) {
      let killed: Promise<void> | undefined;
      const delivered = await deliverUntilStruck(api.webhook, dice(), () => {
        killed = postgres.kill9();
      });
      await killed;
      await postgres.up();
      const again = await sendAgain(api.webhook, delivered.unsure);
      lost.push(...(await lostOf([...delivered.acknowledged, ...again])));
    }
    api.kill9();
    await api.gone;
    expect(lost).toEqual([]);
  });
});
