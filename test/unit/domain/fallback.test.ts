import { describe, expect, it } from 'vitest';
import { allSteps, type Act, type Step } from '../../../src/domain/effect.js';
import {
  fallbackAfter,
  fallbackChangeOf,
  type FallbackChange,
  type FallbackEvidence,
} from '../../../src/domain/fallback.js';
import { asApprovalId, asInvoiceId, asSubscriptionId } from '../../../src/domain/ids.js';
import { formatFallbackPlan, type FallbackPlan } from '../../../src/domain/policy.js';
import { noTerms, type InvoiceFact, type SubscriptionState } from '../../../src/domain/standing.js';
import { SECOND_MS } from '../../../src/domain/time.js';
import {
  day,
  frozen,
  invoiceFact,
  membersOf,
  product,
  samplePolicy,
  standingOf,
} from '../../support/facts.js';

const free: FallbackPlan = { plan: 'free', limits: { seats: 1, projects: 3 } };
const starter: FallbackPlan = { plan: 'starter', limits: {} };
const policy = { ...samplePolicy, fallbackPlan: free };

const states = membersOf<SubscriptionState>({
  incomplete: true,
  live: true,
  unpaid: true,
  paused: true,
  ended: true,
  unknown: true,
});

const subscriptionsIn = (...all: readonly SubscriptionState[]) =>
  all.map((state, index) => ({ id: asSubscriptionId(`sub_${index + 1}`), state }));

/** A standing in which `sub_1` is in arrears, or nothing is owed. */
const standingWith = (
  all: readonly SubscriptionState[],
  invoices: readonly InvoiceFact[] = [invoiceFact()],
) => standingOf(invoices, day(10), { subscriptions: subscriptionsIn(...all) });

const evidenceOf = (changes: Partial<FallbackEvidence> = {}): FallbackEvidence =>
  frozen({
    step: 'pause',
    now: day(10),
    standing: standingWith(['ended']),
    terms: noTerms,
    exemption: null,
    policy,
    mode: 'enforce',
    frozen: false,
    granted: false,
    ...changes,
  });

const falls = (changes: Partial<FallbackEvidence>) =>
  fallbackAfter(null, 'falls', evidenceOf(changes)) !== null;

const acts: Record<Step, readonly [Act, FallbackChange][]> = {
  remind: [[{ step: 'remind', round: 1, topic: 'reminder', promises: [] }, 'stays']],
  limit: [[{ step: 'limit', round: 1, promises: [] }, 'falls']],
  pause: [[{ step: 'pause', round: 1, promises: [] }, 'falls']],
  decommission: [[{ step: 'decommission', round: 1, approval: asApprovalId('a') }, 'falls']],
  ask: [[{ step: 'ask', round: 1 }, 'stays']],
  retry: [[{ step: 'retry', round: 1, charges: [] }, 'stays']],
  restrict: [
    [{ step: 'restrict', round: 1, access: 'suspended', by: 'ada', reason: 'abuse', until: null }, 'stays'],
  ],
  unrestrict: [[{ step: 'unrestrict', round: 1 }, 'stays']],
  lift: [
    [{ step: 'lift', round: 1, from: 'nonpayment', leaves: 'nothing' }, 'returns'],
    [{ step: 'lift', round: 1, from: 'fallback', leaves: 'nothing' }, 'returns'],
    [{ step: 'lift', round: 1, from: 'nonpayment', leaves: 'fallback' }, 'stays'],
    [{ step: 'lift', round: 1, from: 'nonpayment', leaves: 'ended' }, 'falls'],
  ],
  close: [
    [{ step: 'close', round: 1, topic: 'recovered' }, 'stays'],
    [{ step: 'close', round: 1, topic: 'paid_but_ended' }, 'falls'],
    [{ step: 'close', round: 1, topic: 'paid_but_deleted' }, 'stays'],
  ],
};

