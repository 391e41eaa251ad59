import { expect } from 'vitest';
import { isOpen } from '../../../src/domain/calendar.js';
import { accessUnder } from '../../../src/domain/restrictions.js';
import { DAY_MS } from '../../../src/domain/time.js';
import {
  begun,
  earliestAfterMs,
  exemptUntil,
  immuneUntil,
  extendedMs,
  isClear,
  leadFor,
  pressing,
  quietAt,
  rungIn,
  rungsOf,
  taken,
  takingOf,
  toldBefore,
} from './life-model.js';
import { promisesIn } from './life-ledger.js';
import type { Life, Performed } from './life-simulator.js';
import { isWithin, within, type Timeline } from './life-world.js';

/** What must hold of every life; each throws when it does not. */
export type Invariant = (life: Life, timeline: Timeline) => void;

const isDone = ({ outcome }: Performed) => outcome.status === 'done';

function takesOnlyWhatPresses(life: Life, timeline: Timeline): void {
  for (const p of begun(life)) {
    const where = `${p.act.step} on ${(p.at - timeline.startAt) / DAY_MS}`;
    expect(pressing(life, timeline, p.at), where).not.toEqual([]);
  }
}

function takesNothingFromTheExempt(life: Life): void {
  for (const p of life.performed) {
    if (p.granted && takingOf(p.act) !== null) expect(p.at).toBeGreaterThanOrEqual(exemptUntil(life, p.at));
  }
}

/** Neither done nor begun anew: what a person gave back stays back. */
function takesNothingFromTheImmune(life: Life): void {
  for (const p of life.performed) {
    if (p.granted && takingOf(p.act) !== null)
      expect(p.claimedAt, p.act.step).toBeGreaterThanOrEqual(immuneUntil(life, p.at));
  }
}

/** A date on which nothing can be done is no date to tell. */
function namesNoDateOfTheImmune(life: Life): void {
  for (const { at, act } of life.performed) {
    for (const promise of promisesIn(act))
      expect(promise.at, promise.step).toBeGreaterThanOrEqual(immuneUntil(life, at));
  }
}

function keepsWhatItTold(life: Life, timeline: Timeline): void {
  const { policy } = timeline;
  for (const p of begun(life)) {
    const step = takingOf(p.act);
    if (step === null || leadFor(policy, step) === 0) continue;
    const told = toldBefore(life, timeline, step, p);
    const last = told.at(-1);
    expect(last, `${step} was told`).toBeDefined();
    for (const { at } of told) expect(p.claimedAt).toBeGreaterThanOrEqual(at);
    const acceptedAt = told.find(({ at }) => at === last?.at)?.acceptedAt ?? Infinity;
    expect(p.claimedAt).toBeGreaterThanOrEqual(acceptedAt + leadFor(policy, step));
    // Nor so late that nobody expects it any more.
    const since = Math.max(last?.at ?? 0, acceptedAt + leadFor(policy, step));
    expect(p.claimedAt).toBeLessThanOrEqual(since + leadFor(policy, step));
  }
}

/** But what the policy does at once. What gives back waits for no opening. */
function takesNothingWhileClosed(life: Life, { policy }: Timeline): void {
  for (const p of begun(life)) {
    const isAtOnce = p.act.step === 'pause' && policy.pause?.immediate === true;
    if (takingOf(p.act) !== null && !isAtOnce) expect(isOpen(policy.almanac, p.claimedAt)).toBe(true);
  }
}

function namesOnlyDatesToCome({ performed }: Life, { policy }: Timeline): void {
  for (const { at, act, before } of performed) {
    for (const promise of promisesIn(act)) {
      expect(promise.at).toBeGreaterThan(at);
      const isKnown = before.told.some((told) => told.step === promise.step && told.at === promise.at);
      if (!isKnown) expect(promise.at).toBeGreaterThanOrEqual(at + leadFor(policy, promise.step));
    }
  }
}

/** Rungs are done one after the other; giving back goes back to the first one that takes something. */
function skipsAndReordersNothing(life: Life, timeline: Timeline): void {
  const rungs = rungsOf(timeline.policy);
  const firstTaking = rungs.findIndex(({ step }) => step !== 'remind' && step !== 'final');
  let next = 0;
  const quiet = quietAt(life, timeline);
  let lastAt = -Infinity;
  for (const { act, outcome, at, before } of life.performed) {
    // Kept open by nothing but a person's order, the case began a new episode.
    if (quiet.some((quietSince) => lastAt <= quietSince && quietSince <= at)) next = 0;
    lastAt = at;
    if (outcome.status !== 'done') continue;
    const isFullLift = act.step === 'lift' && act.leaves === 'nothing';
    if (isFullLift && firstTaking >= 0) next = Math.min(next, firstTaking);
    const step = rungIn(act);
    if (step === null) continue;
    expect(step, `of ${before.rung}`).toBe(rungs[next]?.step);
    next += 1;
  }
}

