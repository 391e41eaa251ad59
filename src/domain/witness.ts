import {
  remark,
  type CaseFile,
  type Exemption,
  type Immunity,
  type Manual,
  type Taken,
} from './case-file.js';
import { roundsBy, takingSteps, type Rounds, type TakingStep } from './effect.js';
import type { InvoiceId } from './ids.js';
import type { NoticePromise, NoticeTopic } from './notice.js';
import type { Policy } from './policy.js';
import type { Access, Restriction } from './restrictions.js';
import type { Instant } from './time.js';
import { firstTakingRung, ladderOf, rungAfter } from './timetable.js';
import { takeBack, type Undelivered } from './undelivered.js';

/**
 * What effects and orders have left behind. A case file can be behind it, when the run that kept it was ended by force
 * between an effect and the file's saving.
 */
export type Tracks = {
  /** The highest round of each step of this case that has its outcome; of a step that has none, nothing. */
  readonly rounds: Partial<Rounds>;
  /** The newest notice that went out as an act of its own, unless the case knows of it. */
  readonly lastNotice: SentNotice | null;
  /** The act of this case that was claimed and has no outcome: it may stand half-way, whoever began it. */
  readonly unsettled: { readonly step: TakingStep; readonly round: number } | null;
  /** The restrictions for which a case is responsible, and what each leaves. */
  readonly restrictions: readonly StandingRestriction[];
  /** Something was recorded, to be put back, and is not back yet. */
  readonly resourcesOff: boolean;
  readonly exemption: Exemption | null;
  readonly immunity: Immunity | null;
  readonly forgiven: readonly InvoiceId[];
  /** A grant stands, by which the account is served without a paying subscription. */
  readonly granted: boolean;
  /** Access is worth no more than a fallback plan. */
  readonly fallback: boolean;
  /** What notices of this case have named that bounced. */
  readonly undelivered: readonly Undelivered[];
  /** Somebody can be told again. Looked for only while that is what a case waits for. */
  readonly reachable: boolean;
};

export const noTracks: Tracks = {
  rounds: {},
  lastNotice: null,
  unsettled: null,
  restrictions: [],
  resourcesOff: false,
  exemption: null,
  immunity: null,
  forgiven: [],
  granted: false,
  fallback: false,
  undelivered: [],
  reachable: false,
};

/** A notice as it went out: which `remind` it was, when a mail server took it, and what it named. */
export type SentNotice = {
  readonly round: number;
  readonly topic: NoticeTopic;
  readonly at: Instant;
  readonly promises: readonly NoticePromise[];
};

export type StandingRestriction =
  | { readonly reason: 'nonpayment' | 'ended'; readonly access: Access }
  // A person's order has to be carried out as it was given, also when the case file was lost.
  | (Omit<Restriction, 'reason' | 'since'> & { readonly reason: 'manual' });

/** Takes in what is true whatever the standing says: what effects left behind, a second look that is over. */
export function witness(known: CaseFile, tracks: Tracks | null, policy: Policy, now: Instant): CaseFile {
  const file = tracks === null ? known : takeBack(known, tracks, now);
  const recheckAt = file.recheckAt !== null && file.recheckAt <= now ? null : file.recheckAt;
  if (tracks === null) return { ...file, recheckAt };
  const rounds = roundsBy((step) => Math.max(file.rounds[step], tracks.rounds[step] ?? 0));
  const { exemption, immunity, forgiven, granted } = tracks;
  const manual = file.manual ?? manualAsFound(tracks);
  // What a person restricted is a case of its own, also where nothing is owed.
  const openedAt = file.openedAt ?? (manual === null ? null : now);
  const seen = { ...file, openedAt, recheckAt, rounds, exemption, immunity, forgiven, granted, manual };
  if (tracks.unsettled !== null && (seen.taken === null || seen.taken.settled)) {
    const rung = Math.max(file.rung, rungAfter(policy, tracks.unsettled.step) - 1);
    return { ...seen, rung, taken: { ...tracks.unsettled, at: now, settled: false } };
  }
  if (seen.taken !== null && wasGivenBack(file, tracks)) return givenBack(seen, policy, now);
  const found = takenAsFound(tracks, rounds, now);
  // What was done before the run was ended is done, and is neither done nor told once more.
  const isBehind = found !== null && seen.taken !== null && isHarder(found.step, seen.taken.step);
  if (seen.taken !== null && !isBehind) return seen;
  if (found !== null) return foundTaken(seen, found, tracks, policy, now);
  return tracks.resourcesOff && manual === null ? foundHalfGivenBack(seen, rounds, now) : seen;
}

