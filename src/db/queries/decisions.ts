import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Decision, Verdict } from '../../domain/decisions.js';
import type { AccountId } from '../../domain/ids.js';
import type { OrderRecord } from '../../domain/orders.js';
import { examine, verdictOf, type Examined, type RefusedBody } from '../../guard/decision.js';
import type { Executor } from '../client.js';
import { approvals, auditLog } from '../schema.js';
import { codesIn } from './approvals.js';
import { readClock } from './ledger.js';

/** Whose decision it is, as far as its evidence tells; `null` for every other order. The caller holds the account's row. */
export async function examineOrder(
  tx: Executor,
  account: AccountId,
  { change, by, at }: OrderRecord,
  secret: string | null,
): Promise<Examined | null> {
  if (change === null || !('decision' in change)) return null;
  const { decision } = change;
  const [row] = await tx
    .select({ codeHash: approvals.codeHash })
    .from(approvals)
    .where(ofAccount(account, decision));
  const record = {
    codes: codesIn(row?.codeHash ?? null),
    wrongCodes: await countWrongCodes(tx, account, decision),
    secret,
  };
  return examine(decision, { by, at }, record);
}

const ofAccount = (account: AccountId, { approval }: Decision) =>
  and(eq(approvals.id, approval), eq(approvals.account, account));

async function countWrongCodes(tx: Executor, account: AccountId, { approval }: Decision): Promise<number> {
  const ofRequest = sql`${auditLog.body} ->> 'wrongCodeFor' = ${approval}`;
  return tx.$count(auditLog, and(eq(auditLog.account, account), ofRequest));
}

/** Writes a decision to its request, or makes the request void. The first decision stands. */
export async function keepDecision(
  tx: Executor,
  account: AccountId,
  { at }: OrderRecord,
  decision: Decision,
  examined: Examined,
): Promise<void> {
  const undecided = and(ofAccount(account, decision), isNull(approvals.approved));
  if (examined.status === 'proven') {
    const { approved } = decision;
    await tx
      .update(approvals)
      .set({ approved, decidedAt: new Date(at), decidedBy: examined.by })
      .where(undecided);
    return;
  }
  if (!examined.isVoid) return;
  const now = await readClock(tx);
  await tx
    .update(approvals)
    .set({ expiresAt: sql`least(${approvals.expiresAt}, ${now.toISOString()}::timestamptz)` })
    .where(undecided);
}

/** The verdict on an order that was written down before: the same as then. */
export async function recallVerdict(
  tx: Executor,
  account: AccountId,
  { id, by, change }: OrderRecord,
  { refused }: RefusedBody,
): Promise<Verdict | null> {
  if (change === null || !('decision' in change)) return null;
  const { approved } = change.decision;
  const [row] = await tx.select().from(approvals).where(ofAccount(account, change.decision));
  if (refused !== undefined) {
    const isVoid = row === undefined || row.expiresAt <= (await readClock(tx));
    return { id, refusal: refused, isVoid: isVoid && row?.approved === null };
  }
  if (row?.approved !== approved || row.decidedBy === null) return null;
  return verdictOf(id, by, { status: 'proven', by: row.decidedBy });
}
