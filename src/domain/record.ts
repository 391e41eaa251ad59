import { find, remark, type CaseFile, type Told } from './case-file.js';
import type { Act, Outcome, TakingStep } from './effect.js';
import { closed, failed, held, interrupted, notOwed, retried } from './not-done.js';
import type { NoticePromise } from './notice.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';
import { rungAfter } from './timetable.js';
import { givenBack, isHarder, stageOf } from './witness.js';

type Done = Extract<Outcome, { status: 'done' }>;

/** Takes the outcome of an act into the case file. Pure; an act that was not done leaves everything to be decided anew. */
export function record(file: CaseFile, act: Act, outcome: Outcome, policy: Policy, now: Instant): CaseFile {
  switch (outcome.status) {
    case 'done':
      return done(caveatOf({ ...file, hold: holdAfter(file, act) }, act, outcome), act, outcome, policy);
    case 'not_owed':
      return notOwed(file, act, policy, now);
    case 'interrupted':
      return interrupted(file, act, now);
    case 'held':
      return held(file, act, outcome.reason, outcome.until, policy, now);
    case 'failed':
      return failed(file, act, outcome.code, policy, now);
  }
}

/** What the guard held is looked at anew; a doubt of the standing ends with the standing. */
function holdAfter({ hold }: CaseFile, { step }: Act): CaseFile['hold'] {
  return hold?.of === null || step === 'restrict' || step === 'unrestrict' ? hold : null;
}

/** What was done, but not as it should be, is said; what concerns more than this case's reader is a finding. */
function caveatOf(file: CaseFile, act: Act, { at, caveat }: Done): CaseFile {
  if (caveat === undefined) return file;
  const subject = `${act.step} ${act.round}`;
  switch (act.step) {
    case 'lift':
      return find(file, { kind: 'not_as_before', subject, text: `${subject}: ${caveat}`, at });
    case 'retry':
    case 'remind':
    case 'limit':
    case 'pause':
    case 'ask':
    case 'decommission':
    case 'restrict':
    case 'unrestrict':
    case 'close':
      return remark(file, at, `${subject}: ${caveat}`);
  }
}

function done(known: CaseFile, act: Act, outcome: Done, policy: Policy): CaseFile {
  const { at } = outcome;
  const file = { ...known, rounds: { ...known.rounds, [act.step]: act.round } };
  switch (act.step) {
    case 'remind':
      return noticeSent(file, act, at);
    case 'limit':
    case 'pause':
      return taken(file, act, outcome, policy);
    case 'ask':
      return { ...file, approval: askedFor(outcome) };
    case 'decommission':
      return taken(file, { ...act, promises: [] }, outcome, policy);
    case 'retry':
      return retried(file, act);
    case 'restrict':
      return restricted(file, at);
    case 'unrestrict':
      return { ...file, manual: null, stage: stageWithout(file) };
    case 'lift':
      return lifted(file, act, at, policy);
    case 'close':
      return closed(file, at);
  }
}

function askedFor({ approval, at }: Done): CaseFile['approval'] {
  return approval === undefined ? null : { ...approval, askedAt: at, decision: null };
}

type Taking = {
  readonly step: TakingStep;
  readonly round: number;
  readonly promises: readonly NoticePromise[];
};

const topicOf = { limit: 'limited', pause: 'paused', decommission: 'decommissioned' } as const;

function taken(
  file: CaseFile,
  { step, round, promises }: Taking,
  { at, untold }: Done,
  policy: Policy,
): CaseFile {
  const told = untold ? file.told : withTold(file.told, promises, at);
  return {
    ...file,
    stage: stageOf[step],
    // Whoever resumes what an earlier run began may not know how far that one had come.
    rung: Math.max(file.rung, rungAfter(policy, step)),
    lastStepAt: at,
    told: told.filter((known) => isHarder(known.step, step)),
    taken: { step, round, at, settled: true },
    owesNotice: untold ? topicOf[step] : null,
    // What is only locked goes on running; its owner's payment has days until something is switched off.
    recheckAt: step === 'pause' ? at + policy.recheckMs : null,
  };
}

