import { firstOpen, isOpen, later } from './calendar.js';
import { immuneUntil, toldOf, type CaseFile, type Hold } from './case-file.js';
import type { TakingStep } from './effect.js';
import type { NoticePromise } from './notice.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';

/** `final`: the notice that names the day of deletion. */
export type PlannedStep = 'remind' | 'final' | TakingStep;

/**
 * One planned step of the policy: the ladder goes from the mildest to the hardest and no rung is ever skipped. `leadMs` of
 * a rung that takes something away: how long before it the customer has to know; 0 where he need not.
 */
export type Rung =
  | { readonly step: 'remind' | 'final'; readonly afterMs: number }
  | { readonly step: TakingStep; readonly afterMs: number; readonly leadMs: number };

export type NextStep = { readonly step: PlannedStep; readonly at: Instant };

const laddersKnown = new WeakMap<Policy, readonly Rung[]>();

/** The rungs of a policy, the mildest first. Kept, for every date of every case is counted from them. */
export function ladderOf(policy: Policy): readonly Rung[] {
  const known = laddersKnown.get(policy);
  if (known !== undefined) return known;
  const ladder = planned(policy);
  laddersKnown.set(policy, ladder);
  return ladder;
}

function planned({ reminders, limit, pause, decommission }: Policy): Rung[] {
  const rungs: Rung[] = reminders.map(({ afterMs }) => ({ step: 'remind', afterMs }));
  if (limit !== null) rungs.push({ step: 'limit', ...limit });
  if (pause !== null) {
    const { afterMs, leadMs, immediate } = pause;
    rungs.push({ step: 'pause', afterMs: immediate ? 0 : afterMs, leadMs: immediate ? 0 : leadMs });
  }
  // Sorting is stable: on the same day a reminder comes before what it tells of.
  rungs.sort((a, b) => a.afterMs - b.afterMs);
  if (pause?.immediate === true)
    rungs.sort((a, b) => Number(b.step === 'pause') - Number(a.step === 'pause'));
  if (decommission === null) return rungs;
  const { afterMs, retentionMs } = decommission;
  return [
    ...rungs,
    { step: 'final', afterMs },
    { step: 'decommission', afterMs: afterMs + retentionMs, leadMs: retentionMs },
  ];
}

// While one of these holds, the customer is doing what he should, or the fault isn't his: the clock stands still.
export const stopsTheClock: readonly Hold['reason'][] = [
  'payment_in_flight',
  'instalments_agreed',
  'credit_covers_debt',
  'exempt',
];

/** Ends the doubt or the grace that a standing brought: the time for which the clock stood still is given. */
export function resumeClock(file: CaseFile, now: Instant): CaseFile {
  const { hold, anchorAt } = file;
  if (hold === null || hold.of !== null) return file;
  // An invoice whose first failure came only meanwhile has its own, later clock already.
  const isGiven = stopsTheClock.includes(hold.reason) && anchorAt !== null && anchorAt <= hold.since;
  return { ...file, hold: null, shiftMs: file.shiftMs + (isGiven ? now - hold.since : 0) };
}

/** How many rungs are done at least when a step that takes something away is done. */
export function rungAfter(policy: Policy, step: TakingStep): number {
  return ladderOf(policy).findIndex((rung) => rung.step === step) + 1;
}

/** Where the first rung stands that takes something away; the ladder's length when none does. */
export function firstTakingRung(policy: Policy): number {
  const index = ladderOf(policy).findIndex(isTaking);
  return index < 0 ? ladderOf(policy).length : index;
}

type TakingRung = Extract<Rung, { readonly leadMs: number }>;
const isTaking = (rung: Rung): rung is TakingRung => 'leadMs' in rung;

/** How long before a step the customer has to know of it. */
export function leadOf(policy: Policy, step: TakingStep): number {
  return ladderOf(policy).find((rung): rung is TakingRung => rung.step === step)?.leadMs ?? 0;
}

