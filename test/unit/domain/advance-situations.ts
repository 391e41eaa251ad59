import { advance } from '../../../src/domain/advance.js';
import type { Facts, Turn } from '../../../src/domain/turn.js';
import type { CaseFile, Manual } from '../../../src/domain/case-file.js';
import type { Policy } from '../../../src/domain/policy.js';
import type { InvoiceFact, SubscriptionState, Verdict } from '../../../src/domain/standing.js';
import { DAY_MS, type Instant } from '../../../src/domain/time.js';
import type { Tracks } from '../../../src/domain/witness.js';
import {
  agreementOf,
  announcedCase,
  approvalOf,
  caseFileOf,
  day,
  frozen,
  immediatePolicy,
  invoiceFact,
  limitedCase,
  openCase,
  pausedCase,
  remindedCase,
  rounds,
  samplePolicy,
  standingOf,
  standingThatIs,
  tracksOf,
  wholePolicy,
} from '../../support/facts.js';

/** Where a case stands when it looks at Stripe. Under the sample policy and with nothing left behind, unless said. */
export type Situation = {
  readonly file: CaseFile;
  readonly now: Instant;
  readonly policy?: Policy;
  readonly state?: SubscriptionState;
  readonly tracks?: Partial<Tracks>;
  /** How the invoice differs that is owed, where something is. */
  readonly invoice?: Partial<InvoiceFact>;
};

const told = (step: 'limit' | 'pause', at: number, acceptedAt: number) => ({
  step,
  at: day(at),
  acceptedAt: day(acceptedAt),
});
const suspendedFor = (reason: 'nonpayment' | 'ended'): Partial<Tracks> => ({
  rounds: rounds({ remind: 4, pause: 1 }),
  restrictions: [{ reason, access: 'suspended' }],
  resourcesOff: true,
});
const liftHeld = {
  hold: { of: 'lift', reason: 'failed', since: day(11), until: day(11.1), tries: 1 },
} as const;
const halfPaused = { taken: { step: 'pause', round: 1, at: day(10), settled: false } } as const;
const ended = { state: 'ended' } as const;

/** Reminders and the pause. */
const plain = {
  'nothing known yet': { file: caseFileOf(), now: day(0.5) },
  'debt known, first reminder not due': { file: openCase(), now: day(0.5) },
  'first reminder due': { file: openCase(), now: day(1) },
  'second reminder not due': { file: remindedCase(1), now: day(3.9) },
  'second reminder due': { file: remindedCase(1), now: day(4) },
  'second reminder on its day, its dwell not over': {
    file: remindedCase(1, { lastStepAt: day(3.5) }),
    now: day(4.4),
  },
  'all reminders sent, pause not due': { file: remindedCase(3), now: day(9.9) },
  'all reminders sent, pause due': { file: remindedCase(3), now: day(10) },
  'pause due, dwell not over': { file: remindedCase(3, { lastStepAt: day(9.5) }), now: day(10.4) },
  'pause due, told a later day': { file: remindedCase(3, { told: [told('pause', 11, 1)] }), now: day(10.9) },
  'pause due, lead not over': { file: remindedCase(3, { told: [told('pause', 10, 9)] }), now: day(10.9) },
  'pause due, never told': { file: remindedCase(3, { told: [] }), now: day(10) },
  'pause due, its day long past': { file: remindedCase(3), now: day(12.1) },
  'grace was extended past the told day': { file: remindedCase(3, { shiftMs: 3 * DAY_MS }), now: day(9) },
  'pause half-way': { file: remindedCase(3, halfPaused), now: day(10.1) },
  'pause half-way, its day long past': { file: remindedCase(3, halfPaused), now: day(12.1) },
  'pause half-way, known only from its claim': {
    file: remindedCase(3),
    now: day(10.1),
    tracks: { unsettled: { step: 'pause', round: 1 } },
  },
  'paused, customer not told yet': { file: pausedCase({ owesNotice: 'paused' }), now: day(10.1) },
  'paused and told': { file: pausedCase(), now: day(11) },
  'paused, its subscription over': { file: pausedCase(), now: day(11), ...ended },
  'paid and off because its subscription is over': {
    file: pausedCase({ ended: true }),
    now: day(20),
    ...ended,
  },
  'off for an ended subscription, subscribed again': { file: pausedCase({ ended: true }), now: day(20) },
  'reminded, its subscription over': { file: remindedCase(3), now: day(9.9), ...ended },
  'lifted after a pause': { file: pausedCase({ taken: null, rung: 3, stage: 'reminded' }), now: day(11) },
  'lift failed, to be tried later': { file: pausedCase(liftHeld), now: day(11.05) },
  'lift failed, to be tried now': { file: pausedCase(liftHeld), now: day(11.1) },
  'failure just now, policy immediate': { file: caseFileOf(), now: day(0), policy: immediatePolicy },
  'paused at once, first reminder due': {
    file: pausedCase({ rung: 1, rounds: rounds({ pause: 1 }), lastStepAt: day(0) }),
    now: day(1),
    policy: immediatePolicy,
  },
} satisfies Record<string, Situation>;

