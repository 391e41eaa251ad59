import { remark, type CaseFile } from './case-file.js';
import { isLasting, type Act, type HoldReason } from './effect.js';
import type { Policy } from './policy.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from './time.js';
import { resumeClock } from './timetable.js';
import { reportSilence } from './undelivered.js';

/** The guard has read that nothing is owed. Should the next look still see a debt, it waits before it acts on it again. */
export function notOwed(file: CaseFile, act: Act, policy: Policy, now: Instant): CaseFile {
  const noted = remark(file, now, `${act.step} ${act.round}: nothing is owed any more`);
  const until = now + policy.recheckMs;
  return { ...noted, hold: { of: act.step, reason: 'standing_stale', since: now, until, tries: 1 } };
}

export function held(
  file: CaseFile,
  act: Act,
  reason: HoldReason,
  until: Instant | null,
  policy: Policy,
  now: Instant,
): CaseFile {
  // A plan that no longer fits, or an approval that ran out, has to be asked for anew: there is nothing to wait for.
  if (reason === 'plan_changed' || reason === 'approval_expired' || reason === 'approval_missing') {
    return {
      ...remark(file, now, `${act.step} ${act.round} held: ${reason}; asked for anew`),
      approval: null,
      hold: null,
    };
  }
  const asked = reason === 'no_recipient' ? reportSilence(file, policy, now) : file;
  return wait(asked, act, reason, heldUntil(file, reason, until, policy, now), now);
}

/**
 * The guard goes by the database's clock, which may be behind ours: a time that is over here is asked for again soon.
 * A worker whose clock is off stays off: each vain try doubles the wait.
 */
function heldUntil(
  file: CaseFile,
  reason: HoldReason,
  until: Instant | null,
  policy: Policy,
  now: Instant,
): Instant {
  // The debt is another one than the act was decided on: the case looks at once, but not for ever.
  if (reason === 'standing_changed') return now + (file.hold?.reason === reason ? policy.recheckMs : 0);
  if (until === null) return now + policy.holdRetryMs;
  const tries = file.hold?.reason === reason ? file.hold.tries : 0;
  const soonest = Math.max(until, now + policy.recheckMs * Number(until <= now));
  return reason === 'standing_stale'
    ? Math.max(soonest, now + Math.min(MINUTE_MS * 2 ** tries, policy.holdRetryMs))
    : soonest;
}

// What gives back is tried again sooner than what takes away.
const longestLiftRetryMs = 5 * MINUTE_MS;

// An outage ends by itself, and nobody should wait for long after its end.
const longestOutageRetryMs = HOUR_MS;
const longestThanksMs = DAY_MS;

/** What can't be done now waits: for somebody to change something, or for an outage to end. */
export function failed(file: CaseFile, act: Act, code: string, policy: Policy, now: Instant): CaseFile {
  const text = `failed: ${code}`;
  switch (act.step) {
    case 'lift':
      // With nothing to give back it is no more than a notice.
      if (act.leaves === 'ended') return outlast(file, act, text, policy, now);
      return giveBackSoon(file, act, text, policy, now);
    case 'unrestrict':
      return giveBackSoon(file, act, text, policy, now);
    case 'restrict':
      return wait(file, act, 'failed', now + policy.holdRetryMs, now, text);
    case 'remind':
    case 'limit':
    case 'pause':
    case 'ask':
    case 'decommission':
    case 'retry':
    case 'close':
      return isLasting(code)
        ? wait(file, act, 'failed', now + policy.holdRetryMs, now, text)
        : outlast(file, act, text, policy, now);
  }
}

function giveBackSoon(file: CaseFile, act: Act, text: string, policy: Policy, now: Instant): CaseFile {
  return wait(file, act, 'failed', now + Math.min(policy.holdRetryMs, longestLiftRetryMs), now, text);
}

/** An outage: asked again after a minute, then ever later. Each try is over soon, so people's orders never wait for it. */
function outlast(file: CaseFile, act: Act, text: string, policy: Policy, now: Instant): CaseFile {
  const { tries, since } = knownHold(file, act, 'failed') ?? { tries: 0, since: now };
  const retryMs = Math.min(MINUTE_MS * 2 ** tries, longestOutageRetryMs, policy.holdRetryMs);
  // A mail server that is gone for good must not keep a case open of which nothing is left but the thanks.
  if (act.step === 'close' && now - since >= longestThanksMs)
    return wait(file, act, 'failed', now + retryMs, now, text);
  return putOff(file, act, 'failed', now + retryMs, now, text);
}

