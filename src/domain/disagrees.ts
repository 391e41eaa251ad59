import { advance } from './advance.js';
import type { CaseFile } from './case-file.js';
import type { Step } from './effect.js';
import { assess, type Verdict } from './standing.js';
import type { Instant } from './time.js';
import type { Facts } from './turn.js';
import { witness } from './witness.js';

/**
 * In what Stripe says otherwise than a case last said of itself. `paid`: what was taken has to go back, or the case is over ·
 * `owed`: another sum, or another day from which it counts · `doubt`: it waits for something that is over, or does not wait
 * for what has begun · `chargeable`: there is a new payment method to be tried · `confirmable`: a payer is to be asked ·
 * `finding`: people have to see to something that the case doesn't know.
 */
export type Disagreement = 'paid' | 'owed' | 'doubt' | 'chargeable' | 'confirmable' | 'finding';

/**
 * Whether a case that sleeps has to look at Stripe because of what was just read there: `null` while all it would do is what
 * it waits for anyway. Its own dates are none of this, they wake it. A standing that is cut short or unclear says nothing.
 */
export function disagreement(file: CaseFile, facts: Facts, now: Instant): Disagreement | null {
  const verdict = verdictOn(file, facts, now);
  if (verdict === 'unclear' || file.closedAt !== null) return null;
  const turn = advance(file, facts, now);
  const step = turn.act?.step ?? null;
  if (verdict === 'clear') {
    if (isGivingBackAlready(file)) return null;
    if (turn.file.closedAt !== null || endsTrouble(step)) return 'paid';
  }
  if (step === 'retry') return 'chargeable';
  if (turn.act?.step === 'remind' && turn.act.topic === 'confirm') return 'confirmable';
  if (moneyOf(turn.file) !== moneyOf(file)) return 'owed';
  if (doubtOf(turn.file) !== doubtOf(file)) return 'doubt';
  return turn.file.findings.length > file.findings.length ? 'finding' : null;
}

/** Whether an account for which no case is open has to be given something back: what a fresh case would do at once. */
export function mustBeGivenBack(fresh: CaseFile, facts: Facts, now: Instant): boolean {
  if (verdictOn(fresh, facts, now) !== 'clear') return false;
  return endsTrouble(advance(fresh, facts, now).act?.step ?? null);
}

/**
 * Whether a run without an open case has to look: it should have opened one by now, or have ended. What can't be known, and
 * what is kept off a debt, is waited for before a case is opened at all.
 */
export function shouldHaveOpened(fresh: CaseFile, facts: Facts, now: Instant): Verdict | null {
  const verdict = verdictOn(fresh, facts, now);
  const isWaitedFor = verdict === 'unclear' || verdict === 'in_flight' || verdict === 'promised';
  return isWaitedFor ? null : verdict;
}

function verdictOn(file: CaseFile, { standing, policy, tracks }: Facts, now: Instant): Verdict {
  return assess(standing, policy, now, witness(file, tracks, policy, now)).verdict;
}

/** It has seen that nothing is owed and is at it: so many as it takes to give all back, it would be woken for nothing. */
const isGivingBackAlready = ({ openedAt, owed, anchorAt, hold, ended, manual }: CaseFile) =>
  openedAt !== null && owed.length === 0 && anchorAt === null && hold === null && !ended && manual === null;

const endsTrouble = (step: Step | null) => step === 'lift' || step === 'close';

const moneyOf = ({ owed, anchorAt }: CaseFile) =>
  JSON.stringify([owed.map(({ currency, amountMinor }) => [currency, amountMinor]), anchorAt]);

/** What the standing makes the case wait for; what the guard has held waits for other reasons. */
const doubtOf = ({ hold }: CaseFile) => (hold?.of === null ? hold.reason : null);