/** What an earlier run has left behind. */
const leftBehind = {
  'nothing known, but the account is suspended': {
    file: caseFileOf(),
    now: day(11),
    tracks: suspendedFor('nonpayment'),
  },
  'nothing known, but resources are off': {
    file: caseFileOf(),
    now: day(11),
    tracks: { resourcesOff: true },
  },
  'nothing known, but a reminder left its restriction': {
    file: caseFileOf(),
    now: day(2),
    tracks: { restrictions: [{ reason: 'nonpayment', access: 'grace_period' }] },
  },
  'a notice and its round forgotten': {
    file: openCase(),
    now: day(1.1),
    tracks: { rounds: rounds({ remind: 1 }) },
  },
  'the pause forgotten': { file: remindedCase(3), now: day(11), tracks: suspendedFor('nonpayment') },
} satisfies Record<string, Situation>;

const granted = { granted: true } as const;
const fallen = { fallback: true } as const;

/** What a subscription that has ended leaves, and what a grant gives back. */
const worth = {
  'paused, its subscription over, but granted': {
    file: pausedCase(),
    now: day(11),
    ...ended,
    tracks: granted,
  },
  'paid and off because its subscription is over, but granted': {
    file: pausedCase({ ended: true }),
    now: day(20),
    ...ended,
    tracks: granted,
  },
  'reminded, its subscription over, but granted': {
    file: remindedCase(3),
    now: day(9.9),
    ...ended,
    tracks: granted,
  },
  'pause half-way, its subscription over': { file: remindedCase(3, halfPaused), now: day(10.1), ...ended },
  'nothing known, on a fallback plan, subscribed': { file: caseFileOf(), now: day(0.5), tracks: fallen },
  'nothing known, on a fallback plan, its subscription over': {
    file: caseFileOf(),
    now: day(0.5),
    ...ended,
    tracks: fallen,
  },
  'nothing known, on a fallback plan, but granted': {
    file: caseFileOf(),
    now: day(0.5),
    ...ended,
    tracks: { ...fallen, ...granted },
  },
  'reminded, on a fallback plan, subscribed': { file: remindedCase(2), now: day(5), tracks: fallen },
  'reminder forgotten, on a fallback plan, subscribed': {
    file: caseFileOf(),
    now: day(0.5),
    tracks: { ...fallen, restrictions: [{ reason: 'nonpayment', access: 'grace_period' }] },
  },
} satisfies Record<string, Situation>;

const bothTold = { told: [told('limit', 9, 1), told('pause', 12, 1)] };
const decision = (approved: boolean) => ({ approved, by: 'bob', reason: 'seen', at: day(91) });
const approved = approvalOf({ decision: decision(true) });
const halfDeleted = { taken: { step: 'decommission', round: 1, at: day(92), settled: false } } as const;
const deleted = {
  stage: 'decommissioned',
  rung: 7,
  rounds: rounds({ remind: 5, limit: 1, pause: 1, decommission: 1 }),
  told: [],
  taken: { step: 'decommission', round: 1, at: day(92), settled: true },
} as const;

/** The limit, and the way to deletion. */
const whole = {
  'limit due': { file: remindedCase(3, bothTold), now: day(9) },
  'limit due, never told': { file: remindedCase(3, { told: [] }), now: day(9) },
  'limit half-way': {
    file: remindedCase(3, { ...bothTold, taken: { step: 'limit', round: 1, at: day(9), settled: false } }),
    now: day(9.1),
  },
  'limited, customer not told yet': { file: limitedCase({ owesNotice: 'limited' }), now: day(9.1) },
  'limited, pause not due': { file: limitedCase(), now: day(11.9) },
  'limited, its subscription over': { file: limitedCase(), now: day(11.9), ...ended },
  'limited, pause due': { file: limitedCase(), now: day(12) },
  'off, final notice not due': {
    file: announcedCase({ rung: 5, lastStepAt: day(12), told: [] }),
    now: day(59),
  },
  'off, final notice due': { file: announcedCase({ rung: 5, lastStepAt: day(12), told: [] }), now: day(60) },
  'announced, deletion not due': { file: announcedCase(), now: day(89) },
  'announced, deletion due': { file: announcedCase(), now: day(90) },
  'deletion asked for': { file: announcedCase({ approval: approvalOf() }), now: day(103) },
  'deletion asked for in vain': { file: announcedCase({ approval: approvalOf() }), now: day(104) },
  'deletion approved': { file: announcedCase({ approval: approved }), now: day(92) },
  'deletion approved, too long ago': { file: announcedCase({ approval: approved }), now: day(104) },
  'deletion rejected': {
    file: announcedCase({ approval: approvalOf({ decision: decision(false) }) }),
    now: day(119),
  },
  'deletion rejected a retention ago': {
    file: announcedCase({
      approval: approvalOf({ decision: decision(false) }),
      told: [{ step: 'decommission', at: day(110), acceptedAt: day(60) }],
    }),
    now: day(121),
  },
  'deletion due, its day long past': { file: announcedCase({ approval: approved }), now: day(121) },
  'deletion half-way, approved': {
    file: announcedCase({ ...halfDeleted, approval: approved }),
    now: day(93),
  },
  'deletion half-way, its subscription over': {
    file: announcedCase({ ...halfDeleted, approval: approved }),
    now: day(93),
    ...ended,
  },
  'deletion half-way, its plan changed': { file: announcedCase(halfDeleted), now: day(93) },
  'deleted, customer not told yet': {
    file: announcedCase({ ...deleted, owesNotice: 'decommissioned' }),
    now: day(93),
  },
  'deleted and told': { file: announcedCase(deleted), now: day(93) },
} satisfies Record<string, Situation>;

