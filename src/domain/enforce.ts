import { type CaseFile, type Taken, find, remark } from './case-file.js';
import type { Charge } from './effect.js';
import { hold } from './hold.js';
import type { Policy } from './policy.js';
import { reportIdle } from './reports.js';
import type { Assessment } from './standing.js';
import type { Instant } from './time.js';
import {
  deletionToPromise,
  isTold,
  leadOf,
  nextStepOf,
  promisesAreOutdated,
  promisesToMake,
  resumeClock,
} from './timetable.js';
import { type Facts, type Turn, doNow, isBraked, remindAct, takeAct, wait } from './turn.js';

/** An agreed payment did not come: the agreement is over, and what is near is told anew. */
function endAgreement(file: CaseFile, { policy }: Facts, { overdue }: Assessment, now: Instant): CaseFile {
  const { agreement } = file;
  if (agreement === null || !overdue.some(({ id }) => agreement.invoices.includes(id))) return file;
  const broken = remark(file, now, 'an agreed instalment did not come: the timetable goes on');
  // What was promised for a later day still holds.
  const told = file.told.filter(({ step, at }) => at >= now + leadOf(policy, step));
  return { ...broken, agreement: null, told, owesNotice: 'instalment_missed' };
}

const mostCharges = 20;

function chargesToTry({ retried }: CaseFile, { overdue }: Assessment): Charge[] {
  // Bounded before what was tried is left out, else the case would forget the first while it tries the last.
  return overdue
    .slice(0, mostCharges)
    .flatMap(({ id, untried }) => (untried === null ? [] : [{ invoice: id, method: untried }]))
    .filter(({ invoice, method }) => !retried.includes(`${invoice}/${method}`));
}

/** Something is owed: what is due for it, unless a brake holds. */
export function enforce(file: CaseFile, facts: Facts, view: Assessment, now: Instant): Turn {
  if (file.taken?.step === 'decommission' && file.taken.settled && file.owesNotice === null) {
    return wait({ ...file, stage: 'decommissioned', closedAt: now, hold: null }, null, now);
  }
  if (file.exemption !== null && now < file.exemption.until) return hold(file, facts, 'exempt', now);
  // A good word that could not be said is out of place now.
  const owing = file.hold?.of === 'close' ? { ...file, hold: null } : resumeClock(file, now);
  return press(endAgreement(reportIdle(owing, view, now), facts, view, now), facts, view, now);
}

/** Nothing speaks for waiting but what the guard held. */
function press(file: CaseFile, facts: Facts, view: Assessment, now: Instant): Turn {
  const { policy } = facts;
  // A new card may pay it all: what holds the steps has nothing to do with that, but what holds the charge itself.
  const charges = policy.retryOnNewCard ? chargesToTry(file, view) : [];
  if (charges.length > 0 && !(file.hold?.of === 'retry' && isBraked(file, now)))
    return doNow(file, { step: 'retry', round: file.rounds.retry + 1, charges }, now);
  if (isBraked(file, now)) return wait(file, nextStepOf(file, policy, now), now);
  if (file.taken !== null && !file.taken.settled) return goOn(file, file.taken, policy, now);
  return owedNotice(file, policy, now) ?? climb(file, policy, now);
}

/** What was begun is ended under its own round, whoever began it. */
function goOn(file: CaseFile, { step, round }: Taken, policy: Policy, now: Instant): Turn {
  // It was begun so long ago that nobody expects the rest of it any more.
  if (promisesAreOutdated(file, policy, now) || !isTold(file, policy)) return warn(file, policy, now);
  // Time that was given meanwhile is given for the rest of it, too.
  const next = nextStepOf(file, policy, now);
  if (next !== null && now < next.at) return wait({ ...file, hold: null }, next, now);
  if (step === 'decommission') return decommission(file, policy, round, now);
  return doNow(file, takeAct(file, policy, step, round, now), now);
}

function owedNotice(file: CaseFile, policy: Policy, now: Instant): Turn | null {
  const { owesNotice } = file;
  if (owesNotice === null) return null;
  // A reminder that is due names the same dates: nobody should get two mails at once.
  const next = nextStepOf(file, policy, now);
  const isReminded = owesNotice === 'moved' && next?.step === 'remind' && next.at <= now;
  const topic = isReminded ? 'reminder' : owesNotice;
  return doNow(file, remindAct(file, topic, promisesToMake(file, policy, now)), now);
}

/** The next rung of the ladder, when it is due and the customer was told in time. */
function climb(file: CaseFile, policy: Policy, now: Instant): Turn {
  if (promisesAreOutdated(file, policy, now)) return warn(file, policy, now);
  const next = nextStepOf(file, policy, now);
  if (next === null) return wait({ ...file, hold: null }, null, now);
  if (!isTold(file, policy)) return warn(file, policy, now);
  if (now < next.at) return wait({ ...file, hold: null }, next, now);
  switch (next.step) {
    case 'remind':
      return doNow(file, remindAct(file, 'reminder', promisesToMake(file, policy, now)), now);
    case 'final':
      return doNow(file, remindAct(file, 'final', [deletionToPromise(file, policy, now)]), now);
    case 'limit':
    case 'pause':
      return doNow(file, takeAct(file, policy, next.step, file.rounds[next.step] + 1, now), now);
    case 'decommission':
      return decommission(file, policy, file.rounds.decommission + 1, now);
  }
}

/** Deletion waits for people: it is asked for, and done only while an approval of just this plan stands. */
export function decommission(file: CaseFile, policy: Policy, round: number, now: Instant): Turn {
  const { approval } = file;
  const ask = () => doNow({ ...file, approval: null }, { step: 'ask', round: file.rounds.ask + 1 }, now);
  if (approval === null) return ask();
  const isOver = now >= approval.expiresAt;
  if (approval.decision === null) {
    if (!isOver) return wait({ ...file, hold: null }, { step: 'decommission', at: approval.expiresAt }, now);
    const text = `nobody decided on the deletion (${approval.summary}) in time: it is asked for again`;
    const found = find(file, { kind: 'deletion_not_approved', subject: approval.id, text, at: now });
    return doNow({ ...found, approval: null }, { step: 'ask', round: file.rounds.ask + 1 }, now);
  }
  if (!approval.decision.approved) {
    const askAgainAt = approval.decision.at + (policy.decommission?.retentionMs ?? 0);
    if (now < askAgainAt) return wait({ ...file, hold: null }, { step: 'decommission', at: askAgainAt }, now);
    return ask();
  }
  return isOver ? ask() : doNow(file, { step: 'decommission', round, approval: approval.id }, now);
}

/** Tells the dates that hold now, outside the ladder: one that moved, or one that was never told. */
function warn(file: CaseFile, policy: Policy, now: Instant): Turn {
  return doNow(file, remindAct(file, 'moved', promisesToMake(file, policy, now)), now);
}
