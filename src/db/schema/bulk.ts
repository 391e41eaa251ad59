import {
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { at } from './at.js';

/**
 * A request to do many acts at once, or one that is as grave: bound to the hash of the exact list and its count, decided by
 * another person than asked where two are configured, and good for one time.
 */
export const bulkApprovals = pgTable('bulk_approvals', {
  id: uuid().primaryKey().defaultRandom(),
  kind: text().notNull(),
  acts: jsonb().$type<readonly string[]>().notNull(),
  count: integer().notNull(),
  hash: text().notNull(),
  askedBy: text('asked_by').notNull(),
  reason: text().notNull(),
  askedAt: at('asked_at').notNull().defaultNow(),
  expiresAt: at('expires_at').notNull(),
  approved: boolean(),
  decidedBy: text('decided_by'),
  decidedAt: at('decided_at'),
  consumedAt: at('consumed_at'),
});

/** Mail servers that said, after they had accepted a notice, that it did not arrive. */
export const bounces = pgTable(
  'bounces',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    messageId: text('message_id').notNull(),
    recipient: text().notNull(),
    /** The status of RFC 3463, such as 5.1.1. */
    status: text().notNull(),
    isPermanent: boolean('is_permanent').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('bounces_once').on(t.messageId, t.recipient, t.status), index().on(t.recipient)],
);
