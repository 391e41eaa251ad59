import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Exemption, Immunity } from '../../domain/case-file.js';
import type { FallbackPlan } from '../../domain/policy.js';
import type { Access, Restriction } from '../../domain/restrictions.js';
import type { KeyScope } from '../../guard/api-key.js';
import { at } from './at.js';
import { accounts } from './accounts.js';

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
    /** What a person gave back is left alone by the machine until then. */
    immunity: jsonb().$type<Immunity>(),
    forgiven: text()
      .array()
      .notNull()
      .default(sql`'{}'`),
    /** What the account is worth while no subscription says more; `null` while one does. */
    fallback: jsonb().$type<FallbackPlan>(),
    /** Sessions issued at or before it count for nothing, whatever a store of sessions still holds. It only ever rises. */
    sessionsEndedAt: at('sessions_ended_at'),
    changedAt: at('changed_at').notNull().defaultNow(),
  },
  (t) => [index().on(t.access, t.account)],
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
