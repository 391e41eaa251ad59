import { expect, it } from 'vitest';
import type { CustomerId } from '../../src/domain/ids.js';
import { SECOND_MS, type Instant } from '../../src/domain/time.js';
import {
  isReadable,
  type BillingEvents,
  type EventEndpoint,
  type EventFilter,
} from '../../src/ports/events.js';

export type Raised = { readonly id: string; readonly createdAt: Instant };

/** The events of one kind of provider, and what happens there. */
export type EventsWorld = {
  readonly events: BillingEvents;
  /** A customer is created, and an event tells of it; one that is not delivered stays owed. */
  raise(delivered: boolean): Promise<Raised>;
  /** The clock there goes on by whole seconds. */
  pass(ms: number): Promise<void>;
  /** The provider gets an endpoint, for these types. */
  addEndpoint(url: string, types: readonly string[]): Promise<EventEndpoint>;
  disable(endpoint: EventEndpoint): Promise<void>;
  /** An object that this customer owns, by its path. */
  own(): Promise<{ readonly path: string; readonly customer: CustomerId }>;
  /** The next question is not answered. */
  failNext(): Promise<void>;
  /** The same provider, asked with a key that it does not take. */
  readonly refused: BillingEvents;
};

type Open = () => Promise<EventsWorld>;

async function idsOf(events: BillingEvents, filter: EventFilter): Promise<string[]> {
  const ids: string[] = [];
  for await (const { event } of events.list(filter)) ids.push(event?.id ?? 'unreadable');
  return ids;
}

/** What every implementation of `BillingEvents` holds to, in memory and at Stripe alike. */
export function eventsKeepTheirWord(open: Open): void {
  itReads(open);
  itLists(open);
  itKnowsEndpoints(open);
  itFails(open);
}

function itReads(open: Open): void {
  it('reads an event by its id, with its text; of an id that nobody knows there is none', async () => {
    const { events, raise } = await open();
    const { id, createdAt } = await raise(true);
    const read = await events.read(id);
    if (read === null || !isReadable(read)) throw new Error('the event is not there');
    expect(read.event).toMatchObject({ id, createdAt, type: 'customer.created', livemode: false });
    const text: unknown = JSON.parse(new TextDecoder().decode(read.payload));
    expect(text).toMatchObject({ id, type: 'customer.created' });
    expect(await events.read('evt_nobody')).toBeNull();
  });

  it('says whose an object is, and of one that is not there nothing', async () => {
    const { events, own } = await open();
    const { path, customer } = await own();
    expect(await events.customerOf(path)).toBe(customer);
    expect(await events.customerOf('/v1/invoices/in_nobody')).toBeNull();
  });
}

function itLists(open: Open): void {
  it('lists what was created from an instant on and before another, the newest first', async () => {
    const { events, raise, pass } = await open();
    const made: Raised[] = [];
    for (let n = 0; n < 4; n += 1) {
      made.push(await raise(true));
      await pass(10 * SECOND_MS);
    }
    const [first, second, third, fourth] = made.map(({ id }) => id);
    const [, from, until] = made.map(({ createdAt }) => createdAt) as [Instant, Instant, Instant];
    expect(await idsOf(events, { since: 0 })).toEqual([fourth, third, second, first]);
    expect(await idsOf(events, { since: from })).toEqual([fourth, third, second]);
    expect(await idsOf(events, { since: from + 1 })).toEqual([fourth, third]);
    expect(await idsOf(events, { since: from, until })).toEqual([second]);
    expect(await idsOf(events, { since: from, until: until + 1 })).toEqual([third, second]);
  });

  it('lists only what could not be delivered, where that is asked', async () => {
    const { events, raise } = await open();
    const lost = await raise(false);
    const arrived = await raise(true);
    expect(await idsOf(events, { since: 0, undelivered: true })).toEqual([lost.id]);
    expect(await idsOf(events, { since: 0 })).toEqual(expect.arrayContaining([lost.id, arrived.id]));
  });

  it('lists more than a page, each event once', async () => {
    const { events, raise } = await open();
    const made = await Promise.all(Array.from({ length: 103 }, () => raise(true)));
    const ids = await idsOf(events, { since: 0 });
    expect(ids).toHaveLength(made.length);
    expect(new Set(ids)).toEqual(new Set(made.map(({ id }) => id)));
  });
}

function itKnowsEndpoints(open: Open): void {
  it('knows the endpoints, and which of them are disabled', async () => {
    const { events, addEndpoint, disable } = await open();
    expect(await events.endpoints()).toEqual([]);
    const all = await addEndpoint('https://a.example/webhooks/stripe', ['*']);
    const one = await addEndpoint('https://b.example/hook', ['invoice.paid']);
    await disable(one);
    const known = await events.endpoints();
    expect(known).toHaveLength(2);
    expect(known).toEqual(expect.arrayContaining([all, { ...one, enabled: false }]));
    expect(all).toMatchObject({ enabled: true, types: ['*'], apiVersion: null, livemode: false });
  });
}

function itFails(open: Open): void {
  const questions: readonly [string, (events: BillingEvents) => Promise<unknown>][] = [
    ['read', (events) => events.read('evt_1')],
    ['list', (events) => idsOf(events, { since: 0 })],
    ['endpoints', (events) => events.endpoints()],
    ['customerOf', (events) => events.customerOf('/v1/invoices/in_1')],
  ];
  it.each(questions)('%s tells a provider that is down from one that refuses us', async (_, ask) => {
    const { events, failNext, refused } = await open();
    await expect(ask(refused)).rejects.toMatchObject({ code: 'BILLING_REFUSED' });
    await failNext();
    await expect(ask(events)).rejects.toMatchObject({ code: 'BILLING_UNAVAILABLE' });
  });
}
