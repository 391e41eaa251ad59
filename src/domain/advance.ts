import { remark, type CaseFile } from './case-file.js';
import type { Act } from './effect.js';
import type { SubscriptionId } from './ids.js';
import type { Policy } from './policy.js';
import type { Access } from './restrictions.js';
import { assess, hasLiveSubscription, type Assessment, type Standing } from './standing.js';
import { DAY_MS, type Instant } from './time.js';
import { nextStepOf, promiseIsOutdated, promiseToMake, type NextStep } from './timetable.js';

/** What a case has to know of the world to decide. */
export type Facts = {
  readonly standing: Standing;
  readonly policy: Policy;
  /** The round of a pause that was claimed and has no outcome yet: it may stand half-way, whoever began it. */
  readonly unsettledPause: number | null;
  /** What stands now, whatever the case file remembers; `null` when this wake has acted since it was read. */
  readonly tracks: Tracks | null;
};

/**
 * What effects have left behind. A case file can be behind it, when the run that kept it was ended by force between an
 * effect and the file's saving.
 */
export type Tracks = {
  /** The highest round of each step that has its outcome. */
  readonly rounds: CaseFile['rounds'];
  /** The restrictions for which a case is responsible, and what each leaves. */
  readonly restrictions: readonly { readonly reason: 'nonpayment' | 'ended'; readonly access: Access }[];
  /** Something was recorded, to be put back, and is not back yet. */
  readonly resourcesOff: boolean;
};

/** What to do now (at most one act: each changes what comes next), and when to look again if nothing is heard. */
export type Turn = {
  readonly file: CaseFile;
  readonly act: Act | null;
  readonly wakeAt: Instant;
  readonly next: NextStep | null;
};

// A bound on every sleep; what wakes a case in time are messages and its own dates.
const longestSleepMs = 30 * DAY_MS;

/**
 * Decides what becomes of a case, from what is known at `now`. Pure and total: the workflow, the simulator and the
 * policy preview all drive this one function, and calling it again with the same arguments changes nothing.
 */
export function advance(file: CaseFile, facts: Facts, now: Instant): Turn {
  if (file.closedAt !== null) return { file, act: null, wakeAt: now, next: null };
  const seen = witness(file, facts, now);
  const view = assess(facts.standing, facts.policy, now);
  switch (view.verdict) {
    case 'unclear':
      return hold(seen, facts.policy, 'standing_unclear', now);
    case 'in_flight':
      return hold(seen, facts.policy, 'payment_in_flight', now);
    case 'clear':
      return settle({ ...seen, owed: [] }, facts, now);
    case 'owing':
      return enforce(note(seen, view, now), facts, now);
  }
}

/** Takes in what is true whatever the standing says: what effects left behind, a second look that is over. */
function witness(file: CaseFile, facts: Facts, now: Instant): CaseFile {
  const recheckAt = file.recheckAt !== null && file.recheckAt <= now ? null : file.recheckAt;
  const seen = { ...file, recheckAt, rounds: roundsOf(file, facts.tracks) };
  if (file.pause !== null) return seen;
  if (facts.unsettledPause !== null) {
    return { ...seen, pause: { round: facts.unsettledPause, at: now, settled: false } };
  }
  return isSwitchedOff(facts.tracks) ? foundPaused(seen, facts, now) : seen;
}

/** A round that has its outcome is used up, also when the file never heard of it. */
function roundsOf({ rounds }: CaseFile, tracks: Tracks | null): CaseFile['rounds'] {
  if (tracks === null) return rounds;
  const newest = (step: Act['step']) => Math.max(rounds[step], tracks.rounds[step]);
  return { remind: newest('remind'), pause: newest('pause'), lift: newest('lift'), close: newest('close') };
}

function isSwitchedOff(tracks: Tracks | null): boolean {
  return (
    tracks !== null && (tracks.resourcesOff || tracks.restrictions.some((r) => r.access === 'suspended'))
  );
}

/** The account is off and the file does not know of it: what stands counts, so that a payment gives it back. */
function foundPaused(file: CaseFile, { policy, tracks }: Facts, now: Instant): CaseFile {
  const found: CaseFile = {
    ...file,
    stage: 'paused',
    rung: policy.reminders.length + 1,
    promise: null,
    pause: { round: Math.max(1, file.rounds.pause), at: now, settled: true },
    ended: tracks?.restrictions.some((r) => r.reason === 'ended') ?? false,
  };
  return remark(found, now, 'found paused by an earlier run');
}

function note(file: CaseFile, view: Assessment, now: Instant): CaseFile {
  const anchorAt = view.oldestAt ?? now;
  const subscriptions = view.overdue.flatMap((i) => (i.subscription === null ? [] : [i.subscription]));
  return {
    ...file,
    openedAt: file.openedAt ?? now,
    anchorAt,
    firstAnchorAt: Math.min(file.firstAnchorAt ?? anchorAt, anchorAt),
    owed: view.owed,
    // Bounded as everything a case carries; twenty subscriptions in arrears decide no differently from the rest.
    subscriptions: [...new Set([...file.subscriptions, ...subscriptions])].slice(-20),
  };
}

