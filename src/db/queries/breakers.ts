import { and, asc, desc, eq, gte, isNotNull, lt, sql } from 'drizzle-orm';
import {
  breakerKinds,
  ruleBreaker,
  type BreakerKind,
  type BreakerRules,
  type BreakerRuling,
  type BreakerState,
  type Census,
} from '../../domain/breaker.js';
import { effectName, type EffectKey } from '../../domain/effect.js';
import { DAY_MS, HOUR_MS } from '../../domain/time.js';
import type { Db, Executor } from '../client.js';
import { accounts, breakerActs, breakerAsks, breakers, effects } from '../schema.js';
import { readCensus } from './census.js';

/**
 * Rules on one more act of its kind, in the transaction of its claim, and counts it when it may happen. The kind's row is
 * locked until then: acts of one kind are counted one after the other, whoever claims them.
 */
export async function passBreaker(
  tx: Executor,
  rules: BreakerRules,
  kind: BreakerKind,
  key: EffectKey,
  now: Date,
): Promise<BreakerRuling> {
  // Who is held anyway waits for nobody's lock.
  const [known] = await tx.select().from(breakers).where(eq(breakers.kind, kind));
  if (known?.trippedAt) return { ruling: 'open' };
  const row = await lockBreaker(tx, kind);
  const traits = await traitsOf(tx, key);
  await noteAsk(tx, kind, key, now, false);
  const state = await readState(tx, rules, kind, { row, traits, now });
  const ruling = ruleBreaker(rules, kind, state);
  switch (ruling.ruling) {
    case 'pass':
      await tx
        .insert(breakerActs)
        .values({ kind, account: key.account, effect: effectName(key), ...traits, claimedAt: now });
      if (ruling.byAllowance)
        await tx
          .update(breakers)
          .set({ allowance: sql`${breakers.allowance} - 1` })
          .where(eq(breakers.kind, kind));
      break;
    case 'trip':
      await tx
        .update(breakers)
        .set({ trippedAt: now, cause: ruling.cause, detail: ruling.detail })
        .where(eq(breakers.kind, kind));
      break;
    case 'wait':
    case 'open':
      break;
  }
  return ruling;
}

/** An act of this kind was due, and the second reading of Stripe said that nothing is owed. */
export async function noteVeto(tx: Executor, kind: BreakerKind, key: EffectKey, now: Date): Promise<void> {
  await noteAsk(tx, kind, key, now, true);
}

async function noteAsk(
  tx: Executor,
  kind: BreakerKind,
  { account }: EffectKey,
  now: Date,
  isVetoed: boolean,
) {
  await tx
    .insert(breakerAsks)
    .values({ kind, account, askedAt: now, isVetoed })
    .onConflictDoUpdate({ target: [breakerAsks.kind, breakerAsks.account], set: { askedAt: now, isVetoed } });
}

type BreakerRow = typeof breakers.$inferSelect;

async function lockBreaker(tx: Executor, kind: BreakerKind): Promise<BreakerRow> {
  await tx.insert(breakers).values({ kind }).onConflictDoNothing();
  const [row] = await tx.select().from(breakers).where(eq(breakers.kind, kind)).for('update');
  if (row === undefined) throw new Error(`the breaker of ${kind} has no row`);
  return row;
}

type Traits = { readonly country: string | null; readonly plan: string | null };

async function traitsOf(tx: Executor, { account }: EffectKey): Promise<Traits> {
  const { country, plan } = accounts;
  const [row] = await tx.select({ country, plan }).from(accounts).where(eq(accounts.id, account));
  return row ?? { country: null, plan: null };
}

type Known = { readonly row: BreakerRow; readonly traits: Traits; readonly now: Date };

async function readState(
  tx: Executor,
  rules: BreakerRules,
  kind: BreakerKind,
  { row, traits, now }: Known,
): Promise<BreakerState> {
  const { hourAgo, dayAgo } = windowsOf(row, now);
  const counts = await countAll(tx, kind, hourAgo, dayAgo);
  const newest = await tx
    .select({ country: breakerActs.country, plan: breakerActs.plan })
    .from(breakerActs)
    .where(and(eq(breakerActs.kind, kind), gte(breakerActs.claimedAt, dayAgo)))
    .orderBy(desc(breakerActs.seq))
    .limit(Math.min(rules.alike.least, 1_000));
  const isAllowed = row.allowedUntil !== null && now < row.allowedUntil;
  return {
    ...counts,
    now: now.getTime(),
    tripped: row.trippedAt !== null,
    batch: await readBatch(tx, rules, kind, { from: dayAgo, now }),
    countries: [traits, ...newest].map(({ country }) => country),
    plans: [traits, ...newest].map(({ plan }) => plan),
    census: await readCensus(tx, kind, now),
    allowance: isAllowed ? row.allowance : 0,
  };
}

