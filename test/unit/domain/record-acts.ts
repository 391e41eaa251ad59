import type { CaseFile } from '../../../src/domain/case-file.js';
import type { Act, HoldReason, Outcome } from '../../../src/domain/effect.js';
import { asApprovalId, asInvoiceId } from '../../../src/domain/ids.js';
import type { NoticePromise, NoticeTopic } from '../../../src/domain/notice.js';
import {
  announcedCase,
  approvalOf,
  day,
  limitedCase,
  membersOf,
  openCase,
  pausedCase,
  remindedCase,
  rounds,
  wholePolicy,
} from '../../support/facts.js';

export const now = day(10);
export const doneAt = now + 5_000;
export const policy = wholePolicy;

const promise: NoticePromise = { step: 'pause', at: day(10) };
const moved: NoticePromise = { step: 'pause', at: day(13) };
const deletion: NoticePromise = { step: 'decommission', at: day(90) };
const remind = (topic: NoticeTopic, round: number, promises: readonly NoticePromise[] = []) =>
  ({ step: 'remind', round, topic, promises }) as const;

const manual = {
  access: 'suspended',
  by: 'ada',
  reason: 'abuse',
  until: null,
  state: 'wanted',
  retryAt: null,
} as const;
const halfway = remindedCase(3, { taken: { step: 'pause', round: 1, at: day(9.9), settled: false } });
const off = announcedCase({ rung: 5, lastStepAt: day(12), told: [], stage: 'paused' });
const approved = announcedCase({ approval: approvalOf() });
const lift = { step: 'lift', round: 1, from: 'nonpayment', leaves: 'nothing' } as const;

/** Every act that there is, with a case file that asks for it. */
export const acts = {
  'first reminder': { file: openCase(), act: remind('reminder', 1, [promise]) },
  reminder: { file: remindedCase(2), act: remind('reminder', 3, [promise]) },
  'moved date': { file: remindedCase(3), act: remind('moved', 4, [moved]) },
  'request to confirm': {
    file: openCase({ confirmationAsked: [asInvoiceId('in_0')] }),
    act: { ...remind('confirm', 1), confirms: [asInvoiceId('in_1')] },
  },
  'word of a missed instalment': {
    file: remindedCase(3, { owesNotice: 'instalment_missed' }),
    act: remind('instalment_missed', 4, [moved]),
  },
  'word of the limit': { file: limitedCase({ owesNotice: 'limited' }), act: remind('limited', 4, [promise]) },
  'word of the pause': { file: pausedCase({ owesNotice: 'paused' }), act: remind('paused', 4) },
  'final notice': { file: off, act: remind('final', 5, [deletion]) },
  'word of the deletion': {
    file: announcedCase({ owesNotice: 'decommissioned' }),
    act: remind('decommissioned', 5),
  },
  'word of a courtesy': {
    file: remindedCase(3, { owesNotice: 'restored' }),
    act: remind('restored', 4, [moved]),
  },
  limit: { file: remindedCase(3), act: { step: 'limit', round: 1, promises: [moved] } },
  pause: { file: limitedCase(), act: { step: 'pause', round: 1, promises: [] } },
  'pause gone on with': { file: { ...halfway, rung: 4 }, act: { step: 'pause', round: 1, promises: [] } },
  'pause gone on with by a run that knows less': {
    file: { ...halfway, rung: 1 },
    act: { step: 'pause', round: 1, promises: [] },
  },
  request: { file: announcedCase(), act: { step: 'ask', round: 1 } },
  deletion: { file: approved, act: { step: 'decommission', round: 1, approval: asApprovalId('approval-1') } },
  charge: {
    file: remindedCase(1),
    act: { step: 'retry', round: 1, charges: [{ invoice: asInvoiceId('in_1'), method: 'pm_2' }] },
  },
  restriction: {
    file: openCase({ manual }),
    act: { step: 'restrict', round: 1, access: 'suspended', by: 'ada', reason: 'abuse', until: null },
  },
  'end of a restriction': {
    file: openCase({ manual: { ...manual, state: 'ending' } }),
    act: { step: 'unrestrict', round: 1 },
  },
  lift: { file: pausedCase({ recheckAt: day(11), approval: approvalOf() }), act: lift },
  'lift as a courtesy': { file: limitedCase({ liftWanted: true }), act: lift },
  'lift to a fallback plan': { file: pausedCase(), act: { ...lift, leaves: 'fallback' } },
  'lift from a fallback plan': { file: remindedCase(3), act: { ...lift, from: 'fallback' } },
  'lift to ended': { file: pausedCase(), act: { ...lift, leaves: 'ended' } },
  'lift of ended': { file: pausedCase({ ended: true }), act: { ...lift, round: 2, from: 'ended' } },
  'lift of half a pause': { file: halfway, act: lift },
  'thank-you': { file: remindedCase(3), act: { step: 'close', round: 1, topic: 'recovered' } },
  farewell: { file: remindedCase(3), act: { step: 'close', round: 1, topic: 'paid_but_ended' } },
} satisfies Record<string, { file: CaseFile; act: Act }>;
export type ActName = keyof typeof acts;
export const actNames = Object.keys(acts) as ActName[];

const at = doneAt;
const withRounds = (name: ActName, changes: Partial<CaseFile['rounds']>) => ({
  rounds: { ...acts[name].file.rounds, ...changes },
});
const takenPause = {
  taken: { step: 'pause', round: 1, at, settled: true },
  recheckAt: at + policy.recheckMs,
} as const;
const unLifted = {
  stage: 'reminded',
  rung: 3,
  lastStepAt: at,
  told: [],
  taken: null,
  approval: null,
  recheckAt: null,
} as const;
const closed = { stage: 'recovered', closedAt: at, told: [] } as const;

