import type { EffectKey } from '../../domain/effect.js';
import { asApprovalId, type AccountId, type ApprovalId } from '../../domain/ids.js';
import type { ApprovalRecord } from '../../domain/judge.js';
import { summaryOf } from '../../domain/plan.js';
import type { ApprovalRow, Approvals } from '../../ports/approvals.js';

export type MemoryApprovals = Approvals & {
  /** What the guard reads of a request of just this case. */
  record(key: Pick<EffectKey, 'account' | 'caseId'>, id: ApprovalId): ApprovalRecord | null;
  /** What a person decided on a request of this account; the first decision stands. */
  decide(account: AccountId, id: ApprovalId, approved: boolean): void;
};

/** Approvals in memory. For tests and the simulator. */
export function createMemoryApprovals(): MemoryApprovals {
  const rows = new Map<string, ApprovalRow>();
  return {
    async open({ account, caseId, round }, { plan, planHash, expiresAt }) {
      await Promise.resolve();
      const id = asApprovalId(`${caseId}/${round}`);
      const summary = summaryOf(plan);
      const row = rows.get(id) ?? { id, account, caseId, plan, planHash, summary, expiresAt, approved: null };
      rows.set(id, row);
      return row;
    },
    async read(id) {
      await Promise.resolve();
      return rows.get(id) ?? null;
    },
    record({ account, caseId }, id) {
      const row = rows.get(id);
      return row?.account === account && row.caseId === caseId ? row : null;
    },
    decide(account, id, approved) {
      const row = rows.get(id);
      if (row?.account === account && row.approved === null) rows.set(id, { ...row, approved });
    },
  };
}