/** From when on acts count within the hour, and the day; what was before a release does not. */
function windowsOf({ countsFrom }: BreakerRow, now: Date) {
  const since = (ms: number) => new Date(Math.max(now.getTime() - ms, countsFrom?.getTime() ?? 0));
  return { hourAgo: since(HOUR_MS), dayAgo: since(DAY_MS) };
}

type Counts = Pick<BreakerState, 'hour' | 'day' | 'asked' | 'vetoed'>;

async function countAll(tx: Executor, kind: BreakerKind, hourAgo: Date, dayAgo: Date): Promise<Counts> {
  const [from, to] = [hourAgo.toISOString(), dayAgo.toISOString()];
  const [counts] = await tx.execute<Counts>(sql`
    select
      (select count(*)::int from breaker_acts where kind = ${kind} and claimed_at >= ${from}) as hour,
      (select count(*)::int from breaker_acts where kind = ${kind} and claimed_at >= ${to}) as day,
      count(*)::int as asked, (count(*) filter (where is_vetoed))::int as vetoed
    from breaker_asks where kind = ${kind} and asked_at > ${from}`);
  if (counts === undefined) throw new Error('a count returned no row');
  return counts;
}

/** The acts since the kind was last quiet. Only those that a canary can be are looked at one by one. */
async function readBatch(
  tx: Executor,
  { canary: { quietMs, sizes } }: BreakerRules,
  kind: BreakerKind,
  { from, now }: { readonly from: Date; readonly now: Date },
): Promise<BreakerState['batch']> {
  const most = sizes.reduce((total, size) => total + size, 0) + 1;
  if (most === 1) return { count: 0, open: 0, lastAt: null };
  const rows = await tx
    .select({ at: breakerActs.claimedAt, settledAt: effects.settledAt, effect: effects.account })
    .from(breakerActs)
    .leftJoin(
      effects,
      sql`${breakerActs.effect} = ${effects.account} || '/' || ${effects.caseId} || '/' || ${effects.step} || '/' || ${effects.round} and ${effects.account} = ${breakerActs.account}`,
    )
    .where(and(eq(breakerActs.kind, kind), gte(breakerActs.claimedAt, from)))
    .orderBy(desc(breakerActs.seq))
    .limit(most);
  const gap = rows.findIndex(
    ({ at }, n) => (n === 0 ? now : (rows[n - 1]?.at ?? now)).getTime() - at.getTime() >= quietMs,
  );
  const batch = gap === -1 ? rows : rows.slice(0, gap);
  const open = batch.filter(({ settledAt, effect }) => effect !== null && settledAt === null).length;
  return { count: batch.length, open, lastAt: batch[0]?.at.getTime() ?? null };
}

export type BreakerView = BreakerRow & {
  readonly hour: number;
  readonly day: number;
  readonly census: Census | null;
};

/** Every kind, with how many acts of it there were within the last hour and day. */
export async function listBreakers(db: Db): Promise<BreakerView[]> {
  return db.transaction(async (tx) => {
    const [clock] = await tx.execute<{ ms: string }>(sql`select extract(epoch from now()) * 1000 as ms`);
    const now = new Date(Number(clock?.ms));
    const views: BreakerView[] = [];
    for (const kind of breakerKinds) {
      const row = await lockBreaker(tx, kind);
      const { hourAgo, dayAgo } = windowsOf(row, now);
      const { hour, day } = await countAll(tx, kind, hourAgo, dayAgo);
      views.push({ ...row, hour, day, census: await readCensus(tx, kind, now) });
    }
    return views;
  });
}

/** The breakers that have tripped and were not released, by kind. */
export async function trippedBreakers(db: Executor): Promise<BreakerRow[]> {
  return db.select().from(breakers).where(isNotNull(breakers.trippedAt)).orderBy(asc(breakers.kind));
}

/** Forgets what nothing is counted by any more. Safe to repeat. */
export async function forgetOldActs(db: Executor, now: Date): Promise<void> {
  const before = new Date(now.getTime() - 2 * DAY_MS);
  await db.delete(breakerActs).where(lt(breakerActs.claimedAt, before));
  await db.delete(breakerAsks).where(lt(breakerAsks.askedAt, before));
}