/** Nothing is owed: give everything back, say so, close. */
function settle(file: CaseFile, facts: Facts, now: Instant): Turn {
  const withoutSubscription = isEnded(file, facts.standing);
  // No brake delays what gives back, but one that has just failed is not hammered.
  if (file.hold?.of === 'lift' && now < file.hold.until) return wait(file, null, now);
  if (file.pause !== null) {
    const from = file.ended ? 'ended' : 'nonpayment';
    const leaves = withoutSubscription && file.pause.settled ? 'ended' : 'nothing';
    if (from === 'ended' && leaves === 'ended') return wait({ ...file, hold: null }, null, now);
    return doNow(file, { step: 'lift', round: file.rounds.lift + 1, from, leaves }, now);
  }
  if (file.rounds.remind === 0) {
    // A reminder that was claimed and never sent has left its restriction.
    if (facts.tracks !== null && facts.tracks.restrictions.length > 0) {
      return doNow(
        file,
        { step: 'lift', round: file.rounds.lift + 1, from: 'nonpayment', leaves: 'nothing' },
        now,
      );
    }
    return wait({ ...file, stage: 'closed', closedAt: now, hold: null }, null, now);
  }
  const topic = withoutSubscription ? 'paid_but_ended' : 'recovered';
  return doNow(file, { step: 'close', round: file.rounds.close + 1, topic }, now);
}

/** The subscription that was in arrears is over and no other lives: a payment settles the debt but buys no service. */
function isEnded(file: CaseFile, standing: Standing): boolean {
  // A case that was taken over may have forgotten which one it was.
  const isOurs = (id: SubscriptionId) => file.ended || file.subscriptions.includes(id);
  const over = standing.subscriptions.some((s) => s.state === 'ended' && isOurs(s.id));
  return over && !hasLiveSubscription(standing);
}

/** Something is owed: the next rung of the ladder, when it is due and the customer was told in time. */
function enforce(file: CaseFile, { policy }: Facts, now: Instant): Turn {
  // A doubt about the standing itself ends with the standing; what the guard held waits until its time.
  if (file.hold !== null && file.hold.of !== null && now < file.hold.until) {
    return wait(file, nextStepOf(file, policy, now), now);
  }
  const free = { ...file, hold: null };
  // What was begun to be given back is given back whole; a new debt begins with its own notice.
  if (file.hold?.of === 'lift' && file.pause !== null) {
    return doNow(
      file,
      { step: 'lift', round: file.rounds.lift + 1, from: 'nonpayment', leaves: 'nothing' },
      now,
    );
  }
  if (free.pause !== null) return stayPaused(free, free.pause, now);
  if (promiseIsOutdated(free, policy, now)) return warn(free, policy, now);
  const next = nextStepOf(free, policy, now);
  if (next === null) return wait(free, null, now);
  switch (next.step) {
    case 'remind': {
      if (now < next.at) return wait(free, next, now);
      const promise = promiseToMake(free, policy, now);
      return doNow(free, { step: 'remind', round: free.rounds.remind + 1, topic: 'reminder', promise }, now);
    }
    case 'pause':
      if (free.promise === null) return warn(free, policy, now);
      if (now < next.at) return wait(free, next, now);
      return doNow(free, { step: 'pause', round: free.rounds.pause + 1 }, now);
  }
}

function stayPaused(file: CaseFile, pause: NonNullable<CaseFile['pause']>, now: Instant): Turn {
  if (!pause.settled) return doNow(file, { step: 'pause', round: pause.round }, now);
  if (file.owesNotice !== null) {
    const round = file.rounds.remind + 1;
    return doNow(file, { step: 'remind', round, topic: file.owesNotice, promise: null }, now);
  }
  return wait(file, null, now);
}

/** Tells the pause date that holds now, outside the ladder: a date that moved, or one that was never told. */
function warn(file: CaseFile, policy: Policy, now: Instant): Turn {
  const promise = promiseToMake(file, policy, now);
  return doNow(file, { step: 'remind', round: file.rounds.remind + 1, topic: 'moved', promise }, now);
}

function hold(
  file: CaseFile,
  policy: Policy,
  reason: 'standing_unclear' | 'payment_in_flight',
  now: Instant,
): Turn {
  const until = now + policy.holdRetryMs;
  const since = file.hold?.reason === reason ? file.hold.since : now;
  const held = file.hold?.reason === reason ? file : remark(file, now, `held: ${reason}`);
  return wait({ ...held, hold: { of: null, reason, since, until } }, nextStepOf(file, policy, now), now);
}

function doNow(file: CaseFile, act: Act, now: Instant): Turn {
  return {
    file,
    act,
    wakeAt: now,
    next: act.step === 'remind' || act.step === 'pause' ? { step: act.step, at: now } : null,
  };
}

function wait(file: CaseFile, next: NextStep | null, now: Instant): Turn {
  // While something is held its retry counts, not the step's own date, which may be past.
  const dueAt = file.hold?.until ?? next?.at ?? Infinity;
  return { file, act: null, wakeAt: Math.min(now + longestSleepMs, dueAt, file.recheckAt ?? Infinity), next };
}
