import type { AskedApproval, EffectKey } from '../domain/effect.js';
import type { AccountId, ApprovalId, CaseId } from '../domain/ids.js';
import type { DecommissionPlan } from '../domain/plan.js';
import type { Instant } from '../domain/time.js';

export type ApprovalRow = AskedApproval & {
  readonly account: AccountId;
  readonly caseId: CaseId;
  readonly plan: DecommissionPlan;
  readonly approved: boolean | null;
  /** An act has been claimed under it: it is good for nothing else. */
  readonly isUsed: boolean;
};

/** Requests to delete, with their exact plans. Decisions come in as orders, through `Claims.keepOrders`. */
export type Approvals = {
  /** Opens a request under the key of the act that asks. A repeat returns the request that stands, with its own plan. */
  open(
    key: EffectKey,
    asked: { readonly plan: DecommissionPlan; readonly planHash: string; readonly expiresAt: Instant },
  ): Promise<ApprovalRow>;
  /** `null` when there is none of this id. */
  read(id: ApprovalId): Promise<ApprovalRow | null>;
  /** Keeps by what an approver's code is recognised, before it is sent. Codes that were sent before go on counting. */
  keepCode(id: ApprovalId, code: { readonly approver: string; readonly hash: string }): Promise<void>;
};
