import { isDeepStrictEqual } from 'node:util';
import { and, eq, sql } from 'drizzle-orm';
import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import { fallbackAfter, type FallbackEvidence } from '../../domain/fallback.js';
import { asInvoiceId, type AccountId, type CaseId } from '../../domain/ids.js';
import type { NoticeTopic } from '../../domain/notice.js';
import { judge, type Brakes, type Evidence } from '../../domain/judge.js';
import { breakerOf } from '../../domain/breaker.js';
import { frozenMeanwhile, heldBy, type GuardSettings } from '../../guard/brakes.js';
import { accessUnder, nameless } from '../../domain/restrictions.js';
import type { Standing } from '../../domain/standing.js';
import { applyChange } from '../../guard/change.js';
import { outcomeOf } from '../../guard/outcome.js';
import { tracksOf } from '../../guard/tracks.js';
import { isOverWithItsCase } from '../../guard/undo.js';
import { deliveredOf, undeliveredOf, warningOf, type SentPromise } from '../../guard/warning.js';
import type {
  Claim,
  ClaimRequest,
  Claims,
  Deed,
  NoticeRecord,
  RestrictionChange,
} from '../../ports/claims.js';
import { PortError } from '../../ports/errors.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { access, cases, effects, notices, promises } from '../schema.js';
import { noteVeto, passBreaker } from './breakers.js';
import { keepCensus } from './census.js';
import { isOfList } from './drill-lines.js';
import { isGranted } from './grants.js';
import { isFrozen } from './switches.js';
import { readSightedAt } from './watch.js';
import {
  lastLift,
  lockAccount,
  promisesOf,
  readApproval,
  readEffect,
  useUp,
  type LockedAccount,
} from './ledger.js';
import { endEffect, endUndone } from './endings.js';
import { keepOrders } from './orders.js';

/**
 * Claims on Postgres: the account's `access` row is the lock, the database's clock the only one. `linkSecret`: by what the
 * decisions of our own api and command line are known; without it only codes count.
 */
export function createPostgresClaims(
  db: Db,
  settings: GuardSettings,
  linkSecret: string | null = null,
): Claims {
  return {
    claim: async (request) => {
      // What gives back waits for no counting.
      if (breakerOf(request.key.step) !== null) await keepCensus(db);
      return db.transaction((tx) => claim(tx, request, settings));
    },
    checkFence: (key, fence) => checkFence(db, key, fence, settings),
    settle: (key, fence, deed) => db.transaction((tx) => settle(tx, key, fence, deed)),
    tracks: (account, caseId) => readTracks(db, account, caseId),
    keepOrders: (account, caseId, orders) => keepOrders(db, account, caseId, orders, linkSecret),
  };
}

async function readTracks(db: Db, account: AccountId, caseId: CaseId | null): ReturnType<Claims['tracks']> {
  const sent = caseId === null ? [] : await promisesOf(db, { account, caseId });
  const known = caseId === null ? [] : await effectsOf(db, { account, caseId }, sent);
  const [row] = await db.select().from(access).where(eq(access.account, account));
  const tracks = tracksOf(known, {
    restrictions: row?.restrictions ?? [],
    exemption: row?.exemption ?? null,
    immunity: row?.immunity ?? null,
    forgiven: (row?.forgiven ?? []).map(asInvoiceId),
    granted: await isGranted(db, account),
    fallback: row?.fallback ?? null,
  });
  return { ...tracks, undelivered: undeliveredOf(sent) };
}

type OfCase = Pick<EffectKey, 'account' | 'caseId'>;

