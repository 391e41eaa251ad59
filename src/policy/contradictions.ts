import type { z } from 'zod';
import type { PolicyFile } from './schema.js';

type Report = (path: readonly (string | number)[], message: string) => void;

/** Refuses what can't be carried out as it is written: dates out of order, no time for a notice, steps inside retries. */
export function checkTimetable(policy: PolicyFile, ctx: z.RefinementCtx): void {
  const report: Report = (path, message) => ctx.addIssue({ code: 'custom', path: [...path], message });
  checkReminders(policy, report);
  checkLimit(policy, report);
  checkPause(policy, report);
  checkDecommission(policy, report);
}

function checkReminders({ reminders }: PolicyFile, report: Report): void {
  reminders.forEach(({ after }, index) => {
    const before = reminders[index - 1]?.after ?? -1;
    if (after <= before) report(['reminders', index, 'after'], 'must be later than the reminder before it');
  });
}

const insideRetries =
  'lies inside the retry window, while Stripe may still collect: make it later, or retryWindow shorter if Stripe really stops earlier';

const pauseAfter = ({ pause }: PolicyFile) => (pause !== undefined && 'after' in pause ? pause.after : null);

function checkLimit(policy: PolicyFile, report: Report): void {
  const { limit, retryWindow, reminders, pause } = policy;
  if (limit === undefined) return;
  if (pause !== undefined && !('after' in pause)) {
    report(['limit'], 'has no place beside an immediate pause, which takes more at once');
    return;
  }
  // From day 0 on it only stops growth, which Stripe's retries have nothing to do with.
  if (limit.after > 0 && limit.after < retryWindow) report(['limit', 'after'], insideRetries);
  const first = reminders[0]?.after ?? 0;
  if (limit.lead > 0 && limit.after < first + limit.lead)
    report(
      ['limit', 'lead'],
      'leaves no time for its notice: the first reminder plus the lead must come before',
    );
  const paused = pauseAfter(policy);
  if (paused !== null && limit.after >= paused) report(['limit', 'after'], 'must be earlier than the pause');
}

function checkPause({ pause, retryWindow, reminders }: PolicyFile, report: Report): void {
  if (pause === undefined || !('after' in pause)) return;
  const { after, lead } = pause;
  if (after < retryWindow) report(['pause', 'after'], insideRetries);
  if (lead <= 0) report(['pause', 'lead'], 'must be more than nothing: a pause needs a delivered warning');
  const first = reminders[0]?.after ?? 0;
  if (after < first + lead) {
    report(
      ['pause', 'lead'],
      'leaves no time for its notice: the first reminder plus the lead must come before the pause',
    );
  }
  const last = reminders.at(-1)?.after ?? 0;
  if (after <= last) report(['pause', 'after'], 'must be later than the last reminder');
}

function checkDecommission(policy: PolicyFile, report: Report): void {
  const { decommission, pause, retryWindow, reminders } = policy;
  if (decommission === undefined) return;
  if (pause === undefined) {
    report(['decommission'], 'needs a pause before it: nothing is deleted that was not off for a while');
    return;
  }
  const last = Math.max(pauseAfter(policy) ?? 0, reminders.at(-1)?.after ?? 0);
  if (decommission.after <= last)
    report(['decommission', 'after'], 'must be later than the pause and the last reminder');
  if (decommission.after < retryWindow) report(['decommission', 'after'], insideRetries);
  if (decommission.retention <= 0)
    report(
      ['decommission', 'retention'],
      'must be more than nothing: customers need time to fetch their data',
    );
}
