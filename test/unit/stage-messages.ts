import type { CaseFile, Stage } from '../../src/domain/case-file.js';
import type { Act } from '../../src/domain/effect.js';
import type { OrderRequest } from '../../src/domain/orders.js';
import type { Verdict } from '../../src/domain/standing.js';
import type { Instant } from '../../src/domain/time.js';
import { catchUp, decide, mustLook, takeIn, undecided, type Life } from '../../workflows/life.js';
import type { Message } from '../../workflows/mailbox.js';
import {
  announcedCase,
  approvalOf,
  caseFileOf,
  day,
  frozen,
  limitedCase,
  membersOf,
  openCase,
  remindedCase,
  rounds,
  standingThatIs,
  tracksOf,
  wholePolicy,
} from '../support/facts.js';
import { request, type AnyAsked } from './domain/orders-asked.js';

/** A case in a stage, between two of its dates: nothing is due, so whatever comes of a message comes of the message. */
export type Scene = { readonly file: CaseFile; readonly now: Instant };

const bothTold = [
  { step: 'limit', at: day(9), acceptedAt: day(1) },
  { step: 'pause', at: day(12), acceptedAt: day(1) },
] as const;
const deleted = announcedCase({
  stage: 'decommissioned',
  rung: 7,
  rounds: rounds({ remind: 4, limit: 1, pause: 1, decommission: 1 }),
  lastStepAt: day(92),
  told: [],
  taken: { step: 'decommission', round: 1, at: day(92), settled: true },
  owesNotice: 'decommissioned',
});

/** One case in each stage, under the whole policy. Of a deletion the customer was not told yet: it is the only open one there is. */
export const scenes: Readonly<Record<Stage, Scene>> = {
  watching: { file: openCase(), now: day(0.5) },
  reminded: { file: remindedCase(3, { told: bothTold }), now: day(8.5) },
  limited: { file: limitedCase(), now: day(11) },
  paused: {
    file: limitedCase({
      stage: 'paused',
      rung: 5,
      rounds: rounds({ remind: 3, limit: 1, pause: 1 }),
      lastStepAt: day(12),
      told: [],
      taken: { step: 'pause', round: 1, at: day(12), settled: true },
    }),
    now: day(20),
  },
  decommissioning: { file: announcedCase({ approval: approvalOf() }), now: day(91) },
  decommissioned: { file: deleted, now: day(93) },
  recovered: { file: remindedCase(3, { stage: 'recovered', told: [], closedAt: day(9) }), now: day(10) },
  closed: { file: caseFileOf({ stage: 'closed', closedAt: day(9) }), now: day(10) },
};

/** Every message that a case can get: what is no order by its kind, an order by what it wants. */
export type MessageName = Exclude<Message['kind'], 'order'> | OrderRequest['kind'];

const asked: { readonly [Kind in OrderRequest['kind']]: AnyAsked & { readonly kind: Kind } } = {
  extendGrace: { kind: 'extendGrace', days: 5 },
  exempt: { kind: 'exempt', until: day(500), invoices: [] },
  approve: { kind: 'approve', plan: '01234567' },
  reject: { kind: 'reject', plan: '01234567' },
  restrict: { kind: 'restrict', access: 'suspended', until: null },
  lift: { kind: 'lift', restriction: 'nonpayment' },
  promise: { kind: 'promise', instalments: [{ dueAt: day(120), amountMinor: 4900 }] },
  recheck: { kind: 'recheck' },
  reissuePolicy: { kind: 'reissuePolicy' },
};

function messageOf(name: MessageName, answered: (refusal: string | null) => void): Message {
  switch (name) {
    case 'event':
    case 'payment':
      return { kind: name };
    case 'release':
      return { kind: 'release', hold: 'frozen' };
    case 'unreadable':
      return { kind: 'unreadable', text: 'extendGrace refused: reason is missing' };
    case 'extendGrace':
    case 'exempt':
    case 'approve':
    case 'reject':
    case 'restrict':
    case 'lift':
    case 'promise':
    case 'recheck':
    case 'reissuePolicy':
      return { kind: 'order', request: request(asked[name]), taken: answered };
  }
}

export const messageNames = membersOf<MessageName>({
  event: true,
  payment: true,
  release: true,
  unreadable: true,
  extendGrace: true,
  exempt: true,
  approve: true,
  reject: true,
  restrict: true,
  lift: true,
  promise: true,
  recheck: true,
  reissuePolicy: true,
});

/** What Stripe's events, a brake that was released and a botched order come to: nobody has asked for anything. */
export const signals = ['event', 'payment', 'release', 'unreadable'] as const;

export const verdicts = membersOf<Verdict>({
  owing: true,
  in_flight: true,
  unconfirmed: true,
  promised: true,
  covered: true,
  clear: true,
  unclear: true,
});

/** What a wake of the workflow makes of one message (or none): `taken` before it decides, `turn` after. */
export type Wake = {
  readonly before: Life;
  readonly taken: Life;
  readonly turn: Life;
  /** The answer to an order, or `undefined` when nobody was answered. */
  readonly answer: string | null | undefined;
  readonly looks: boolean;
};

/** What a message (or none) leads to in a stage, when the standing comes to this verdict. */
export const wakeIn = (stage: Stage, name: MessageName | null, verdict: Verdict): Wake =>
  wakeOf(scenes[stage], name, verdict);

/** One wake, as the loop of the workflow goes: look where it must, catch up, take in, decide. */
export function wakeOf({ file, now }: Scene, name: MessageName | null, verdict: Verdict): Wake {
  const account = { ref: 'acme', name: 'Acme' };
  const carried = { file, policy: wholePolicy, account };
  const slept: Life = frozen({ ...undecided(carried), standing: standingThatIs('owing', now - 1) });
  const answers: (string | null)[] = [];
  const messages = name === null ? [] : [messageOf(name, (refusal) => void answers.push(refusal))];
  const seen = { standing: standingThatIs(verdict, now), tracks: tracksOf(), beginning: null };
  const before = frozen(catchUp(slept, frozen(seen), now));
  const { life, answers: toSay } = takeIn(before, messages, now);
  toSay.forEach((say) => say([]));
  const turn = decide(frozen(life), seen, now);
  return { before, taken: life, turn, answer: answers[0], looks: mustLook(slept, messages, now) };
}

/** An act in a word or two. */
export function named(act: Act | null): string {
  if (act === null) return 'wait';
  return act.step === 'remind' || act.step === 'close' ? `${act.step} ${act.topic}` : act.step;
}
