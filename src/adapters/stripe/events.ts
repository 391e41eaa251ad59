import type Stripe from 'stripe';
import { z } from 'zod';
import { asCustomerId, type CustomerId } from '../../domain/ids.js';
import { SECOND_MS } from '../../domain/time.js';
import {
  isReadable,
  type BillingEvents,
  type EventEndpoint,
  type EventFilter,
  type Listing,
} from '../../ports/events.js';
import { asking, nullIfMissing } from './client.js';
import { listingOf, readPage } from './listing.js';
import { idOf, listAll } from './lists.js';

// The most that Stripe gives at a time.
const pageSize = 100;
const mostTypes = 20;

/** The events that Stripe keeps, behind our port. */
export function createStripeEvents(stripe: Stripe): BillingEvents {
  return {
    async read(id) {
      const event = await asking('reading an event', () => stripe.events.retrieve(id)).catch(nullIfMissing);
      if (event === null) return null;
      const listing = listingOf(event);
      // What it was asked for by is its id, whatever it says itself.
      return isReadable(listing) ? listing : { ...listing, id };
    },
    list: (filter) => listInGroups(stripe, filter),
    endpoints: () => readEndpoints(stripe),
    customerOf: (related) => readCustomerOf(stripe, related),
  };
}

async function* listInGroups(stripe: Stripe, filter: EventFilter): AsyncGenerator<Listing> {
  const { types, ...rest } = filter;
  if (types === undefined) {
    yield* list(stripe, rest);
    return;
  }
  for (let first = 0; first < types.length; first += mostTypes)
    yield* list(stripe, { ...rest, types: types.slice(first, first + mostTypes) });
}

async function* list(stripe: Stripe, filter: EventFilter): AsyncGenerator<Listing> {
  const asked = { ...parametersOf(filter), limit: pageSize };
  let after: string | null = null;
  do {
    const cursor: Stripe.PaginationParams = after === null ? {} : { starting_after: after };
    const answer = await asking('listing events', () => stripe.events.list({ ...asked, ...cursor }));
    const { rows, next } = readPage(answer, after);
    for (const row of rows) yield listingOf(row);
    after = next;
  } while (after !== null);
}

/** Stripe's dates are whole seconds: an instant within one leaves that second to what lies before it. */
function parametersOf({ since, until, types, undelivered }: EventFilter): Stripe.EventListParams {
  const secondsOf = (instant: number) => Math.ceil(instant / SECOND_MS);
  return {
    created: { gte: secondsOf(since), ...(until !== undefined && { lt: secondsOf(until) }) },
    ...(types !== undefined && { types: [...types] }),
    ...(undelivered === true && { delivery_success: false }),
  };
}

async function readEndpoints(stripe: Stripe): Promise<readonly EventEndpoint[]> {
  const { rows } = await listAll('webhook endpoints', () => stripe.webhookEndpoints.list({ limit: 100 }));
  return rows.map(({ id, url, status, enabled_events: types, api_version: apiVersion, livemode }) => ({
    id,
    url,
    enabled: status === 'enabled',
    types,
    apiVersion,
    livemode,
  }));
}

const idShape = z.union([z.string(), z.looseObject({ id: z.string() })]);
const ownedShape = z.looseObject({
  id: z.string(),
  object: z.string(),
  customer: idShape.nullish().catch(null),
});

async function readCustomerOf(stripe: Stripe, related: string): Promise<CustomerId | null> {
  const found: unknown = await asking('reading what an event tells of', () =>
    stripe.rawRequest('GET', related),
  ).catch(nullIfMissing);
  const owned = ownedShape.safeParse(found);
  if (!owned.success) return null;
  const { id, object, customer } = owned.data;
  const whose = object === 'customer' ? id : idOf(customer);
  return whose === null ? null : asCustomerId(whose);
}
