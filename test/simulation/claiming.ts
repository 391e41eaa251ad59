import type { Act, Outcome } from '../../src/domain/effect.js';
import { HOUR_MS } from '../../src/domain/time.js';
import { noteAsked, noteClaimed, ruleOnAct } from './breaker-book.js';
import { effectOf, evidenceOf, grant, hasEnded, type Circumstances } from './ledger.js';
import { spanAt } from './truth.js';
import { strikes, type Attempt, type Mark, type Subject, type World } from './world.js';

/** What a stage came to: the next one at once, the same again after a while, another try, or an end. */
export type Step =
  | { readonly go: Attempt['stage'] }
  | { readonly waitMs: number; readonly go: Attempt['stage'] }
  | { readonly failed: string }
  | { readonly outcome: Outcome };

/** Judges and claims, as in one transaction; the breaker is asked last. */
export function claim(world: World, subject: Subject, attempt: Attempt): Step {
  const { core, faults, now } = world;
  const { act, file } = attempt;
  if (strikes(world, faults.rates.notSerialised)) return { failed: 'DATABASE' };
  const { ledger } = subject;
  const known = effectOf(ledger, file.id, act);
  if (hasEnded(known) && core.isSettled(known.settledAt)) return { outcome: known.outcome };
  if (core.isOverWithItsCase(act.step) && core.isOver(subject.saved, file.id)) {
    noteClaim(world, subject, attempt, 'void', null);
    return { outcome: { status: 'not_owed' } };
  }
  const blind = spanAt(faults.spells.blind, now);
  const circumstances: Circumstances = {
    now,
    standing: attempt.standing,
    policy: subject.policy,
    mode: world.mode,
    frozen: spanAt(faults.spells.frozen, now) !== null,
    sightedAt: blind === null ? now : blind.from,
  };
  const evidence = evidenceOf(core, ledger, file, act, circumstances);
  const judgement = core.judge(evidence);
  compareWithObserving(world, subject, attempt, evidence, judgement);
  const before = ledger.restrictions;
  const kind = core.breakerOf(act.step);
  if (judgement.ruling !== 'grant') {
    if (kind !== null && judgement.ruling === 'void')
      noteAsked(world.breakers.pages[kind], subject.index, true, now);
    noteClaim(
      world,
      subject,
      attempt,
      judgement.ruling,
      judgement.ruling === 'hold' ? judgement.reason : null,
    );
    if (judgement.ruling === 'void') return { outcome: { status: 'not_owed' } };
    return { outcome: { status: 'held', reason: judgement.reason, until: judgement.until } };
  }
  // What was claimed before goes on, whatever has tripped since.
  const ruling = kind === null || known !== null ? null : ruleOnAct(core, world.breakers, kind, subject, now);
  if (kind !== null && ruling !== null && ruling.ruling !== 'pass') {
    if (ruling.ruling === 'trip')
      world.agenda.enter(now + world.dice.whole(HOUR_MS / 4, 8 * HOUR_MS), {
        kind: 'release',
        breaker: kind,
      });
    const { reason, until } = core.heldBy(ruling);
    noteClaim(world, subject, attempt, 'hold', reason, ruling.ruling);
    return { outcome: { status: 'held', reason, until } };
  }
  const effect = grant(core, ledger, file, act, evidence);
  if (kind !== null && known === null) noteClaimed(world.breakers, kind, effect, subject.country);
  attempt.fence = effect.fence;
  attempt.cursor = 0;
  noteClaim(world, subject, attempt, 'grant', null, ruling?.ruling ?? null, known === null, before);
  return strikes(world, faults.rates.lostAfterCommit) ? { failed: 'DATABASE' } : { go: 'calls' };
}

/** Whoever only observes is told the same by the guard, but for the act itself. */
function compareWithObserving(
  { core, now }: World,
  subject: Subject,
  { act, fence }: Attempt,
  evidence: Parameters<typeof core.judge>[0],
  enforced: ReturnType<typeof core.judge>,
): void {
  if ((now + fence) % 8 !== 0) return;
  const observed = core.judge({ ...evidence, mode: 'observe' });
  const isObserving = observed.ruling === 'hold' && observed.reason === 'observing';
  const isAlike = observed.ruling === enforced.ruling && !isObserving && enforced.ruling !== 'grant';
  const isDoneAnyway = enforced.ruling === 'grant' && givesBack(act);
  const isHeldInstead = isObserving && enforced.ruling !== 'void';
  if (!isAlike && !isHeldInstead && !(isDoneAnyway && observed.ruling === 'grant'))
    subject.marks.push({
      kind: 'found',
      at: now,
      what: 'unequal',
      text: `${act.step}: ${enforced.ruling} enforced, ${observed.ruling} observed`,
    });
}

const givesBack = ({ step }: Act) => step === 'lift' || step === 'unrestrict' || step === 'close';

type ClaimMark = Extract<Mark, { kind: 'claim' }>;

function noteClaim(
  { now }: World,
  { marks, ledger }: Subject,
  { act, file, standing, readTrulyAt, asOf, spoilt, isGhost }: Attempt,
  ruling: ClaimMark['ruling'],
  reason: ClaimMark['reason'],
  breaker: ClaimMark['breaker'] = null,
  isFirst = false,
  before: ClaimMark['before'] = ledger.restrictions,
): void {
  marks.push({
    kind: 'claim',
    at: now,
    readAt: readTrulyAt,
    stampedAt: standing?.readAt ?? null,
    asOf,
    spoilt,
    caseId: file.id,
    anchorAt: file.anchorAt,
    shiftMs: file.shiftMs,
    act,
    ruling,
    reason,
    breaker,
    isFirst,
    isGhost,
    before,
    after: ledger.restrictions,
  });
}