/** What takes something and was cut short may stand half-way: it is resumed under its own round, or lifted. */
export function interrupted(file: CaseFile, act: Act, now: Instant): CaseFile {
  const noted = remark(file, now, `${act.step} ${act.round}: interrupted`);
  switch (act.step) {
    case 'limit':
    case 'pause':
    case 'decommission':
      return { ...noted, taken: { step: act.step, round: act.round, at: now, settled: false } };
    case 'lift':
      if (act.leaves === 'ended') return noted;
      // It may have given back a part: it is gone on with, also when something is owed again.
      return { ...noted, hold: { of: 'lift', reason: 'failed', since: now, until: now, tries: 1 } };
    case 'remind':
    case 'ask':
    case 'retry':
    case 'restrict':
    case 'unrestrict':
    case 'close':
      return noted;
  }
}

const mostRetried = 50;

/** No invoice is charged twice on one method, however a charge ended. */
export function retried(file: CaseFile, { charges }: Extract<Act, { step: 'retry' }>): CaseFile {
  const tried = charges.map(({ invoice, method }) => `${invoice}/${method}`);
  return { ...file, retried: [...new Set([...file.retried, ...tried])].slice(-mostRetried) };
}

export function closed(file: CaseFile, at: Instant): CaseFile {
  return { ...file, stage: 'recovered', closedAt: at, hold: null, told: [], recheckAt: null };
}

type WaitReason = NonNullable<CaseFile['hold']>['reason'];

function wait(
  file: CaseFile,
  act: Act,
  reason: WaitReason,
  until: Instant,
  now: Instant,
  text = `held: ${reason}`,
): CaseFile {
  if (act.step === 'restrict' || act.step === 'unrestrict') return postponed(file, act, until, now, text);
  // Nothing is left to enforce and the service is back: a thank-you that can't be sent must not keep the case open.
  if (act.step === 'close') return closed(noted(file, act, reason, now, text), now);
  // A charge that can't be tried keeps nothing from going on; the next method that is new asks anew.
  if (act.step === 'retry' && (reason === 'failed' || reason === 'observing')) {
    const given = retried(noted(file, act, reason, now, text), act);
    return { ...given, rounds: { ...given.rounds, retry: act.round }, hold: null };
  }
  return putOff(file, act, reason, until, now, text);
}

function putOff(
  file: CaseFile,
  act: Act,
  reason: WaitReason,
  until: Instant,
  now: Instant,
  text: string,
): CaseFile {
  const { since, tries } = knownHold(file, act, reason) ?? { since: now, tries: 0 };
  const hold = { of: heldAs(act), reason, since, until, tries: tries + 1 };
  return { ...resumeClock(noted(file, act, reason, now, text), now), hold };
}

const knownHold = ({ hold }: CaseFile, act: Act, reason: WaitReason) =>
  hold?.reason === reason && hold.of === heldAs(act) ? hold : null;

/** A lift that leaves everything off gives nothing back: it waits as the thanks do. */
const heldAs = (act: Act) => (act.step === 'lift' && act.leaves === 'ended' ? 'close' : act.step);

/** One remark for a whole night of tries, unless they fail in different ways. */
function noted(file: CaseFile, act: Act, reason: WaitReason, now: Instant, text: string): CaseFile {
  const full = `${act.step} ${act.round} ${text}`;
  const isKnown = knownHold(file, act, reason) !== null;
  const isSaid = reason !== 'failed' || file.remarks.at(-1)?.text === full;
  return isKnown && isSaid ? file : remark(file, now, full);
}

/** A person's order waits by itself: nothing that is owed waits for it, and it for nothing that is owed. */
function postponed(file: CaseFile, act: Act, retryAt: Instant, now: Instant, text: string): CaseFile {
  const { manual } = file;
  if (manual === null) return file;
  // One remark for a whole night of tries.
  const noted = manual.retryAt === null ? remark(file, now, `${act.step} ${act.round} ${text}`) : file;
  return { ...noted, manual: { ...manual, retryAt } };
}

/** What held an act is over: it is asked for again at once, and so is a person's order, which waits by itself. */
export function released(file: CaseFile, reason: HoldReason): CaseFile {
  const hold = file.hold?.reason === reason && file.hold.of !== null ? null : file.hold;
  const manual = file.manual === null ? null : { ...file.manual, retryAt: null };
  return { ...file, hold, manual };
}
