import type { CaseFile } from './case-file.js';
import type { NoticePromise } from './notice.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';

/** One planned step of the policy: the ladder goes from the mildest to the hardest and no rung is ever skipped. */
export type Rung = { readonly step: 'remind' | 'pause'; readonly afterMs: number };

export type NextStep = { readonly step: 'remind' | 'pause'; readonly at: Instant };

export function ladderOf(policy: Policy): Rung[] {
  const reminders = policy.reminders.map(({ afterMs }): Rung => ({ step: 'remind', afterMs }));
  return policy.pause === null ? reminders : [...reminders, { step: 'pause', afterMs: policy.pause.afterMs }];
}

/**
 * When a rung that is still to come is due: on its day counted from the oldest unpaid invoice, moved by extensions, and
 * never less than the dwell after the rung before it, as that one was (or can at the earliest be) executed.
 * `notBefore` is the floor for the next rung: the past can't be executed.
 */
export function dueOf(file: CaseFile, policy: Policy, index: number, notBefore: Instant): Instant {
  const rung = ladderOf(policy)[index];
  if (rung === undefined) return Infinity;
  const before =
    index > file.rung ? dueOf(file, policy, index - 1, notBefore) : (file.lastStepAt ?? -Infinity);
  return Math.max(dayOf(file, policy, rung), before + policy.dwellMs, notBefore);
}

/** The day that is planned for a rung, whatever came between. */
function dayOf({ anchorAt, firstAnchorAt, shiftMs }: CaseFile, policy: Policy, { afterMs }: Rung): Instant {
  if (anchorAt === null || firstAnchorAt === null) return Infinity;
  return Math.min(anchorAt + afterMs, firstAnchorAt + afterMs + policy.longestEpisodeMs) + shiftMs;
}

/**
 * How far the steps to come are behind their planned days: after an outage, or because the customer was told a later
 * day. More time is counted from where they stand, else an extension would first be eaten up by what was late anyway.
 */
export function lagOf(file: CaseFile, policy: Policy, now: Instant): number {
  const ladder = ladderOf(policy);
  const next = nextStepOf(file, policy, now);
  const nextRung = ladder[file.rung];
  if (next === null || nextRung === undefined) return 0;
  const nextLag = Math.max(next.at, now) - dayOf(file, policy, nextRung);
  const index = pauseRungIndex(file, policy);
  const pauseRung = ladder[index ?? -1];
  const told = promiseToMake(file, policy, now);
  if (index === null || pauseRung === undefined || told === null) return nextLag;
  const pauseAt = Math.max(told.at, dueOf(file, policy, index, now));
  return Math.max(nextLag, pauseAt - dayOf(file, policy, pauseRung));
}

/** Where the pause stands now, for a case that is not paused; `null` for a policy that has none, or when it is done. */
function pauseRungIndex(file: CaseFile, policy: Policy): number | null {
  const index = ladderOf(policy).findIndex((rung) => rung.step === 'pause');
  return index < 0 || index < file.rung ? null : index;
}

/**
 * Whether what the customer was last told about the pause no longer holds: it was moved (by an extension, or because
 * the oldest invoice was paid), or it passed so long ago that nobody expects it any more.
 */
export function promiseIsOutdated(file: CaseFile, policy: Policy, now: Instant): boolean {
  const index = pauseRungIndex(file, policy);
  if (file.promise === null || policy.pause === null || index === null) return false;
  const { leadMs } = policy.pause;
  const moved = dueOf(file, policy, index, -Infinity) > file.promise.at + leadMs / 4;
  const passedAt = Math.max(file.promise.at, file.promise.acceptedAt + leadMs);
  return moved || now > passedAt + leadMs;
}

/**
 * The pause date that a notice sent now names: the one that was named before while it holds, else the planned day, never
 * nearer than the lead. `null` when the policy plans no pause.
 */
export function promiseToMake(file: CaseFile, policy: Policy, now: Instant): NoticePromise | null {
  const index = pauseRungIndex(file, policy);
  if (policy.pause === null || index === null) return null;
  const at = dueOf(file, policy, index, now);
  const tolerated = at - policy.pause.leadMs / 4;
  // With reminders still to come, a date that is past or can't be kept must not be named once more.
  const isTenable = (told: Instant) => index === file.rung || (told > now && told >= tolerated);
  if (file.promise !== null && isTenable(file.promise.at) && !promiseIsOutdated(file, policy, now)) {
    return { step: 'pause', at: file.promise.at };
  }
  return { step: 'pause', at: Math.max(at, now + policy.pause.leadMs) };
}

/** The next rung and when it may be executed at the earliest; never before the customer was told, with the full lead. */
export function nextStepOf(file: CaseFile, policy: Policy, now: Instant): NextStep | null {
  const rung = ladderOf(policy)[file.rung];
  if (rung === undefined || file.anchorAt === null) return null;
  const dueAt = dueOf(file, policy, file.rung, -Infinity);
  if (rung.step === 'remind') return { step: 'remind', at: dueAt };
  const leadMs = policy.pause?.leadMs ?? 0;
  const toldAt = file.promise?.at ?? now + leadMs;
  const warnedAt = (file.promise?.acceptedAt ?? now) + leadMs;
  return { step: 'pause', at: Math.max(dueAt, toldAt, warnedAt) };
}
