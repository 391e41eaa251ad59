import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { createStripeEvents } from '../../src/adapters/stripe/events.js';
import type { Listing } from '../../src/ports/events.js';

/** A Stripe that answers these, one after the other, and keeps what it was asked. */
function answering(...answers: readonly unknown[]) {
  const asked: URL[] = [];
  const fetching = (url: string | URL | Request) => {
    asked.push(new URL(url instanceof Request ? url.url : url));
    const answer = answers[asked.length - 1];
    if (answer === undefined) throw new Error('it was asked once too often');
    return Promise.resolve(Response.json(answer));
  };
  const httpClient = Stripe.createFetchHttpClient(fetching);
  return { asked, events: createStripeEvents(new Stripe('sk_test_1', { httpClient, maxNetworkRetries: 0 })) };
}

const anEvent = (id: string) => ({
  id,
  object: 'event',
  type: 'invoice.paid',
  created: 1_790_000_000,
  livemode: false,
  data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_1' } },
});
const page = (data: readonly unknown[], more = false) => ({ object: 'list', has_more: more, data });

async function all(events: ReturnType<typeof answering>['events']): Promise<Listing[]> {
  const listed: Listing[] = [];
  for await (const one of events.list({ since: 0 })) listed.push(one);
  return listed;
}

const shortly = (listed: readonly Listing[]) =>
  listed.map((one) => (one.event === null ? `unreadable: ${one.id}` : one.event.id));

describe('EC-9 an event of Stripe’s list that can’t be read', () => {
  it('EC-9 is named with what is odd about it, and those before and behind it are read', async () => {
    const odd = { ...anEvent('evt_odd'), livemode: undefined };
    const { events } = answering(page([anEvent('evt_3'), odd, anEvent('evt_1')]));
    const listed = await all(events);
    expect(shortly(listed)).toEqual(['evt_3', 'unreadable: evt_odd', 'evt_1']);
    expect(listed[1]).toEqual({
      event: null,
      id: 'evt_odd',
      type: 'invoice.paid',
      createdAt: 1_790_000_000_000,
      why: 'missing or of another kind: livemode',
    });
  });

  it.each([
    ['null', null, null, 'it is nothing that has fields'],
    ['a word', 'evt_1', null, 'it is nothing that has fields'],
    ['an object without an id', { ...anEvent(''), id: undefined }, null, 'missing or of another kind: id'],
    [
      'an id of a size that nobody keeps',
      anEvent(`evt_${'x'.repeat(300)}`),
      null,
      'missing or of another kind: id',
    ],
    [
      'an id that no command takes',
      { ...anEvent('in_1'), data: 7 },
      null,
      'missing or of another kind: data',
    ],
    [
      'an object that is little of an event',
      { id: 'evt_9', object: 'event', type: { name: 'jane@example.com' } },
      'evt_9',
      'missing or of another kind: type, created, livemode and 1 more',
    ],
    [
      'a thin event',
      { id: 'evt_8', object: 'v2.core.event', type: 'v1.invoice.paid', created: 'soon', livemode: false },
      'evt_8',
      'missing or of another kind: created',
    ],
  ])('EC-9 is told from the others whatever stands in its place: %s', async (_, odd, id, why) => {
    const { events } = answering(page([odd, anEvent('evt_1')]));
    const listed = await all(events);
    expect(listed).toMatchObject([{ event: null, id, why }, { event: { id: 'evt_1' } }]);
  });

  it('EC-9 moves the list on to its next page by its id, also where it is the last of a page', async () => {
    const { events, asked } = answering(
      page([anEvent('evt_2'), { id: 'evt_odd' }], true),
      page([anEvent('evt_1')]),
    );
    expect(shortly(await all(events))).toEqual(['evt_2', 'unreadable: evt_odd', 'evt_1']);
    expect(asked.map(({ searchParams }) => searchParams.get('starting_after'))).toEqual([null, 'evt_odd']);
  });

  it('EC-9 comes once where it has no id and stands between two pages', async () => {
    const { events, asked } = answering(page([anEvent('evt_2'), {}], true), page([{}, anEvent('evt_1')]));
    expect(shortly(await all(events))).toEqual(['evt_2', 'unreadable: null', 'evt_1']);
    expect(asked.map(({ searchParams }) => searchParams.get('starting_after'))).toEqual([null, 'evt_2']);
  });

  it('EC-9 is told from one that Stripe has not when it is asked for by its id', async () => {
    const { events } = answering({ object: 'event', type: 'invoice.paid' });
    expect(await events.read('evt_odd')).toMatchObject({ event: null, id: 'evt_odd', type: 'invoice.paid' });
  });
});

describe('EC-9 a list that is itself broken', () => {
  it.each([
    ['an object that is no list', [{ object: 'list' }]],
    ['rows that are none', [page('many' as unknown as [])]],
    ['a page that does not say whether there is more', [{ data: [anEvent('evt_1')] }]],
    ['more behind an empty page', [page([], true)]],
    ['more behind rows without an id', [page([{}, { id: 7 }], true)]],
    ['a page that comes again and again', [page([anEvent('evt_1')], true), page([anEvent('evt_1')], true)]],
  ])('EC-9 is refused as a whole: %s', async (_, answers) => {
    await expect(all(answering(...answers).events)).rejects.toMatchObject({
      code: 'BILLING_REFUSED',
      message: expect.stringContaining('listing events') as string,
    });
  });
});
