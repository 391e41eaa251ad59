import { DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../../src/domain/time.js';
import type { Core } from './core.js';
import { createWorld, runWorld, subjectOf } from './engine.js';
import { verdictAt } from './model.js';
import { policiesOf } from './policies.js';
import { diceOf } from './random.js';
import { invoiceOf, type Truth } from './truth.js';
import type { Subject } from './world.js';

/** Seven things that Stripe says of one debt and its payment. */
export const eventTypes = [
  'invoice.payment_failed',
  'invoice.overdue',
  'customer.subscription.updated',
  'payment_intent.processing',
  'invoice.paid',
  'invoice.payment_succeeded',
  'customer.updated',
] as const;

/** `n`: how many of an event arrive; 0 is lost, 2 doubled. */
export type Arrival = { readonly type: string; readonly n: number };

export type Situation = 'owes' | 'paid_before_heard' | 'paid_when_paused';
export const situations: readonly Situation[] = ['owes', 'paid_before_heard', 'paid_when_paused'];

const overdueMs = HOUR_MS;
const paidMs: Readonly<Record<Situation, number>> = {
  owes: Infinity,
  paid_before_heard: 2 * HOUR_MS,
  paid_when_paused: 5 * DAY_MS,
};

/** When the events arrive, and when the case is looked at in the end. */
const toldMs: Readonly<Record<Situation, number>> = {
  owes: overdueMs,
  paid_before_heard: 3 * HOUR_MS,
  paid_when_paused: 5 * DAY_MS + 1,
};

/** Lets the events of one account arrive in this order while nothing else goes wrong, and says what came of it. */
export function decideAfterEvents(situation: Situation, arrivals: readonly Arrival[], core?: Core): Subject {
  const world = createWorld(1, { accounts: 0, healthy: true, ...(core !== undefined && { core }) });
  const { startAt } = world;
  const truth: Truth = {
    debts: [
      {
        id: invoiceOf(0),
        amountMinor: 4_900,
        overdueAt: startAt + overdueMs,
        paidAt: startAt + paidMs[situation],
        collection: 'sent',
        inFlight: null,
        confirming: null,
      },
    ],
    ended: null,
  };
  const [policy] = policiesOf(startAt);
  const course = { truth, wishes: [] };
  const subject = subjectOf(0, policy, course, 'de', diceOf(2));
  world.subjects.push(subject);
  // Nothing is foretold: what arrives comes from the list, or is found by the audit.
  auditOnly(world.agenda, subject, startAt, truth);
  if (situation === 'paid_when_paused') deliverAt(startAt + overdueMs, [{ type: 'invoice.overdue', n: 1 }]);
  deliverAt(startAt + toldMs[situation], arrivals);
  return runWorld({ ...world, endAt: startAt + 6 * DAY_MS }).subjects[0] ?? subject;

  function deliverAt(at: Instant, events: readonly Arrival[]): void {
    events.forEach(({ type, n }, place) => {
      const event = { id: (world.eventCount += 1), type, subject, livemode: true };
      for (let again = 0; again < n; again += 1)
        world.agenda.enter(at + place * MINUTE_MS + again, { kind: 'deliver', event, tries: 0 });
    });
  }
}

function auditOnly(
  agenda: ReturnType<typeof createWorld>['agenda'],
  subject: Subject,
  startAt: Instant,
  { debts: [debt] }: Truth,
): void {
  agenda.enter(startAt + DAY_MS, { kind: 'audit', subject, everyMs: DAY_MS });
  if (debt !== undefined && Number.isFinite(debt.paidAt))
    agenda.enter(debt.paidAt + 10 * MINUTE_MS, { kind: 'audit', subject, everyMs: 10 * MINUTE_MS });
}

/** What the model says of where such an account has to stand in the end; it knows of no event. */
export function expectedOf({ truth, policy }: Subject, at: Instant): 'suspended' | 'free' {
  return verdictAt(truth, policy, [], at, at) === 'owing' ? 'suspended' : 'free';
}

export function standsAs({ ledger, saved, resources }: Subject): 'suspended' | 'free' | 'neither' {
  const restriction = ledger.restrictions.find(({ reason }) => reason === 'nonpayment');
  const isOn = resources.every(({ size, sizeBefore, isLocked }) => size === sizeBefore && !isLocked);
  if (restriction === undefined && isOn && (saved === null || saved.closedAt !== null)) return 'free';
  const isOff = resources.every(({ size, isLocked }) => size === 0 && isLocked);
  return restriction?.access === 'suspended' && isOff && saved?.stage === 'paused' ? 'suspended' : 'neither';
}

/** Every order of some events. */
export function* ordersOf<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length <= 1) yield items;
  for (const [n, first] of items.entries()) {
    if (items.length <= 1) return;
    for (const rest of ordersOf([...items.slice(0, n), ...items.slice(n + 1)])) yield [first, ...rest];
  }
}
