import { remark, type CaseFile, type Extension } from './case-file.js';
import type { Policy } from './policy.js';
import { DAY_MS, formatDuration, type Instant } from './time.js';
import { lagOf, nextStepOf } from './timetable.js';

/** A request for more time, as a person typed it: exactly one of `days` (> 0, fractions allowed) and `until` (ISO 8601). */
export type ExtensionRequest = {
  readonly id: string;
  readonly days?: number | undefined;
  readonly until?: string | undefined;
  readonly reason: string;
  readonly by: string;
};

/** What an extension comes to, or the sentence that tells its sender what is wrong with it. */
export type ExtensionRuling = { readonly extension: Extension } | { readonly refusal: string };

/**
 * Rules on a request for more time. An extension moves every step that is still to come by the same length; `until`
 * means that the next step happens then. It never shortens, and never exceeds the policy's `longestExtensionMs`.
 */
export function ruleOnExtension(
  file: CaseFile,
  policy: Policy,
  request: ExtensionRequest,
  now: Instant,
): ExtensionRuling {
  const byMs =
    request.days === undefined
      ? gapUntil(file, policy, request.until, now)
      : gapOfDays(file, policy, request.days, now);
  if ((request.days === undefined) === (request.until === undefined)) {
    return { refusal: 'give either days or until' };
  }
  if (request.reason.trim() === '') return { refusal: 'reason is missing: say why grace is extended' };
  if (byMs === null) return { refusal: 'no step is to come that could be moved' };
  if (Number.isNaN(byMs))
    return { refusal: `until is not a date: write it as ${new Date(now).toISOString()}` };
  if (!(byMs > 0)) return { refusal: 'an extension only gives time: it must end after the next step is due' };
  if (byMs > policy.longestExtensionMs) {
    return {
      refusal: `longer than the policy allows: at most ${policy.longestExtensionMs / DAY_MS} days at a time`,
    };
  }
  return { extension: { id: request.id, byMs, reason: request.reason, by: request.by, at: now } };
}

/** `null` when every step is done; a case that has not looked at Stripe yet keeps the time for the steps to come. */
function gapOfDays(file: CaseFile, policy: Policy, days: number, now: Instant): number | null {
  if (file.anchorAt !== null && nextStepOf(file, policy, now) === null) return null;
  return Math.round(days * DAY_MS);
}

/** Milliseconds from the next step to `until`; NaN when it is no date, `null` when no step is to come. */
function gapUntil(file: CaseFile, policy: Policy, until: string | undefined, now: Instant): number | null {
  const next = nextStepOf(file, policy, now);
  if (next === null) return null;
  return Date.parse(until ?? '') - Math.max(next.at, now);
}

/** Moves every later step. A request that was taken before (by its id) changes nothing; a bad one leaves a remark. */
export function extend(file: CaseFile, policy: Policy, request: ExtensionRequest, now: Instant): CaseFile {
  if (file.extensions.some((e) => e.id === request.id)) return file;
  const ruling = ruleOnExtension(file, policy, request, now);
  if ('refusal' in ruling) return remark(file, now, `extension by ${request.by} refused: ${ruling.refusal}`);
  const { extension } = ruling;
  const extensions = [...file.extensions, extension].slice(-mostExtensions);
  const shiftMs = file.shiftMs + extension.byMs + lagOf(file, policy, now);
  const moved = { ...file, shiftMs, extensions };
  const length = formatDuration(extension.byMs);
  return remark(moved, now, `grace extended by ${length} by ${extension.by}: ${extension.reason}`);
}

const mostExtensions = 50;
