import type { Agreement } from './agreement.js';
import {
  roundsBy,
  type AskedApproval,
  type HoldReason,
  type ManualAccess,
  type Rounds,
  type Step,
  type TakingStep,
} from './effect.js';
import type { AccountId, CaseId, InvoiceId, PolicyVersion, SubscriptionId } from './ids.js';
import type { Money } from './money.js';
import type { NoticePromise } from './notice.js';
import { HOUR_MS, type Instant } from './time.js';

export const allStages = [
  'watching',
  'reminded',
  'limited',
  'paused',
  'decommissioning',
  'decommissioned',
  'recovered',
  'closed',
] as const;
export type Stage = (typeof allStages)[number];

/** Until when nothing is taken from an account for what it owes, whatever happens. */
export type Exemption = { readonly until: Instant; readonly by: string; readonly reason: string };

/** A person gave back what was taken: the machine leaves that alone until then, whatever is owed. */
export type Immunity = { readonly until: Instant; readonly by: string };

/** Three days from a person's order to give back: whoever had a reason has a weekend to mend it. */
export const immunityMs = 72 * HOUR_MS;

/** Until when nothing is taken for what is owed, because a person gave it back; `-Infinity` for nobody did. */
export const immuneUntil = ({ immunity }: Pick<CaseFile, 'immunity'>): Instant =>
  immunity?.until ?? -Infinity;

/** Why a case waits. `of`: the step that was held; `null` when the standing or its terms were, which their change ends. */
export type Hold = {
  readonly of: Step | null;
  readonly reason: HoldReason | 'failed';
  readonly since: Instant;
  readonly until: Instant;
  /** The how-manieth time in a row it was asked in vain. */
  readonly tries: number;
};

/** What was taken for non-payment, from its first claim until its lift is done. Not `settled`: it may stand half-way. */
export type Taken = {
  readonly step: TakingStep;
  readonly round: number;
  readonly at: Instant;
  readonly settled: boolean;
};

/** A person's order to take something away; debts have nothing to do with it. */
export type Manual = {
  readonly access: ManualAccess;
  readonly by: string;
  readonly reason: string;
  readonly until: Instant | null;
  /** `wanted` → `imposed` → `ending`, when it is to be given back. */
  readonly state: 'wanted' | 'imposed' | 'ending';
  /** When an order that was held or has failed is tried again; its waiting is no business of the debt's own hold. */
  readonly retryAt: Instant | null;
};

/** A request for approval of a deletion, and what was decided. */
export type Approval = AskedApproval & {
  readonly askedAt: Instant;
  readonly decision: {
    readonly approved: boolean;
    readonly by: string;
    readonly reason: string;
    readonly at: Instant;
  } | null;
};

export type FindingKind =
  | 'draft_not_finalised'
  | 'credit_covers_debt'
  | 'wrong_payment_method'
  | 'not_as_before'
  | 'collection_ended'
  | 'deletion_not_approved'
  | 'customer_unclear'
  | 'no_recipient';

/** Something that people have to see to. `subject` tells two of a kind apart. */
export type Finding = {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly text: string;
  readonly at: Instant;
};

/** What the customer was told of one step, and when a mail server first took a notice that said just this. */
export type Told = NoticePromise & { readonly acceptedAt: Instant };

export type OwedNotice = 'moved' | 'limited' | 'paused' | 'decommissioned' | 'instalment_missed' | 'restored';

