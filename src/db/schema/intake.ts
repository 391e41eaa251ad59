import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { at } from './at.js';

export type InboxState = 'pending' | 'dispatched' | 'settled' | 'unmatched' | 'ignored';

/**
 * Every event that was acknowledged. `pending`: to be dispatched · `dispatched`: signalled · `settled`: of a healthy
 * account, nothing to do · `unmatched`: its customer is not known yet · `ignored`: of the other mode, or names nobody.
 */
export const inbox = pgTable(
  'inbox',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    eventId: text('event_id').notNull(),
    type: text().notNull(),
    customer: text(),
    invoice: text(),
    subscription: text(),
    livemode: boolean().notNull(),
    apiVersion: text('api_version'),
    createdAt: at('created_at').notNull(),
    receivedAt: at('received_at').notNull().defaultNow(),
    payload: jsonb().notNull(),
    state: text().$type<InboxState>().notNull(),
    account: uuid(),
    attempts: integer().notNull().default(0),
    retryAt: at('retry_at'),
    lastError: text('last_error'),
    dispatchedAt: at('dispatched_at'),
  },
  (t) => [
    uniqueIndex('inbox_event_id').on(t.eventId),
    index('inbox_pending')
      .on(t.seq)
      .where(sql`state = 'pending'`),
    index('inbox_account').on(t.account, t.dispatchedAt),
    index('inbox_unmatched')
      .on(t.customer)
      .where(sql`state = 'unmatched'`),
  ],
);

/** How often which kind of delivery was refused on which day. Never a body: what was refused is nobody's word. */
export const rejectedDeliveries = pgTable(
  'rejected_deliveries',
  {
    day: text().notNull(),
    reason: text().notNull(),
    count: integer().notNull(),
    lastAt: at('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.reason] })],
);
