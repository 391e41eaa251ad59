import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CaseFile } from '../src/domain/case-file.js';
import type { ExtensionRequest } from '../src/domain/extend.js';
import type { AccountId } from '../src/domain/ids.js';
import type { Policy } from '../src/domain/policy.js';
import type { NextStep } from '../src/domain/timetable.js';

export const workflowTaskQueue = 'forbear';
/** Everything that asks Stripe or acts on the world; its rate can be changed at run time, on the server. */
export const effectTaskQueue = 'stripe';

/** By these cases are found in the Temporal Web UI. They hold no personal data: a payload codec does not cover them. */
export const searchAttributeTypes = [
  { name: 'ForbearStage', type: 'KEYWORD' },
  { name: 'ForbearReason', type: 'KEYWORD' },
  { name: 'ForbearAccount', type: 'KEYWORD' },
  { name: 'ForbearNextStep', type: 'KEYWORD' },
  { name: 'ForbearPolicy', type: 'KEYWORD' },
  { name: 'ForbearNextAt', type: 'DATETIME' },
] as const;

export const delinquentAccountType = 'delinquentAccount';
export const workflowIdOf = (account: AccountId) => `account/${account}`;

/** What an event says is not believed; that there was one is reason enough to look. */
export type EventHint = { readonly eventId: string; readonly type: string };

export const paymentFailed = defineSignal<[readonly EventHint[]]>('paymentFailed');
export const paymentSucceeded = defineSignal<[readonly EventHint[]]>('paymentSucceeded');
export const billingChanged = defineSignal<[readonly EventHint[]]>('billingChanged');

export type GraceInput = {
  readonly days?: number;
  readonly until?: string;
  readonly reason: string;
  readonly by?: string;
};
export type GraceAnswer = { readonly nextStep: string | null; readonly nextAt: string | null };

/** `{days | until, reason, by?}`, as a person types it into the Temporal Web UI; a bad one is noted in the case. */
export const extendGraceSignal = defineSignal<[unknown]>('extendGrace');
/** The same with an answer: a bad one is refused. */
export const extendGraceUpdate = defineUpdate<GraceAnswer, [GraceInput]>('extendGrace');

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

// Both stand in the case file, which travels with every continue-as-new.
const longestReason = 500;
const longestName = 100;

/** Reads what somebody typed. A sentence instead of a request says what is wrong with it. */
export function readGraceInput(input: unknown, id: string): ExtensionRequest | string {
  if (typeof input !== 'object' || input === null)
    return 'give an object: {"days": 7, "reason": "…", "by": "…"}';
  const { days, until, reason, by } = input as Record<string, unknown>;
  if (days !== undefined && (typeof days !== 'number' || !Number.isFinite(days)))
    return 'days must be a number';
  if (until !== undefined && typeof until !== 'string')
    return 'until must be a date such as 2026-12-01T09:00:00Z';
  if (typeof reason !== 'string') return 'reason is missing: say why grace is extended';
  if (reason.length > longestReason) return `reason is too long: at most ${longestReason} characters`;
  if (by !== undefined && (typeof by !== 'string' || by.length > longestName))
    return `by must be a name of at most ${longestName} characters`;
  return { id, days, until, reason, by: by ?? 'unnamed sender' };
}
