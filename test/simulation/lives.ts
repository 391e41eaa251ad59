import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../../src/domain/time.js';
import type { ManualAccess } from '../../src/domain/effect.js';
import type { Dice } from './random.js';
import { invoiceOf, type Debt, type Span, type Truth } from './truth.js';

/** What a person wants at some moment, before it is known what the case looks like then. */
export type Wish =
  | { readonly kind: 'extend'; readonly days: number }
  | { readonly kind: 'exempt'; readonly days: number }
  | { readonly kind: 'forgive' }
  | { readonly kind: 'restrict'; readonly access: ManualAccess; readonly days: number }
  | { readonly kind: 'lift' }
  | { readonly kind: 'unrestrict' }
  | { readonly kind: 'promise'; readonly days: number }
  | { readonly kind: 'recheck' }
  | { readonly kind: 'decide'; readonly approved: boolean; readonly plan: string };

export type Wished = { readonly at: Instant; readonly wish: Wish };
export type Course = { readonly truth: Truth; readonly wishes: readonly Wished[] };

const kinds = ['prompt', 'late', 'never', 'debit', 'twice', 'ended', 'confirming'] as const;
type Kind = (typeof kinds)[number];
const weights: Readonly<Record<Kind, number>> = {
  prompt: 76,
  late: 6,
  never: 7,
  debit: 3,
  twice: 3,
  ended: 3,
  confirming: 2,
};

function drawKind(dice: Dice): Kind {
  let left = dice.next() * 100;
  return kinds.find((kind) => (left -= weights[kind]) < 0) ?? 'prompt';
}

/** The life of one account: it comes to owe something after `bornAt`, and is rid of it by `settledBy` unless it never pays. */
export function drawCourse(dice: Dice, policy: Policy, bornAt: Instant, settledBy: Instant): Course {
  const drawn = drawKind(dice);
  const kind = drawn === 'never' && policy.decommission === null ? 'late' : drawn;
  const truth = drawTruth(dice, kind, policy, bornAt, settledBy);
  return { truth, wishes: dice.chance(0.12) ? drawWishes(dice, bornAt) : [] };
}

function drawTruth(dice: Dice, kind: Kind, policy: Policy, bornAt: Instant, settledBy: Instant): Truth {
  const pauseMs = policy.pause?.afterMs ?? 0;
  // Most of those who forget to pay are reminded by their bank or by the first mail.
  const promptMs = dice.next() ** 3 * Math.max(2 * HOUR_MS, pauseMs);
  const lateMs = pauseMs + dice.next() * 7 * DAY_MS;
  const afterMs = kind === 'prompt' ? promptMs : kind === 'never' ? Infinity : lateMs;
  const paidAt = Math.round(bornAt + afterMs);
  const first: Debt = {
    id: invoiceOf(0),
    amountMinor: dice.pick([900, 4_900, 19_900]),
    overdueAt: bornAt,
    paidAt: kind === 'never' ? Infinity : Math.min(paidAt, settledBy),
    collection: dice.pick(['sent', 'automatic']),
    inFlight: null,
    confirming: null,
  };
  const within = (longestMs: number): Span => {
    const from = Math.round(bornAt + dice.next() * 4 * DAY_MS);
    return { from, to: Math.round(from + dice.next() * longestMs) };
  };
  switch (kind) {
    case 'prompt':
    case 'late':
    case 'never':
      return { debts: [first], ended: null };
    case 'debit':
      return { debts: [{ ...first, inFlight: within(4 * DAY_MS) }], ended: null };
    case 'confirming':
      return { debts: [{ ...first, collection: 'automatic', confirming: within(4 * DAY_MS) }], ended: null };
    case 'ended': {
      const from = Math.round(bornAt + dice.next() * 3 * DAY_MS);
      return { debts: [first], ended: { from, to: settledBy } };
    }
    case 'twice': {
      const overdueAt = Math.round(bornAt + dice.next() * 10 * DAY_MS);
      const second = { ...first, id: invoiceOf(1), overdueAt };
      return { debts: [first, { ...second, paidAt: Math.min(overdueAt + lateMs, settledBy) }], ended: null };
    }
  }
}

function drawWishes(dice: Dice, bornAt: Instant): Wished[] {
  const at = () => Math.round(bornAt + dice.next() * 10 * DAY_MS + MINUTE_MS);
  const days = () => dice.pick([0.5, 1, 3]);
  const one = (): Wish => {
    const draw = dice.whole(0, 7);
    switch (draw) {
      case 0:
      case 1:
        return { kind: 'extend', days: days() };
      case 2:
        return { kind: 'exempt', days: days() };
      case 3:
        return { kind: 'restrict', access: dice.pick(['read_only', 'suspended']), days: days() };
      case 4:
        return { kind: 'lift' };
      case 5:
        return { kind: 'promise', days: days() };
      case 6:
        return { kind: 'forgive' };
      default:
        return { kind: dice.pick(['unrestrict', 'recheck']) };
    }
  };
  return dice.chance(0.3)
    ? [
        { at: at(), wish: one() },
        { at: at(), wish: one() },
      ]
    : [{ at: at(), wish: one() }];
}
