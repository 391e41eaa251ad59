import { remark, type CaseFile } from './case-file.js';
import type { PolicyVersion } from './ids.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';
import { ladderOf, type Rung } from './timetable.js';

/**
 * Puts a case under other rules. What was done stays done: reminders that were sent count as sent, and nothing milder comes
 * after something harder. What the customer was told still holds: a date of his that comes sooner by the new rules is kept,
 * one that comes later is told anew. Pure.
 */
export function reissue(
  asked: CaseFile,
  rules: { readonly from: Policy; readonly to: Policy; readonly version: PolicyVersion },
  now: Instant,
): CaseFile {
  const { from, to, version } = rules;
  const file = withoutWish(asked);
  if (version === file.policyVersion) return file;
  const name = to.segment === null ? to.name : `${to.name}, segment ${to.segment}`;
  const moved = {
    ...file,
    policyVersion: version,
    rung: rungIn(ladderOf(from).slice(0, file.rung), ladderOf(to)),
  };
  return remark(moved, now, `goes by the policy ${name} (${version}) from now on`);
}

/** How many rungs of a ladder are done, after what was done of another one. */
function rungIn(done: readonly Rung[], ladder: readonly Rung[]): number {
  const isReminder = ({ step }: Rung) => step === 'remind';
  const hardest = done.findLast((rung) => !isReminder(rung));
  const atLeast = hardest === undefined ? 0 : ladder.findIndex(({ step }) => step === hardest.step) + 1;
  let reminders = done.filter(isReminder).length;
  const next = ladder.findIndex((rung) => {
    if (isReminder(rung)) return (reminders -= 1) < 0;
    return !done.some(({ step }) => step === rung.step);
  });
  return Math.max(atLeast, next < 0 ? ladder.length : next);
}

function withoutWish(file: CaseFile): CaseFile {
  const { rulesWanted, ...rest } = file;
  return rulesWanted === undefined ? file : rest;
}