/** A lift is done that the file never heard of, and nothing stands any more of what it remembers. */
function wasGivenBack(file: CaseFile, { rounds, restrictions, unsettled, resourcesOff }: Tracks): boolean {
  const isFree = restrictions.every(({ reason }) => reason === 'manual');
  return (rounds.lift ?? 0) > file.rounds.lift && isFree && unsettled === null && !resourcesOff;
}

/** Everything is back: what is taken again is told again, and begins with the first of what takes something. */
export function givenBack(file: CaseFile, policy: Policy, at: Instant): CaseFile {
  return {
    ...file,
    stage: file.rounds.remind > 0 ? 'reminded' : 'watching',
    rung: Math.min(file.rung, firstTakingRung(policy)),
    lastStepAt: at,
    told: [],
    taken: null,
    ended: false,
    approval: null,
    // What a person wanted back is back, also where the case never heard of it; whoever still owes is told.
    owesNotice: file.liftWanted ? 'restored' : null,
    liftWanted: false,
    recheckAt: null,
  };
}

/** A person's order that only its restriction tells of. It may stand half-way: it is carried out once more, and lifted by hand. */
export function manualAsFound({ restrictions }: Pick<Tracks, 'restrictions'>): Manual | null {
  const found = restrictions.find((r) => r.reason === 'manual');
  if (found === undefined) return null;
  return {
    access: orderedAs(found.access),
    by: found.owner,
    reason: found.evidence,
    until: found.until ?? null,
    state: 'wanted',
    retryAt: null,
  };
}

/** What a person must have ordered to leave this. */
function orderedAs(access: Access): Manual['access'] {
  if (access === 'read_only') return 'read_only';
  return access === 'revoked_pending' || access === 'revoked' ? 'revoked' : 'suspended';
}

/** What stands of a case's own restrictions, as the step that would have brought it. */
function takenAsFound({ restrictions }: Tracks, rounds: Rounds, now: Instant): Taken | null {
  const own = restrictions.filter(({ reason }) => reason !== 'manual').map(({ access }) => access);
  const step = own.includes('decommissioned')
    ? 'decommission'
    : own.includes('suspended')
      ? 'pause'
      : own.includes('read_only')
        ? 'limit'
        : null;
  return step === null ? null : { step, round: Math.max(1, rounds[step]), at: now, settled: true };
}

/** Off, with no restriction that says why: a restriction goes first when something is given back, so the rest is due. */
function foundHalfGivenBack(file: CaseFile, rounds: Rounds, now: Instant): CaseFile {
  const taken = { step: 'pause' as const, round: Math.max(1, rounds.pause), at: now, settled: true };
  const hold = { of: 'lift' as const, reason: 'failed' as const, since: now, until: now, tries: 1 };
  return remark({ ...file, taken, hold }, now, 'found half given back by an earlier run');
}

/** The account is off and the file does not know of it: what stands counts, so that a payment gives it back. */
function foundTaken(
  file: CaseFile,
  taken: Taken,
  { restrictions }: Tracks,
  policy: Policy,
  now: Instant,
): CaseFile {
  const rung = ladderOf(policy).findIndex(({ step }) => step === taken.step);
  const found: CaseFile = {
    ...file,
    stage: stageOf[taken.step],
    rung: Math.max(file.rung, rung < 0 ? firstTakingRung(policy) : rung + 1),
    lastStepAt: now,
    told: file.told.filter((told) => isHarder(told.step, taken.step)),
    taken,
    ended: restrictions.some((r) => r.reason === 'ended'),
  };
  return remark(found, now, `found ${stageOf[taken.step]} by an earlier run`);
}

export const stageOf = {
  limit: 'limited',
  pause: 'paused',
  decommission: 'decommissioned',
} as const satisfies Record<TakingStep, CaseFile['stage']>;

export const isHarder = (a: TakingStep, b: TakingStep) => takingSteps.indexOf(a) > takingSteps.indexOf(b);
