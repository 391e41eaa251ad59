import { sql } from 'drizzle-orm';
import { bigserial, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { at } from './at.js';

/**
 * Accounts whose answer may have changed, written by triggers in the transaction that changes it, while anybody is pushed
 * to. Only ever added to and taken away from: whoever changes an account waits for nobody who does the same.
 */
export const accessOutbox = pgTable(
  'access_outbox',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid().notNull(),
    /** A restriction with an end changes the answer by itself, then. */
    dueAt: at('due_at').notNull().defaultNow(),
  },
  (t) => [index().on(t.dueAt, t.seq)],
);

/** `until`: `null` for the newest, which has no end. */
export type EndpointSecret = { readonly secret: string; readonly until: string | null };

/** Where the app is told of changes. */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: uuid().primaryKey().defaultRandom(),
  url: text().notNull().unique(),
  /** Kept as they are: to sign takes the secret itself. The newest first. */
  secrets: jsonb().$type<readonly EndpointSecret[]>().notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  /** Since when every delivery has failed; `null` when the last one has arrived. */
  failingSince: at('failing_since'),
  lastSuccessAt: at('last_success_at'),
  disabledAt: at('disabled_at'),
  disabledBecause: text('disabled_because'),
  /** When it is looked whether a disabled endpoint answers again; `null` where a person has disabled it. */
  pingAt: at('ping_at'),
});

export type DeliveryState = 'pending' | 'delivered' | 'superseded';

/**
 * What each endpoint is told. `superseded`: a newer answer of the same account took its place before it had arrived, so
 * that however long an endpoint is away, no more than the newest answer of each account waits for it.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid().primaryKey().defaultRandom(),
    endpoint: uuid()
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    account: uuid().notNull(),
    /** Of the answer, as it stands in its ETag. */
    version: text().notNull(),
    body: text().notNull(),
    state: text().$type<DeliveryState>().notNull().default('pending'),
    createdAt: at('created_at').notNull(),
    nextAt: at('next_at').notNull(),
    attempts: integer().notNull().default(0),
    lastAttemptAt: at('last_attempt_at'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    deliveredAt: at('delivered_at'),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_one_pending')
      .on(t.endpoint, t.account)
      .where(sql`state = 'pending'`),
    index('webhook_deliveries_due')
      .on(t.endpoint, t.nextAt)
      .where(sql`state = 'pending'`),
    index('webhook_deliveries_newest').on(t.endpoint, t.account, t.createdAt),
    index().on(t.endpoint, t.createdAt),
    index().on(t.createdAt),
  ],
);
