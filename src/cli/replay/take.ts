import type { Db } from '../../db/client.js';
import { knownEvents } from '../../db/queries/inbox.js';
import { dispatchAgain } from '../../db/queries/intake.js';
import { typesAskedFor } from '../../dispatcher/classify.js';
import type { Instant } from '../../domain/time.js';
import { notOurs, type Ours } from '../../domain/ours.js';
import { PortError } from '../../ports/errors.js';
import {
  isReadable,
  isUnreadable,
  type BillingEvents,
  type EventFilter,
  type ListedEvent,
  type Listing,
  type UnreadableEvent,
} from '../../ports/events.js';
import { takeIn, type Taken } from '../../watch/take-in.js';
import { mostNamed } from '../../watch/unreadable.js';
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

export type Replayed = {
  readonly counts: Counts;
  /** The first of those that could not be read, as many as are named. */
  readonly unreadable: readonly UnreadableEvent[];
};

export type Outcome = Replayed & {
  /** Why it ended before the oldest event, and the oldest that is done; `null` where it didn't. */
  readonly cutShort: { readonly error: PortError; readonly oldest: Instant | null } | null;
};

/** Takes in what Stripe has of a span of time, batch by batch, from the newest back. Can be repeated. */
export async function replaySpan(replay: Replay, { filter, types, reached }: Span): Promise<Outcome> {
  let done: Replayed = { counts: noCounts, unreadable: [] };
  let oldest: Instant | null = null;
  let batch: Listing[] = [];
  const flush = async () => {
    done = added(done, await replayBatch(replay, batch, types));
    batch = [];
    if (oldest !== null) reached(oldest, done.counts.found);
  };
  try {
    for await (const listed of replay.events.list(filter)) {
      oldest = (listed.event ?? listed).createdAt ?? oldest;
      if (types === null || isOf(types, listed)) batch.push(listed);
      if (batch.length === batchSize) await flush();
    }
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    await flush();
    return { ...done, cutShort: { error, oldest } };
  }
  await flush();
  return { ...done, cutShort: null };
}

const added = (a: Replayed, b: Replayed): Replayed => ({
  counts: sumOf(a.counts, b.counts),
  unreadable: [...a.unreadable, ...b.unreadable].slice(0, mostNamed),
});

/** What does not tell its type may be of any. */
function isOf(types: readonly string[], listing: Listing): boolean {
  const { type } = listing.event ?? listing;
  return type === null || types.includes(type);
}

/** Takes these in, whatever their types. */
export function replayEvents(replay: Replay, listed: readonly Listing[]): Promise<Replayed> {
  return replayBatch(
    replay,
    listed,
    listed.flatMap((one) => (one.event ?? one).type ?? []),
  );
}

async function replayBatch(
  replay: Replay,
  listed: readonly Listing[],
  types: readonly string[] | null,
): Promise<Replayed> {
  const kept = listed.filter((one) => isOf(types ?? typesAskedFor, one));
  const wanted = kept.filter(isReadable);
  const unreadable = kept.filter(isUnreadable);
  const { fresh, known, foreign } = await (replay.dryRun
    ? lookOnly(replay, wanted)
    : takeIn({ ...replay, source: 'replay' }, wanted));
  const counts = {
    found: listed.length,
    fresh: fresh.length,
    known: known.length,
    again: replay.again ? await tellAgain(replay, wanted, known) : 0,
    foreign: foreign.length,
    skipped: listed.length - kept.length,
    unreadable: unreadable.length,
  };
  return { counts, unreadable: unreadable.slice(0, mostNamed) };
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
