import { bigserial, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Policy } from '../../domain/policy.js';
import { at } from './at.js';
import { accounts } from './accounts.js';

/** Every policy that a case began with, as it is for its account; and every policy file, which alone has its `source`. */
export const policies = pgTable('policies', {
  version: text().primaryKey(),
  name: text().notNull(),
  policy: jsonb().$type<Policy>().notNull(),
  /** The version of the file from which it was made. */
  book: text(),
  source: jsonb().$type<Readonly<Record<string, unknown>>>(),
  firstUsedAt: at('first_used_at').notNull().defaultNow(),
});

/** Rules of an account's own; the newest that has not expired and was not ended counts. */
export const policyOverrides = pgTable(
  'policy_overrides',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    patch: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
    /** The policy file beside which it was checked. */
    book: text()
      .notNull()
      .references(() => policies.version),
    reason: text().notNull(),
    by: text().notNull(),
    from: at('from').notNull().defaultNow(),
    until: at('until').notNull(),
    endedAt: at('ended_at'),
    endedBy: text('ended_by'),
  },
  (t) => [index().on(t.account, t.id)],
);