/** Every effect of a case, with the notice that went out as one. A notice was accepted when its effect was settled. */
async function effectsOf(db: Db, { account, caseId }: OfCase, sent: readonly SentPromise[]) {
  const rows = await db
    .select({
      step: effects.step,
      round: effects.round,
      settledAt: effects.settledAt,
      topic: notices.topic,
    })
    .from(effects)
    .leftJoin(
      notices,
      and(
        eq(effects.step, 'remind'),
        eq(notices.account, effects.account),
        eq(notices.caseId, effects.caseId),
        eq(notices.round, effects.round),
        eq(notices.acceptedAt, effects.settledAt),
      ),
    )
    .where(and(eq(effects.account, account), eq(effects.caseId, caseId)));
  return rows.map(({ step, round, settledAt, topic }) => {
    const at = settledAt?.getTime() ?? 0;
    const promises = sent.flatMap((p) => (p.acceptedAt === at ? [{ step: p.step, at: p.at }] : []));
    const notice = topic === null ? null : { topic: topic as NoticeTopic, at, promises };
    return { step, round, settled: settledAt !== null, notice };
  });
}

async function claim(tx: Executor, request: ClaimRequest, settings: GuardSettings): Promise<Claim> {
  const { key } = request;
  const row = await lockAccount(tx, key.account);
  const known = await readEffect(tx, key);
  if (known?.outcome) return { status: 'done', outcome: known.outcome };

  // A worker that everybody believed dead may come back to a case that is over: nobody would give back what it takes.
  if (isOverWithItsCase(key.step) && (await isClosed(tx, key))) return { status: 'void' };
  const brakes = { mode: settings.mode, frozen: await isHeldFrozen(tx, settings) };
  const evidence = { ...brakes, ...(await evidenceFor(tx, request, row)) };
  const judgement = judge(evidence);
  const kind = breakerOf(key.step);
  if (judgement.ruling === 'void') {
    if (kind !== null) await noteVeto(tx, kind, key, row.now);
    return { status: 'void' };
  }
  if (judgement.ruling === 'hold')
    return { status: 'held', reason: judgement.reason, until: judgement.until };
  // What was claimed before was counted then; what was approved as a list was counted there.
  if (kind !== null && known === undefined && !(await isOfList(tx, key))) {
    const ruling = await passBreaker(tx, settings.breakers, kind, key, row.now);
    if (ruling.ruling !== 'pass') return heldBy(ruling);
  }
  // Who can't fall need not be looked up.
  const mayFall = request.fallback === 'falls' && request.policy.fallbackPlan !== null;
  const granted = mayFall && (await isGranted(tx, key.account));
  return grant(tx, request, row, { ...evidence, granted }, known === undefined);
}

async function isClosed(tx: Executor, { caseId }: EffectKey): Promise<boolean> {
  const [row] = await tx.select({ closedAt: cases.closedAt }).from(cases).where(eq(cases.id, caseId));
  return row !== undefined && row.closedAt !== null;
}

async function evidenceFor(
  tx: Executor,
  { key, topic, standing, policy, grounds, approval }: ClaimRequest,
  row: LockedAccount,
): Promise<Omit<Evidence, keyof Brakes>> {
  const liftedAt = await lastLift(tx, key.account);
  return {
    step: key.step,
    topic,
    now: row.now.getTime(),
    sightedAt: await readSightedAt(tx),
    standing,
    policy,
    exemption: row.exemption,
    immunity: row.immunity,
    liftedAt,
    anchorAt: grounds.anchorAt,
    terms: { forgiven: row.forgiven.map(asInvoiceId), agreement: grounds.agreement },
    notice: warningOf(deliveredOf(await promisesOf(tx, key)), key.step, liftedAt),
    approval: approval === null ? null : await readApproval(tx, key, approval),
  };
}

/** Changes the restrictions and what access is worth, and writes the intent down when it is the effect's first. */
async function grant(
  tx: Executor,
  { key, standing, change, reason, approval, fallback: fallbackChange }: ClaimRequest,
  row: LockedAccount,
  evidence: FallbackEvidence,
  isFirst: boolean,
): Promise<Claim> {
  const { now, version } = row;
  const fence = row.fence + 1;
  const restrictions = applyChange(row.restrictions, change, now.getTime());
  const left = accessUnder(restrictions);
  const fallback = fallbackAfter(row.fallback, fallbackChange, evidence);
  const isWorthOther = !isDeepStrictEqual(fallback, row.fallback);
  const isChanged = isWorthOther || JSON.stringify(restrictions) !== JSON.stringify(row.restrictions);
  const changes = { restrictions, access: left, fallback, version: version + 1, changedAt: now };
  await tx
    .update(access)
    .set({ fence, ...(isChanged && changes) })
    .where(eq(access.account, key.account));
  await keepClaim(tx, key, fence, standing, now);
  if (approval !== null) await useUp(tx, key, approval);
  if (isFirst) {
    const standingReadAt = standing?.readAt ?? null;
    const worth = isWorthOther && { fallback };
    const body = { reason, standingReadAt, restrictions: restrictions.map(nameless), ...worth };
    await appendAudit(tx, { account: key.account, kind: 'intent', effect: effectName(key), body, at: now });
  }
  return { status: 'granted', fence, access: left };
}

