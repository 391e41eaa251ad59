import { fingerprintOf, type WebhookSecret } from '../../adapters/stripe/secrets.js';
import type { ApiConfig } from '../../config.js';
import { openDatabase, type Db } from '../../db/client.js';
import { deadLetters, type DeadLetters } from '../../db/queries/dead-letters.js';
import { knownEvents } from '../../db/queries/inbox.js';
import { lastBySecret } from '../../db/queries/intake.js';
import { countRefusals } from '../../db/queries/refusals.js';
import { typesAskedFor } from '../../dispatcher/classify.js';
import {
  DAY_MS,
  formatDuration,
  formatInstant,
  HOUR_MS,
  MINUTE_MS,
  type Instant,
} from '../../domain/time.js';
import type { RefusalReason } from '../../ports/billing.js';
import { PortError } from '../../ports/errors.js';
import type { BillingEvents, UnreadableEvent } from '../../ports/events.js';
import { namesOf } from '../../watch/unreadable.js';
import { eventsOf } from '../../wiring-intake.js';
import { refusalCauses } from '../../watch/refusals.js';
import { ok, unknown, warning, broken, type Diagnosis } from './diagnosis.js';

const secretDays = 7;
const newest = 100;
// Whoever asks a doctor waits: five pages, of which most may be of types that nobody here asked for.
const mostRead = 500;
// Stripe delivers within seconds; what is younger may still be on its way.
const onItsWayMs = 2 * MINUTE_MS;

/** What came in, by which secret, what was refused, and what Stripe has that is not here. */
export async function lookAtIntake({
  databaseUrl,
  stripe,
  webhookSecrets,
}: ApiConfig): Promise<readonly Diagnosis[]> {
  const database = openDatabase(databaseUrl, 1);
  try {
    const { db } = database;
    return [
      ...secretsOf(webhookSecrets, await lastBySecret(db, secretDays), Date.now()),
      ...refusalsOf(await countRefusals(db, HOUR_MS / 1_000)),
      ...deadOf(await deadLetters(db)),
      await missingOf(db, eventsOf(stripe), Date.now()),
    ];
  } finally {
    await database.close();
  }
}

/** Events that nothing tries again, with what most of them failed with. Pure. */
export function deadOf({ events, oldest, errors }: DeadLetters): Diagnosis[] {
  if (events === 0) return [];
  const [most] = errors;
  const since = oldest === null ? '' : `, the oldest of ${formatInstant(oldest.getTime())}`;
  const text = `${events} ${events === 1 ? 'event' : 'events'} failed too often and wait for a person${since}`;
  return [
    broken('dead letters', `${text}; most with: ${most?.error ?? ''}`, 'mend it, then forbear replay --dead'),
  ];
}

/** Whether each secret does its work: one that has ended, or signs nothing while another does, is in the way. Pure. */
export function secretsOf(
  secrets: readonly WebhookSecret[],
  last: ReadonlyMap<string, Date>,
  now: Instant,
): Diagnosis[] {
  const named = secrets.map(({ secret, until }) => ({ until, name: fingerprintOf(secret) }));
  const counting = named.filter(({ until }) => until === null || now < until);
  return named.map(({ name, until }) => {
    const part = `secret ${name}`;
    if (until !== null && until <= now)
      return warning(
        part,
        `has ended at ${formatInstant(until)}`,
        'take it out of STRIPE_WEBHOOK_SECRET, and restart forbear serve',
      );
    const used = last.get(name);
    if (used !== undefined)
      return ok(part, `last used ${formatDuration(Math.max(0, now - used.getTime()))} ago`);
    return counting.length === 1
      ? unknown(
          part,
          `none of the newest events of ${secretDays} days was signed with it`,
          'is it the secret of the endpoint that sends here? A test event from Stripe’s dashboard tells',
        )
      : warning(
          part,
          `none of the newest events of ${secretDays} days was signed with it, and others count beside it`,
          'if it is the new one, roll the endpoint’s secret in Stripe’s dashboard; if the old one, take it out of STRIPE_WEBHOOK_SECRET',
        );
  });
}

/** What was refused within the hour. Pure. */
export function refusalsOf(refusals: ReadonlyMap<RefusalReason, number>): Diagnosis[] {
  if (refusals.size === 0) return [ok('refusals', 'none in the last hour')];
  return [...refusals].map(([reason, times]) => {
    const { cause, remedy } = refusalCauses[reason];
    return warning(
      'refusals',
      `${times} deliveries were refused in the last hour as ${reason}: ${cause}`,
      remedy,
    );
  });
}

/** Whether the newest events that Stripe has are here. */
export async function missingOf(
  db: Db,
  events: Pick<BillingEvents, 'list'>,
  now: Instant,
): Promise<Diagnosis> {
  try {
    const seen: Seen[] = [];
    const unreadable: UnreadableEvent[] = [];
    let read = 0;
    for await (const listing of events.list({ since: now - 30 * DAY_MS, until: now - onItsWayMs })) {
      const { type } = listing.event ?? listing;
      const isKept = type === null || typesAskedFor.includes(type);
      if (isKept && listing.event === null) unreadable.push(listing);
      if (isKept && listing.event !== null) seen.push(listing.event);
      read += 1;
      if (seen.length === newest || read === mostRead) break;
    }
    const here = await knownEvents(
      db,
      seen.map(({ id }) => id),
    );
    return missingIn(seen, here, unreadable);
  } catch (error) {
    // A restricted key may well not be allowed to read them; that is no fault.
    if (!(error instanceof PortError) || error.code !== 'BILLING_REFUSED') throw error;
    return unknown(
      'missing events',
      'this key may not read events: what Stripe could not deliver is not found',
      'give the key the right to read events',
    );
  }
}

type Seen = { readonly id: string; readonly createdAt: Instant };

function missingIn(
  seen: readonly Seen[],
  here: ReadonlySet<string>,
  unreadable: readonly UnreadableEvent[],
): Diagnosis {
  const part = 'missing events';
  const missing = seen.filter(({ id }) => !here.has(id));
  const oldest = missing.at(-1);
  if (oldest === undefined && unreadable.length > 0)
    return warning(
      part,
      `${unreadable.length} of Stripe’s newest can’t be read: ${namesOf(unreadable)}`,
      'look at them in Stripe’s dashboard; docs/alerts.md says what to do about events_unreadable',
    );
  if (oldest === undefined)
    return ok(
      part,
      seen.length === 0 ? 'none: Stripe has none' : `none: Stripe’s newest ${seen.length} are here`,
    );
  return broken(
    part,
    `${missing.length} of Stripe’s newest ${seen.length} are not here, such as ${oldest.id}`,
    `forbear replay --since ${new Date(oldest.createdAt).toISOString()}, after what is said of the webhook`,
  );
}