describe('what access is worth', () => {
  it.each(allSteps.flatMap((step) => acts[step]))('%j: %s', (act, change) => {
    expect(fallbackChangeOf(act)).toBe(change);
  });

  it('stays as it is, or comes back, whatever is known, and whatever brake holds', () => {
    for (const { mode, frozen: isFrozen, granted } of product({
      mode: ['observe', 'enforce'] as const,
      frozen: [true, false],
      granted: [true, false],
    })) {
      const evidence = evidenceOf({ mode, frozen: isFrozen, granted, standing: null });
      for (const known of [null, starter]) {
        expect(fallbackAfter(known, 'stays', evidence)).toBe(known);
        expect(fallbackAfter(known, 'returns', evidence)).toBeNull();
      }
    }
  });

  // While something is owed for the first of two subscriptions, for the second, or for neither.
  const table: Record<SubscriptionState, { alone: boolean; besideEnded: boolean }> = {
    // EC-1: it never began, so nothing was lost with it.
    incomplete: { alone: false, besideEnded: false },
    // SUB-1: what Stripe calls past_due is live.
    live: { alone: false, besideEnded: false },
    unpaid: { alone: true, besideEnded: true },
    paused: { alone: false, besideEnded: false },
    ended: { alone: true, besideEnded: true },
    unknown: { alone: false, besideEnded: false },
  };

  it.each(states)('SUB-1 SUB-2 EC-1 EC-2 while it is owed, for a subscription that is %s', (state) => {
    for (const step of ['limit', 'pause', 'decommission'] as const) {
      expect(falls({ step, standing: standingWith([state]) })).toBe(table[state].alone);
      expect(falls({ step, standing: standingWith([state, 'ended']) })).toBe(table[state].besideEnded);
    }
  });

  it.each(states)('SUB-2 falls beside a lost subscription unless another one lives: %s', (other) => {
    const isSure = other !== 'live' && other !== 'unknown';
    expect(falls({ standing: standingWith(['ended', other]) })).toBe(isSure);
    expect(falls({ standing: standingWith(['unpaid', other]) })).toBe(isSure);
  });

  it('stays with an account that owes for no subscription, or for one that ended long ago no more', () => {
    const other = invoiceFact({ subscription: null });
    expect(falls({ standing: standingWith([], [other]) })).toBe(false);
    expect(falls({ standing: standingWith(['ended'], [other]) })).toBe(false);
    const forgiven = { forgiven: [asInvoiceId('in_1')], agreement: null };
    expect(falls({ standing: standingWith(['ended'], [other, invoiceFact()]), terms: forgiven })).toBe(false);
  });

  // Paid: the first subscription alone, and beside one that has ended.
  const paid: Record<SubscriptionState, { alone: boolean; besideEnded: boolean }> = {
    incomplete: { alone: false, besideEnded: true },
    live: { alone: false, besideEnded: false },
    // Its payment brings it back, and Stripe may not have said so yet.
    unpaid: { alone: false, besideEnded: false },
    paused: { alone: false, besideEnded: true },
    ended: { alone: true, besideEnded: true },
    unknown: { alone: false, besideEnded: false },
  };

  it.each(states)('TT-5 once it is paid, when the subscription is %s', (state) => {
    for (const step of ['lift', 'close'] as const) {
      expect(falls({ step, standing: standingWith([state], []) })).toBe(paid[state].alone);
      expect(falls({ step, standing: standingWith([state, 'ended'], []) })).toBe(paid[state].besideEnded);
      expect(falls({ step, standing: standingWith([], []) })).toBe(false);
    }
  });

  const until = (at: number) => ({ until: at, by: 'ada', reason: 'in appeal' });
  it.each<[string, Partial<FallbackEvidence>, boolean]>([
    ['nothing speaks against it', {}, true],
    ['the policy names no plan', { policy: samplePolicy }, false],
    ['forbear only observes', { mode: 'observe' }, false],
    ['what takes away is frozen', { frozen: true }, false],
    ['the account is exempt', { exemption: until(day(11)) }, false],
    ['the exemption is over', { exemption: until(day(10)) }, true],
    ['DR-8 a grant stands', { granted: true }, false],
    ['nothing was read', { standing: null }, false],
    ['the lists were cut short', { standing: { ...standingWith(['ended']), complete: false } }, false],
    ['it was read a minute ago', { now: day(10) + 60 * SECOND_MS }, true],
    ['it was read longer ago', { now: day(10) + 61 * SECOND_MS }, false],
    ['it was read in the future', { now: day(10) - 61 * SECOND_MS }, false],
  ])('falls only while no brake holds and a fresh, whole standing says so: %s', (_, changes, expected) => {
    for (const step of ['limit', 'pause', 'decommission', 'lift', 'close'] as const) {
      expect(falls({ step, ...changes }), step).toBe(expected);
    }
  });

  it('falls to the plan of the policy that the case goes by, and stays fallen where that names none', () => {
    expect(fallbackAfter(null, 'falls', evidenceOf())).toEqual(free);
    expect(fallbackAfter(starter, 'falls', evidenceOf())).toEqual(free);
    expect(fallbackAfter(starter, 'falls', evidenceOf({ policy: samplePolicy }))).toEqual(starter);
    expect(fallbackAfter(starter, 'falls', evidenceOf({ frozen: true }))).toEqual(starter);
  });

  it('is said in words', () => {
    expect(formatFallbackPlan(free)).toBe('free (seats 1, projects 3)');
    expect(formatFallbackPlan(starter)).toBe('starter');
  });
});
