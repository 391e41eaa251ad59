import { takingSteps, type Step } from '../../../src/domain/effect.js';
import { asApprovalId } from '../../../src/domain/ids.js';
import {
  longestLagMs,
  longestStandingAgeMs,
  type EnforcementMode,
  type Evidence,
} from '../../../src/domain/judge.js';
import { noticeTopics } from '../../../src/domain/notice.js';
import type { Standing } from '../../../src/domain/standing.js';
import { DAY_MS } from '../../../src/domain/time.js';
import {
  agreementOf,
  day,
  invoiceFact,
  membersOf,
  product,
  standingOf,
  standingThatIs,
  wholePolicy,
} from '../../support/facts.js';

export const now = day(10);
export const policy = { ...wholePolicy, thresholdsMinor: { usd: 100 } };
/** Of the limit and of the pause; the retention is fifteen times as long. */
export const leadMs = 2 * DAY_MS;
const retentionMs = 30 * DAY_MS;
export const leadOfStep = (step: Step) => (step === 'decommission' ? retentionMs : leadMs);

export const steps = membersOf<Step>({
  remind: true,
  limit: true,
  pause: true,
  decommission: true,
  ask: true,
  retry: true,
  restrict: true,
  unrestrict: true,
  lift: true,
  close: true,
});
export const modes = membersOf<EnforcementMode>({ observe: true, enforce: true });

/** Every kind of standing that can lie before the guard. */
export const standings = {
  none: null,
  'a minute old': standingThatIs('owing', now - longestStandingAgeMs),
  'older than a minute': standingThatIs('owing', now - longestStandingAgeMs - 1),
  'from the near future': standingThatIs('owing', now + longestStandingAgeMs),
  'from the far future': standingThatIs('owing', now + longestStandingAgeMs + 1),
  'old and clear': standingThatIs('clear', now - longestStandingAgeMs - 1),
  'cut short': standingThatIs('unclear', now),
  'cut short, with a debt in it': standingOf([invoiceFact()], now, { complete: false }),
  'with an unknown subscription': standingOf([invoiceFact()], now, { state: 'unknown' }),
  'with a debt that has no clock': standingOf([invoiceFact({ firstFailedAt: null, finalizedAt: null })], now),
  'with a payment on its way': standingThatIs('in_flight', now),
  'with a payment that waits for its payer': standingThatIs('unconfirmed', now),
  'with instalments that are kept': standingThatIs('promised', now),
  'with a balance that covers it': standingThatIs('covered', now),
  clear: standingThatIs('clear', now),
  owing: standingThatIs('owing', now),
  'owing since later than was decided on': standingOf([invoiceFact({ firstFailedAt: day(5) })], now),
  'owing since earlier than was decided on': standingOf([invoiceFact({ firstFailedAt: day(-5) })], now),
  'at the threshold': standingOf([invoiceFact({ remainingMinor: 100 })], now),
  'above the threshold': standingOf([invoiceFact({ remainingMinor: 101 })], now),
  'not overdue yet': standingOf([invoiceFact({ dueAt: now + 1 })], now),
  'overdue just now': standingOf([invoiceFact({ dueAt: now })], now),
} satisfies Record<string, Standing | null>;
export type StandingKind = keyof typeof standings;

export const reasonOf: Record<StandingKind, string> = {
  none: 'standing_unclear',
  'a minute old': 'owes',
  'older than a minute': 'standing_stale',
  'from the near future': 'owes',
  'from the far future': 'standing_stale',
  'old and clear': 'standing_stale',
  'cut short': 'standing_unclear',
  'cut short, with a debt in it': 'standing_unclear',
  'with an unknown subscription': 'standing_unclear',
  'with a debt that has no clock': 'standing_unclear',
  'with a payment on its way': 'payment_in_flight',
  'with a payment that waits for its payer': 'confirmation_awaited',
  'with instalments that are kept': 'instalments_agreed',
  'with a balance that covers it': 'credit_covers_debt',
  clear: 'void',
  owing: 'owes',
  'owing since later than was decided on': 'standing_changed',
  'owing since earlier than was decided on': 'owes',
  'at the threshold': 'void',
  'above the threshold': 'owes',
  'not overdue yet': 'void',
  'overdue just now': 'standing_changed',
};

/** What was told of the step, by what is left of its lead. */
export const notices = {
  none: () => null,
  'accepted too recently': (lead: number) => ({ promisedAt: now, acceptedAt: now - lead + 1 }),
  'with just the lead': (lead: number) => ({ promisedAt: now, acceptedAt: now - lead }),
  'for a later day': (lead: number) => ({ promisedAt: now + 1, acceptedAt: now - 3 * lead }),
  'for this moment': (lead: number) => ({ promisedAt: now, acceptedAt: now - 3 * lead }),
  'for just a lead ago': (lead: number) => ({ promisedAt: now - lead, acceptedAt: now - 3 * lead }),
  'longer ago than a lead': (lead: number) => ({ promisedAt: now - lead - 1, acceptedAt: now - 3 * lead }),
} satisfies Record<string, (leadMs: number) => Evidence['notice']>;
export type NoticeKind = keyof typeof notices;

