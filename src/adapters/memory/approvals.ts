import { effectName, type EffectKey } from '../../domain/effect.js';
import { asApprovalId, type AccountId, type ApprovalId } from '../../domain/ids.js';
import type { ApprovalRecord } from '../../domain/judge.js';
import { summaryOf } from '../../domain/plan.js';
import type { Instant } from '../../domain/time.js';
import { withCode, type KeptCode } from '../../guard/approval-code.js';
import type { Examined } from '../../guard/decision.js';
import type { ApprovalRow, Approvals } from '../../ports/approvals.js';

export type MemoryApprovals = Approvals & {
  /** What the guard reads of a request of just this case that no other act has used up. */
  record(key: EffectKey, id: ApprovalId): ApprovalRecord | null;
  /** Uses it up for this act. */
  use(key: EffectKey, id: ApprovalId): void;
  /** By what the codes that were sent with it are recognised. */
  codes(account: AccountId, id: ApprovalId): readonly KeptCode[];
  /** What became of a decision on a request of this account; the first one stands. */
  decide(
    account: AccountId,
    decision: { readonly approval: ApprovalId; readonly approved: boolean },
    examined: Examined,
    now: Instant,
  ): void;
};

type Kept = ApprovalRow & { readonly usedBy: string | null; readonly codes: readonly KeptCode[] };

const rowOf = ({
  id,
  account,
  caseId,
  plan,
  planHash,
  summary,
  expiresAt,
  approved,
  usedBy,
}: Kept): ApprovalRow => ({
  id,
  account,
  caseId,
  plan,
  planHash,
  summary,
  expiresAt,
  approved,
  isUsed: usedBy !== null,
});

/** Approvals in memory. For tests and the simulator. */
export function createMemoryApprovals(): MemoryApprovals {
  const rows = new Map<string, Kept>();
  const change = (id: ApprovalId, changes: Partial<Kept>) => {
    const row = rows.get(id);
    if (row !== undefined) rows.set(id, { ...row, ...changes });
  };
  return {
    async open({ account, caseId, round }, { plan, planHash, expiresAt }) {
      await Promise.resolve();
      const id = asApprovalId(`${caseId}/${round}`);
      const asked = { id, account, caseId, plan, planHash, summary: summaryOf(plan), expiresAt };
      const row = rows.get(id) ?? { ...asked, approved: null, isUsed: false, usedBy: null, codes: [] };
      rows.set(id, row);
      return rowOf(row);
    },
    async read(id) {
      await Promise.resolve();
      const row = rows.get(id);
      return row === undefined ? null : rowOf(row);
    },
    async keepCode(id, code) {
      await Promise.resolve();
      change(id, { codes: withCode(rows.get(id)?.codes ?? [], code) });
    },
    record(key, id) {
      const row = rows.get(id);
      if (row?.account !== key.account || row.caseId !== key.caseId) return null;
      return row.usedBy === null || row.usedBy === effectName(key) ? row : null;
    },
    use: (key, id) => change(id, { usedBy: rows.get(id)?.usedBy ?? effectName(key) }),
    codes: (account, id) => (rows.get(id)?.account === account ? (rows.get(id)?.codes ?? []) : []),
    decide(account, { approval, approved }, examined, now) {
      const row = rows.get(approval);
      if (row?.account !== account || row.approved !== null) return;
      if (examined.status === 'proven') change(approval, { approved });
      else if (examined.isVoid) change(approval, { expiresAt: Math.min(row.expiresAt, now) });
    },
  };
}
