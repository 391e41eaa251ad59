import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Outcome, Step, TakingStep } from '../../domain/effect.js';
import type { ResourceState } from '../../ports/target.js';
import { at } from './at.js';
import { accounts } from './accounts.js';

export const effects = pgTable(
  'effects',
  {
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    caseId: uuid('case_id').notNull(),
    step: text().$type<Step>().notNull(),
    round: integer().notNull(),
    fence: bigint({ mode: 'number' }).notNull(),
    claims: integer().notNull().default(1),
    standingReadAt: at('standing_read_at'),
    claimedAt: at('claimed_at').notNull(),
    settledAt: at('settled_at'),
    outcome: jsonb().$type<Outcome>(),
  },
  (t) => [primaryKey({ columns: [t.account, t.caseId, t.step, t.round] })],
);

export const notices = pgTable(
  'notices',
  {
    messageId: text('message_id').primaryKey(),
    account: uuid().notNull(),
    caseId: uuid('case_id').notNull(),
    round: integer().notNull(),
    topic: text().notNull(),
    recipients: text().array().notNull(),
    acceptedAt: at('accepted_at').notNull(),
  },
  (t) => [index().on(t.account, t.caseId)],
);

/** Which date a notice named for which step: without one nothing is paused or deleted. */
export const promises = pgTable(
  'promises',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    messageId: text('message_id').notNull(),
    account: uuid().notNull(),
    caseId: uuid('case_id').notNull(),
    step: text().$type<TakingStep>().notNull(),
    at: at('at').notNull(),
    acceptedAt: at('accepted_at').notNull(),
  },
  (t) => [index().on(t.account, t.caseId)],
);

/** The proof of what was deleted, and where its archive is. */
export const deletions = pgTable(
  'deletions',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid().notNull(),
    caseId: uuid('case_id').notNull(),
    target: text().notNull(),
    resource: text().notNull(),
    kind: text().notNull(),
    archive: text().notNull(),
    archivedAt: at('archived_at').notNull().defaultNow(),
    deletedAt: at('deleted_at'),
  },
  (t) => [uniqueIndex('deletions_one_a_resource').on(t.account, t.caseId, t.target, t.resource)],
);

export const snapshots = pgTable(
  'snapshots',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid().notNull(),
    target: text().notNull(),
    resource: text().notNull(),
    kind: text().notNull(),
    state: jsonb().$type<ResourceState>().notNull(),
    takenAt: at('taken_at').notNull().defaultNow(),
    restoredAt: at('restored_at'),
  },
  (t) => [
    uniqueIndex('snapshots_standing')
      .on(t.account, t.target, t.resource)
      .where(sql`restored_at is null`),
  ],
);
