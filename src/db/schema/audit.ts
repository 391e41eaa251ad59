import { bigserial, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
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
