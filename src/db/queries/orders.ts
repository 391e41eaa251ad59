import { and, eq, isNull } from 'drizzle-orm';
import type { AccountId, CaseId } from '../../domain/ids.js';
import type { OrderRecord } from '../../domain/orders.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { access, approvals, auditLog } from '../schema.js';
import { lockAccount } from './ledger.js';

/** Keeps people's orders, each once by its id, all or none of them. */
export async function keepOrders(
  db: Db,
  account: AccountId,
  caseId: CaseId,
  orders: readonly OrderRecord[],
): Promise<void> {
  if (orders.length === 0) return;
  await db.transaction(async (tx) => {
    await lockAccount(tx, account);
    for (const order of orders) await keepOrder(tx, account, caseId, order);
  });
}

async function keepOrder(
  tx: Executor,
  account: AccountId,
  caseId: CaseId,
  order: OrderRecord,
): Promise<void> {
  const { id, kind, by, reason, at, text } = order;
  const effect = `order/${id}`;
  const known = await tx
    .select({ seq: auditLog.seq })
    .from(auditLog)
    .where(and(eq(auditLog.account, account), eq(auditLog.effect, effect)))
    .limit(1);
  if (known.length > 0) return;
  const [body, words] = [
    { kind, caseId },
    { by, reason, text },
  ];
  await appendAudit(tx, { account, kind: 'order', effect, body, words, at: new Date(at) });
  await apply(tx, account, order);
}

async function apply(tx: Executor, account: AccountId, { change, by, at }: OrderRecord): Promise<void> {
  if (change === null) return;
  if ('decision' in change) {
    const { approval, approved } = change.decision;
    // The first decision stands.
    const undecided = and(
      eq(approvals.id, approval),
      eq(approvals.account, account),
      isNull(approvals.approved),
    );
    await tx
      .update(approvals)
      .set({ approved, decidedAt: new Date(at), decidedBy: by })
      .where(undecided);
    return;
  }
  const set = 'exemption' in change ? { exemption: change.exemption } : { forgiven: [...change.forgiven] };
  await tx.update(access).set(set).where(eq(access.account, account));
}
