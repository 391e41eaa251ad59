import type { Db } from '../db/client.js';
import { keepOpen, listAlerts } from '../db/queries/alerts.js';
import { knownEvents } from '../db/queries/inbox.js';
import type { Ours } from '../domain/ours.js';
import type { Alert } from '../ports/alerts.js';
import { PortError } from '../ports/errors.js';
import { isReadable, type BillingEvents, type UnreadableEvent } from '../ports/events.js';
import type { Meet } from './missing.js';
import { takeIn } from './take-in.js';

export const unreadableKey = 'events_unreadable';

// Each with its reason, they fit into a message of every channel.
export const mostNamed = 20;

/** What can't be read and is not here, from round to round: the open alert is what is kept of it. */
export type UnreadableRecord = {
  /** Those of earlier rounds that are still not here, and those that were met since. */
  readonly all: () => readonly UnreadableEvent[];
  /**
   * Notes what a walk met at once, so that no end of this process loses it. Resolves to whether each that has an id is named.
   */
  readonly meet: Meet;
};

export type RecordDeps = {
  readonly db: Db;
  readonly events: Pick<BillingEvents, 'read'>;
  readonly ours: Ours;
};

/**
 * Opens the record with what earlier rounds named and is still not here: what can be read by now, as after an upgrade, is
 * taken in, and what Stripe has no more is let go. Throws `BILLING_UNAVAILABLE`.
 */
export async function openRecord(deps: RecordDeps): Promise<UnreadableRecord> {
  const { db } = deps;
  let all = await stillUnread(deps, await namedIn(db));
  return {
    all: () => all,
    async meet(met) {
      all = unique([...all, ...met]);
      await keepOpen(db, unreadableEvents(all));
      return withId(all).length <= mostNamed;
    },
  };
}

/** The ids that the open alert names. */
async function namedIn(db: Db): Promise<string[]> {
  const open = (await listAlerts(db)).find(({ key }) => key === unreadableKey);
  return [...new Set(open?.text.match(/\bevt_[A-Za-z0-9_]{1,80}/g) ?? [])];
}

async function stillUnread(deps: RecordDeps, ids: readonly string[]): Promise<readonly UnreadableEvent[]> {
  const known = await knownEvents(deps.db, ids);
  const still: UnreadableEvent[] = [];
  for (const id of ids.filter((one) => !known.has(one))) {
    const found = await askAgain(deps, id);
    if (found !== null) still.push(found);
  }
  return still;
}

/** `null`: it is here, or Stripe has it no more. */
async function askAgain({ db, events, ours }: RecordDeps, id: string): Promise<UnreadableEvent | null> {
  try {
    const listing = await events.read(id);
    if (listing === null || !isReadable(listing)) return listing;
    await takeIn({ db, ours, source: 'watch' }, [listing]);
    return null;
  } catch (error) {
    // That one event is refused must not keep the walk from all others.
    if (!(error instanceof PortError) || error.code !== 'BILLING_REFUSED') throw error;
    return { event: null, id, type: null, createdAt: null, why: error.message };
  }
}

const withId = (events: readonly UnreadableEvent[]) => events.filter(({ id }) => id !== null);

function unique(events: readonly UnreadableEvent[]): readonly UnreadableEvent[] {
  const nameOf = ({ id, createdAt, why }: UnreadableEvent) => id ?? `${createdAt} ${why}`;
  const byName = new Map(events.map((event) => [nameOf(event), event]));
  return [...byName.values()];
}

/** The alert of events that can't be read: a page once they are too many to be named one by one. Pure. */
export function unreadableEvents(events: readonly UnreadableEvent[]): Alert {
  const isFlood = withId(events).length > mostNamed;
  const many = events.length === 1 ? '1 event' : `${events.length} events`;
  return {
    key: unreadableKey,
    severity: isFlood ? 'page' : 'warning',
    title: `Stripe lists ${many} that can’t be read`,
    text: `${namesOf(events)}. Nothing of what can’t be read was taken in, and no case has heard of it by this; the others are fetched.`,
    remedy: `Look at it in Stripe’s dashboard, let forbear case recheck look at the account that it is of, and report it to Forbear’s makers. After an upgrade: ${replayOf(events)}.`,
  };
}

/** `evt_1 (why), evt_2 (why) and 3 more`, those with an id first. Pure. */
export function namesOf(events: readonly UnreadableEvent[]): string {
  const inOrder = [...withId(events), ...events.filter(({ id }) => id === null)];
  const named = inOrder.slice(0, mostNamed).map(({ id, why }) => `${id ?? 'one without an id'} (${why})`);
  const more = inOrder.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The command that fetches them once they can be read: by their ids, or by time where those don't do. */
function replayOf(events: readonly UnreadableEvent[]): string {
  const ids = withId(events).map(({ id }) => id);
  const isNamed = ids.length === events.length && ids.length <= mostNamed;
  return `forbear replay ${isNamed ? ids.join(' ') : '--since <a date before them>'}`;
}
