import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CaseFile } from '../src/domain/case-file.js';
import type { HoldReason } from '../src/domain/effect.js';
import type { AccountId } from '../src/domain/ids.js';
import type { Policy } from '../src/domain/policy.js';
import type { SweepTally } from '../src/domain/sweep.js';
import type { NextStep } from '../src/domain/timetable.js';

export const workflowTaskQueue = 'forbear';
/** Everything that asks Stripe or acts on the world; its rate can be changed at run time, on the server. */
export const effectTaskQueue = 'stripe';

/**
 * By these cases are found in the Temporal Web UI, and by the workflow's id, which names the account. They hold no personal
 * data: a payload codec does not cover them.
 */
export const searchAttributes = {
  stage: defineSearchAttributeKey('ForbearStage', 'KEYWORD'),
  reason: defineSearchAttributeKey('ForbearReason', 'KEYWORD'),
  nextStep: defineSearchAttributeKey('ForbearNextStep', 'KEYWORD'),
  nextAt: defineSearchAttributeKey('ForbearNextAt', 'DATETIME'),
};

/** The same as a server is told of them: by the name that its command line knows a type by, and by its number. */
export const registeredAttributes = Object.values(searchAttributes).map(({ name, type }) =>
  type === 'KEYWORD' ? { name, type: 'Keyword', code: 2 } : { name, type: 'Datetime', code: 6 },
);

export const delinquentAccountType = 'delinquentAccount';
export const workflowIdOf = (account: AccountId) => `account/${account}`;

/** What an event says is not believed; that there was one is reason enough to look. */
export type EventHint = { readonly eventId: string; readonly type: string };

export const paymentFailed = defineSignal<[readonly EventHint[]]>('paymentFailed');
export const paymentSucceeded = defineSignal<[readonly EventHint[]]>('paymentSucceeded');
export const billingChanged = defineSignal<[readonly EventHint[]]>('billingChanged');

/** What held cases for this reason is over: those that are, ask again. */
export const brakeReleased = defineSignal<[HoldReason]>('brakeReleased');

type Signed = { readonly reason: string; readonly by?: string };

/** Exactly one of `days` and `until` (ISO 8601). */
export type GraceInput = Signed & { readonly days?: number; readonly until?: string };
/** Until when nothing is enforced (`until: null` ends it), or which invoices are forgiven. */
export type ExemptInput = Signed & { readonly until?: string | null; readonly invoices?: readonly string[] };
/**
 * `plan`: at least the first eight characters of the plan's hash, or the id of the request. From the Web UI it takes the
 * `code` from an approver's mail; `proof` is what our own api and command line add.
 */
export type DecisionInput = Signed & {
  readonly plan: string;
  readonly code?: string;
  readonly proof?: string;
};
export type RestrictInput = Signed & {
  readonly access: 'read_only' | 'suspended' | 'revoked';
  readonly until?: string | null;
};
/** What is given back: what was taken for non-payment although it is not paid, or what a person had taken by hand. */
export type LiftInput = Signed & { readonly restriction?: 'nonpayment' | 'manual' };
export type PromiseInput = Signed & {
  readonly instalments: readonly { readonly on: string; readonly amountMinor: number }[];
};
/** What became of an order, and what comes next. */
export type OrderAnswer = {
  readonly stage: CaseFile['stage'];
  readonly nextStep: string | null;
  readonly nextAt: string | null;
};

/** `{days | until, reason, by?}`, as a person types it into the Temporal Web UI; a bad one is noted in the case. */
export const extendGraceSignal = defineSignal<[unknown]>('extendGrace');
/** The same with an answer: a bad one is refused. The update's id makes a repeated order one order, here as below. */
export const extendGraceUpdate = defineUpdate<OrderAnswer, [GraceInput]>('extendGrace');
export const exemptUpdate = defineUpdate<OrderAnswer, [ExemptInput]>('exempt');
export const approveUpdate = defineUpdate<OrderAnswer, [DecisionInput]>('approve');
export const rejectUpdate = defineUpdate<OrderAnswer, [DecisionInput]>('reject');
export const restrictUpdate = defineUpdate<OrderAnswer, [RestrictInput]>('restrict');
export const liftUpdate = defineUpdate<OrderAnswer, [LiftInput]>('lift');
export const promiseUpdate = defineUpdate<OrderAnswer, [PromiseInput]>('promise');
/** Puts the case under the policy of today. */
export const reissuePolicyUpdate = defineUpdate<OrderAnswer, [Signed]>('reissuePolicy');
/** Looks at Stripe now. */
export const recheckUpdate = defineUpdate<OrderAnswer, [Signed]>('recheck');

export type CaseView = { readonly file: CaseFile; readonly next: NextStep | null };
export const caseFileQuery = defineQuery<CaseView | null>('caseFile');

/** What a run hands to the next when its history has grown long. */
export type Carried = {
  readonly file: CaseFile;
  readonly policy: Policy;
  /** How people call the account. */
  readonly account: { readonly ref: string; readonly name: string };
};

export type CaseStart = { readonly account: AccountId; readonly carried?: Carried };

export type CaseEnding = {
  readonly caseId: string;
  readonly stage: CaseFile['stage'];
  readonly wasOwed: boolean;
};

export const fireDrillType = 'fireDrill';
export const fireDrillIdOf = (drill: string) => `fire-drill/${drill}`;
export type FireDrillStart = { readonly drill: string };

export const sweepType = 'sweep';
/** `everyMs`: by when the next one begins, and this one has to be over. */
export type SweepStart = { readonly everyMs: number };
export type SweepEnding = SweepTally & {
  readonly id: number;
  /** Everybody has had his turn. */ readonly isWhole: boolean;
};
export const sweepProgressQuery = defineQuery<SweepTally>('sweepProgress');