/**
 * When a rung that is still to come is due: on its day counted from the oldest unpaid invoice, moved by extensions, and
 * never less than the dwell after the rung before it, as that one was (or can at the earliest be) executed. Nothing is
 * taken before an immunity ends.
 * `notBefore` is the floor for the next rung: the past can't be executed.
 */
export function dueOf(file: CaseFile, policy: Policy, index: number, notBefore: Instant): Instant {
  const rung = ladderOf(policy)[index];
  if (rung === undefined) return Infinity;
  const before =
    index > file.rung ? dueOf(file, policy, index - 1, notBefore) : (file.lastStepAt ?? -Infinity);
  const immune = isTaking(rung) ? immuneUntil(file) : -Infinity;
  return openFor(
    rung,
    policy,
    Math.max(dayOf(file, policy, rung), before + policy.dwellMs, notBefore, immune),
  );
}

/** The first moment from `at` on when the calendar allows a step. What the policy does at once doesn't wait for it. */
function openFor({ step }: Rung, { almanac, pause }: Policy, at: Instant): Instant {
  return step === 'pause' && pause?.immediate === true ? at : firstOpen(almanac, at);
}

/** The day that is planned for a rung, whatever came between. */
function dayOf({ anchorAt, firstAnchorAt, shiftMs, exposed }: CaseFile, policy: Policy, rung: Rung): Instant {
  if (anchorAt === null || firstAnchorAt === null) return Infinity;
  const afterMs = exposed ? pacedMs(policy, rung) : rung.afterMs;
  const { almanac, longestEpisodeMs } = policy;
  const latest = later(almanac, firstAnchorAt, afterMs + longestEpisodeMs);
  return Math.min(later(almanac, anchorAt, afterMs), latest) + shiftMs;
}

/** Under too large an exposure days come nearer, but nothing is taken while Stripe itself still collects. */
function pacedMs({ exposure, retryWindowMs }: Policy, { step, afterMs }: Rung): number {
  const paced = afterMs * (exposure?.pace ?? 1);
  return step === 'remind' ? paced : Math.max(paced, Math.min(afterMs, retryWindowMs));
}

/** The rungs to come of which the customer has to know beforehand; of deletion only once its final notice was due. */
function announced(file: CaseFile, policy: Policy): { readonly rung: TakingRung; readonly index: number }[] {
  const ladder = ladderOf(policy);
  const final = ladder.findIndex(({ step }) => step === 'final');
  return ladder.flatMap((rung, index) =>
    isTaking(rung) &&
    rung.leadMs > 0 &&
    index >= file.rung &&
    (rung.step !== 'decommission' || file.rung > final)
      ? [{ rung, index }]
      : [],
  );
}

/**
 * How far the steps to come are behind their planned days: after an outage, or because the customer was told a later
 * day. More time is counted from where they stand, else an extension would first be eaten up by what was late anyway.
 */
export function lagOf(file: CaseFile, policy: Policy, now: Instant): number {
  const next = nextStepOf(file, policy, now);
  const nextRung = ladderOf(policy)[file.rung];
  if (next === null || nextRung === undefined) return 0;
  const nextLag = Math.max(next.at, now) - dayOf(file, policy, nextRung);
  const lags = announced(file, policy).map(({ rung, index }) => {
    const told = promiseOf(file, policy, rung, index, now);
    return Math.max(told.at, dueOf(file, policy, index, now)) - dayOf(file, policy, rung);
  });
  return Math.max(nextLag, ...lags);
}

/**
 * Whether what the customer was last told no longer holds: a date was moved (by an extension, or because the oldest
 * invoice was paid), or it passed so long ago that nobody expects it any more.
 */
export function promisesAreOutdated(file: CaseFile, policy: Policy, now: Instant): boolean {
  return announced(file, policy).some(({ rung, index }) => isOutdated(file, policy, rung, index, now));
}

