import { nextInstalmentAt } from './agreement.js';
import { find, remark, type CaseFile, type Hold, type Manual, type Taken } from './case-file.js';
import type { Act, Charge, HoldReason } from './effect.js';
import type { SubscriptionId } from './ids.js';
import type { Policy } from './policy.js';
import { assess, hasLiveSubscription, type Assessment, type Standing } from './standing.js';
import { DAY_MS, type Instant } from './time.js';
import {
  deletionToPromise,
  isTold,
  leadOf,
  nextStepOf,
  promisesAreOutdated,
  promisesToMake,
  resumeClock,
  type NextStep,
} from './timetable.js';
import { witness, type Tracks } from './witness.js';

/** What a case has to know of the world to decide. */
export type Facts = {
  readonly standing: Standing;
  readonly policy: Policy;
  /** What stands now, whatever the case file remembers; `null` when this wake has acted since it was read. */
  readonly tracks: Tracks | null;
};

/** What to do now (at most one act: each changes what comes next), and when to look again if nothing is heard. */
export type Turn = {
  readonly file: CaseFile;
  readonly act: Act | null;
  readonly wakeAt: Instant;
  readonly next: NextStep | null;
};

// A bound on every sleep; what wakes a case in time are messages and its own dates.
const longestSleepMs = 60 * DAY_MS;

/**
 * Decides what becomes of a case, from what is known at `now`. Pure and total: the workflow, the simulator and the
 * policy preview all drive this one function, and calling it again with the same arguments changes nothing.
 */
export function advance(file: CaseFile, facts: Facts, now: Instant): Turn {
  if (file.closedAt !== null) return { file, act: null, wakeAt: now, next: null };
  const seen = witness(file, facts.tracks, facts.policy, now);
  const ordered = obey(seen, now);
  if (ordered !== null) return ordered;
  const view = assess(facts.standing, facts.policy, now, seen);
  const told = reportDrafts(seen, facts.standing, now);
  if (isGivingBack(told) && view.verdict !== 'clear') return giveBackWhole(told, now);
  switch (view.verdict) {
    case 'unclear':
      return hold(told, facts, 'standing_unclear', now);
    case 'in_flight':
      return hold(told, facts, 'payment_in_flight', now);
    case 'unconfirmed':
      return askToConfirm(told, facts, view, now);
    case 'promised':
      return hold(told, facts, 'instalments_agreed', now);
    case 'covered':
      return hold(reportCredit(note(told, facts, view, now), now), facts, 'credit_covers_debt', now);
    case 'clear':
      return settle({ ...told, owed: [] }, facts, now);
    case 'owing':
      return enforce(note(told, facts, view, now), facts, view, now);
  }
}

/** A person's order comes before everything that Stripe says. One that was held or failed waits for its own time. */
function obey(file: CaseFile, now: Instant): Turn | null {
  const { manual } = file;
  if (manual === null || (manual.retryAt !== null && now < manual.retryAt)) return null;
  if (manual.state === 'ending' || (manual.until !== null && manual.until <= now))
    return doNow(file, { step: 'unrestrict', round: file.rounds.unrestrict + 1 }, now);
  if (manual.state === 'imposed') return null;
  const { access, by, reason } = manual;
  return doNow(file, { step: 'restrict', round: file.rounds.restrict + 1, access, by, reason }, now);
}

/** Ordered by a person, or begun before: what was begun to be given back is given back whole. */
const isGivingBack = ({ taken, hold: held, liftWanted }: CaseFile) =>
  taken !== null && (liftWanted || held?.of === 'lift');

/** Whatever the standing says meanwhile; a new debt begins with its own notice. */
function giveBackWhole(file: CaseFile, now: Instant): Turn {
  return file.hold?.of === 'lift' && now < file.hold.until
    ? wait(file, null, now)
    : doNow(file, liftAct(file, 'nonpayment', 'nothing'), now);
}

