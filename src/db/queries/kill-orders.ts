import { and, eq, isNull, sql } from 'drizzle-orm';
import { effectName, type EffectKey, type HoldReason, type Outcome } from '../../domain/effect.js';
import { asCaseId, type AccountId } from '../../domain/ids.js';
import { heldBy, type GuardSettings } from '../../guard/brakes.js';
import { PortError } from '../../ports/errors.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { auditLog, effects } from '../schema.js';
import { passBreaker } from './breakers.js';
import { keepCensus } from './census.js';
import { endEffect } from './endings.js';
import { lockAccount, readEffect } from './ledger.js';
import { isFrozen } from './switches.js';

/** A person's order to deny everything to an account's principals, or to take that back. */
export type KillOrder = {
  /** It stands in the case's place in the name of its effect: the act belongs to no case. */
  readonly id: string;
  readonly account: AccountId;
  readonly step: 'restrict' | 'unrestrict';
  readonly by: string;
  readonly reason: string;
  /** The ARNs; they may name people, so the log itself has only how many they are and their hash. */
  readonly principals: readonly string[];
  readonly hash: string;
  /** The approval that it has used up, `null` where none is needed. */
  readonly approval: string | null;
};

export type Begun =
  | { readonly status: 'begun' }
  | { readonly status: 'held'; readonly reason: HoldReason; readonly until: number | null };

const act = 'kill_switch';

/**
 * Writes the order and its intent down, in the one transaction in which the brakes are asked: what takes is held by a freeze,
 * by observing and by the breaker of orders by hand, what gives back by nothing. An order of before that came to no end has
 * its outcome with this one.
 */
export async function beginKill(db: Db, order: KillOrder, guard: GuardSettings): Promise<Begun> {
  if (order.step === 'restrict') await keepCensus(db);
  return db.transaction(async (tx) => {
    const { now, fence } = await lockAccount(tx, order.account);
    const key = keyOf(order);
    const held = order.step === 'restrict' ? await heldNow(tx, key, guard, now) : null;
    if (held !== null) return held;
    await endOpen(tx, order, now);
    const { account, by, reason, principals, hash, approval } = order;
    const body = { kind: textOf(order), count: principals.length, hash, approval };
    const words = { by, reason, text: `${textOf(order)}: ${principals.join(', ')}` };
    await appendAudit(tx, { account, kind: 'order', effect: `order/${order.id}`, body, words, at: now });
    await tx.insert(effects).values({ ...key, fence, standingReadAt: null, claimedAt: now });
    const intent = { act, reason: `${textOf(order)} by order`, count: principals.length, hash };
    await appendAudit(tx, { account, kind: 'intent', effect: effectName(key), body: intent, at: now });
    return { status: 'begun' };
  });
}

/** Keeps how it ended; `evidence` names nobody. One that another order has ended already keeps that outcome. */
export async function endKill(
  db: Db,
  order: KillOrder,
  ended: { readonly failure: string | null; readonly evidence: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    const { now } = await lockAccount(tx, order.account);
    const outcome: Outcome =
      ended.failure === null
        ? { status: 'done', at: now.getTime() }
        : { status: 'failed', code: ended.failure };
    const known = await readEffect(tx, keyOf(order));
    if (known?.outcome) return;
    await endEffect(tx, keyOf(order), outcome, ended.evidence, now);
  });
}

/** Why nothing that takes may be done now, by the switches; `null`: it may. */
export async function whyHeld(
  db: Executor,
  { mode, frozen, isFrozenByFile }: GuardSettings,
): Promise<Extract<HoldReason, 'frozen' | 'observing'> | null> {
  if (frozen || isFrozenByFile() || (await isFrozen(db))) return 'frozen';
  return mode === 'observe' ? 'observing' : null;
}

/** To be called before each change. Throws `FENCED` where everything was frozen meanwhile. */
export async function checkKill(db: Db, { account }: KillOrder, guard: GuardSettings): Promise<void> {
  if ((await whyHeld(db, guard)) === null) return;
  throw new PortError('FENCED', `everything that takes was frozen while account ${account} was acted on`);
}

const keyOf = ({ account, id, step }: KillOrder): EffectKey => ({
  account,
  caseId: asCaseId(id),
  step,
  round: 1,
});

const textOf = ({ step }: KillOrder) => (step === 'restrict' ? 'kill switch' : 'kill switch undone');

async function heldNow(
  tx: Executor,
  key: EffectKey,
  guard: GuardSettings,
  now: Date,
): Promise<Extract<Begun, { status: 'held' }> | null> {
  const reason = await whyHeld(tx, guard);
  if (reason !== null) return { status: 'held', reason, until: null };
  const ruling = await passBreaker(tx, guard.breakers, 'revoke', key, now);
  return ruling.ruling === 'pass' ? null : heldBy(ruling);
}

const nameInLog = sql`${effects.account} || '/' || ${effects.caseId} || '/' || ${effects.step} || '/' || ${effects.round}`;

/** Whoever was cut short has left an intent without an outcome: every intent has one. */
async function endOpen(tx: Executor, order: KillOrder, now: Date): Promise<void> {
  const open = await tx
    .select({ id: effects.caseId, step: effects.step })
    .from(effects)
    .innerJoin(
      auditLog,
      and(
        eq(auditLog.account, effects.account),
        eq(auditLog.kind, 'intent'),
        eq(auditLog.effect, nameInLog),
        sql`${auditLog.body} ->> 'act' = ${act}`,
      ),
    )
    .where(and(eq(effects.account, order.account), isNull(effects.settledAt)));
  for (const { id, step } of open) {
    const key = { account: order.account, caseId: asCaseId(id), step, round: 1 };
    const evidence = `cut short; followed by ${effectName(keyOf(order))}`;
    await endEffect(tx, key, { status: 'interrupted' }, evidence, now);
  }
}