function keepsTheDwell(life: Life, timeline: Timeline): void {
  const { performed } = life;
  const quiet = quietAt(life, timeline);
  const rungs = performed.filter((p) => isDone(p) && rungIn(p.act) !== null);
  rungs.slice(1).forEach((later, i) => {
    const earlier = rungs[i]?.outcome;
    // Another episode began in between.
    if (quiet.some((at) => (rungs[i]?.at ?? 0) < at && at < later.at)) return;
    const first = performed.find(
      (p) => p.granted && rungIn(p.act) === rungIn(later.act) && p.act.round === later.act.round,
    );
    if (earlier?.status === 'done')
      expect(first?.at).toBeGreaterThanOrEqual(earlier.at + timeline.policy.dwellMs);
  });
}

/** Counted from the oldest unpaid invoice, or from the longest life of the episode. */
function comesOnItsDayAtTheEarliest(life: Life, timeline: Timeline): void {
  const { policy } = timeline;
  const rungs = rungsOf(policy);
  let firstAt = Infinity;
  for (const { at, turn } of life.looks) {
    // Whoever was clear in between has begun a new episode.
    if (isClear(life, timeline, at)) firstAt = Infinity;
    const oldestIn = (world: Timeline) =>
      Math.min(...pressing(life, world, at).map(({ overdueAt }) => overdueAt));
    const oldestAt = oldestIn(timeline);
    // What a balance covers is a debt of this episode, too.
    firstAt = Math.min(firstAt, oldestIn({ ...timeline, credits: [] }));
    const step = turn.act === null ? null : rungIn(turn.act);
    const rung = rungs[turn.file.rung];
    if (step === null || rung === undefined || turn.file.taken?.settled === false) continue;
    const afterMs = earliestAfterMs(policy, rung);
    const plannedAt = Math.min(oldestAt + afterMs, firstAt + afterMs + policy.longestEpisodeMs);
    const extended = firstAt === Infinity ? 0 : Math.min(extendedMs(life, at), turn.file.shiftMs);
    expect(at).toBeGreaterThanOrEqual(plannedAt + extended);
  }
}

function deletesOnlyWithALiveApproval(life: Life, { policy }: Timeline): void {
  for (const p of life.performed) {
    if (p.act.step !== 'decommission' || !p.granted) continue;
    const { approval } = p.act;
    const asked = life.performed.find(
      ({ outcome }) => outcome.status === 'done' && outcome.approval?.id === approval,
    );
    const expiresAt = asked?.outcome.status === 'done' ? (asked.outcome.approval?.expiresAt ?? 0) : 0;
    expect(p.claimedAt).toBeLessThan(expiresAt);
    const decided = taken(life, 'approve', p.at).filter(({ after }) => after.approval?.id === approval);
    expect(decided, 'a person approved of just this plan').toHaveLength(1);
    const final = life.performed.findLast(
      ({ act, at }) => at < p.at && act.step === 'remind' && act.topic === 'final',
    );
    const sentAt = final?.outcome.status === 'done' ? final.outcome.at : Infinity;
    expect(p.claimedAt - sentAt).toBeGreaterThanOrEqual(policy.decommission?.retentionMs ?? Infinity);
  }
}

function givesBackOnlyWhatIsPaid(life: Life, timeline: Timeline): void {
  for (const p of life.performed) {
    if (p.act.step !== 'lift' && p.act.step !== 'close') continue;
    const isBegun = life.performed.some(
      (q) => q.at < p.at && q.act.step === 'lift' && q.granted && !isDone(q),
    );
    const isOrdered = taken(life, 'lift', p.at).some(({ request }) => request.restriction === 'nonpayment');
    if (p.act.step === 'lift' && (isBegun || isOrdered)) continue;
    expect(isClear(life, timeline, p.at), p.act.step).toBe(true);
  }
}

