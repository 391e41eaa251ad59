import type { Db } from '../db/client.js';
import { readTrouble, wasDelivered } from '../db/queries/trouble.js';
import { noteRound } from '../db/queries/watch.js';
import type { Instant } from '../domain/time.js';
import type { Alert } from '../ports/alerts.js';
import { PortError } from '../ports/errors.js';
import type { BillingEvents, EventEndpoint } from '../ports/events.js';
import type { Logger } from '../ports/logger.js';
import type { TryWayIn } from '../ports/way-in.js';
import { lookAtArrival, type ArrivalDeps } from './arrival.js';
import { lookAtClocks } from './clocks.js';
import { lookAtTrouble } from './intake.js';
import { lookOf, together, type Look } from './look.js';
import type { Steady } from './steady.js';
import { lookAtWayIn } from './way-in.js';

export type RoundDeps = ArrivalDeps & {
  readonly db: Db;
  readonly events: BillingEvents;
  readonly logger: Logger;
  readonly databaseClock: () => Promise<Date>;
  /** Takes over what was found; resolves to whether everybody who is to be told has been. */
  readonly settle: (found: readonly Alert[], looked: readonly string[], begunAt: Date) => Promise<boolean>;
  /** What is wrong with the endpoints that Stripe has. */
  readonly judgeEndpoints: (endpoints: readonly EventEndpoint[]) => Look;
  readonly tryWayIn: TryWayIn;
  /** Keeps back what may pass by itself. */
  readonly steady: Steady;
  /** Where Stripe sends; `null`: not set. */
  readonly webhookUrl: string | null;
  readonly lookAtWorkers: () => Promise<Look>;
  /** `since`: from when on somebody has watched. */
  readonly lookAtSweep: (since: Instant) => Promise<Look>;
  /** Keeps house: partitions to come, and what is older than it is kept. */
  readonly tidy: () => Promise<void>;
  /** Tells the dead man's switch that the watch lives. */
  readonly beat: () => Promise<void>;
  /** What was created before this watch began may be missing because nobody was there. */
  readonly startedAt: Instant;
};

/**
 * One round: looks at everything, takes in what is missing, tells who is on call. Returns whether all is well. Each look
 * stands for itself: one that fails leaves its alerts as they are.
 */
export async function goRound(deps: RoundDeps): Promise<boolean> {
  const { db, settle, logger } = deps;
  const attempt = (name: string, look: () => Promise<Look>) =>
    look().catch((error: unknown) => {
      logger.error({ error, look: name }, 'the watch could not look at something');
      return lookOf([], []);
    });
  const begunAt = await deps.databaseClock();
  const skewMs = deps.nowMs() - begunAt.getTime();
  // What has arrived is known before anything else is judged by it.
  const arrival = await attempt('arrival', () => lookAtArrival(deps, skewMs));
  const others = await Promise.all([
    attempt('clocks', () => Promise.resolve(lookAtClocks(skewMs))),
    attempt('endpoints', () => lookAtEndpoints(deps)),
    attempt('way in', () => lookAtWayIn(deps.tryWayIn, deps.webhookUrl)),
    attempt('trouble', async () => lookAtTrouble(await readTrouble(db, deps.startedAt))),
    attempt('workers', deps.lookAtWorkers),
    attempt('sweep', () => deps.lookAtSweep(deps.startedAt)),
  ]);
  await deps.tidy().catch((error: unknown) => {
    logger.error({ error }, 'the inbox could not be tidied; its events are safe, and it is tried again');
  });
  const { found, looked, isSure } = deps.steady(together([arrival, ...others]), deps.nowMs());
  const isTold = await settle(found, looked, begunAt);
  await noteRound(db);
  // Silence is what a dead man's switch alarms by: so it is kept where nobody else could be told.
  if (isTold)
    await deps.beat().catch((error: unknown) => {
      logger.warn({ error }, 'the dead man’s switch did not hear of us');
    });
  return found.length === 0 && isSure;
}

async function lookAtEndpoints({ db, events, judgeEndpoints }: RoundDeps): Promise<Look> {
  try {
    const { found, looked } = judgeEndpoints(await events.endpoints());
    const isMissing = found.some(({ key }) => key === 'endpoint_missing');
    // Destinations of thin events are in another list, and deliver all the same.
    if (isMissing && (await wasDelivered(db))) return lookOf(looked, []);
    return { found, looked };
  } catch (error) {
    // A restricted key may well not be allowed to read them, and that Stripe is away is said elsewhere.
    if (error instanceof PortError) return lookOf([], []);
    throw error;
  }
}
