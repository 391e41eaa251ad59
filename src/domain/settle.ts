import type { CaseFile, Manual } from './case-file.js';
import type { Act } from './effect.js';
import type { SubscriptionId } from './ids.js';
import { type Standing, hasLiveSubscription, isServiceOver, lastingAgreement } from './standing.js';
import type { Instant } from './time.js';
import { type Facts, type Turn, doNow, liftAct, wait } from './turn.js';

/** Nothing is owed: give everything back, say so, close. What was agreed on outlives that for the little that is left of it. */
export function settle(known: CaseFile, facts: Facts, now: Instant): Turn {
  const agreement = lastingAgreement(facts.standing, known, now);
  // Whatever is still to be given back: what comes to be owed from now on has days of its own.
  const file = { ...known, agreement, anchorAt: null, firstAnchorAt: null };
  const withoutSubscription = isEnded(file, facts.standing);
  // No brake delays what gives back, but one that has just failed is not hammered.
  if (file.hold?.of === 'lift' && now < file.hold.until) return wait(file, null, now);
  if (file.taken !== null) {
    const from = file.ended ? 'ended' : 'nonpayment';
    const isOff = file.taken.settled && file.taken.step === 'pause';
    // Where the policy names a plan to fall to there is something to go on with.
    const staysOff = withoutSubscription && isOff && facts.policy.fallbackPlan === null;
    if (file.ended && staysOff) return wait(stillOff(file), null, now);
    if (staysOff && isUnsaid(file, now)) return wait(file, null, now);
    return doNow(file, liftAct(file, from, staysOff ? 'ended' : leftBy(file, facts.standing)), now);
  }
  if (file.manual !== null) return besideAnOrder(file, file.manual, facts, now);
  if (hadNoNotice(file)) {
    // What stands is known at the next look; this one has acted already.
    if (facts.tracks === null) return wait({ ...file, recheckAt: now + 1 }, null, now);
    // A reminder that was claimed and never sent has left its restriction.
    const left = unrestricting(file, facts) ?? regaining(file, facts);
    if (left !== null) return doNow(file, left, now);
    return wait({ ...file, stage: 'closed', closedAt: now, hold: null }, null, now);
  }
  if (isUnsaid(file, now)) return wait({ ...episodeOver(file), hold: file.hold }, null, now);
  const regained = regaining(file, facts);
  if (regained !== null) return doNow(file, regained, now);
  const isDamaged =
    file.findings.some(({ kind }) => kind === 'not_as_before') && file.rounds.decommission > 0;
  // A deletion that was stopped has ended the subscription itself: all is back, and a person sees to the rest.
  const staysAway = withoutSubscription && file.rounds.decommission === 0;
  // That something was deleted is the graver news.
  const topic = isDamaged ? 'paid_but_deleted' : staysAway ? 'paid_but_ended' : 'recovered';
  return doNow(file, { step: 'close', round: file.rounds.close + 1, topic }, now);
}

/** A person's order keeps the case open, and what was for non-payment goes all the same. */
function besideAnOrder(file: CaseFile, manual: Manual, facts: Facts, now: Instant): Turn {
  const left = unrestricting(file, facts) ?? regaining(file, facts);
  if (left !== null) return doNow(file, left, now);
  const alone = onlyRestricted(file, manual);
  // What stands is known at the next look; this one has acted already.
  return wait(facts.tracks === null ? { ...alone, recheckAt: now + 1 } : alone, null, now);
}

/** The lift of what stands for a debt though the file says that nothing is taken, if anything does. */
function unrestricting(file: CaseFile, { tracks, standing }: Facts): Act | null {
  const stands = tracks?.restrictions.some(({ reason }) => reason !== 'manual') === true;
  return stands ? liftAct(file, 'nonpayment', leftBy(file, standing)) : null;
}

/** The lift of a fallback plan, once a subscription or a grant says that access is worth more. */
function regaining(file: CaseFile, { tracks, standing }: Facts): Act | null {
  const isServed = hasLiveSubscription(standing) || file.granted;
  return tracks?.fallback === true && isServed ? liftAct(file, 'fallback', 'nothing') : null;
}

/** What a lift leaves that puts everything on again. A deletion that was stopped has ended the subscription itself. */
function leftBy({ granted, taken, rounds }: CaseFile, standing: Standing): 'nothing' | 'fallback' {
  const isStopped = taken?.step === 'decommission' || rounds.decommission > 0;
  return isServiceOver(standing) && !granted && !isStopped ? 'fallback' : 'nothing';
}

/** A good word could not be said, and is tried again later. */
const isUnsaid = ({ hold }: CaseFile, now: Instant) => hold?.of === 'close' && now < hold.until;

/** What is owed is over: what comes to be owed later has a timetable of its own, from its first reminder on. */
export const episodeOver = (file: CaseFile): CaseFile => ({ ...stillOff(file), rung: 0, lastStepAt: null });

/** The case stays open though nothing is owed, and what was taken stays as it is. */
function stillOff(file: CaseFile): CaseFile {
  const none = {
    anchorAt: null,
    firstAnchorAt: null,
    approval: null,
    hold: null,
    owesNotice: null,
  };
  return { ...file, ...none, told: [], shiftMs: 0, exposed: false };
}

const stageUnder = { read_only: 'limited', suspended: 'paused', revoked: 'paused' } as const;

/** Nothing but a person's order keeps the case open. */
function onlyRestricted(file: CaseFile, { access, state }: Manual): CaseFile {
  const stage = state === 'wanted' ? 'watching' : stageUnder[access];
  return { ...episodeOver(file), stage };
}

/** Nobody was told anything, so nobody waits for a good word. */
const hadNoNotice = ({ rounds }: CaseFile) =>
  rounds.remind === 0 && rounds.limit === 0 && rounds.pause === 0 && rounds.decommission === 0;

/**
 * The subscription that was in arrears is over, no other lives, and nobody has granted service without one: a payment
 * settles the debt but buys no service.
 */
function isEnded(file: CaseFile, standing: Standing): boolean {
  // A case that was taken over may have forgotten which one it was.
  const isOurs = (id: SubscriptionId) => file.ended || file.subscriptions.includes(id);
  const over = standing.subscriptions.some((s) => s.state === 'ended' && isOurs(s.id));
  return over && !hasLiveSubscription(standing) && !file.granted;
}