/** Everything a case remembers. Plain data: it is the workflow's state, the projection's content, the simulator's life. */
export type CaseFile = {
  readonly id: CaseId;
  readonly account: AccountId;
  readonly policyVersion: PolicyVersion;
  /** It is to go by the rules of today: a person ordered it, or those it has were chosen without asking Stripe. */
  readonly rulesWanted?: true;
  readonly stage: Stage;
  /** `null` until something was found to be owed, or a person gave an order. */
  readonly openedAt: Instant | null;
  readonly closedAt: Instant | null;
  /** When the first debt of this episode became overdue, and the oldest one that is unpaid now. */
  readonly firstAnchorAt: Instant | null;
  readonly anchorAt: Instant | null;
  readonly owed: readonly Money[];
  /** The subscriptions whose invoices were overdue in this episode. */
  readonly subscriptions: readonly SubscriptionId[];
  /** More is owed than the policy's exposure cap: the days that are still to come are nearer. */
  readonly exposed: boolean;
  /** How many rungs of the policy's ladder are done. */
  readonly rung: number;
  readonly rounds: Rounds;
  readonly lastStepAt: Instant | null;
  /** What the customer knows of the steps to come; at most one entry a step. */
  readonly told: readonly Told[];
  readonly taken: Taken | null;
  /** The debt is paid but its subscription has ended: resources stay off for `ended`, no longer for `nonpayment`. */
  readonly ended: boolean;
  /** A notice that has to follow what was just done. */
  readonly owesNotice: OwedNotice | null;
  readonly approval: Approval | null;
  readonly manual: Manual | null;
  readonly agreement: Agreement | null;
  readonly exemption: Exemption | null;
  /** A file from before there was any has none. */
  readonly immunity?: Immunity | null;
  readonly forgiven: readonly InvoiceId[];
  /** A grant stands: a subscription that has ended keeps nothing off. */
  readonly granted: boolean;
  /** Invoices for which the payer was asked to confirm his payment. */
  readonly confirmationAsked: readonly InvoiceId[];
  /** Charges that were tried on a new payment method, as `invoice/method`. */
  readonly retried: readonly string[];
  /** A person has ordered that what was taken be given back although it is not paid. */
  readonly liftWanted: boolean;
  readonly shiftMs: number;
  /** The ids of people's orders that were taken, so that a repeated one changes nothing. */
  readonly orders: readonly string[];
  readonly hold: Hold | null;
  readonly recheckAt: Instant | null;
  readonly findings: readonly Finding[];
  readonly remarks: readonly { readonly at: Instant; readonly text: string }[];
};

/** A case of which nothing is known yet. */
export function newCaseFile(id: CaseId, account: AccountId, policyVersion: PolicyVersion): CaseFile {
  return {
    id,
    account,
    policyVersion,
    stage: 'watching',
    openedAt: null,
    closedAt: null,
    firstAnchorAt: null,
    anchorAt: null,
    owed: [],
    subscriptions: [],
    exposed: false,
    rung: 0,
    rounds: roundsBy(() => 0),
    lastStepAt: null,
    told: [],
    taken: null,
    ended: false,
    owesNotice: null,
    approval: null,
    manual: null,
    agreement: null,
    exemption: null,
    immunity: null,
    forgiven: [],
    granted: false,
    confirmationAsked: [],
    retried: [],
    liftWanted: false,
    shiftMs: 0,
    orders: [],
    hold: null,
    recheckAt: null,
    findings: [],
    remarks: [],
  };
}

// The file travels in every continue-as-new: what only people read is bounded.
const mostRemarks = 20;

/** Notes something that people should find in the case; only the newest twenty are kept. */
export function remark(file: CaseFile, at: Instant, text: string): CaseFile {
  return { ...file, remarks: [...file.remarks, { at, text }].slice(-mostRemarks) };
}

/** Notes something that people have to see to, once for each subject, and says it in the case. */
export function find(file: CaseFile, finding: Finding): CaseFile {
  const isKnown = file.findings.some((f) => f.kind === finding.kind && f.subject === finding.subject);
  if (isKnown) return file;
  const findings = [...file.findings, finding].slice(-mostRemarks);
  return remark({ ...file, findings, openedAt: file.openedAt ?? finding.at }, finding.at, finding.text);
}

/** What the customer was told of a step, if anything. */
export function toldOf(file: CaseFile, step: TakingStep): Told | null {
  return file.told.find((told) => told.step === step) ?? null;
}
