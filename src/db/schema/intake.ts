import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AlertSeverity } from '../../ports/alerts.js';
import type { RefusalReason } from '../../ports/billing.js';
import { at } from './at.js';

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

export type InboxState = 'pending' | 'dispatched' | 'settled' | 'unmatched' | 'ignored' | 'dead';
/** How an event came to us: `webhook`: Stripe delivered it · `watch`: it was missing, and fetched · `replay`: a person fetched it. */
export type InboxSource = 'webhook' | 'watch' | 'replay';

/**
 * Every event that was acknowledged, in partitions by the day on which it came. `pending`: to be dispatched · `dispatched`:
 * signalled · `settled`: of a healthy account, nothing to do · `unmatched`: its customer is not known yet · `ignored`: of the
 * other mode or of another Stripe account, or names nobody · `dead`: it failed too often, and waits for a person.
 */
export const inbox = pgTable(
  'inbox',
  {
    seq: bigserial({ mode: 'number' }).notNull(),
    receivedAt: at('received_at').notNull().defaultNow(),
    eventId: text('event_id').notNull(),
    type: text().notNull(),
    customer: text(),
    invoice: text(),
    subscription: text(),
    /** Of a thin event: where its object is read, as a path of Stripe's API. */
    related: text(),
    livemode: boolean().notNull(),
    apiVersion: text('api_version'),
    createdAt: at('created_at').notNull(),
    source: text().$type<InboxSource>().notNull().default('webhook'),
    /** Which secret it was signed with, by its fingerprint. */
    secret: text(),
    /** The body as it came, deflated (zlib). */
    payload: bytea().notNull(),
    state: text().$type<InboxState>().notNull(),
    account: uuid(),
    attempts: integer().notNull().default(0),
    retryAt: at('retry_at'),
    lastError: text('last_error'),
    dispatchedAt: at('dispatched_at'),
  },
  (t) => [
    primaryKey({ columns: [t.receivedAt, t.seq] }),
    index('inbox_pending')
      .on(t.seq)
      .where(sql`state = 'pending'`),
    index('inbox_account')
      .on(t.account, t.dispatchedAt)
      .where(sql`account is not null`),
    index('inbox_waiting')
      .on(t.state, t.customer)
      .where(sql`state in ('unmatched', 'dead')`),
  ],
);

/**
 * The id of every event that was taken in, and where its row is: by these a duplicate is known, long after the row itself
 * was dropped with its day.
 */
export const eventIds = pgTable(
  'event_ids',
  {
    eventId: text('event_id').primaryKey(),
    receivedAt: at('received_at').notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [index('event_ids_age').using('brin', t.receivedAt)],
);

/**
 * Deliveries that were refused. Never a body: what was refused is nobody's word. When many come at once, one row stands for
 * several of the same reason.
 */
export const rejectedDeliveries = pgTable(
  'rejected_deliveries',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    at: at('at').notNull().defaultNow(),
    reason: text().$type<RefusalReason>().notNull(),
    /** How many refusals this row stands for. */
    times: integer().notNull().default(1),
    /** SHA-256 of the signature header and of the body, in hex; `null` where there was none, or none to its end. */
    headerHash: text('header_hash'),
    bodyHash: text('body_hash'),
    /** The id that the body gave itself, if it looks like one of Stripe's. */
    claimedEvent: text('claimed_event'),
  },
  (t) => [index().on(t.at)],
);

/** What the watch over the intake knows; one row. */
export const intakeWatch = pgTable('intake_watch', {
  id: integer().primaryKey().default(1),
  /** Until when we know that no event of Stripe is missing here, or that Stripe's deliveries arrive. */
  sightedAt: at('sighted_at'),
  /** Every event that Stripe created before this is here. */
  walkedUntil: at('walked_until'),
  /** When a round of the watch was last completed. */
  roundAt: at('round_at'),
});

/** What on-call people are told, from its beginning to its end. One open row a key. */
export const alerts = pgTable(
  'alerts',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    key: text().notNull(),
    severity: text().$type<AlertSeverity>().notNull(),
    title: text().notNull(),
    text: text().notNull(),
    remedy: text().notNull(),
    since: at('since').notNull(),
    seenAt: at('seen_at').notNull(),
    resolvedAt: at('resolved_at'),
    /** The channels that were told of its beginning, and of its end. */
    toldBegin: text('told_begin')
      .array()
      .notNull()
      .default(sql`'{}'`),
    toldEnd: text('told_end')
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** When the channels were last told of it while it lasts. */
    toldAt: at('told_at'),
  },
  (t) => [
    uniqueIndex('alerts_one_open')
      .on(t.key)
      .where(sql`resolved_at is null`),
    index().on(t.since),
  ],
);