function note(file: CaseFile, { policy }: Facts, view: Assessment, now: Instant): CaseFile {
  const anchorAt = view.oldestAt ?? now;
  const subscriptions = view.overdue.flatMap((i) => (i.subscription === null ? [] : [i.subscription]));
  const caps = policy.exposure?.capsMinor ?? {};
  return {
    ...file,
    openedAt: file.openedAt ?? now,
    anchorAt,
    firstAnchorAt: Math.min(file.firstAnchorAt ?? anchorAt, anchorAt),
    owed: view.owed,
    exposed: view.owed.some(({ currency, amountMinor }) => amountMinor > (caps[currency] ?? Infinity)),
    // Bounded as everything a case carries; twenty subscriptions in arrears decide no differently from the rest.
    subscriptions: [...new Set([...file.subscriptions, ...subscriptions])].slice(-20),
  };
}

/** An agreed payment did not come: the agreement is over, and what is near is told anew. */
function endAgreement(file: CaseFile, { policy }: Facts, { overdue }: Assessment, now: Instant): CaseFile {
  const { agreement } = file;
  if (agreement === null || !overdue.some(({ id }) => agreement.invoices.includes(id))) return file;
  const broken = remark(file, now, 'an agreed instalment did not come: the timetable goes on');
  // What was promised for a later day still holds.
  const told = file.told.filter(({ step, at }) => at >= now + leadOf(policy, step));
  return { ...broken, agreement: null, told, owesNotice: 'instalment_missed' };
}

function reportDrafts(file: CaseFile, { stuckDrafts }: Standing, now: Instant): CaseFile {
  return stuckDrafts.reduce((known, { id, reason }) => {
    const text = `draft ${id} can't be finalised (${reason}): mend it at Stripe, nobody owes it yet`;
    return find(known, { kind: 'draft_not_finalised', subject: id, text, at: now });
  }, file);
}

function reportCredit(file: CaseFile, now: Instant): CaseFile {
  const text =
    'a balance in the customer’s favour covers the debt: finance has to set it against the invoices';
  const subject = String(file.anchorAt);
  return find(file, { kind: 'credit_covers_debt', subject, text, at: now });
}

/** A new card pays nothing by itself, and least of all from a slot that the subscription doesn't use. */
function reportIdle(file: CaseFile, { overdue }: Assessment, now: Instant): CaseFile {
  return overdue.reduce((known, { id, number, idleDefault }) => {
    if (idleDefault === null) return known;
    const text = `${number ?? id} is not charged on the customer's default ${idleDefault}: its subscription has a method of its own, which failed; change it there`;
    return find(known, { kind: 'wrong_payment_method', subject: `${id}/${idleDefault}`, text, at: now });
  }, file);
}

const mostCharges = 20;

function chargesToTry({ retried }: CaseFile, { overdue }: Assessment): Charge[] {
  return overdue
    .flatMap(({ id, untried }) => (untried === null ? [] : [{ invoice: id, method: untried }]))
    .filter(({ invoice, method }) => !retried.includes(`${invoice}/${method}`))
    .slice(0, mostCharges);
}

/** A payment waits for its payer: he gets the link once for each invoice, and no step is counted for it. */
function askToConfirm(file: CaseFile, facts: Facts, { confirmable }: Assessment, now: Instant): Turn {
  const open = { ...file, openedAt: file.openedAt ?? now };
  if (isBraked(open, now)) return wait(open, null, now);
  const asked = confirmable.map(({ id }) => id);
  if (asked.every((id) => file.confirmationAsked.includes(id)))
    return hold(open, facts, 'confirmation_awaited', now);
  return doNow(open, { ...remindAct(file, 'confirm', []), confirms: asked }, now);
}

/** Nothing is owed: give everything back, say so, close. */
function settle(file: CaseFile, facts: Facts, now: Instant): Turn {
  const withoutSubscription = isEnded(file, facts.standing);
  // No brake delays what gives back, but one that has just failed is not hammered.
  if (file.hold?.of === 'lift' && now < file.hold.until) return wait(file, null, now);
  if (file.taken !== null) {
    const from = file.ended ? 'ended' : 'nonpayment';
    const staysOff = withoutSubscription && file.taken.settled && file.taken.step === 'pause';
    if (file.ended && staysOff) return wait(episodeOver(file), null, now);
    return doNow(file, liftAct(file, from, staysOff ? 'ended' : 'nothing'), now);
  }
  if (file.manual !== null) return wait(onlyRestricted(file, file.manual), null, now);
  if (hadNoNotice(file)) {
    // What stands is known at the next look; this one has acted already.
    if (facts.tracks === null) return wait({ ...file, recheckAt: now + 1 }, null, now);
    // A reminder that was claimed and never sent has left its restriction.
    if (facts.tracks.restrictions.some((r) => r.reason !== 'manual'))
      return doNow(file, liftAct(file, 'nonpayment', 'nothing'), now);
    return wait({ ...file, stage: 'closed', closedAt: now, hold: null }, null, now);
  }
  const isDamaged =
    file.findings.some(({ kind }) => kind === 'not_as_before') && file.rounds.decommission > 0;
  // That something was deleted is the graver news.
  const topic = isDamaged ? 'paid_but_deleted' : withoutSubscription ? 'paid_but_ended' : 'recovered';
  return doNow(file, { step: 'close', round: file.rounds.close + 1, topic }, now);
}

