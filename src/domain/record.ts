import { remark, type CaseFile } from './case-file.js';
import type { Act, Outcome } from './effect.js';
import type { Policy } from './policy.js';
import { MINUTE_MS, type Instant } from './time.js';

/** Takes the outcome of an act into the case file. Pure; an act that was not done leaves everything to be decided anew. */
export function record(file: CaseFile, act: Act, outcome: Outcome, policy: Policy, now: Instant): CaseFile {
  switch (outcome.status) {
    case 'done':
      return done(caveatOf({ ...file, hold: null }, act, outcome), act, outcome.at, policy);
    case 'not_owed':
      return notOwed(file, act, policy, now);
    case 'interrupted':
      return interrupted(file, act, now);
    case 'held':
      return wait(file, act, outcome.reason, heldUntil(outcome.until, policy, now), now);
    case 'failed':
      return wait(file, act, 'failed', now + retryMs(act, policy), now, `failed: ${outcome.code}`);
  }
}

function caveatOf(file: CaseFile, act: Act, { at, caveat }: Extract<Outcome, { status: 'done' }>): CaseFile {
  return caveat === undefined ? file : remark(file, at, `${act.step} ${act.round}: ${caveat}`);
}

function done(file: CaseFile, act: Act, at: Instant, policy: Policy): CaseFile {
  const rounds = { ...file.rounds, [act.step]: act.round };
  switch (act.step) {
    case 'remind':
      return noticeSent({ ...file, rounds }, act, at);
    case 'pause':
      return {
        ...file,
        rounds,
        stage: 'paused',
        rung: file.rung + 1,
        lastStepAt: at,
        promise: null,
        pause: { round: act.round, at, settled: true },
        owesNotice: 'paused',
        recheckAt: at + policy.recheckMs,
      };
    case 'lift':
      if (act.leaves === 'ended') return { ...file, rounds, ended: true, owesNotice: null };
      return {
        ...file,
        // A pause that never got done is over with its lift: its round is used up.
        rounds: { ...rounds, pause: Math.max(rounds.pause, file.pause?.round ?? 0) },
        stage: file.rounds.remind > 0 ? 'reminded' : 'watching',
        rung: Math.min(file.rung, policy.reminders.length),
        promise: null,
        pause: null,
        ended: false,
        owesNotice: null,
        recheckAt: null,
      };
    case 'close':
      return closed({ ...file, rounds }, at);
  }
}

function noticeSent(file: CaseFile, act: Extract<Act, { step: 'remind' }>, at: Instant): CaseFile {
  const known = act.promise !== null && file.promise?.at === act.promise.at;
  const promise =
    act.promise === null ? file.promise : known ? file.promise : { ...act.promise, acceptedAt: at };
  const owesNotice = file.owesNotice === act.topic ? null : file.owesNotice;
  const stage = file.stage === 'watching' ? 'reminded' : file.stage;
  if (act.topic !== 'reminder') return { ...file, promise, owesNotice, stage };
  return { ...file, promise, owesNotice, stage, rung: file.rung + 1, lastStepAt: at };
}

function closed(file: CaseFile, at: Instant): CaseFile {
  return { ...file, stage: 'recovered', closedAt: at, hold: null, promise: null, recheckAt: null };
}

/** The guard has read that nothing is owed. Should the next look still see a debt, it waits before it acts on it again. */
function notOwed(file: CaseFile, act: Act, policy: Policy, now: Instant): CaseFile {
  const noted = remark(file, now, `${act.step} ${act.round}: nothing is owed any more`);
  const until = now + policy.recheckMs;
  return { ...noted, hold: { of: act.step, reason: 'standing_stale', since: now, until } };
}

/** The guard goes by the database's clock, which may be behind ours: a time that is over here is asked for again soon. */
function heldUntil(until: Instant | null, policy: Policy, now: Instant): Instant {
  if (until === null) return now + policy.holdRetryMs;
  return until > now ? until : now + policy.recheckMs;
}

// What gives back is tried again sooner than what takes away.
const longestLiftRetryMs = 5 * MINUTE_MS;

function retryMs(act: Act, policy: Policy): number {
  return act.step === 'lift' ? Math.min(policy.holdRetryMs, longestLiftRetryMs) : policy.holdRetryMs;
}

/** A pause that was cut short may stand half-way: it is resumed under its own round, or lifted. */
function interrupted(file: CaseFile, act: Act, now: Instant): CaseFile {
  const noted = remark(file, now, `${act.step} ${act.round}: interrupted`);
  if (act.step !== 'pause' || file.pause !== null) return noted;
  return { ...noted, pause: { round: act.round, at: now, settled: false } };
}

function wait(
  file: CaseFile,
  act: Act,
  reason: NonNullable<CaseFile['hold']>['reason'],
  until: Instant,
  now: Instant,
  text = `held: ${reason}`,
): CaseFile {
  const noted = remark(file, now, `${act.step} ${act.round} ${text}`);
  // Nothing is left to enforce and the service is back: a thank-you that can't be sent must not keep the case open.
  if (act.step === 'close') return closed(noted, now);
  const since = file.hold?.reason === reason ? file.hold.since : now;
  return { ...noted, hold: { of: act.step, reason, since, until } };
}
