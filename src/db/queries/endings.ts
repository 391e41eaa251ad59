import { and, asc, eq, isNull } from 'drizzle-orm';
import { effectName, type EffectKey, type Outcome } from '../../domain/effect.js';
import type { AccountId, CaseId } from '../../domain/ids.js';
import { isUndoneBy } from '../../guard/undo.js';
import { appendAudit } from '../audit.js';
import type { Executor } from '../client.js';
import { effects } from '../schema.js';
import { byKey, lockAccount } from './ledger.js';

/** Keeps how an effect ended, in the audit log too. The caller holds the account's lock. */
export async function endEffect(
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

/** What was claimed and never got done, and is over now, has its outcome too: every intent has exactly one. */
export async function endUndone(tx: Executor, key: EffectKey, now: Date): Promise<void> {
  for (const open of await openEffects(tx, key)) {
    if (isUndoneBy(open.step, key.step))
      await endEffect(tx, open, { status: 'interrupted' }, `undone by ${effectName(key)}`, now);
  }
}

/** The same for all that a case leaves behind which has just closed. */
export async function endWithCase(tx: Executor, account: AccountId, caseId: CaseId): Promise<void> {
  const { now } = await lockAccount(tx, account);
  for (const open of await openEffects(tx, { account, caseId }))
    await endEffect(tx, open, { status: 'interrupted' }, 'its case has closed', now);
}

async function openEffects(
  tx: Executor,
  { account, caseId }: Pick<EffectKey, 'account' | 'caseId'>,
): Promise<EffectKey[]> {
  const rows = await tx
    .select({ step: effects.step, round: effects.round })
    .from(effects)
    .where(and(eq(effects.account, account), eq(effects.caseId, caseId), isNull(effects.settledAt)))
    .orderBy(asc(effects.claimedAt));
  return rows.map(({ step, round }) => ({ account, caseId, step, round }));
}
