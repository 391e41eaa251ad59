import { uuid4 } from '@temporalio/workflow';
import type { AccountFacts } from '../activities/standing.js';
import { advance, type Facts, type Turn } from '../src/domain/advance.js';
import { newCaseFile, remark, type CaseFile } from '../src/domain/case-file.js';
import type { Act, Outcome } from '../src/domain/effect.js';
import { extend } from '../src/domain/extend.js';
import { asCaseId, type AccountId } from '../src/domain/ids.js';
import { record } from '../src/domain/record.js';
import type { Standing } from '../src/domain/standing.js';
import type { Message } from './mailbox.js';
import type { Carried } from './messages.js';

/** The case of a run as it was decided last, the policy it goes by, and what people want to see beside it. */
export type Life = Turn & Carried & { readonly standing: Standing | null };

/** A case of which nothing is decided in this run yet. */
export const undecided = (carried: Carried): Life => ({
  ...carried,
  act: null,
  wakeAt: 0,
  next: null,
  standing: null,
});

/** What the next run can't do without. */
export const toCarry = ({ file, policy, account }: Life): Carried => ({ file, policy, account });

/** The case that stands open for the account, also when an earlier run of it was ended by force; else a new one. */
export function begin(account: AccountId, beginning: AccountFacts['beginning']): Life {
  if (beginning === null) throw new Error('the first reading of a run must bring the policy');
  const { openCase, policy, policyVersion, named } = beginning;
  const file = openCase ?? newCaseFile(asCaseId(uuid4()), account, policyVersion);
  return undecided({ file, policy, account: named });
}

/** What the messages change by themselves. Events were only a reason to look; a payment is one to look twice. */
export function takeIn(life: Life, messages: readonly Message[], now: number): Life {
  const { policy } = life;
  const file = messages.reduce((known, message) => {
    switch (message.kind) {
      case 'event':
        return known;
      case 'payment':
        // Should Stripe's lists be behind its event, the second look sees what the first one couldn't.
        return { ...known, recheckAt: now + policy.recheckMs };
      case 'extension':
        return extend(known, policy, message.request, now);
      case 'unreadable':
        return remark(known, now, message.text);
    }
  }, life.file);
  return { ...life, file };
}

/** What to do with what was just read. */
export function decide(life: Life, seen: AccountFacts, now: number): Life {
  const { standing, unsettledPause, tracks } = seen;
  return turned(life, life.file, { standing, unsettledPause, tracks, policy: life.policy }, now);
}

/** What to do next, after an act: its outcome is known, and what it left behind is no longer as it was read. */
export function decideAfter(
  life: Life,
  act: Act,
  outcome: Outcome,
  { standing }: AccountFacts,
  now: number,
): Life {
  const file = record(life.file, act, outcome, life.policy, now);
  return turned(life, file, { standing, unsettledPause: null, tracks: null, policy: life.policy }, now);
}

function turned(life: Life, file: CaseFile, facts: Facts, now: number): Life {
  return { ...life, standing: facts.standing, ...advance(file, facts, now) };
}
