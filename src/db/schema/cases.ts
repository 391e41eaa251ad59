import { sql } from 'drizzle-orm';
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
import type { CaseFile, FindingKind } from '../../domain/case-file.js';
import type { Money } from '../../domain/money.js';
import type { DecommissionPlan } from '../../domain/plan.js';
import { at } from './at.js';
import { accounts } from './accounts.js';

/** What each case last said of itself; the operator's lists are read from here. */
export const cases = pgTable(
  'cases',
  {
    id: uuid().primaryKey(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    stage: text().$type<CaseFile['stage']>().notNull(),
    owed: jsonb().$type<readonly Money[]>().notNull(),
    nextStep: text('next_step'),
    nextAt: at('next_at'),
    hold: text(),
    openedAt: at('opened_at').notNull(),
    closedAt: at('closed_at'),
    updatedAt: at('updated_at').notNull().defaultNow(),
    file: jsonb().$type<CaseFile>().notNull(),
  },
  (t) => [
    uniqueIndex('cases_one_open')
      .on(t.account)
      .where(sql`closed_at is null`),
    index().on(t.account, t.closedAt),
    index().on(t.stage),
  ],
);

/** Requests to delete, with the exact plan, and what a person decided. */
export const approvals = pgTable(
  'approvals',
  {
    id: uuid().primaryKey().defaultRandom(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    caseId: uuid('case_id').notNull(),
    round: integer().notNull(),
    plan: jsonb().$type<DecommissionPlan>().notNull(),
    planHash: text('plan_hash').notNull(),
    askedAt: at('asked_at').notNull().defaultNow(),
    expiresAt: at('expires_at').notNull(),
    approved: boolean(),
    decidedAt: at('decided_at'),
    decidedBy: text('decided_by'),
    /** Once it was acted on it is used up. */
    consumedAt: at('consumed_at'),
    /** SHA-256 of the code that was sent with the request, for whoever decides where nobody knows who he is. */
    codeHash: text('code_hash'),
  },
  (t) => [uniqueIndex('approvals_one_a_round').on(t.account, t.caseId, t.round)],
);

/** What people have to see to. */
export const findings = pgTable(
  'findings',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    caseId: uuid('case_id').notNull(),
    kind: text().$type<FindingKind>().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    foundAt: at('found_at').notNull(),
    resolvedAt: at('resolved_at'),
  },
  (t) => [
    uniqueIndex('findings_one_open')
      .on(t.account, t.kind, t.subject)
      .where(sql`resolved_at is null`),
  ],
);