function restricted(file: CaseFile, at: Instant): CaseFile {
  if (file.manual === null) return file;
  const { access, by, reason } = file.manual;
  const imposed = { ...file, manual: { ...file.manual, state: 'imposed' as const, retryAt: null } };
  return remark(imposed, at, `restricted to ${access} by ${by}: ${reason}`);
}

function lifted(file: CaseFile, act: Extract<Act, { step: 'lift' }>, at: Instant, policy: Policy): CaseFile {
  if (act.leaves === 'ended') return { ...file, ended: true, owesNotice: null, liftWanted: false };
  const round = file.taken?.round ?? 0;
  const step = file.taken?.step ?? 'pause';
  const back: CaseFile = {
    ...givenBack(stoppedDeletion(file, at), policy, at),
    // What never got done is over with its lift: its round is used up.
    rounds: { ...file.rounds, [step]: Math.max(file.rounds[step], round) },
  };
  // It began for nothing else: it has found no debt, and nobody has ordered anything.
  const isOver = act.from === 'fallback' && file.openedAt === null && file.manual === null;
  return isOver ? { ...back, stage: 'closed', closedAt: at } : back;
}

/** A deletion ends collection at Stripe first, and no payment begins that again: a person has to see to it. */
function stoppedDeletion(file: CaseFile, at: Instant): CaseFile {
  const { taken, approval } = file;
  if (taken?.step !== 'decommission' || taken.settled || approval === null) return file;
  const text = `the deletion (${approval.summary}) was stopped half-way: where a subscription was canceled or paused for it, see that the account has one again`;
  return find(file, { kind: 'collection_ended', subject: approval.id, text, at });
}

/** Where the case stands by what it owes alone. */
function stageWithout({ taken: standing, rounds }: CaseFile): CaseFile['stage'] {
  if (standing !== null) return stageOf[standing.step];
  return rounds.remind > 0 ? 'reminded' : 'watching';
}

function noticeSent(file: CaseFile, act: Extract<Act, { step: 'remind' }>, at: Instant): CaseFile {
  const sent = {
    ...file,
    told: withTold(file.told, act.promises, at),
    owesNotice: isSaid(file, act) ? null : file.owesNotice,
  };
  switch (act.topic) {
    case 'reminder':
      return { ...sent, stage: stageAtLeast(file, 'reminded'), rung: file.rung + 1, lastStepAt: at };
    case 'final':
      return { ...sent, stage: 'decommissioning', rung: file.rung + 1, lastStepAt: at };
    case 'moved':
    case 'instalment_missed':
    case 'restored':
      return { ...sent, stage: stageAtLeast(file, 'reminded') };
    case 'confirm':
      return { ...sent, confirmationAsked: askedToConfirm(file, act) };
    case 'limited':
    case 'paused':
    case 'decommissioned':
    case 'recovered':
    case 'paid_but_ended':
    case 'paid_but_deleted':
      return sent;
  }
}

/** A reminder names every date, so a new one is told with it. */
const isSaid = ({ owesNotice }: CaseFile, { topic }: Extract<Act, { step: 'remind' }>) =>
  owesNotice === topic || (owesNotice === 'moved' && topic === 'reminder');

const mostAsked = 20;

function askedToConfirm(
  { confirmationAsked }: CaseFile,
  { confirms = [] }: Extract<Act, { step: 'remind' }>,
) {
  return [...new Set([...confirmationAsked, ...confirms])].slice(-mostAsked);
}

const stageAtLeast = ({ stage }: CaseFile, least: 'reminded') => (stage === 'watching' ? least : stage);

/** A date that was told before is told since then. */
function withTold(told: readonly Told[], promises: readonly NoticePromise[], at: Instant): readonly Told[] {
  const isNew = ({ step, at: date }: NoticePromise) => !told.some((t) => t.step === step && t.at === date);
  const news = promises.filter(isNew);
  return [
    ...told.filter(({ step }) => !news.some((promise) => promise.step === step)),
    ...news.map(({ step, at: date }) => ({ step, at: date, acceptedAt: at })),
  ];
}
