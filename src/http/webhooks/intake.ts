import { isAboutData, type Arrival, type Committed } from '../../db/queries/inbox.js';
import type { Db } from '../../db/client.js';
import { RowRefusedError, type EventStore } from '../../db/store/store.js';
import { recordRefusals } from '../../db/queries/refusals.js';
import type { Ours } from '../../domain/ours.js';
import type { EventVerifier, RefusalReason } from '../../ports/billing.js';
import type { Logger } from '../../ports/logger.js';
import type { IntakeMeter } from '../../ports/meters.js';
import { createBatcher, type Batcher } from './batcher.js';
import { createGate, type Gate } from './gate.js';
import { createRefusalLog, type RefusalLog } from './refusal-log.js';

export type IntakeDeps = {
  readonly db: Db;
  readonly store: EventStore['store'];
  readonly verifier: EventVerifier;
  readonly logger: Logger;
  readonly meter: IntakeMeter;
  readonly ours: Ours;
  /** Told of refused deliveries that claim to be an event of Stripe's, a few at a time. */
  readonly suspect: (claim: Suspicion) => void;
  readonly nowMs: () => number;
  /** At random, from 0 to 1. */
  readonly dice: () => number;
};

/** A refused delivery that names an event: if Stripe has that event, it is us who are wrong. */
export type Suspicion = { readonly reason: RefusalReason; readonly eventId: string };

/** Everything that the webhook works with, and that lasts longer than a request. */
export type Intake = Pick<
  IntakeDeps,
  'verifier' | 'logger' | 'meter' | 'ours' | 'suspect' | 'nowMs' | 'dice'
> & {
  readonly batcher: Batcher<Arrival, Committed>;
  readonly refusals: RefusalLog;
  readonly gate: Gate;
};

// Longer than any healthy write, shorter than Stripe's patience: a database that hangs is one that did not take it.
const patienceMs = 4_000;

export function createIntake({ db, store, ...deps }: IntakeDeps): Intake {
  return {
    ...deps,
    batcher: createBatcher({
      write: store,
      isAboutItem: (error) => error instanceof RowRefusedError || isAboutData(error),
      most: 500,
      mostWaiting: 5_000,
      patienceMs,
    }),
    refusals: createRefusalLog({ logger: deps.logger, record: (all) => recordRefusals(db, all) }),
    gate: createGate(),
  };
}