/** At the very look that sees it paid, unless the last try has just failed. */
function givesBackAtOnce(life: Life, timeline: Timeline): void {
  for (const { at, facts, before, turn } of life.looks) {
    if (facts.tracks === null || !isClear(life, timeline, at) || turn.file.closedAt !== null) continue;
    if (before.taken === null || before.ended || turn.file.hold?.of === 'lift') continue;
    // There is nothing to give back without a subscription, and the mail that says so has just failed.
    if (turn.file.hold?.of === 'close') continue;
    if (turn.act?.step === 'restrict' || turn.act?.step === 'unrestrict') continue;
    expect(turn.act?.step).toBe('lift');
  }
}

function leavesAPersonsOrderAlone(life: Life): void {
  for (const { act, at, before } of life.performed) {
    if (act.step === 'close') expect(before.manual).toBeNull();
    if (act.step !== 'unrestrict') continue;
    const isOrdered = taken(life, 'lift', at).some(({ request }) => request.restriction === 'manual');
    const isOver = taken(life, 'restrict', at).some(({ request }) => (request.until ?? Infinity) <= at);
    expect(isOrdered || isOver).toBe(true);
  }
  const { manual } = life.file;
  if (manual?.state === 'imposed') expect(accessUnder(life.ledger.restrictions)).not.toBe('active');
}

function sleepsAndDecidesTheSameAgain({ looks }: Life): void {
  for (const { turn, at } of looks) {
    if (turn.file.closedAt === null && turn.act === null) expect(turn.wakeAt).toBeGreaterThan(at);
  }
}

function triesAgainOnlyAfterASleep({ performed, ordered }: Life): void {
  performed.forEach((p, i) => {
    if (p.outcome.status === 'done' || p.outcome.status === 'interrupted') return;
    // Once at once: the debt is another one than the act was decided on.
    if (p.outcome.status === 'held' && p.outcome.reason === 'standing_changed') return;
    const next = performed[i + 1];
    const isSame = next?.act.step === p.act.step && next.act.round === p.act.round;
    // What a brake held is looked at anew when a person orders anything.
    const isOrdered = ordered.some(({ at }) => p.at <= at && at <= (next?.at ?? Infinity));
    if (isSame && !isOrdered) expect(next.wake, `${p.act.step} ${p.outcome.status}`).toBeGreaterThan(p.wake);
  });
}

function asksForNothingTwice({ performed }: Life): void {
  const settled = new Set<string>();
  for (const { act, outcome, isRepeat } of performed) {
    const key = `${act.step} ${act.round}`;
    // A lift ends whatever was left open, also a person's order or a notice that was cut short: that is begun anew.
    const isResumable = act.step === 'restrict' || act.step === 'unrestrict' || act.step === 'remind';
    const isCutShort = isResumable && outcome.status === 'interrupted';
    expect(isRepeat && !isCutShort, key).toBe(false);
    expect(settled).not.toContain(key);
    if (outcome.status === 'done') settled.add(key);
  }
}

/** When all is paid and nothing but the debt was the matter. */
function comesToAnEnd({ file, ledger }: Life): void {
  const isSettled = file.closedAt !== null || file.ended || file.manual !== null;
  expect(isSettled).toBe(true);
  if (file.closedAt === null || file.stage === 'decommissioned') return;
  expect(ledger.resourcesOff).toBe(false);
  expect(ledger.restrictions).toEqual([]);
}

/** Of what is lost, that is: by a reading of its own, and with nothing that holds it. */
function letsFallOnlyWhatIsLost(life: Life, { subscriptionEnded, granted, frozen }: Timeline): void {
  for (const { fell, at, act } of life.performed) {
    if (!fell) continue;
    expect(isWithin(subscriptionEnded, at), act.step).toBe(true);
    expect(isWithin(granted, at), act.step).toBe(false);
    expect(within(frozen, at), act.step).toBeUndefined();
    expect(at, act.step).toBeGreaterThanOrEqual(exemptUntil(life, at));
    expect(['limit', 'pause', 'decommission', 'lift', 'close']).toContain(act.step);
  }
}

function keepsNothingOffForAGrantedAccount({ looks }: Life, { granted }: Timeline): void {
  for (const { at, before, turn, facts } of looks) {
    if (facts.tracks === null || !isWithin(granted, at)) continue;
    expect(turn.act).not.toMatchObject({ leaves: 'ended' });
    expect(turn.act).not.toMatchObject({ topic: 'paid_but_ended' });
    const isDebtFree = before.ended && turn.file.owed.length === 0 && facts.standing.invoices.length === 0;
    if (isDebtFree && facts.standing.complete && turn.file.hold?.of !== 'lift' && turn.file.closedAt === null)
      expect(['lift', 'restrict', 'unrestrict']).toContain(turn.act?.step);
  }
}

