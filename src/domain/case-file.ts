import type { Act, HoldReason } from './effect.js';
import type { AccountId, CaseId, PolicyVersion, SubscriptionId } from './ids.js';
import type { Money } from './money.js';
import type { NoticePromise } from './notice.js';
import type { Instant } from './time.js';

export type Stage = 'watching' | 'reminded' | 'paused' | 'recovered' | 'closed';

export type Extension = {
  readonly id: string;
  readonly byMs: number;
  readonly reason: string;
  readonly by: string;
  readonly at: Instant;
};

/** Why a case waits. `of`: the step that was held; `null` when the standing itself was in doubt, which a clear one ends. */
export type Hold = {
  readonly of: Act['step'] | null;
  readonly reason: HoldReason | 'failed';
  readonly since: Instant;
  readonly until: Instant;
};

/** Everything a case remembers. Plain data: it is the workflow's state, the projection's content, the simulator's life. */
export type CaseFile = {
  readonly id: CaseId;
  readonly account: AccountId;
  readonly policyVersion: PolicyVersion;
  readonly stage: Stage;
  /** `null` until something was found to be owed. */
  readonly openedAt: Instant | null;
  readonly closedAt: Instant | null;
  /** When the first debt of this episode became overdue, and the oldest one that is unpaid now. */
  readonly firstAnchorAt: Instant | null;
  readonly anchorAt: Instant | null;
  readonly owed: readonly Money[];
  /** The subscriptions whose invoices were overdue in this episode. */
  readonly subscriptions: readonly SubscriptionId[];
  /** How many rungs of the policy's ladder are done. */
  readonly rung: number;
  readonly rounds: Readonly<Record<Act['step'], number>>;
  readonly lastStepAt: Instant | null;
  /** The last pause date that the customer was told, and when a mail server took the notice. */
  readonly promise: (NoticePromise & { readonly acceptedAt: Instant }) | null;
  /** A pause from its first claim until its lift is done. `settled` is false while it may be half-way. */
  readonly pause: { readonly round: number; readonly at: Instant; readonly settled: boolean } | null;
  /** The debt is paid but its subscription has ended: resources stay off for `ended`, no longer for `nonpayment`. */
  readonly ended: boolean;
  /** A notice that has to follow what was just done. */
  readonly owesNotice: 'paused' | null;
  readonly shiftMs: number;
  readonly extensions: readonly Extension[];
  readonly hold: Hold | null;
  readonly recheckAt: Instant | null;
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
    rung: 0,
    rounds: { remind: 0, pause: 0, lift: 0, close: 0 },
    lastStepAt: null,
    promise: null,
    pause: null,
    ended: false,
    owesNotice: null,
    shiftMs: 0,
    extensions: [],
    hold: null,
    recheckAt: null,
    remarks: [],
  };
}

// The file travels in every continue-as-new: what only people read is bounded.
const mostRemarks = 20;

/** Notes something that people should find in the case; only the newest twenty are kept. */
export function remark(file: CaseFile, at: Instant, text: string): CaseFile {
  return { ...file, remarks: [...file.remarks, { at, text }].slice(-mostRemarks) };
}
