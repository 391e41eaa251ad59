import { adoptNotice } from './adopt.js';
import type { CaseFile } from './case-file.js';
import { enforce } from './enforce.js';
import { hold } from './hold.js';
import { reportCredit, reportDoubts, reportDrafts } from './reports.js';
import { episodeOver, settle } from './settle.js';
import { type Assessment, assess } from './standing.js';
import type { Instant } from './time.js';
import { type Facts, type Turn, doNow, isBraked, liftAct, remindAct, wait } from './turn.js';
import { witness } from './witness.js';

/**
 * Decides what becomes of a case, from what is known at `now`. Pure and total: the workflow, the simulator and the
 * policy preview all drive this one function, and calling it again with the same arguments changes nothing.
 */
export function advance(file: CaseFile, facts: Facts, now: Instant): Turn {
  if (file.closedAt !== null) return { file, act: null, wakeAt: now, next: null };
  const seen = witness(adoptNotice(file, facts), facts.tracks, facts.policy, now);
  const ordered = obey(seen, now);
  if (ordered !== null) return ordered;
  const view = assess(facts.standing, facts.policy, now, seen);
  const found = reportDoubts(reportDrafts(seen, facts.standing, now), facts.standing, now);
  const told = afterThanks(found, view);
  if (isGivingBack(told) && view.verdict !== 'clear') return giveBackWhole(told, now);
  switch (view.verdict) {
    case 'unclear':
      return hold(told, facts, 'standing_unclear', now);
    case 'in_flight':
      return hold(told, facts, 'payment_in_flight', now);
    case 'unconfirmed':
      return askToConfirm(told, facts, view, now);
    case 'promised':
      return hold(told, facts, 'instalments_agreed', now);
    case 'covered':
      return hold(reportCredit(note(told, facts, view, now), now), facts, 'credit_covers_debt', now);
    case 'clear':
      return settle({ ...told, owed: [] }, facts, now);
    case 'owing':
      return enforce(note(told, facts, view, now), facts, view, now);
  }
}

/** A person's order comes before everything that Stripe says. One that was held or failed waits for its own time. */
function obey(file: CaseFile, now: Instant): Turn | null {
  const { manual } = file;
  if (manual === null || (manual.retryAt !== null && now < manual.retryAt)) return null;
  if (manual.state === 'ending' || (manual.until !== null && manual.until <= now))
    return doNow(file, { step: 'unrestrict', round: file.rounds.unrestrict + 1 }, now);
  if (manual.state === 'imposed') return null;
  const { access, by, reason, until } = manual;
  const round = file.rounds.restrict + 1;
  return doNow(file, { step: 'restrict', round, access, by, reason, until }, now);
}

/** Ordered by a person, or begun before: what was begun to be given back is given back whole. */
const isGivingBack = ({ taken, hold: held, liftWanted }: CaseFile) =>
  taken !== null && (liftWanted || held?.of === 'lift');

/** Whatever the standing says meanwhile; a new debt begins with its own notice. */
function giveBackWhole(file: CaseFile, now: Instant): Turn {
  return file.hold?.of === 'lift' && now < file.hold.until
    ? wait(file, null, now)
    : doNow(file, liftAct(file, 'nonpayment', 'nothing'), now);
}

/** What is owed while the thanks for the last payment still wait is a new episode, with a timetable of its own. */
function afterThanks(file: CaseFile, { verdict }: Assessment): CaseFile {
  const isOver = file.hold?.of === 'close' && file.taken === null && verdict !== 'clear';
  return isOver ? episodeOver(file) : file;
}

function note(file: CaseFile, { policy }: Facts, view: Assessment, now: Instant): CaseFile {
  const anchorAt = view.oldestAt ?? now;
  const subscriptions = view.overdue.flatMap((i) => (i.subscription === null ? [] : [i.subscription]));
  const caps = policy.exposure?.capsMinor ?? {};
  return {
    ...file,
    openedAt: file.openedAt ?? now,
    anchorAt,
    firstAnchorAt: Math.min(file.firstAnchorAt ?? anchorAt, anchorAt),
    owed: view.owed,
    exposed: view.owed.some(({ currency, amountMinor }) => amountMinor > (caps[currency] ?? Infinity)),
    // Bounded as everything a case carries; twenty subscriptions in arrears decide no differently from the rest.
    subscriptions: [...new Set([...file.subscriptions, ...subscriptions])].slice(-20),
  };
}

/** A payment waits for its payer: he gets the link once for each invoice, and no step is counted for it. */
function askToConfirm(file: CaseFile, facts: Facts, { confirmable }: Assessment, now: Instant): Turn {
  const open = { ...file, openedAt: file.openedAt ?? now };
  if (isBraked(open, now)) return wait(open, null, now);
  const asked = confirmable.map(({ id }) => id);
  if (asked.every((id) => file.confirmationAsked.includes(id)))
    return hold(open, facts, 'confirmation_awaited', now);
  return doNow(open, { ...remindAct(file, 'confirm', []), confirms: asked }, now);
}
