import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { at } from './at.js';

/** Who, when, why, on what data. Each row carries the hash of the account's row before it. */
export const auditLog = pgTable(
  'audit_log',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid().notNull(),
    position: integer().notNull(),
    kind: text().$type<'intent' | 'outcome' | 'refusal' | 'note' | 'order'>().notNull(),
    effect: text().notNull(),
    body: jsonb().notNull(),
    at: at('at').notNull(),
    previousHash: text('previous_hash').notNull(),
    hash: text().notNull(),
  },
  (t) => [uniqueIndex('audit_log_chain').on(t.account, t.position)],
);

/**
 * The heads of all chains that grew since the anchor before, as they were written to a place that whoever can write to
 * this database can't rewrite. `hash` is over the heads and the hash of the anchor before.
 */
export const auditAnchors = pgTable('audit_anchors', {
  seq: integer().primaryKey(),
  at: at('at').notNull(),
  /** Every row of the log up to this one is covered. */
  upTo: bigint('up_to', { mode: 'number' }).notNull(),
  heads: integer().notNull(),
  previousHash: text('previous_hash').notNull(),
  hash: text().notNull(),
  /** Where it was written, beside this table. */
  places: text().array().notNull(),
});

/** What may have to be erased: names and words of people, of which the log holds only the id. */
export const auditWords = pgTable(
  'audit_words',
  {
    id: uuid().primaryKey(),
    account: uuid().notNull(),
    words: text(),
    writtenAt: at('written_at').notNull().defaultNow(),
    /** The words are gone, and whoever erased them is named in the log. */
    erasedAt: at('erased_at'),
  },
  (t) => [index().on(t.account)],
);
