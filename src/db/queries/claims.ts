import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import type { AccountId } from '../../domain/ids.js';
import { judge, type EnforcementMode, type Evidence } from '../../domain/judge.js';
import { applyChange } from '../../guard/change.js';
import { tracksOf } from '../../guard/tracks.js';
import type { ClaimRequest, Claims, Deed } from '../../ports/claims.js';
import { PortError } from '../../ports/errors.js';
import { accessUnder } from '../../domain/restrictions.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { access, effects, notices } from '../schema.js';

export type Brakes = { readonly mode: EnforcementMode; readonly frozen: boolean };

/** Claims on Postgres: the account's `access` row is the lock, the database's clock the only one. */
export function createPostgresClaims(db: Db, brakes: Brakes): Claims {
  return {
    claim: (request) => db.transaction((tx) => claim(tx, request, brakes)),
    checkFence: (account, fence) => checkFence(db, account, fence),
    settle: (key, fence, deed) => db.transaction((tx) => settle(tx, key, fence, deed)),
    unsettledPause: async (account, caseId) => {
      const [row] = await db
        .select({ round: effects.round })
        .from(effects)
        .where(
          and(
            eq(effects.account, account),
            eq(effects.caseId, caseId),
            eq(effects.step, 'pause'),
            isNull(effects.settledAt),
          ),
        );
      return row?.round ?? null;
    },
    tracks: async (account, caseId) => {
      const settled = await db
        .select({ step: effects.step, round: effects.round })
        .from(effects)
        .where(and(eq(effects.account, account), eq(effects.caseId, caseId), isNotNull(effects.settledAt)));
      const [row] = await db.select().from(access).where(eq(access.account, account));
      return tracksOf(settled, row?.restrictions ?? []);
    },
  };
}

async function claim(tx: Executor, request: ClaimRequest, brakes: Brakes): ReturnType<Claims['claim']> {
  const { key, standing, policy } = request;
  const row = await lockAccount(tx, key.account);
  const known = await readEffect(tx, key);
  if (known?.outcome) return { status: 'done', outcome: known.outcome };

  const now = row.now.getTime();
  const notice = await lastWarning(tx, key);
  const liftedAt = await lastLift(tx, key.account);
  const judgement = judge({ step: key.step, now, ...brakes, standing, policy, notice, liftedAt });
  if (judgement.ruling === 'void') return { status: 'void' };
  if (judgement.ruling === 'hold')
    return { status: 'held', reason: judgement.reason, until: judgement.until };

  const fence = row.fence + 1;
  const restrictions = applyChange(row.restrictions, request.change, now);
  const changed = JSON.stringify(restrictions) !== JSON.stringify(row.restrictions);
  await tx
    .update(access)
    .set({
      fence,
      ...(changed && {
        restrictions,
        access: accessUnder(restrictions),
        version: row.version + 1,
        changedAt: row.now,
      }),
    })
    .where(eq(access.account, key.account));
  const standingReadAt = standing === null ? null : new Date(standing.readAt);
  await tx
    .insert(effects)
    .values({ ...key, fence, standingReadAt, claimedAt: row.now })
    .onConflictDoUpdate({
      target: [effects.account, effects.caseId, effects.step, effects.round],
      set: { fence, standingReadAt, claims: sql`${effects.claims} + 1` },
    });
  if (known === undefined) {
    const body = { reason: request.reason, standingReadAt: standing?.readAt ?? null, restrictions };
    await appendAudit(tx, {
      account: key.account,
      kind: 'intent',
      effect: effectName(key),
      body,
      at: row.now,
    });
  }
  return { status: 'granted', fence };
}

async function settle(
  tx: Executor,
  key: EffectKey,
  fence: number,
  { evidence, notice, caveat }: Deed,
): Promise<Outcome> {
  const row = await lockAccount(tx, key.account);
  const known = await readEffect(tx, key);
  if (known?.outcome) return known.outcome;
  if (known?.fence !== fence) throw fenced(key.account, fence, known?.fence ?? null);
  const outcome: Outcome = { status: 'done', at: row.now.getTime(), ...(caveat !== undefined && { caveat }) };
  await close(tx, key, outcome, evidence, row.now);
  if (notice !== undefined) {
    await tx.insert(notices).values({
      messageId: notice.messageId,
      account: key.account,
      caseId: key.caseId,
      round: key.round,
      topic: notice.topic,
      promisedStep: notice.promise?.step ?? null,
      promisedAt: notice.promise === null ? null : new Date(notice.promise.at),
      recipients: [...notice.recipients],
      acceptedAt: row.now,
    });
  }
  if (key.step === 'lift' || key.step === 'close') await endUndone(tx, key, row.now);
  return outcome;
}

