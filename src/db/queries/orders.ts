import { and, eq } from 'drizzle-orm';
import type { Verdict } from '../../domain/decisions.js';
import type { AccountId, CaseId } from '../../domain/ids.js';
import type { OrderChange, OrderRecord } from '../../domain/orders.js';
import { asExamined, refusedBody, verdictOf, type Examined, type RefusedBody } from '../../guard/decision.js';
import { appendAudit } from '../audit.js';
import type { Db, Executor } from '../client.js';
import { access, auditLog } from '../schema.js';
import { examineOrder, keepDecision, recallVerdict } from './decisions.js';
import { lockAccount } from './ledger.js';

/** Keeps people's orders, each once by its id, all or none of them. `secret`: what decisions of our own are proven with. */
export async function keepOrders(
  db: Db,
  account: AccountId,
  caseId: CaseId,
  orders: readonly OrderRecord[],
  secret: string | null,
): Promise<readonly Verdict[]> {
  if (orders.length === 0) return [];
  return db.transaction(async (tx) => {
    await lockAccount(tx, account);
    const verdicts: Verdict[] = [];
    for (const order of orders) {
      const verdict = await keepOrder(tx, account, caseId, order, secret);
      if (verdict !== null) verdicts.push(verdict);
    }
    return verdicts;
  });
}

async function keepOrder(
  tx: Executor,
  account: AccountId,
  caseId: CaseId,
  order: OrderRecord,
  secret: string | null,
): Promise<Verdict | null> {
  const { id, kind, reason, at } = order;
  const effect = `order/${id}`;
  const [known] = await tx
    .select({ body: auditLog.body })
    .from(auditLog)
    .where(and(eq(auditLog.account, account), eq(auditLog.effect, effect)))
    .limit(1);
  if (known !== undefined) return recallVerdict(tx, account, order, known.body as RefusedBody);
  const examined = await examineOrder(tx, account, order, secret);
  const { by, text } = asExamined(order, examined);
  const body = { kind, caseId, ...refusedBody(order, examined) };
  const words = { by, reason, text };
  await appendAudit(tx, { account, kind: 'order', effect, body, words, at: new Date(at) });
  await apply(tx, account, order, examined);
  return examined === null ? null : verdictOf(id, order.by, examined);
}

async function apply(
  tx: Executor,
  account: AccountId,
  order: OrderRecord,
  examined: Examined | null,
): Promise<void> {
  const { change } = order;
  if (change === null) return;
  if ('decision' in change) {
    if (examined !== null) await keepDecision(tx, account, order, change.decision, examined);
    return;
  }
  await tx.update(access).set(termsIn(change)).where(eq(access.account, account));
}

/** What of an order stands in the account's own row. */
function termsIn(change: Exclude<OrderChange, { readonly decision: unknown }>) {
  if ('exemption' in change) return { exemption: change.exemption };
  return 'immunity' in change ? { immunity: change.immunity } : { forgiven: [...change.forgiven] };
}
