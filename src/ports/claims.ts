import type { Verdict } from '../domain/decisions.js';
import type { AskedApproval, EffectKey, HoldReason, Outcome } from '../domain/effect.js';
import type { FallbackChange } from '../domain/fallback.js';
import type { AccountId, ApprovalId, CaseId } from '../domain/ids.js';
import type { NoticePromise, NoticeTopic } from '../domain/notice.js';
import type { OrderRecord } from '../domain/orders.js';
import type { Policy } from '../domain/policy.js';
import type { Access, Restriction, RestrictionReason } from '../domain/restrictions.js';
import type { Grounds, Standing } from '../domain/standing.js';
import type { Instant } from '../domain/time.js';
import type { Tracks } from '../domain/witness.js';

/** What an effect changes in the account's set of restrictions, in the same transaction as its claim. */
export type RestrictionChange =
  | { readonly impose: Omit<Restriction, 'since'> }
  | { readonly lift: readonly RestrictionReason[]; readonly impose?: Omit<Restriction, 'since'> };

export type ClaimRequest = {
  readonly key: EffectKey;
  /** What a notice is about; `null` for every other effect. */
  readonly topic: NoticeTopic | null;
  readonly standing: Standing | null;
  readonly grounds: Grounds;
  readonly policy: Policy;
  readonly change: RestrictionChange | null;
  /** What it means for what access is worth, in the same transaction. */
  readonly fallback: FallbackChange;
  /** The approval that a deletion refers to. */
  readonly approval: ApprovalId | null;
  /** Why, in words, for the audit log; no personal data. */
  readonly reason: string;
};

/**
 * `fence`: higher than that of every earlier claim on the account. `access`: what is left to the account with the change.
 * `done`: an earlier try ended it; nothing to do.
 */
export type Claim =
  | { readonly status: 'granted'; readonly fence: number; readonly access: Access }
  | { readonly status: 'done'; readonly outcome: Outcome }
  | { readonly status: 'void' }
  | { readonly status: 'held'; readonly reason: HoldReason; readonly until: Instant | null };

export type NoticeRecord = {
  readonly messageId: string;
  readonly topic: NoticeTopic;
  readonly promises: readonly NoticePromise[];
  readonly recipients: readonly string[];
};

/**
 * What was done. `evidence` goes into the audit log and holds no personal data; `caveat` is for people to look at;
 * `untold`: the notice that belongs to it is still owed.
 */
export type Deed = {
  readonly evidence: string;
  readonly notice?: NoticeRecord;
  readonly caveat?: string;
  readonly untold?: true;
  readonly approval?: AskedApproval;
  /** What its end changes in the restrictions, in the transaction that keeps it, as where something was only pending. */
  readonly change?: RestrictionChange;
};

/** The one place where effects are claimed and their outcomes kept. One conformance suite holds every implementation. */
export type Claims = {
  /**
   * Judges and claims in one transaction (void once its case has closed, but for what gives back): writes the intent into the audit log and changes the restrictions, and what
   * access is worth. A second call with the same key grants again with a higher fence until the effect is settled, then
   * says `done`.
   */
  claim(request: ClaimRequest): Promise<Claim>;
  /**
   * Throws `FENCED` when a later claim on the account was granted: the caller must stop, it is out of date. An act that takes
   * must stop as well when everything was frozen meanwhile.
   */
  checkFence(key: EffectKey, fence: number): Promise<void>;
  /**
   * Keeps the outcome, in the audit log too, and what was told to the customer. What gives back also ends every effect of
   * the case that never got done: each intent has one outcome. Repeating changes nothing.
   */
  settle(key: EffectKey, fence: number, deed: Deed): Promise<Outcome>;
  /** What the effects and notices of this case, and the restrictions, exemptions and grants of the account, say now. */
  tracks(account: AccountId, caseId: CaseId | null): Promise<Omit<Tracks, 'resourcesOff' | 'reachable'>>;
  /**
   * Writes people's orders into the audit log, each once, and what the guard has to know of them in the same transaction:
   * exemptions, forgiven invoices, decisions on approvals. A decision counts when its evidence holds; one that does not is
   * written down as refused, and of codes that are wrong the fifth makes the request void. Safe to repeat, with the same
   * verdicts: only those that the case has to know of.
   */
  keepOrders(account: AccountId, caseId: CaseId, orders: readonly OrderRecord[]): Promise<readonly Verdict[]>;
};
