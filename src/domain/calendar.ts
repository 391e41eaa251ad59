import { DAY_MS, type Instant } from './time.js';

/**
 * When an operator acts, as plain data: made once for an account from zone rules and holidays, which only grow old, and kept
 * with its case. Days are local ones, numbered from 1970-01-01.
 */
export type Almanac = {
  /** From each instant on, local time is that many milliseconds ahead of UTC; ascending. The first also holds before it. */
  readonly offsets: readonly (readonly [from: Instant, offsetMs: number])[];
  /** Open weekdays, 0 for Sunday. Never empty. */
  readonly weekdays: readonly number[];
  /** Within a day, local time; `null` for all of it. */
  readonly hours: { readonly fromMs: number; readonly toMs: number } | null;
  /** Days on which nothing is done, first and last of each range, ascending. */
  readonly closed: readonly (readonly [first: number, last: number])[];
};

// Longer than any run of closed days that a policy may name; past it an almanac is no reason to wait for ever.
const longestSearchDays = 400;

function offsetAt({ offsets }: Almanac, at: Instant): number {
  let offset = offsets[0]?.[1] ?? 0;
  for (const [from, ms] of offsets) if (from <= at) offset = ms;
  return offset;
}

/**
 * The instant at which clocks show `localMs` (as if it were UTC). What they show twice is the second time, what they skip
 * is as much later as they skip: never sooner than one could expect.
 */
function instantOf(almanac: Almanac, localMs: number): Instant {
  const { offsets } = almanac;
  const shown = offsets.map(([, ms]) => localMs - ms).filter((at) => at + offsetAt(almanac, at) === localMs);
  if (shown.length > 0) return Math.max(...shown);
  const skipped = offsets.flatMap(([from, ms], index) => {
    const beforeMs = offsets[index - 1]?.[1] ?? ms;
    return from + beforeMs <= localMs && localMs < from + ms ? [localMs - beforeMs] : [];
  });
  return skipped[0] ?? localMs;
}

/**
 * The instant `ms` after another one, whole days of it by the local calendar: ten days after 9:00 is 9:00, also when clocks
 * change in between. Without an almanac a day is 24 hours.
 */
export function later(almanac: Almanac | null, at: Instant, ms: number): Instant {
  if (almanac === null || !Number.isFinite(at)) return at + ms;
  const days = Math.floor(ms / DAY_MS);
  const local = at + offsetAt(almanac, at) + days * DAY_MS;
  return instantOf(almanac, local) + (ms - days * DAY_MS);
}

const isOpenDay = ({ weekdays, closed }: Almanac, day: number) =>
  // 1970-01-01 was a Thursday.
  weekdays.includes((((day + 4) % 7) + 7) % 7) &&
  !closed.some(([first, last]) => first <= day && day <= last);

/** Whether something may be done at that instant. */
export function isOpen(almanac: Almanac | null, at: Instant): boolean {
  return almanac === null || firstOpen(almanac, at) === at;
}

/** The first instant, not before the given one, at which something may be done. Without an almanac that is at once. */
export function firstOpen(almanac: Almanac | null, at: Instant): Instant {
  if (almanac === null || !Number.isFinite(at)) return at;
  const local = at + offsetAt(almanac, at);
  const today = Math.floor(local / DAY_MS);
  const { fromMs, toMs } = almanac.hours ?? { fromMs: 0, toMs: DAY_MS };
  const isToday = local - today * DAY_MS < toMs;
  for (let day = isToday ? today : today + 1; day <= today + longestSearchDays; day += 1) {
    if (!isOpenDay(almanac, day)) continue;
    const opensAt = instantOf(almanac, day * DAY_MS + fromMs);
    return day === today ? Math.max(at, opensAt) : opensAt;
  }
  return at + longestSearchDays * DAY_MS;
}
