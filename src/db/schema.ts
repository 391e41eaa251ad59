import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ContactRole } from '../domain/contact.js';
import type { CaseFile, Exemption, FindingKind } from '../domain/case-file.js';
import type { Outcome, Step, TakingStep } from '../domain/effect.js';
import type { GrantKind } from '../domain/grant.js';
import type { Money } from '../domain/money.js';
import type { DecommissionPlan } from '../domain/plan.js';
import type { Policy } from '../domain/policy.js';
import type { Access, Restriction } from '../domain/restrictions.js';
import type { KeyScope } from '../guard/api-key.js';
import type { ResourceState } from '../ports/target.js';

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The customer organisations. `ref` is the app's own name of an account. */
export const accounts = pgTable(
  'accounts',
  {
    id: uuid().primaryKey().defaultRandom(),
    ref: text().notNull().unique(),
    name: text().notNull(),
    language: text(),
    timeZone: text('time_zone'),
    country: text(),
    tags: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    since: at('since'),
    billingStatus: text('billing_status').$type<'current' | 'past_due'>().notNull().default('current'),
    createdAt: at('created_at').notNull().defaultNow(),
  },
  (t) => [index().on(t.billingStatus, t.id)],
);

/** Which account each Stripe customer belongs to; an account may have several. */
export const accountCustomers = pgTable(
  'account_customers',
  {
    customer: text().primaryKey(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
  },
  (t) => [index().on(t.account)],
);

/** Who is written to about what. Notices about debts go to `billing`, where there is none to `owner`, and to nobody else. */
export const accountContacts = pgTable(
  'account_contacts',
  {
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    role: text().$type<ContactRole>().notNull(),
    email: text().notNull(),
    name: text(),
  },
  (t) => [primaryKey({ columns: [t.account, t.role, t.email] })],
);

/** Why an account may be served without paying at Stripe, who said so, and until when. Rows are ended, never deleted. */
export const grants = pgTable(
  'grants',
  {
    id: uuid().primaryKey().defaultRandom(),
    account: uuid()
      .notNull()
      .references(() => accounts.id),
    kind: text().$type<GrantKind>().notNull(),
    by: text('granted_by').notNull(),
    reason: text().notNull(),
    from: at('from_at').notNull(),
    until: at('until'),
    endedAt: at('ended_at'),
    endedBy: text('ended_by'),
  },
  (t) => [index().on(t.account)],
);

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

/** What is left to each account. The row is also the lock under which its effects are claimed, one writer at a time. */
export const access = pgTable(
  'access',
  {
    account: uuid()
      .primaryKey()
      .references(() => accounts.id),
    access: text().$type<Access>().notNull().default('active'),
    restrictions: jsonb().$type<readonly Restriction[]>().notNull().default([]),
    version: bigint({ mode: 'number' }).notNull().default(0),
    fence: bigint({ mode: 'number' }).notNull().default(0),
    exemption: jsonb().$type<Exemption>(),
    forgiven: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    changedAt: at('changed_at').notNull().defaultNow(),
  },
  (t) => [index().on(t.access, t.account)],
);

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
  },
  (t) => [uniqueIndex('approvals_one_a_round').on(t.account, t.caseId, t.round)],
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

/** Who may ask the API. Of the key itself only its SHA-256 is kept: it is shown once, when it is made. */
export const apiKeys = pgTable('api_keys', {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull(),
  /** Its first letters, by which people recognise it. */
  prefix: text().notNull(),
  hash: text().notNull().unique(),
  scopes: text().array().$type<readonly KeyScope[]>().notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at'),
  revokedAt: at('revoked_at'),
  lastUsedAt: at('last_used_at'),
});