export const warningOf: Record<
  NoticeKind,
  { readonly reason: string | null; readonly untilMs: number | null }
> = {
  none: { reason: 'notice_missing', untilMs: null },
  'accepted too recently': { reason: 'notice_too_recent', untilMs: 1 },
  'with just the lead': { reason: null, untilMs: null },
  'for a later day': { reason: 'notice_too_recent', untilMs: 1 },
  'for this moment': { reason: null, untilMs: null },
  'for just a lead ago': { reason: null, untilMs: null },
  'longer ago than a lead': { reason: 'promise_outdated', untilMs: 0 },
};

// A process that slept through the payment still holds what it read before it; Stripe's lists may be behind for a minute.
export const lifts = {
  never: null,
  'long before the read': -longestLagMs - 1,
  'a minute before the read': -longestLagMs,
  'at the read': 0,
  'after the read': 1,
} as const;
export type LiftKind = keyof typeof lifts;

const asked = { id: asApprovalId('approval-1'), approved: true, expiresAt: now + 1 };
export const approvals = {
  none: null,
  undecided: { ...asked, approved: null },
  rejected: { ...asked, approved: false },
  'expired just now': { ...asked, expiresAt: now },
  live: asked,
} satisfies Record<string, Evidence['approval']>;
export type ApprovalKind = keyof typeof approvals;

export const approvalReason: Record<ApprovalKind, string | null> = {
  none: 'approval_missing',
  undecided: 'approval_missing',
  rejected: 'rejected',
  'expired just now': 'approval_expired',
  live: null,
};

const exemption = { by: 'ada', reason: 'in appeal' };
export const exemptions = {
  none: null,
  'over just now': { ...exemption, until: now },
  'for another moment': { ...exemption, until: now + 1 },
} satisfies Record<string, Evidence['exemption']>;
export type ExemptionKind = keyof typeof exemptions;

const immunity = { by: 'ada' };
export const immunities = {
  none: null,
  'over just now': { ...immunity, until: now },
  'for another moment': { ...immunity, until: now + 1 },
} satisfies Record<string, Evidence['immunity']>;
export type ImmunityKind = keyof typeof immunities;

export const sights = {
  never: null,
  'longer ago than ten minutes': now - 10 * 60_000 - 1,
  'ten minutes ago': now - 10 * 60_000,
  now,
} satisfies Record<string, Evidence['sightedAt']>;
export type SightKind = keyof typeof sights;

export type Row = {
  readonly step: Step;
  readonly topic: Evidence['topic'];
  readonly mode: EnforcementMode;
  readonly isFrozen: boolean;
  readonly standing: StandingKind;
  readonly notice: NoticeKind;
  readonly lift: LiftKind;
  readonly approval: ApprovalKind;
  readonly exemption: ExemptionKind;
  readonly immunity: ImmunityKind;
  readonly sight: SightKind;
};

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>) => Object.keys(record) as K[];
const dimensions = {
  mode: modes,
  isFrozen: [false, true],
  standing: keysOf(standings),
  notice: keysOf(notices),
  lift: keysOf(lifts),
  approval: keysOf(approvals),
  exemption: keysOf(exemptions),
  immunity: keysOf(immunities),
  sight: keysOf(sights),
};

/** Every row of the table for one step; what a step has nothing to do with is varied all the same, on fewer values. */
export function rowsOf(step: Step): Row[] {
  const topics = step === 'remind' ? noticeTopics : [null];
  return product({
    ...dimensions,
    step: [step],
    topic: topics,
    ...(step !== 'decommission' && { approval: ['none', 'live'] as ApprovalKind[] }),
    // Only what takes is held by it: the strongest is enough for the rest.
    ...(!takingSteps.some((taking) => taking === step) && {
      immunity: ['for another moment'] as ImmunityKind[],
    }),
    ...(step === 'remind' && { notice: ['none', 'for this moment'] as NoticeKind[] }),
  });
}

export function evidenceOf(row: Row): Evidence {
  const { step, topic, mode, isFrozen, standing, notice, lift, approval, exemption: exempt, sight } = row;
  const offset = lifts[lift];
  return {
    step,
    topic,
    now,
    mode,
    frozen: isFrozen,
    sightedAt: sights[sight],
    standing: standings[standing],
    anchorAt: day(0),
    terms: { forgiven: [], agreement: agreementOf() },
    exemption: exemptions[exempt],
    immunity: immunities[row.immunity],
    policy,
    liftedAt: offset === null ? null : (standings[standing]?.readAt ?? now) + offset,
    notice: notices[notice](leadOfStep(step)),
    approval: approvals[approval],
  };
}