/** What the case file knows after each act was done; all that is not named stays. */
export const whenDone: Record<ActName, Partial<CaseFile>> = {
  'first reminder': {
    stage: 'reminded',
    rung: 1,
    ...withRounds('first reminder', { remind: 1 }),
    lastStepAt: at,
    told: [{ ...promise, acceptedAt: at }],
  },
  // The lead counts from the first notice that named this date, so a reminder doesn't begin it anew.
  reminder: { rung: 3, ...withRounds('reminder', { remind: 3 }), lastStepAt: at },
  'moved date': { ...withRounds('moved date', { remind: 4 }), told: [{ ...moved, acceptedAt: at }] },
  'request to confirm': {
    ...withRounds('request to confirm', { remind: 1 }),
    confirmationAsked: [asInvoiceId('in_0'), asInvoiceId('in_1')],
  },
  'word of a missed instalment': {
    ...withRounds('word of a missed instalment', { remind: 4 }),
    told: [{ ...moved, acceptedAt: at }],
    owesNotice: null,
  },
  'word of the limit': {
    ...withRounds('word of the limit', { remind: 4 }),
    told: [{ ...promise, acceptedAt: at }],
    owesNotice: null,
  },
  'word of the pause': { ...withRounds('word of the pause', { remind: 4 }), owesNotice: null },
  'final notice': {
    stage: 'decommissioning',
    rung: 6,
    ...withRounds('final notice', { remind: 5 }),
    lastStepAt: at,
    told: [{ ...deletion, acceptedAt: at }],
  },
  'word of the deletion': { ...withRounds('word of the deletion', { remind: 5 }), owesNotice: null },
  'word of a courtesy': {
    ...withRounds('word of a courtesy', { remind: 4 }),
    told: [{ ...moved, acceptedAt: at }],
    owesNotice: null,
  },
  limit: {
    stage: 'limited',
    rung: 4,
    ...withRounds('limit', { limit: 1 }),
    lastStepAt: at,
    told: [{ ...moved, acceptedAt: at }],
    taken: { step: 'limit', round: 1, at, settled: true },
  },
  pause: {
    stage: 'paused',
    rung: 5,
    ...withRounds('pause', { pause: 1 }),
    lastStepAt: at,
    told: [],
    ...takenPause,
  },
  'pause gone on with': {
    stage: 'paused',
    rung: 5,
    ...withRounds('pause gone on with', { pause: 1 }),
    lastStepAt: at,
    told: [],
    ...takenPause,
  },
  'pause gone on with by a run that knows less': {
    stage: 'paused',
    rung: 5,
    ...withRounds('pause gone on with by a run that knows less', { pause: 1 }),
    lastStepAt: at,
    told: [],
    ...takenPause,
  },
  request: { ...withRounds('request', { ask: 1 }), approval: null },
  deletion: {
    stage: 'decommissioned',
    rung: 7,
    ...withRounds('deletion', { decommission: 1 }),
    lastStepAt: at,
    told: [],
    taken: { step: 'decommission', round: 1, at, settled: true },
    recheckAt: null,
  },
  charge: { ...withRounds('charge', { retry: 1 }), retried: ['in_1/pm_2'] },
  restriction: { ...withRounds('restriction', { restrict: 1 }), manual: { ...manual, state: 'imposed' } },
  'end of a restriction': { ...withRounds('end of a restriction', { unrestrict: 1 }), manual: null },
  lift: { ...unLifted, ...withRounds('lift', { lift: 1 }) },
  'lift as a courtesy': {
    ...unLifted,
    ...withRounds('lift as a courtesy', { lift: 1 }),
    liftWanted: false,
    owesNotice: 'restored',
  },
  'lift to a fallback plan': { ...unLifted, ...withRounds('lift to a fallback plan', { lift: 1 }) },
  'lift from a fallback plan': {
    ...{ lastStepAt: at, told: [] },
    ...withRounds('lift from a fallback plan', { lift: 1 }),
  },
  'lift to ended': { ...withRounds('lift to ended', { lift: 1 }), ended: true },
  'lift of ended': { ...unLifted, ...withRounds('lift of ended', { lift: 2 }), ended: false },
  // The round of the pause that never got done is used up: its effect has its outcome already.
  'lift of half a pause': { ...unLifted, rounds: rounds({ remind: 3, pause: 1, lift: 1 }) },
  'thank-you': { ...closed, ...withRounds('thank-you', { close: 1 }) },
  farewell: { ...closed, ...withRounds('farewell', { close: 1 }) },
};

export const reasons = membersOf<HoldReason>({
  standing_unclear: true,
  standing_stale: true,
  standing_changed: true,
  payment_in_flight: true,
  confirmation_awaited: true,
  credit_covers_debt: true,
  instalments_agreed: true,
  exempt: true,
  immune: true,
  observing: true,
  frozen: true,
  breaker_open: true,
  canary: true,
  intake_blind: true,
  notice_missing: true,
  notice_too_recent: true,
  no_recipient: true,
  promise_outdated: true,
  approval_missing: true,
  approval_expired: true,
  plan_changed: true,
  closed_now: true,
  rejected: true,
});

export const outcomes = membersOf<Outcome['status']>({
  done: true,
  held: true,
  not_owed: true,
  interrupted: true,
  failed: true,
});
export const outcomeOf: Record<Outcome['status'], Outcome> = {
  done: { status: 'done', at: doneAt },
  held: { status: 'held', reason: 'frozen', until: day(11) },
  not_owed: { status: 'not_owed' },
  interrupted: { status: 'interrupted' },
  failed: { status: 'failed', code: 'MAIL_REFUSED' },
};
