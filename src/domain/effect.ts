import type { AccountId, CaseId } from './ids.js';
import type { NoticePromise, NoticeTopic } from './notice.js';
import type { Instant } from './time.js';

export type Step = 'remind' | 'pause' | 'lift' | 'close';

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

export type Act =
  | {
      readonly step: 'remind';
      readonly round: number;
      readonly topic: NoticeTopic;
      readonly promise: NoticePromise | null;
    }
  | { readonly step: 'pause'; readonly round: number }
  | {
      readonly step: 'lift';
      readonly round: number;
      readonly from: 'nonpayment' | 'ended';
      readonly leaves: 'nothing' | 'ended';
    }
  | { readonly step: 'close'; readonly round: number; readonly topic: 'recovered' | 'paid_but_ended' };

/** Why an effect waits. Every one of them is shown to people, so each is a word of its own. */
export type HoldReason =
  | 'standing_unclear'
  | 'standing_stale'
  | 'payment_in_flight'
  | 'observing'
  | 'frozen'
  | 'notice_missing'
  | 'notice_too_recent'
  | 'no_recipient'
  | 'promise_outdated';

/** How an act ended. `caveat`: done, but people should look at it. `interrupted`: cancelled or timed out half-way; it goes on under the same key, or is lifted. */
export type Outcome =
  | { readonly status: 'done'; readonly at: Instant; readonly caveat?: string }
  | { readonly status: 'held'; readonly reason: HoldReason; readonly until: Instant | null }
  | { readonly status: 'not_owed' }
  | { readonly status: 'interrupted' }
  | { readonly status: 'failed'; readonly code: string };
