import { nextInstalmentAt } from './agreement.js';
import { type CaseFile, type Hold, remark } from './case-file.js';
import type { HoldReason } from './effect.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';
import { isUnread } from './standing.js';
import { nextStepOf, resumeClock } from './timetable.js';
import { type Facts, type Turn, wait } from './turn.js';

/** Why a case waits by itself; what the guard held waits for other reasons. */
type DoubtReason = Extract<
  HoldReason,
  | 'standing_unclear'
  | 'payment_in_flight'
  | 'confirmation_awaited'
  | 'instalments_agreed'
  | 'credit_covers_debt'
  | 'exempt'
>;

/** Waits for what is in doubt, or in the customer's favour, to end; what has to be given back by then is not taken. */
export function hold(file: CaseFile, { policy, standing }: Facts, reason: DoubtReason, now: Instant): Turn {
  const known = file.hold?.reason === reason && file.hold.of === null ? file.hold : null;
  const until = Math.max(now + 1, holdEndsAt(file, policy, reason, now));
  const resumed = known === null ? resumeClock(file, now) : file;
  // That nobody has looked yet is no news.
  const isNews = known === null && !isUnread(standing);
  const held = isNews ? remark(resumed, now, `held: ${reason}`) : resumed;
  const since = known?.since ?? now;
  const next = nextStepOf(held, policy, now);
  const waiting: Hold = { of: null, reason, since, until, tries: (known?.tries ?? 0) + 1 };
  return wait({ ...held, hold: waiting }, next, now);
}

/** When to look again at something that holds, if nothing is heard: at its own end where it has one. */
function holdEndsAt(file: CaseFile, policy: Policy, reason: DoubtReason, now: Instant): Instant {
  const soon = now + policy.holdRetryMs;
  switch (reason) {
    case 'standing_unclear':
      return soon;
    case 'exempt':
      return file.exemption?.until ?? soon;
    case 'instalments_agreed':
      // A promise is broken only after its day.
      return file.agreement === null ? soon : (nextInstalmentAt(file.agreement, now) ?? now) + 1;
    case 'payment_in_flight':
    case 'confirmation_awaited':
    case 'credit_covers_debt':
      // It takes days, and Stripe says when it ends: this is only for the event that gets lost.
      return now + 4 * policy.holdRetryMs;
  }
}
