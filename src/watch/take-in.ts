import type { Db } from '../db/client.js';
import { storeEvents } from '../db/queries/inbox.js';
import type { InboxSource } from '../db/schema.js';
import { notOurs, type Ours } from '../domain/ours.js';
import type { ListedEvent } from '../ports/events.js';

export type TakeIn = {
  readonly db: Db;
  readonly ours: Ours;
  readonly source: Exclude<InboxSource, 'webhook'>;
};

/** What became of events that were fetched, by their ids. */
export type Taken = {
  /** New here, and to be dispatched. */
  readonly fresh: readonly string[];
  /** New here, of the other mode or of another Stripe account: kept, and ignored. */
  readonly foreign: readonly string[];
  /** Taken in before. */
  readonly known: readonly string[];
};

/** Takes fetched events into the inbox as if they had been delivered. Can be repeated: what is here is known. */
export async function takeIn({ db, ours, source }: TakeIn, fetched: readonly ListedEvent[]): Promise<Taken> {
  const arrivals = fetched.map(({ event, payload }) => {
    const state = notOurs(event, ours) === null ? ('pending' as const) : ('ignored' as const);
    return { event, payload, state, source, secret: null };
  });
  const proofs = await storeEvents(db, arrivals);
  const isKnown = (n: number) => proofs[n]?.duplicate === true;
  const idsOf = (fits: (state: 'pending' | 'ignored', n: number) => boolean) =>
    arrivals.filter(({ state }, n) => fits(state, n)).map(({ event }) => event.id);
  return {
    fresh: idsOf((state, n) => !isKnown(n) && state === 'pending'),
    foreign: idsOf((state, n) => !isKnown(n) && state === 'ignored'),
    known: idsOf((_, n) => isKnown(n)),
  };
}
