import type { AccountId, ApprovalId, CaseId, InvoiceId } from './ids.js';
import type { NoticePromise, NoticeTopic } from './notice.js';
import type { Instant } from './time.js';

/** What takes something away for non-payment, from the mildest to the hardest. */
export const takingSteps = ['limit', 'pause', 'decommission'] as const;
export type TakingStep = (typeof takingSteps)[number];

/**
 * Every kind of act. Besides the steps of the timetable: `ask` for the approval of a deletion, `retry` the open invoices
 * on a new card, `restrict` on a person's order and `unrestrict` when that is over.
 */
export const allSteps = [
  'remind',
  ...takingSteps,
  'ask',
  'retry',
  'restrict',
  'unrestrict',
  'lift',
  'close',
] as const;
export type Step = (typeof allSteps)[number];

/** A number for every step. */
export type Rounds = Readonly<Record<Step, number>>;

export function roundsBy(count: (step: Step) => number): Rounds {
  return {
    remind: count('remind'),
    limit: count('limit'),
    pause: count('pause'),
    decommission: count('decommission'),
    ask: count('ask'),
    retry: count('retry'),
    restrict: count('restrict'),
    unrestrict: count('unrestrict'),
    lift: count('lift'),
    close: count('close'),
  };
}

/** One act on the world. `round` counts from 1: the how-manieth time this case takes this step. */
export type EffectKey = {
  readonly account: AccountId;
  readonly caseId: CaseId;
  readonly step: Step;
  readonly round: number;
};

/** `account/case/step/round`: the name of the effect in the audit log, in idempotency keys and in Message-IDs. */
export function effectName(key: EffectKey): string {
  return `${key.account}/${key.caseId}/${key.step}/${key.round}`;
}

/** What a person may take away by hand, from the mildest to the hardest. `revoked` ends the sessions, too. */
export const manualAccess = ['read_only', 'suspended', 'revoked'] as const;
export type ManualAccess = (typeof manualAccess)[number];

export type ClosingTopic = 'recovered' | 'paid_but_ended' | 'paid_but_deleted';

/** An open invoice to be charged on a payment method that is new for it. */
export type Charge = { readonly invoice: InvoiceId; readonly method: string };

/** An act that is told with its own notice, and what that says of the steps to come. */
type TellingAct<Name extends 'limit' | 'pause'> = {
  readonly step: Name;
  readonly round: number;
  readonly promises: readonly NoticePromise[];
};

export type Act =
  | {
      readonly step: 'remind';
      readonly round: number;
      readonly topic: NoticeTopic;
      readonly promises: readonly NoticePromise[];
      /** The invoices whose payer is asked to confirm, when it is about that. */
      readonly confirms?: readonly InvoiceId[];
    }
  | TellingAct<'limit'>
  | TellingAct<'pause'>
  | { readonly step: 'ask'; readonly round: number }
  | { readonly step: 'unrestrict'; readonly round: number }
  | { readonly step: 'retry'; readonly round: number; readonly charges: readonly Charge[] }
  | { readonly step: 'decommission'; readonly round: number; readonly approval: ApprovalId }
  | {
      readonly step: 'restrict';
      readonly round: number;
      readonly access: ManualAccess;
      readonly by: string;
      readonly reason: string;
      readonly until: Instant | null;
    }
  | {
      readonly step: 'lift';
      readonly round: number;
      /** `fallback`: only what access is worth is given back. */
      readonly from: 'nonpayment' | 'ended' | 'fallback';
      /** `fallback`: no subscription says that access is worth more · `ended`: everything stays off for that. */
      readonly leaves: 'nothing' | 'fallback' | 'ended';
    }
  | { readonly step: 'close'; readonly round: number; readonly topic: ClosingTopic };

/** The acts of some steps. */
export type ActOf<Name extends Step> = Extract<Act, { readonly step: Name }>;

/** Why an effect waits. Every one of them is shown to people, so each is a word of its own. */
export type HoldReason =
  | 'standing_unclear'
  | 'standing_stale'
  | 'standing_changed'
  | 'payment_in_flight'
  | 'confirmation_awaited'
  | 'credit_covers_debt'
  | 'instalments_agreed'
  | 'exempt'
  | 'immune'
  | 'observing'
  | 'frozen'
  | 'breaker_open'
  | 'canary'
  | 'intake_blind'
  | 'notice_missing'
  | 'notice_too_recent'
  | 'no_recipient'
  | 'promise_outdated'
  | 'approval_missing'
  | 'approval_expired'
  | 'plan_changed'
  | 'closed_now'
  | 'rejected';

/** What a request for approval came to: which plan, until when it may be decided. */
export type AskedApproval = {
  readonly id: ApprovalId;
  readonly planHash: string;
  readonly summary: string;
  readonly expiresAt: Instant;
};

/** What trying an act again does not mend by itself: somebody has to change something first. */
export const lastingFailures = [
  'UNKNOWN_ACCOUNT',
  'UNKNOWN_POLICY',
  'BILLING_REFUSED',
  'TARGET_REFUSED',
  'NOT_OFFERED',
  'MAIL_REFUSED',
] as const;
export const isLasting = (code: string): boolean => (lastingFailures as readonly string[]).includes(code);

/** How an act ended. `caveat`: done, but people should look at it. `interrupted`: cancelled or timed out half-way; it goes on under the same key, or is lifted. */
export type Outcome =
  | {
      readonly status: 'done';
      readonly at: Instant;
      readonly caveat?: string;
      /** The notice that belongs to the act could not be sent with it, and is still owed. */
      readonly untold?: true;
      readonly approval?: AskedApproval;
    }
  | { readonly status: 'held'; readonly reason: HoldReason; readonly until: Instant | null }
  | { readonly status: 'not_owed' }
  | { readonly status: 'interrupted' }
  | { readonly status: 'failed'; readonly code: string };
