import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { BreakerKind, TripCause } from '../../domain/breaker.js';
import type { HoldReason } from '../../domain/effect.js';
import { accounts } from './accounts.js';
import { at } from './at.js';

/** Switches that hold what takes, each with who turned it, when and why. A switch without a row was never touched. */
export const switches = pgTable('switches', {
  name: text().$type<'freeze'>().primaryKey(),
  isOn: boolean('is_on').notNull(),
  by: text('turned_by').notNull(),
  reason: text().notNull(),
  at: at('at').notNull().defaultNow(),
});

/**
 * One row for each kind of act. It is also the lock under which acts of its kind are counted, and stays tripped until a
 * named person releases it. What was before `countsFrom` is not counted any more.
 */
export const breakers = pgTable('breakers', {
  kind: text().$type<BreakerKind>().primaryKey(),
  trippedAt: at('tripped_at'),
  cause: text().$type<TripCause>(),
  detail: text(),
  countsFrom: at('counts_from'),
  releasedBy: text('released_by'),
  releaseReason: text('release_reason'),
  /** How many acts a person has allowed on top of the limit, and until when. */
  allowance: integer().notNull().default(0),
  allowedUntil: at('allowed_until'),
});

/** Every first claim of an act of its kind. */
export const breakerActs = pgTable(
  'breaker_acts',
  {
    seq: bigserial({ mode: 'number' }).primaryKey(),
    kind: text().$type<BreakerKind>().notNull(),
    account: uuid().notNull(),
    effect: text().notNull(),
    country: text(),
    plan: text(),
    claimedAt: at('claimed_at').notNull(),
  },
  (t) => [index('breaker_acts_recent').on(t.kind, t.claimedAt)],
);

/** When each account's act last came before the guard, and whether its second reading of Stripe said that nothing is owed. */
export const breakerAsks = pgTable(
  'breaker_asks',
  {
    kind: text().$type<BreakerKind>().notNull(),
    account: uuid().notNull(),
    askedAt: at('asked_at').notNull(),
    isVetoed: boolean('is_vetoed').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.account] }), index('breaker_asks_recent').on(t.kind, t.askedAt)],
);

/** What breakers measure against: how many accounts there are to be cut off, and how many acts were to be expected. */
export const breakerCensus = pgTable(
  'breaker_census',
  {
    one: boolean().primaryKey().default(true),
    /** Accounts that are billed. */
    paying: integer().notNull(),
    /** Of these, how many live in each country. */
    countries: jsonb().$type<Readonly<Record<string, number>>>().notNull(),
    /** And how many are on each plan. */
    plans: jsonb().$type<Readonly<Record<string, number>>>().notNull().default({}),
    /** For each kind, how many acts open cases have announced for the hour, and for the day. */
    forecast: jsonb()
      .$type<Readonly<Partial<Record<BreakerKind, { readonly hour: number; readonly day: number }>>>>()
      .notNull(),
    countedAt: at('counted_at').notNull(),
  },
  (t) => [check('breaker_census_one', sql`${t.one}`)],
);

/** Something that held cases is over: those held for this reason are to look again. */
export const releases = pgTable('releases', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  hold: text().$type<HoldReason>().notNull(),
  at: at('at').notNull().defaultNow(),
  /** When every case that was held for it had been told. */
  toldAt: at('told_at'),
});

/** When each account was last read again at Stripe, whatever events came. */
export const sweepLooks = pgTable(
  'sweep_looks',
  {
    account: uuid()
      .primaryKey()
      .references(() => accounts.id),
    lookedAt: at('looked_at').notNull(),
  },
  (t) => [index().on(t.lookedAt)],
);

/** Every sweep, with what it did. */
export const sweeps = pgTable('sweeps', {
  id: bigserial({ mode: 'number' }).primaryKey(),
  startedAt: at('started_at').notNull().defaultNow(),
  endedAt: at('ended_at'),
  looked: integer().notNull().default(0),
  mended: integer().notNull().default(0),
  failed: integer().notNull().default(0),
  detail: jsonb().$type<Readonly<Record<string, number>>>().notNull().default({}),
});
