import type { Db } from '../../db/client.js';
import { knownEvents } from '../../db/queries/inbox.js';
import { dispatchAgain } from '../../db/queries/intake.js';
import { typesAskedFor } from '../../dispatcher/classify.js';
import type { Instant } from '../../domain/time.js';
import { notOurs, type Ours } from '../../domain/ours.js';
import { PortError } from '../../ports/errors.js';
import type { BillingEvents, EventFilter, ListedEvent } from '../../ports/events.js';
import { takeIn, type Taken } from '../../watch/take-in.js';
import { noCounts, sumOf, type Counts } from './counts.js';

export type Replay = {
  readonly db: Db;
  readonly events: BillingEvents;
  readonly ours: Ours;
  readonly dryRun: boolean;
  /** What is here already is dispatched once more. */
  readonly again: boolean;
};

const batchSize = 100;

export type Span = {
  readonly filter: EventFilter;
  /** Only these; `null`: all that Forbear asks Stripe for. */
  readonly types: readonly string[] | null;
  /** Told after each batch how far it has come, from the newest back. */
  readonly reached: (at: Instant, events: number) => void;
};

export type Outcome = {
  readonly counts: Counts;
  /** Why it ended before the oldest event, and the oldest that is done; `null` where it didn't. */
  readonly cutShort: { readonly error: PortError; readonly oldest: Instant | null } | null;
};

/** Takes in what Stripe has of a span of time, batch by batch, from the newest back. Can be repeated. */
export async function replaySpan(replay: Replay, { filter, types, reached }: Span): Promise<Outcome> {
  let counts = noCounts;
  let oldest: Instant | null = null;
  let batch: ListedEvent[] = [];
  const flush = async () => {
    counts = sumOf(counts, await replayBatch(replay, batch, types));
    batch = [];
    if (oldest !== null) reached(oldest, counts.found);
  };
  try {
    for await (const listed of replay.events.list(filter)) {
      oldest = listed.event.createdAt;
      if (types === null || types.includes(listed.event.type)) batch.push(listed);
      if (batch.length === batchSize) await flush();
    }
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    await flush();
    return { counts, cutShort: { error, oldest } };
  }
  await flush();
  return { counts, cutShort: null };
}

/** Takes these in, whatever their types. */
export function replayEvents(replay: Replay, listed: readonly ListedEvent[]): Promise<Counts> {
  return replayBatch(
    replay,
    listed,
    listed.map(({ event }) => event.type),
  );
}

async function replayBatch(
  replay: Replay,
  listed: readonly ListedEvent[],
  types: readonly string[] | null,
): Promise<Counts> {
  const kept = types ?? typesAskedFor;
  const wanted = listed.filter(({ event }) => kept.includes(event.type));
  const { fresh, known, foreign } = await (replay.dryRun
    ? lookOnly(replay, wanted)
    : takeIn({ ...replay, source: 'replay' }, wanted));
  return {
    found: listed.length,
    fresh: fresh.length,
    known: known.length,
    again: replay.again ? await tellAgain(replay, wanted, known) : 0,
    foreign: foreign.length,
    skipped: listed.length - wanted.length,
  };
}

/** What taking in would come to. */
async function lookOnly({ db, ours }: Replay, listed: readonly ListedEvent[]): Promise<Taken> {
  const here = await knownEvents(
    db,
    listed.map(({ event }) => event.id),
  );
  const idsOf = (fits: (listed: ListedEvent) => boolean) => listed.filter(fits).map(({ event }) => event.id);
  return {
    fresh: idsOf(({ event }) => !here.has(event.id) && notOurs(event, ours) === null),
    foreign: idsOf(({ event }) => !here.has(event.id) && notOurs(event, ours) !== null),
    known: idsOf(({ event }) => here.has(event.id)),
  };
}

/** What is not ours stays ignored, however often it is asked for. */
async function tellAgain(
  { db, ours, dryRun }: Replay,
  listed: readonly ListedEvent[],
  known: readonly string[],
): Promise<number> {
  const ids = listed
    .filter(({ event }) => known.includes(event.id) && notOurs(event, ours) === null)
    .map(({ event }) => event.id);
  return dryRun ? ids.length : dispatchAgain(db, ids);
}
