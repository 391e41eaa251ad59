import { claimDeliveries } from '../db/queries/deliveries.js';
import { claimPing, readOpenEndpoints, type OpenEndpoint } from '../db/queries/endpoints.js';
import { createBringing, type BringingDeps } from './bringing.js';
import { pingEveryMs, slotsOf } from './schedule.js';

// Longer than a request may take, and no longer than the minute that `enableEndpoint` leaves to what is being sent: by then whoever has taken a delivery and not said what came of it is dead.
const leaseMs = 60_000;

/** Brings deliveries to their endpoints, several at a time and each endpoint for itself, so that a slow one delays no other. */
export function createCourier(deps: BringingDeps) {
  const { db, logger } = deps;
  const stopping = new AbortController();
  const { deliver, ping } = createBringing(deps, stopping.signal);
  const running = new Map<string, number>();
  const works = new Set<Promise<void>>();

  /** Sends whatever is due and has a place; returns before it has arrived. `wake` is called whenever a place is free again. */
  async function sendDue(wake: () => void): Promise<void> {
    for (const endpoint of await readOpenEndpoints(db)) {
      const places = slotsOf(endpoint.failingSince?.getTime() ?? null) - (running.get(endpoint.id) ?? 0);
      if (places <= 0) continue;
      const due = await claimDeliveries(db, endpoint.id, { limit: places, leaseMs });
      due.forEach((delivery) => start(endpoint, deliver(endpoint, delivery), wake));
    }
    const asleep = await claimPing(db, pingEveryMs);
    if (asleep !== null) start(asleep, ping(asleep), wake);
  }

  function start({ id }: OpenEndpoint, work: Promise<void>, wake: () => void): void {
    running.set(id, (running.get(id) ?? 0) + 1);
    const done = work
      .catch((error: unknown) =>
        logger.error({ error, endpoint: id }, 'what came of a delivery was not noted'),
      )
      .finally(() => {
        running.set(id, (running.get(id) ?? 1) - 1);
        works.delete(done);
        wake();
      });
    works.add(done);
  }

  return {
    sendDue,
    /** Ends what is on its way; it is sent again later. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(works);
    },
  };
}

export type Courier = ReturnType<typeof createCourier>;
