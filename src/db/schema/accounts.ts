import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { ContactRole } from '../../domain/contact.js';
import type { GrantKind } from '../../domain/grant.js';
import { at } from './at.js';

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
    /** What it has subscribed to, as the app calls it. */
    plan: text(),
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

/** Who is written to about what. Notices about debts go to `billing`, where there is none to `owner`; to the others only when mails to all of these bounced. */
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
