import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { EffectKey } from '../../domain/effect.js';
import type { AccountId, ApprovalId } from '../../domain/ids.js';
import type { ApprovalRecord } from '../../domain/judge.js';
import type { Instant } from '../../domain/time.js';
import type { SentPromise } from '../../guard/warning.js';
import { PortError } from '../../ports/errors.js';
import type { Executor } from '../client.js';
import { access, approvals, effects, promises } from '../schema.js';

export type LockedAccount = Awaited<ReturnType<typeof lockAccount>>;

/** What stands of an account, with the database's time. Until the transaction ends nobody else claims or settles for it. */
export async function lockAccount(tx: Executor, account: AccountId) {
  await tx.insert(access).values({ account }).onConflictDoNothing();
  const [row] = await tx
    .select({
      fence: access.fence,
      version: access.version,
      restrictions: access.restrictions,
      exemption: access.exemption,
      immunity: access.immunity,
      forgiven: access.forgiven,
      fallback: access.fallback,
    })
    .from(access)
    .where(eq(access.account, account))
    .for('update');
  if (row === undefined) throw new PortError('UNKNOWN_ACCOUNT', `account ${account} has no access row`);
  return { ...row, now: await readClock(tx) };
}

/** Asked for by itself: in the select that waits for a lock, Postgres reads its clock before the wait. */
export async function readClock(tx: Executor): Promise<Date> {
  const [row] = await tx.execute<{ ms: string }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000) as ms`,
  );
  return new Date(Number(row?.ms));
}

export const byKey = (key: EffectKey) =>
  and(
    eq(effects.account, key.account),
    eq(effects.caseId, key.caseId),
    eq(effects.step, key.step),
    eq(effects.round, key.round),
  );

export async function readEffect(tx: Executor, key: EffectKey) {
  const [row] = await tx.select().from(effects).where(byKey(key));
  return row;
}

// A notice is undelivered once nobody is left among its recipients whose mail server did not give it back.
const isDelivered = sql<boolean>`not exists (
  select from notices n where n.message_id = promises.message_id and cardinality(n.recipients) > 0 and not exists (
    select from unnest(n.recipients) as told(recipient) where not exists (
      select from bounces b
      where b.message_id = n.message_id and b.recipient = told.recipient and b.is_permanent)))`;

/** Every date that notices of this case have named, in the order in which they were accepted, and whether it arrived. */
export async function promisesOf(
  tx: Executor,
  { account, caseId }: Pick<EffectKey, 'account' | 'caseId'>,
): Promise<SentPromise[]> {
  const rows = await tx
    .select({
      step: promises.step,
      at: promises.at,
      acceptedAt: promises.acceptedAt,
      delivered: isDelivered,
    })
    .from(promises)
    .where(and(eq(promises.account, account), eq(promises.caseId, caseId)))
    .orderBy(asc(promises.seq));
  return rows.map(({ step, at, acceptedAt, delivered }) => ({
    step,
    at: at.getTime(),
    acceptedAt: acceptedAt.getTime(),
    delivered,
  }));
}

/** A request for approval, if it is one of this very case and no other act has used it up. */
export async function readApproval(
  tx: Executor,
  key: EffectKey,
  id: ApprovalId,
): Promise<ApprovalRecord | null> {
  const { approved, expiresAt, consumedAt } = approvals;
  const [row] = await tx
    .select({ approved, expiresAt, isUsed: sql<boolean>`${consumedAt} is not null`, usedBy: effects.step })
    .from(approvals)
    .leftJoin(effects, and(byKey(key), eq(effects.claimedAt, consumedAt)))
    .where(ofCase(key, id));
  if (row === undefined || (row.isUsed && row.usedBy === null)) return null;
  return { id, approved: row.approved, expiresAt: row.expiresAt.getTime() };
}

const ofCase = ({ account, caseId }: EffectKey, id: ApprovalId) =>
  and(eq(approvals.id, id), eq(approvals.account, account), eq(approvals.caseId, caseId));

/**
 * Uses an approval up for this act, at the time of its first claim: no two acts of an account were first claimed at the same
 * moment, so that tells whose it is.
 */
export async function useUp(tx: Executor, key: EffectKey, id: ApprovalId): Promise<void> {
  const claimedAt = tx.select({ at: effects.claimedAt }).from(effects).where(byKey(key));
  await tx
    .update(approvals)
    .set({ consumedAt: sql`(${claimedAt})` })
    .where(and(ofCase(key, id), isNull(approvals.consumedAt)));
}

/** When the account was last given something back, as claimed or as done, whichever is later. */
export async function lastLift(tx: Executor, account: AccountId): Promise<Instant | null> {
  const [row] = await tx
    .select({ at: sql`max(greatest(${effects.claimedAt}, ${effects.settledAt}))`.mapWith(effects.claimedAt) })
    .from(effects)
    .where(and(eq(effects.account, account), inArray(effects.step, ['lift', 'close'])));
  const at: Date | null | undefined = row?.at;
  return at?.getTime() ?? null;
}
