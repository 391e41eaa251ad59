import type { CustomerId } from '../../domain/ids.js';
import type { BillingEvent } from '../../ports/billing.js';
import { PortError } from '../../ports/errors.js';
import type { BillingEvents, EventEndpoint, EventFilter, ListedEvent, Listing } from '../../ports/events.js';

type Failure = 'BILLING_UNAVAILABLE' | 'BILLING_REFUSED';

export type MemoryEvents = BillingEvents & {
  /** The provider raises an event, and delivers it or doesn't. */
  raise(event: BillingEvent, delivered?: boolean): void;
  /** An event that was raised can't be read any more, for this reason; `null`: it can. */
  spoil(id: string, why: string | null): void;
  /** The provider has an event no more. */
  drop(id: string): void;
  /** Replaces the endpoints that the provider has. */
  setEndpoints(endpoints: readonly EventEndpoint[]): void;
  /** Whose the object at this path is. */
  own(related: string, customer: CustomerId): void;
  /** Every question fails so, until told `null`. With `after`, a list fails only when it has given so many events. */
  failWith(code: Failure | null, after?: number): void;
};

/** The provider's events in memory. For tests of the watch. */
export function createMemoryEvents(): MemoryEvents {
  let raised: { readonly listed: ListedEvent; readonly delivered: boolean }[] = [];
  const spoilt = new Map<string, string>();
  const owners = new Map<string, CustomerId>();
  let endpoints: readonly EventEndpoint[] = [];
  let failing: { readonly code: Failure; readonly after: number } | null = null;

  const answer = (given = Infinity) => {
    if (failing !== null && given >= failing.after)
      throw new PortError(failing.code, 'the provider was told to fail');
  };

  const listingOf = (listed: ListedEvent): Listing => {
    const { id, type, createdAt } = listed.event;
    const why = spoilt.get(id);
    return why === undefined ? listed : { event: null, id, type, createdAt, why };
  };

  async function* list(filter: EventFilter): AsyncGenerator<Listing> {
    const fitting = raised.filter(({ listed: { event }, delivered }) => fits(filter, event, delivered));
    const newestFirst = fitting
      .toReversed()
      .sort((a, b) => b.listed.event.createdAt - a.listed.event.createdAt);
    for (const [given, { listed }] of newestFirst.entries()) {
      answer(given);
      yield await Promise.resolve(listingOf(listed));
    }
    answer(newestFirst.length);
  }

  return {
    raise(event, delivered = true) {
      const payload = new TextEncoder().encode(JSON.stringify({ id: event.id, type: event.type }));
      raised.push({ listed: { event, payload }, delivered });
    },
    spoil(id, why) {
      if (why === null) spoilt.delete(id);
      else spoilt.set(id, why);
    },
    drop: (id) => void (raised = raised.filter(({ listed }) => listed.event.id !== id)),
    setEndpoints: (next) => void (endpoints = next),
    own: (related, customer) => void owners.set(related, customer),
    failWith: (code, after = 0) => void (failing = code === null ? null : { code, after }),
    // Asynchronous, so that they fail as promises do.
    read: (id) =>
      Promise.resolve()
        .then(() => answer())
        .then(() => {
          const found = raised.find(({ listed }) => listed.event.id === id);
          return found === undefined ? null : listingOf(found.listed);
        }),
    list,
    endpoints: () =>
      Promise.resolve()
        .then(() => answer())
        .then(() => endpoints),
    customerOf: (related) =>
      Promise.resolve()
        .then(() => answer())
        .then(() => owners.get(related) ?? null),
  };
}

function fits(
  { since, until, types, undelivered }: EventFilter,
  event: BillingEvent,
  delivered: boolean,
): boolean {
  const isWithin = event.createdAt >= since && (until === undefined || event.createdAt < until);
  const isAsked = types === undefined || types.includes(event.type);
  return isWithin && isAsked && (undelivered !== true || !delivered);
}