/** The case stays open though nothing is owed: what comes to be owed later has a timetable of its own. */
function episodeOver(file: CaseFile): CaseFile {
  const none = {
    anchorAt: null,
    firstAnchorAt: null,
    agreement: null,
    approval: null,
    hold: null,
    owesNotice: null,
  };
  return { ...file, ...none, told: [], shiftMs: 0, exposed: false };
}

const stageUnder = { read_only: 'limited', suspended: 'paused' } as const;

/** Nothing but a person's order keeps the case open. */
function onlyRestricted(file: CaseFile, { access, state }: Manual): CaseFile {
  const stage = state === 'wanted' ? 'watching' : stageUnder[access];
  return { ...episodeOver(file), stage, rung: 0, lastStepAt: null };
}

/** Nobody was told anything, so nobody waits for a good word. */
const hadNoNotice = ({ rounds }: CaseFile) =>
  rounds.remind === 0 && rounds.limit === 0 && rounds.pause === 0 && rounds.decommission === 0;

/** The subscription that was in arrears is over and no other lives: a payment settles the debt but buys no service. */
function isEnded(file: CaseFile, standing: Standing): boolean {
  // A case that was taken over may have forgotten which one it was.
  const isOurs = (id: SubscriptionId) => file.ended || file.subscriptions.includes(id);
  const over = standing.subscriptions.some((s) => s.state === 'ended' && isOurs(s.id));
  return over && !hasLiveSubscription(standing);
}

/** What the guard held waits until its time; a doubt about the standing itself ends with the standing. */
const isBraked = ({ hold: held }: CaseFile, now: Instant) =>
  held !== null && held.of !== null && now < held.until;

/** Something is owed: what is due for it, unless a brake holds. */
function enforce(file: CaseFile, facts: Facts, view: Assessment, now: Instant): Turn {
  if (file.taken?.step === 'decommission' && file.taken.settled && file.owesNotice === null) {
    return wait({ ...file, stage: 'decommissioned', closedAt: now, hold: null }, null, now);
  }
  if (file.exemption !== null && now < file.exemption.until) return hold(file, facts, 'exempt', now);
  return press(
    endAgreement(resumeClock(reportIdle(file, view, now), now), facts, view, now),
    facts,
    view,
    now,
  );
}

/** Nothing speaks for waiting but what the guard held. */
function press(file: CaseFile, facts: Facts, view: Assessment, now: Instant): Turn {
  const { policy } = facts;
  if (isBraked(file, now)) return wait(file, nextStepOf(file, policy, now), now);
  if (file.taken !== null && !file.taken.settled) return goOn(file, file.taken, policy, now);
  const charges = policy.retryOnNewCard ? chargesToTry(file, view) : [];
  if (charges.length > 0) return doNow(file, { step: 'retry', round: file.rounds.retry + 1, charges }, now);
  return owedNotice(file, policy, now) ?? climb(file, policy, now);
}

/** What was begun is ended under its own round, whoever began it. */
function goOn(file: CaseFile, { step, round }: Taken, policy: Policy, now: Instant): Turn {
  // It was begun so long ago that nobody expects the rest of it any more.
  if (promisesAreOutdated(file, policy, now) || !isTold(file, policy)) return warn(file, policy, now);
  if (step === 'decommission') return decommission(file, policy, round, now);
  return doNow(file, takeAct(file, policy, step, round, now), now);
}

