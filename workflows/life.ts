import { patched, uuid4 } from '@temporalio/workflow';
import type { OwnFacts } from '../activities/standing.js';
import { wholePolicy } from '../src/domain/brief.js';
import { advance } from '../src/domain/advance.js';
import { orderedAt, type Turn } from '../src/domain/turn.js';
import { newCaseFile, remark, type CaseFile } from '../src/domain/case-file.js';
import { heedVerdicts, refusalIn, type Verdict } from '../src/domain/decisions.js';
import type { Act, HoldReason, Outcome, Step } from '../src/domain/effect.js';
import { asCaseId, type AccountId } from '../src/domain/ids.js';
import { released } from '../src/domain/not-done.js';
import { takeOrder, type OrderRecord } from '../src/domain/orders.js';
import { reissue } from '../src/domain/reissue.js';
import { record } from '../src/domain/record.js';
import { unreadStanding, type Standing } from '../src/domain/standing.js';
import { manualAsFound, type Tracks } from '../src/domain/witness.js';
import type { Sight } from './look.js';
import { isDecision, type Mailbox, type Message } from './mailbox.js';
import type { Carried } from './messages.js';

/** The case of a run as it was decided last, the policy it goes by, and what people want to see beside it. */
export type Life = Turn &
  Carried & {
    readonly standing: Standing | null;
    /** Orders that were taken and are not in the audit log yet. */
    readonly orders: readonly OrderRecord[];
    /** What the guard found out about decisions when they were written down, and this case has not heeded yet. */
    readonly verdicts: readonly Verdict[];
  };

/** A case of which nothing is decided in this run yet. */
export const undecided = (carried: Carried): Life => ({
  ...carried,
  // What an earlier run hands over may be from before a rule existed.
  policy: wholePolicy(carried.policy),
  act: null,
  wakeAt: 0,
  next: null,
  standing: null,
  orders: [],
  verdicts: [],
});

/** What the next run can't do without. */
export const toCarry = ({ file, policy, account }: Life): Carried => ({ file, policy, account });

/** The case that stands open for the account, also when an earlier run of it was ended by force; else a new one. */
export function begin(account: AccountId, beginning: OwnFacts['beginning'] | undefined): Life {
  if (!beginning) throw new Error('the first reading of a run must bring the policy');
  const { openCase, policyVersion, named, agreement = null, blind } = beginning;
  const opened = { agreement, ...(blind === true && { rulesWanted: blind }) };
  const file = openCase ?? { ...newCaseFile(asCaseId(uuid4()), account, policyVersion), ...opened };
  return undecided({ file, policy: wholePolicy(beginning.policy), account: named });
}

// These read Stripe fresh before they do anything, so a case that knows what is due needs no look of its own first.
const looksItself: Readonly<Record<Step, boolean>> = {
  remind: true,
  limit: true,
  pause: true,
  ask: true,
  decommission: true,
  retry: false,
  // What a person orders has nothing to do with Stripe.
  restrict: true,
  unrestrict: true,
  lift: false,
  close: false,
};

// People release these, or the watch over the intake; the standing has nothing to do with them, so a look would tell nothing new.
const brakes: readonly HoldReason[] = [
  'observing',
  'frozen',
  'breaker_open',
  'canary',
  'intake_blind',
  'no_recipient',
];

/** Whether an act was held by what only its own release can end. */
export const metABrake = (outcome: Outcome): boolean =>
  outcome.status === 'held' && brakes.includes(outcome.reason);

/** Whether what is known still serves after an act that ended so. A charge changes what is owed. */
export function servesOn({ step }: Act, outcome: Outcome): boolean {
  if (outcome.status === 'done') return step !== 'retry';
  // Cases that met a brake before looked once more, and go on doing what their histories tell.
  return metABrake(outcome) && patched('a-brake-needs-no-look');
}

/** Whether an act has to wait for what somebody has just written. */
export function mustWait({ step }: Act, mailbox: Mailbox, seen: Sight | null): boolean {
  switch (step) {
    case 'lift':
    case 'unrestrict':
      // What gives back is never put off, however many events come.
      return false;
    case 'restrict':
      return mailbox.ordered;
    case 'close':
      // The thanks are the one act that is told without a look of its own: something may be owed anew.
      return mailbox.waiting || seen === null || seen.standing === null;
    case 'remind':
    case 'limit':
    case 'pause':
    case 'ask':
    case 'decommission':
    case 'retry':
      return mailbox.pressing;
  }
}

/** When something is to be given back that has nothing to do with what Stripe says; `Infinity` for never. */
export function givesBackAt(file: CaseFile): number {
  const isLifting = file.taken !== null && file.hold?.of === 'lift';
  return Math.min(orderedAt(file), isLifting ? file.hold.until : Infinity);
}