/** What was claimed and never got done, and is over now, has its outcome too: every intent has exactly one. */
async function endUndone(tx: Executor, key: EffectKey, now: Date): Promise<void> {
  const open = await tx
    .select({ step: effects.step, round: effects.round })
    .from(effects)
    .where(and(eq(effects.account, key.account), eq(effects.caseId, key.caseId), isNull(effects.settledAt)));
  for (const { step, round } of open) {
    await close(tx, { ...key, step, round }, { status: 'interrupted' }, `undone by ${effectName(key)}`, now);
  }
}

async function close(
  tx: Executor,
  key: EffectKey,
  outcome: Outcome,
  evidence: string,
  now: Date,
): Promise<void> {
  await tx.update(effects).set({ settledAt: now, outcome }).where(byKey(key));
  const body = { status: outcome.status, evidence };
  await appendAudit(tx, { account: key.account, kind: 'outcome', effect: effectName(key), body, at: now });
}

async function lockAccount(tx: Executor, account: AccountId) {
  await tx.insert(access).values({ account }).onConflictDoNothing();
  const [row] = await tx
    .select({
      fence: access.fence,
      version: access.version,
      restrictions: access.restrictions,
      now: sql`clock_timestamp()`.mapWith(access.changedAt),
    })
    .from(access)
    .where(eq(access.account, account))
    .for('update');
  if (row === undefined) throw new PortError('UNKNOWN_ACCOUNT', `account ${account} has no access row`);
  return row;
}

async function readEffect(tx: Executor, key: EffectKey) {
  const [row] = await tx.select().from(effects).where(byKey(key));
  return row;
}

/** The pause date that was named last, with the earliest notice that named just this date: the lead counts from there. */
async function lastWarning(tx: Executor, key: EffectKey): Promise<Evidence['notice']> {
  const ofCase = and(
    eq(notices.account, key.account),
    eq(notices.caseId, key.caseId),
    eq(notices.promisedStep, 'pause'),
  );
  const [last] = await tx.select().from(notices).where(ofCase).orderBy(desc(notices.round)).limit(1);
  if (!last?.promisedAt) return null;
  const [first] = await tx
    .select({ acceptedAt: notices.acceptedAt })
    .from(notices)
    .where(and(ofCase, eq(notices.promisedAt, last.promisedAt)))
    .orderBy(asc(notices.round))
    .limit(1);
  return {
    promisedAt: last.promisedAt.getTime(),
    acceptedAt: (first?.acceptedAt ?? last.acceptedAt).getTime(),
  };
}

/** When the account was last given something back, as claimed or as done, whichever is later. */
async function lastLift(tx: Executor, account: AccountId): Promise<number | null> {
  const [row] = await tx
    .select({ at: sql`max(greatest(${effects.claimedAt}, ${effects.settledAt}))`.mapWith(effects.claimedAt) })
    .from(effects)
    .where(and(eq(effects.account, account), inArray(effects.step, ['lift', 'close'])));
  const at: Date | null | undefined = row?.at;
  return at?.getTime() ?? null;
}

async function checkFence(db: Db, account: AccountId, fence: number): Promise<void> {
  const [row] = await db.select({ fence: access.fence }).from(access).where(eq(access.account, account));
  if (row?.fence !== fence) throw fenced(account, fence, row?.fence ?? null);
}

function fenced(account: AccountId, fence: number, newest: number | null): PortError {
  return new PortError(
    'FENCED',
    `claim ${fence} on account ${account} is out of date: the newest is ${newest}`,
  );
}

const byKey = (key: EffectKey) =>
  and(
    eq(effects.account, key.account),
    eq(effects.caseId, key.caseId),
    eq(effects.step, key.step),
    eq(effects.round, key.round),
  );