function isOutdated(
  file: CaseFile,
  policy: Policy,
  { step, leadMs }: TakingRung,
  index: number,
  now: Instant,
): boolean {
  const told = toldOf(file, step);
  if (told === null) return false;
  const moved = dueOf(file, policy, index, -Infinity) > told.at + leadMs / 4;
  const passedAt = Math.max(told.at, told.acceptedAt + leadMs);
  return moved || now > passedAt + leadMs;
}

/**
 * The dates that a notice sent now names, the nearest first. Empty when the policy plans nothing that has to be told. A
 * date that has come was told before and is not named once more.
 */
export function promisesToMake(file: CaseFile, policy: Policy, now: Instant): NoticePromise[] {
  return announced(file, policy)
    .map(({ rung, index }) => promiseOf(file, policy, rung, index, now))
    .filter(({ at }) => at > now);
}

/** The date that was named before while it holds, else the planned day, never nearer than the lead. */
function promiseOf(
  file: CaseFile,
  policy: Policy,
  rung: TakingRung,
  index: number,
  now: Instant,
): NoticePromise {
  const { step, leadMs } = rung;
  const at = dueOf(file, policy, index, now);
  const told = toldOf(file, step);
  // With other steps still to come, a date that is past or can't be kept must not be named once more.
  const isTenable = (date: Instant) => index === file.rung || (date > now && date >= at - leadMs / 4);
  if (told !== null && isTenable(told.at) && !isOutdated(file, policy, rung, index, now)) {
    return { step, at: told.at };
  }
  return { step, at: openFor(rung, policy, Math.max(at, now + leadMs)) };
}

/** The date that the final notice, sent now, names for the deletion. */
export function deletionToPromise(file: CaseFile, policy: Policy, now: Instant): NoticePromise {
  const index = ladderOf(policy).findIndex(({ step }) => step === 'decommission');
  const retentionMs = policy.decommission?.retentionMs ?? 0;
  const at = Math.max(dueOf(file, policy, index, now), now + retentionMs);
  return { step: 'decommission', at: firstOpen(policy.almanac, at) };
}

/** Whether the customer knows of the next rung what he has to know. */
export function isTold(file: CaseFile, policy: Policy): boolean {
  const rung = ladderOf(policy)[file.rung];
  return rung === undefined || !isTaking(rung) || rung.leadMs === 0 || toldOf(file, rung.step) !== null;
}

/** The next rung and when it may be executed at the earliest; never before the customer was told, with the full lead. */
export function nextStepOf(file: CaseFile, policy: Policy, now: Instant): NextStep | null {
  return file.anchorAt === null ? null : stepAt(file, policy, file.rung, now);
}

/** The next step that takes something away, for lists of what is coming; an estimate while others come before it. */
export function nextTakingOf(file: CaseFile, policy: Policy, now: Instant): NextStep | null {
  const index = ladderOf(policy).findIndex((rung, at) => at >= file.rung && isTaking(rung));
  return file.anchorAt === null || index < 0 ? null : stepAt(file, policy, index, now);
}

function stepAt(file: CaseFile, policy: Policy, index: number, now: Instant): NextStep | null {
  const rung = ladderOf(policy)[index];
  if (rung === undefined) return null;
  const dueAt = dueOf(file, policy, index, -Infinity);
  // What is late waits for the next opening, too: nobody is there to help before.
  const open = (at: Instant): NextStep => ({
    step: rung.step,
    at: at < now && !isOpen(policy.almanac, now) ? openFor(rung, policy, now) : openFor(rung, policy, at),
  });
  if (!isTaking(rung) || rung.leadMs === 0) return open(dueAt);
  const told = toldOf(file, rung.step);
  // The notice that names the date will be sent with a step that comes before.
  if (told === null && index > file.rung) return open(dueAt);
  const toldAt = told?.at ?? now + rung.leadMs;
  const warnedAt = (told?.acceptedAt ?? now) + rung.leadMs;
  return open(Math.max(dueAt, toldAt, warnedAt));
}