const manual: Manual = {
  access: 'suspended',
  by: 'ada',
  reason: 'abuse',
  until: null,
  state: 'wanted',
  retryAt: null,
};
const exemption = { until: day(12), by: 'ada', reason: 'in appeal' };

/** What people have ordered, and what the customer does. */
const ordered = {
  'exempt, pause due': { file: remindedCase(3, { exemption }), now: day(11), tracks: { exemption } },
  'exemption over': { file: remindedCase(3, { exemption }), now: day(12), tracks: { exemption } },
  'lift ordered': { file: pausedCase({ liftWanted: true }), now: day(11) },
  'lift ordered while exempt': {
    file: pausedCase({ liftWanted: true, exemption }),
    now: day(11),
    tracks: { exemption },
  },
  'restriction ordered': { file: remindedCase(3, { manual }), now: day(9.9) },
  'restriction ordered, held until later': {
    file: remindedCase(3, { manual: { ...manual, retryAt: day(10) } }),
    now: day(9.9),
  },
  'restricted by hand': { file: remindedCase(3, { manual: { ...manual, state: 'imposed' } }), now: day(9.9) },
  'restricted by hand, on a fallback plan, subscribed': {
    file: remindedCase(3, { manual: { ...manual, state: 'imposed' } }),
    now: day(9.9),
    tracks: fallen,
  },
  'restriction by hand over': {
    file: remindedCase(3, { manual: { ...manual, state: 'imposed', until: day(9) } }),
    now: day(9.9),
  },
  'restriction by hand to be ended': {
    file: remindedCase(3, { manual: { ...manual, state: 'ending' } }),
    now: day(9.9),
  },
  'paused and restricted by hand': {
    file: pausedCase({ manual: { ...manual, state: 'imposed' } }),
    now: day(11),
  },
  'an instalment missed': {
    file: remindedCase(3, {
      agreement: agreementOf({
        invoices: [invoiceFact().id],
        instalments: [{ dueAt: day(9), mostRemainingMinor: 0 }],
      }),
      hold: { of: null, reason: 'instalments_agreed', since: day(8.5), until: day(9), tries: 1 },
    }),
    now: day(9.5),
  },
  'a new card, pause due': { file: remindedCase(3), now: day(10), invoice: { untried: 'pm_2' } },
  'a new card that was tried': {
    file: remindedCase(3, { retried: ['in_1/pm_2'] }),
    now: day(10),
    invoice: { untried: 'pm_2' },
  },
} satisfies Record<string, Situation>;

const underWholePolicy = Object.fromEntries(
  Object.entries(whole).map(([name, situation]) => [name, { ...situation, policy: wholePolicy }]),
) as Record<keyof typeof whole, Situation>;

export type SituationName =
  | keyof typeof plain
  | keyof typeof leftBehind
  | keyof typeof worth
  | keyof typeof whole
  | keyof typeof ordered;
export const situations: Readonly<Record<SituationName, Situation>> = {
  ...plain,
  ...leftBehind,
  ...worth,
  ...underWholePolicy,
  ...ordered,
};
export const situationNames = Object.keys(situations) as SituationName[];

export function factsIn(
  verdict: Verdict,
  { now, state, policy = samplePolicy, tracks, invoice }: Situation,
): Facts {
  const standing =
    verdict === 'owing' && invoice !== undefined
      ? standingOf([invoiceFact(invoice)], now, state === undefined ? {} : { state })
      : standingThatIs(verdict, now, state);
  return frozen({ standing, policy, tracks: tracksOf(tracks) });
}

/** What is decided in a situation, when the standing comes to this verdict. */
export function decide(verdict: Verdict, situation: Situation): Turn {
  // A debt that is kept off by an agreement needs one.
  const file = verdict === 'promised' ? { ...situation.file, agreement: agreementOf() } : situation.file;
  return advance(frozen(file), factsIn(verdict, situation), situation.now);
}