function owedNotice(file: CaseFile, policy: Policy, now: Instant): Turn | null {
  if (file.owesNotice === null) return null;
  return doNow(file, remindAct(file, file.owesNotice, promisesToMake(file, policy, now)), now);
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
function decommission(file: CaseFile, policy: Policy, round: number, now: Instant): Turn {
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

type Reminding = Extract<Act, { step: 'remind' }>;

function remindAct(file: CaseFile, topic: Reminding['topic'], promises: Reminding['promises']): Reminding {
  return { step: 'remind', round: file.rounds.remind + 1, topic, promises };
}

/** Its notice says what comes after it, as it will stand when it is done. */
function takeAct(file: CaseFile, policy: Policy, step: 'limit' | 'pause', round: number, now: Instant): Act {
  const after = { ...file, rung: file.rung + 1, lastStepAt: now };
  return { step, round, promises: promisesToMake(after, policy, now) };
}

function liftAct(
  file: CaseFile,
  from: Extract<Act, { step: 'lift' }>['from'],
  leaves: Extract<Act, { step: 'lift' }>['leaves'],
): Act {
  return { step: 'lift', round: file.rounds.lift + 1, from, leaves };
}

/** Why a case waits by itself; what the guard held waits for other reasons. */
type DoubtReason = Extract<
  HoldReason,
  | 'standing_unclear'
  | 'payment_in_flight'
  | 'confirmation_awaited'
  | 'instalments_agreed'
  | 'credit_covers_debt'
  | 'exempt'
>;

/** Waits for what is in doubt, or in the customer's favour, to end; what has to be given back by then is not taken. */
function hold(file: CaseFile, { policy }: Facts, reason: DoubtReason, now: Instant): Turn {
  const known = file.hold?.reason === reason && file.hold.of === null ? file.hold : null;
  const until = Math.max(now + 1, holdEndsAt(file, policy, reason, now));
  const held = known === null ? remark(resumeClock(file, now), now, `held: ${reason}`) : file;
  const since = known?.since ?? now;
  const next = nextStepOf(held, policy, now);
  const waiting: Hold = { of: null, reason, since, until, tries: (known?.tries ?? 0) + 1 };
  return wait({ ...held, hold: waiting }, next, now);
}

/** When to look again at something that holds, if nothing is heard: at its own end where it has one. */
function holdEndsAt(file: CaseFile, policy: Policy, reason: DoubtReason, now: Instant): Instant {
  const soon = now + policy.holdRetryMs;
  switch (reason) {
    case 'standing_unclear':
      return soon;
    case 'exempt':
      return file.exemption?.until ?? soon;
    case 'instalments_agreed':
      // A promise is broken only after its day.
      return file.agreement === null ? soon : (nextInstalmentAt(file.agreement, now) ?? now) + 1;
    case 'payment_in_flight':
    case 'confirmation_awaited':
    case 'credit_covers_debt':
      // It takes days, and Stripe says when it ends: this is only for the event that gets lost.
      return now + 4 * policy.holdRetryMs;
  }
}

function doNow(file: CaseFile, act: Act, now: Instant): Turn {
  return { file, act, wakeAt: now, next: plannedAs(act, now) };
}

/** How the timetable calls what is being done. */
function plannedAs(act: Act, at: Instant): NextStep | null {
  switch (act.step) {
    case 'remind':
      return { step: act.topic === 'final' ? 'final' : 'remind', at };
    case 'limit':
    case 'pause':
    case 'decommission':
      return { step: act.step, at };
    case 'ask':
      return { step: 'decommission', at };
    case 'retry':
    case 'restrict':
    case 'unrestrict':
    case 'lift':
    case 'close':
      return null;
  }
}

function wait(file: CaseFile, next: NextStep | null, now: Instant): Turn {
  // While something is held its retry counts, not the step's own date, which may be past.
  const dueAt = file.hold?.until ?? next?.at ?? Infinity;
  const wakeAt = Math.min(now + longestSleepMs, dueAt, orderedAt(file), file.recheckAt ?? Infinity);
  return { file, act: null, wakeAt: Math.max(wakeAt, file.closedAt === null ? now + 1 : now), next };
}

/** When a person's order is to be seen to. */
function orderedAt({ manual }: CaseFile): Instant {
  if (manual === null) return Infinity;
  const dueAt = manual.state === 'imposed' ? (manual.until ?? Infinity) : -Infinity;
  return Math.max(dueAt, manual.retryAt ?? -Infinity);
}