async function keepClaim(
  tx: Executor,
  key: EffectKey,
  fence: number,
  standing: Standing | null,
  now: Date,
): Promise<void> {
  const standingReadAt = standing === null ? null : new Date(standing.readAt);
  // Each claim gives back anew, and what was read before it is stale; of all else the first claim's time is kept.
  const again = givesBack(key) ? { claimedAt: now } : {};
  await tx
    .insert(effects)
    .values({ ...key, fence, standingReadAt, claimedAt: now })
    .onConflictDoUpdate({
      target: [effects.account, effects.caseId, effects.step, effects.round],
      set: { fence, standingReadAt, claims: sql`${effects.claims} + 1`, ...again },
    });
}

const givesBack = ({ step }: EffectKey) => step === 'lift' || step === 'close';

async function settle(tx: Executor, key: EffectKey, fence: number, deed: Deed): Promise<Outcome> {
  const row = await lockAccount(tx, key.account);
  const known = await readEffect(tx, key);
  if (known?.outcome) return known.outcome;
  if (known?.fence !== fence) throw fenced(key.account, fence, known?.fence ?? null);
  const outcome = outcomeOf(deed, row.now.getTime());
  await endEffect(tx, key, outcome, deed.evidence, row.now);
  if (deed.change !== undefined) await changeAtEnd(tx, key, deed.change, row);
  if (deed.notice !== undefined) await keepNotice(tx, key, deed.notice, row.now);
  await endUndone(tx, key, row.now);
  return outcome;
}

async function changeAtEnd(
  tx: Executor,
  { account }: EffectKey,
  change: RestrictionChange,
  { restrictions: before, version, now }: LockedAccount,
): Promise<void> {
  const restrictions = applyChange(before, change, now.getTime());
  if (isDeepStrictEqual(restrictions, before)) return;
  const changes = { restrictions, access: accessUnder(restrictions), version: version + 1, changedAt: now };
  await tx.update(access).set(changes).where(eq(access.account, account));
}

async function keepNotice(tx: Executor, key: EffectKey, notice: NoticeRecord, now: Date): Promise<void> {
  const { account, caseId, round } = key;
  const { messageId, topic, recipients } = notice;
  await tx
    .insert(notices)
    .values({ messageId, account, caseId, round, topic, recipients: [...recipients], acceptedAt: now });
  if (notice.promises.length === 0) return;
  await tx.insert(promises).values(
    notice.promises.map(({ step, at }) => ({
      messageId,
      account,
      caseId,
      step,
      at: new Date(at),
      acceptedAt: now,
    })),
  );
}

async function checkFence(
  db: Db,
  { account, step }: EffectKey,
  fence: number,
  settings: GuardSettings,
): Promise<void> {
  const [row] = await db.select({ fence: access.fence }).from(access).where(eq(access.account, account));
  if (row?.fence !== fence) throw fenced(account, fence, row?.fence ?? null);
  if (breakerOf(step) !== null && (await isHeldFrozen(db, settings))) throw frozenMeanwhile(account);
}

const isHeldFrozen = async (db: Executor, { frozen, isFrozenByFile }: GuardSettings) =>
  frozen || isFrozenByFile() || (await isFrozen(db));

function fenced(account: AccountId, fence: number, newest: number | null): PortError {
  return new PortError(
    'FENCED',
    `claim ${fence} on account ${account} is out of date: the newest is ${newest}`,
  );
}