/** Whether the case has to look at Stripe before it decides; when just its next step has come due, that step looks. */
export function mustLook(life: Life | null, messages: readonly Message[], now: number): boolean {
  if (life === null || life.standing === null) return true;
  if (!messages.every((message) => message.kind === 'order' && isDecision(message.request))) return true;
  const { act } = decide(takeIn(life, messages, now).life, null, now);
  return act === null || !looksItself[act.step];
}

/** A case into which messages were taken, and what is left to be said to their senders once it is written down. */
export type Taken = { readonly life: Life; readonly answers: readonly Answer[] };

/** Says to a sender what became of his order; the guard may have refused what the case had taken. */
type Answer = (verdicts: readonly Verdict[]) => void;

/** What the messages change by themselves. Events were only a reason to look; a payment is one to look twice. */
export function takeIn(life: Life, messages: readonly Message[], now: number): Taken {
  const nothing: Taken = { life, answers: [] };
  return messages.reduce((taken, message) => takeInOne(taken, message, now), nothing);
}

function takeInOne({ life, answers }: Taken, message: Message, now: number): Taken {
  const { file, policy, standing } = life;
  const filed = (changed: CaseFile): Taken => ({ life: { ...life, file: changed }, answers });
  switch (message.kind) {
    case 'event':
      return { life, answers };
    case 'release':
      return filed(released(file, message.hold));
    case 'payment':
      // Should Stripe's lists be behind its event, the second look sees what the first one couldn't.
      return filed({ ...file, recheckAt: now + policy.recheckMs });
    case 'order': {
      const ruled = takeOrder(file, message.request, { policy, standing, now });
      const taken = ruled.file.immunity === file.immunity ? ruled : asBefore(ruled, file);
      const orders = taken.record === null ? life.orders : [...life.orders, taken.record];
      const say: Answer = (verdicts) =>
        message.taken(taken.refusal ?? refusalIn(verdicts, message.request.id));
      return { life: { ...life, file: taken.file, orders }, answers: [...answers, say] };
    }
    case 'unreadable':
      return filed(remark(file, now, message.text));
  }
}

/** An order to lift that was taken before there was an immunity gave none, and the case goes on by its own days. */
function asBefore(ruled: ReturnType<typeof takeOrder>, { immunity = null }: CaseFile): typeof ruled {
  if (patched('a-lift-makes-immune')) return ruled;
  const { record: kept } = ruled;
  return {
    ...ruled,
    file: { ...ruled.file, immunity },
    record: kept === null ? null : { ...kept, change: null },
  };
}
/** The case as it is after what the guard found out: a decision that did not count was never taken. */
export const heed = (life: Life, now: number): Life => ({
  ...life,
  file: heedVerdicts(life.file, life.verdicts, life.policy, now),
  verdicts: [],
});

/** What people have ordered in earlier runs and cases, as the ledger has it; what they order now comes on top. */
export function catchUp(life: Life, seen: Sight | null, now: number): Life {
  if (seen === null) return life;
  const { exemption, immunity, forgiven } = seen.tracks;
  const manual = life.file.manual ?? manualAsFound(seen.tracks);
  const standing = seen.standing ?? life.standing ?? unreadStanding(now);
  const known = { ...life, standing, file: { ...life.file, exemption, immunity, forgiven, manual } };
  return putUnder(known, seen.beginning, now);
}

/** Under the rules of today, when they were asked for and could be told. */
function putUnder(life: Life, beginning: OwnFacts['beginning'], now: number): Life {
  if (beginning === null || beginning.blind === true || beginning.openCase !== null) return life;
  const policy = wholePolicy(beginning.policy);
  const rules = { from: life.policy, to: policy, version: beginning.policyVersion };
  return { ...life, policy, file: reissue(life.file, rules, now) };
}

/** What to do with what was just read, or, on `null`, with what is known since the last look. */
export function decide(life: Life, seen: Sight | null, now: number): Life {
  const { standing } = life;
  if (standing === null) throw new Error('a case can only decide on a standing that was read');
  const { exemption, immunity = null, forgiven } = life.file;
  const tracks = seen === null ? null : { ...seen.tracks, exemption, immunity, forgiven };
  return turned(life, life.file, standing, tracks, now);
}

/** What to do next, after an act: its outcome is known, and what it left behind is no longer as it was read. */
export function decideAfter(life: Life, act: Act, outcome: Outcome, now: number): Life {
  if (life.standing === null) throw new Error('a case acts only on a standing that was read');
  const file = record(life.file, act, outcome, life.policy, now);
  return turned(life, file, life.standing, null, now);
}

function turned(life: Life, file: CaseFile, standing: Standing, tracks: Tracks | null, now: number): Life {
  const { policy, account, orders, verdicts } = life;
  const { file: decided, act, wakeAt, next } = advance(file, { standing, policy, tracks }, now);
  // Spelt out, as a spread here is what a simulated life spends most of its time on; `Required`, so that none is forgotten.
  const whole: Required<Life> = {
    file: decided,
    policy,
    account,
    standing,
    act,
    wakeAt,
    next,
    orders,
    verdicts,
  };
  return whole;
}
