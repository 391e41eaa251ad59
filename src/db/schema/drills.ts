import { boolean, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { DrillAccess, DrillRowStatus } from '../../domain/drill.js';
import { accounts } from './accounts.js';
import { at } from './at.js';
import { bulkApprovals } from './bulk.js';

/** A fire drill: many accounts that are switched off now, by a list that was approved as it stands. */
export const fireDrills = pgTable('fire_drills', {
  id: uuid().primaryKey(),
  access: text().$type<DrillAccess>().notNull(),
  startedBy: text('started_by').notNull(),
  reason: text().notNull(),
  approval: uuid()
    .notNull()
    .unique()
    .references(() => bulkApprovals.id),
  startedAt: at('started_at').notNull().defaultNow(),
  /** When access was off everywhere, and every store of sessions had been told. */
  accessOffAt: at('access_off_at'),
  endedAt: at('ended_at'),
});

/** One line of its file, and what became of it. */
export const fireDrillRows = pgTable(
  'fire_drill_rows',
  {
    drill: uuid()
      .notNull()
      .references(() => fireDrills.id),
    line: integer().notNull(),
    /** What stood there. */
    given: text().notNull(),
    account: uuid().references(() => accounts.id),
    status: text().$type<DrillRowStatus>().notNull(),
    detail: text().notNull().default(''),
    /** It is switched off although it pays: somebody named it. */
    isOverridden: boolean('is_overridden').notNull().default(false),
    sessionsEndedAt: at('sessions_ended_at'),
    changedAt: at('changed_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.drill, t.line] }),
    index().on(t.drill, t.status),
    index().on(t.account, t.status),
  ],
);
