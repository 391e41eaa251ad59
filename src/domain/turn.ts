import type { CaseFile } from './case-file.js';
import type { Act } from './effect.js';
import type { Policy } from './policy.js';
import type { Standing } from './standing.js';
import { DAY_MS, type Instant } from './time.js';
import { type NextStep, promisesToMake } from './timetable.js';
import type { Tracks } from './witness.js';

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

/** What the guard held waits until its time; a doubt about the standing itself ends with the standing. */
export const isBraked = ({ hold: held }: CaseFile, now: Instant) =>
  held !== null && held.of !== null && now < held.until;

type Reminding = Extract<Act, { step: 'remind' }>;

export function remindAct(
  file: CaseFile,
  topic: Reminding['topic'],
  promises: Reminding['promises'],
): Reminding {
  return { step: 'remind', round: file.rounds.remind + 1, topic, promises };
}

/** Its notice says what comes after it, as it will stand when it is done. */
export function takeAct(
  file: CaseFile,
  policy: Policy,
  step: 'limit' | 'pause',
  round: number,
  now: Instant,
): Act {
  const after = { ...file, rung: file.rung + 1, lastStepAt: now };
  return { step, round, promises: promisesToMake(after, policy, now) };
}

export function liftAct(
  file: CaseFile,
  from: Extract<Act, { step: 'lift' }>['from'],
  leaves: Extract<Act, { step: 'lift' }>['leaves'],
): Act {
  return { step: 'lift', round: file.rounds.lift + 1, from, leaves };
}

export function doNow(file: CaseFile, act: Act, now: Instant): Turn {
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

export function wait(file: CaseFile, next: NextStep | null, now: Instant): Turn {
  // While something is held its retry counts, not the step's own date, which may be past.
  const dueAt = file.hold?.until ?? next?.at ?? Infinity;
  const wakeAt = Math.min(now + longestSleepMs, dueAt, orderedAt(file), file.recheckAt ?? Infinity);
  return { file, act: null, wakeAt: Math.max(wakeAt, file.closedAt === null ? now + 1 : now), next };
}

/** When a person's order is to be seen to; `Infinity` for never. */
export function orderedAt({ manual }: CaseFile): Instant {
  if (manual === null) return Infinity;
  const dueAt = manual.state === 'imposed' ? (manual.until ?? Infinity) : -Infinity;
  return Math.max(dueAt, manual.retryAt ?? -Infinity);
}