/** Whoever has a subscription when his case closes, or a grant, has what it is worth. */
function givesThePlanBack({ file, looks, ledger }: Life, { granted }: Timeline): void {
  const last = looks.findLast(({ facts }) => facts.tracks !== null);
  if (file.closedAt === null || file.stage === 'decommissioned' || last === undefined) return;
  const isServed = last.facts.standing.subscriptions.some(({ state }) => state === 'live');
  // What was ordered by a person just then comes first, and the rest with the next event.
  const isHeldUp = last.turn.act?.step === 'restrict' || last.turn.act?.step === 'unrestrict';
  if ((isServed || isWithin(granted, last.at)) && !isHeldUp) expect(ledger.fallback).toBeNull();
}

/** A person has ordered it: whatever the standing says meanwhile. */
function obeysAnOrderToLift({ looks, performed }: Life): void {
  for (const { at, before, turn } of looks) {
    if (!before.liftWanted || turn.file.taken === null || turn.file.ended || turn.file.hold?.of === 'lift')
      continue;
    // Paid, but without a subscription: the service stays off anyway, and only the word of it is tried again later.
    if (turn.file.hold?.of === 'close' && turn.act === null) {
      const last = performed.findLast((p) => p.at < at && p.act.step === 'lift');
      expect(last).toMatchObject({ act: { leaves: 'ended' }, outcome: { status: 'failed' } });
      expect(turn.wakeAt).toBeLessThanOrEqual(turn.file.hold.until);
      continue;
    }
    expect(['lift', 'restrict', 'unrestrict']).toContain(turn.act?.step);
  }
}

export const invariants: Readonly<Record<string, Invariant>> = {
  'TT-8 takes nothing away while an independent reading finds nothing owed': takesOnlyWhatPresses,
  'LG-3 takes nothing away during an exemption': takesNothingFromTheExempt,
  'IN-5 leaves alone for 72 h what a person gave back': takesNothingFromTheImmune,
  'IN-5 names no date before an immunity ends': namesNoDateOfTheImmune,
  'P-3 TT-6 takes nothing before any date told, nor without the full lead, nor long after it':
    keepsWhatItTold,
  'takes nothing while the calendar is closed, but what the policy does at once': takesNothingWhileClosed,
  'TT-2 names only dates that are to come, with the full lead when a date is new': namesOnlyDatesToCome,
  'P-3 skips no rung of the ladder, and takes them in order': skipsAndReordersNothing,
  'P-3 keeps the dwell between two rungs, from the execution of the earlier one': keepsTheDwell,
  'TT-14 takes no rung before its day, however exposed': comesOnItsDayAtTheEarliest,
  'P-8 TT-4 deletes nothing without a live approval of the plan, nor before the retention is over':
    deletesOnlyWithALiveApproval,
  'TT-7 gives back only when nothing that is overdue is unpaid, or on a person’s order':
    givesBackOnlyWhatIsPaid,
  'P-8 TT-5 gives back at the very look that sees it paid, whatever brake holds': givesBackAtOnce,
  'gives back at once what a person ordered to be given back': obeysAnOrderToLift,
  'ends a person’s restriction on a person’s order only': leavesAPersonsOrderAlone,
  'sleeps whenever there is nothing to do': sleepsAndDecidesTheSameAgain,
  'never tries again before it slept what was held, refused, or not owed': triesAgainOnlyAfterASleep,
  'asks for no effect a second time that was settled': asksForNothingTwice,
  'TT-5 comes to an end in which all is given back': comesToAnEnd,
  'SUB-2 EC-2 lets the plan fall only when its subscription is lost, and nothing holds':
    letsFallOnlyWhatIsLost,
  'DR-8 keeps nothing off for an ended subscription while a grant stands': keepsNothingOffForAGrantedAccount,
  'TT-5 gives the plan back to who has a subscription again, or a grant': givesThePlanBack,
};

export const invariantNames = Object.keys(invariants);

/** The invariants that a life breaks, with the first words of what is wrong. */
export function brokenBy(life: Life, timeline: Timeline): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  for (const [name, check] of Object.entries(invariants)) {
    try {
      check(life, timeline);
    } catch (error) {
      broken.set(name, (error as Error).message.split('\n')[0] ?? name);
    }
  }
  return broken;
}
