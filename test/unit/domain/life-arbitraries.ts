import fc from 'fast-check';
import type { Almanac } from '../../../src/domain/calendar.js';
import type { Policy } from '../../../src/domain/policy.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.js';
import { day, samplePolicy } from '../../support/facts.js';
import {
  debtOf,
  type Debt,
  type Decision,
  type Fault,
  type Span,
  type Timeline,
  type Wish,
} from './life-world.js';

const dayZeroNumber = Math.floor(day(0) / DAY_MS);
const hours = (from: number, to: number) => fc.integer({ min: from, max: to }).map((n) => n * HOUR_MS);
const instants = (fromHours: number, toHours: number) => hours(fromHours, toHours).map((ms) => day(0) + ms);
/** In `none` of `none + some` cases there is none. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, none = 1, some = 1) =>
  fc.oneof({ weight: some, arbitrary }, { weight: none, arbitrary: fc.constant(null) });

/** Days of 24 hours: what clocks that change do to a day is another test's. */
const anyAlmanac: fc.Arbitrary<Almanac> = fc.record({
  offsets: fc.integer({ min: -11, max: 13 }).map((n): Almanac['offsets'] => [[0, n * HOUR_MS]]),
  weekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 2 }),
  hours: maybe(
    fc
      .tuple(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 4, max: 10 }))
      .map(([from, length]) => ({ fromMs: from * HOUR_MS, toMs: (from + length) * HOUR_MS })),
  ),
  closed: fc
    .array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 10 })), { maxLength: 3 })
    .map((ranges) =>
      ranges.map(([first, length]) => [first + dayZeroNumber, first + dayZeroNumber + length] as const),
    ),
});

const policyParts = fc.record({
  almanac: maybe(anyAlmanac, 2),
  gapsMs: fc.array(hours(6, 96), { minLength: 1, maxLength: 4 }),
  limit: maybe(
    fc.record({
      share: fc.integer({ min: 0, max: 9 }),
      leadMs: fc.constantFrom(0, 2 * HOUR_MS, 48 * HOUR_MS),
    }),
  ),
  pause: maybe(fc.record({ leadMs: hours(2, 96), slackMs: hours(1, 96), drain: fc.boolean() }), 1, 5),
  immediate: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
  decommission: maybe(
    fc.record({ slackMs: hours(6, 300), retentionMs: hours(24, 300), approvalMs: hours(6, 300) }),
  ),
  fallbackPlan: maybe(fc.constant({ plan: 'free', limits: { seats: 1 } })),
  windowShare: fc.constantFrom(0, 0, 0.5, 1),
  exposure: maybe(
    fc.record({ capMinor: fc.constantFrom(1000, 6000), pace: fc.constantFrom(0.1, 0.5, 0.9) }),
    2,
  ),
  dwellMs: hours(0, 48),
  longestEpisodeMs: hours(0, 40 * 24),
  longestProcessingMs: hours(12, 20 * 24),
  confirmationMs: hours(12, 10 * 24),
  thresholdUsd: fc.constantFrom(0, 0, 1000),
});
type PolicyParts = typeof policyParts extends fc.Arbitrary<infer T> ? T : never;

/** A policy that a file could hold: no two of its parts contradict each other. */
export const anyPolicy: fc.Arbitrary<Policy> = policyParts.map((parts) => {
  const { gapsMs, dwellMs, longestEpisodeMs, longestProcessingMs, confirmationMs, exposure } = parts;
  const reminders = gapsMs.map((_, i) => ({ afterMs: gapsMs.slice(0, i + 1).reduce((a, b) => a + b, 0) }));
  const pause = pauseOf(parts, reminders);
  const limit = limitOf(parts, reminders, pause);
  const takingMs = Math.min(
    pause?.immediate === false ? pause.afterMs : Infinity,
    limit?.afterMs || Infinity,
  );
  return {
    ...samplePolicy,
    almanac: parts.almanac,
    retryWindowMs: Number.isFinite(takingMs) ? takingMs * parts.windowShare : 0,
    reminders,
    limit,
    pause,
    decommission:
      pause === null ? null : decommissionOf(parts, Math.max(pause.afterMs, reminders.at(-1)?.afterMs ?? 0)),
    fallbackPlan: parts.fallbackPlan,
    dwellMs,
    longestEpisodeMs,
    longestProcessingMs,
    confirmationMs,
    exposure:
      exposure === null
        ? null
        : { capsMinor: { usd: exposure.capMinor, eur: exposure.capMinor }, pace: exposure.pace },
    thresholdsMinor: { usd: parts.thresholdUsd },
  };
});

function pauseOf({ pause, immediate }: PolicyParts, reminders: Policy['reminders']): Policy['pause'] {
  if (pause === null) return null;
  const { leadMs, slackMs, drain } = pause;
  if (immediate) return { afterMs: 0, leadMs: 0, immediate: true, drain };
  const afterMs = Math.max((reminders.at(-1)?.afterMs ?? 0) + slackMs, (reminders[0]?.afterMs ?? 0) + leadMs);
  return { afterMs, leadMs, immediate: false, drain };
}

function limitOf(
  { limit }: PolicyParts,
  reminders: Policy['reminders'],
  pause: Policy['pause'],
): Policy['limit'] {
  if (limit === null || pause?.immediate === true) return null;
  const { share, leadMs } = limit;
  if (share === 0 && leadMs === 0) return { afterMs: 0, leadMs };
  const earliest = (reminders[0]?.afterMs ?? 0) + leadMs;
  const latest = (pause?.afterMs ?? earliest + 100 * HOUR_MS) - HOUR_MS;
  if (earliest > latest) return null;
  return { afterMs: earliest + Math.floor(((latest - earliest) * share) / 10 / HOUR_MS) * HOUR_MS, leadMs };
}

function decommissionOf({ decommission }: PolicyParts, lastMs: number): Policy['decommission'] {
  if (decommission === null) return null;
  const { slackMs, retentionMs, approvalMs } = decommission;
  return {
    afterMs: lastMs + slackMs,
    retentionMs,
    approvalMs,
    approvers: ['o@example.com'],
    collection: 'cancel',
  };
}

/** What happens so many hours after another thing, for so long. */
const laterSpan = fc.record({ after: hours(0, 20 * 24), length: hours(1, 25 * 24) });
const spanIn = (from: number, span: { after: number; length: number } | null): Span | null =>
  span === null ? null : { from: from + span.after, to: from + span.after + span.length };

export const anyDebt: fc.Arbitrary<Debt> = fc
  .record({
    overdueAt: instants(-48, 40 * 24),
    openMs: fc.oneof(hours(1, 15 * 24), hours(1, 70 * 24)),
    currency: fc.constantFrom('usd' as const, 'eur' as const),
    amountMinor: fc.constantFrom(500, 1000, 4900),
    part: maybe(hours(0, 40 * 24), 3),
    processingMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: hours(1, 72) }),
    failedDebit: maybe(laterSpan, 3),
    confirming: maybe(laterSpan, 4),
    newCard: maybe(laterSpan, 4),
  })
  .map(({ overdueAt, openMs, part, failedDebit, confirming, newCard, ...rest }) => ({
    ...debtOf({ overdueAt, paidAt: overdueAt + openMs, ...rest }),
    part: part === null ? null : { at: overdueAt + part, amountMinor: Math.floor(rest.amountMinor / 2) },
    failedDebit: spanIn(overdueAt, failedDebit),
    confirming: spanIn(overdueAt, confirming),
    newCard: spanIn(overdueAt, newCard),
  }));

const anySpan = (longestHours: number) =>
  fc
    .record({ from: instants(0, 60 * 24), lengthMs: hours(1, longestHours) })
    .map(({ from, lengthMs }) => ({ from, to: from + lengthMs }));

const at = instants(0, 70 * 24);
const days = fc.constantFrom(0.5, 1, 3, 7, 30);
export const anyWish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ kind: fc.constant('extend' as const), at, days }),
  fc.record({ kind: fc.constant('exempt' as const), at, days: maybe(days, 1, 3) }),
  fc.record({ kind: fc.constant('forgive' as const), at, debt: fc.nat(5) }),
  fc.record({
    kind: fc.constant('restrict' as const),
    at,
    access: fc.constantFrom('read_only' as const, 'suspended' as const),
    days: maybe(days),
  }),
  fc.record({
    kind: fc.constant('lift' as const),
    at,
    restriction: fc.constantFrom('nonpayment' as const, 'manual' as const),
  }),
  fc.record({
    kind: fc.constant('promise' as const),
    at,
    parts: fc.integer({ min: 1, max: 4 }),
    everyDays: fc.constantFrom(0.5, 3, 10),
  }),
  fc.record({ kind: fc.constant('recheck' as const), at }),
);

const anyDecision: fc.Arbitrary<Decision> = fc.record({
  kind: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const, 'silence' as const),
  afterMs: hours(0, 200),
});

const faults = (...kinds: Fault[]) =>
  fc.array(fc.constantFrom<Fault>('done', 'done', ...kinds), { maxLength: 4 });
const taking = faults('failed', 'interrupted', 'not_begun', 'untold');
// Nothing holds what gives back before it is claimed.
const giving = faults('failed', 'interrupted', 'caveat');

export const anyTimeline: fc.Arbitrary<Timeline> = fc.record({
  policy: anyPolicy,
  startAt: instants(0, 48),
  endAt: fc.constant(day(400)),
  debts: fc.array(anyDebt, { minLength: 1, maxLength: 6 }),
  credits: fc.array(
    fc
      .record({
        span: anySpan(20 * 24),
        currency: fc.constantFrom('usd' as const, 'eur' as const),
        amountMinor: fc.constantFrom(600, 10_000),
      })
      .map(({ span, ...rest }) => ({ ...span, ...rest })),
    { maxLength: 1 },
  ),
  outages: fc.array(anySpan(30 * 24), { maxLength: 3 }),
  blind: fc.array(anySpan(48), { maxLength: 2 }),
  frozen: fc.array(anySpan(15 * 24), { maxLength: 2 }),
  subscriptionEnded: maybe(
    fc
      .record({ from: instants(0, 60 * 24), lengthMs: fc.oneof(hours(24, 900), fc.constant(Infinity)) })
      .map(({ from, lengthMs }) => ({
        from,
        to: from + lengthMs,
      })),
    3,
  ),
  granted: maybe(
    fc
      .record({ from: instants(0, 70 * 24), lengthMs: fc.oneof(hours(24, 900), fc.constant(Infinity)) })
      .map(({ from, lengthMs }) => ({ from, to: from + lengthMs })),
    2,
  ),
  wishes: fc.array(anyWish, { maxLength: 5 }),
  decisions: fc.array(anyDecision, { maxLength: 4 }),
  faults: fc.record({
    remind: faults('failed', 'unreachable', 'interrupted', 'not_begun', 'untold'),
    limit: taking,
    pause: taking,
    decommission: faults('failed', 'interrupted', 'not_begun', 'untold', 'plan_changed'),
    ask: faults('failed', 'unreachable', 'interrupted', 'not_begun'),
    retry: faults('failed', 'unreachable', 'interrupted', 'not_begun'),
    restrict: faults('failed', 'interrupted', 'not_begun'),
    unrestrict: giving,
    lift: giving,
    close: faults('failed', 'unreachable', 'interrupted', 'caveat'),
  }),
  clockLeadMs: fc.constantFrom(0, 0, 0, 20 * SECOND_MS, -20 * SECOND_MS, 10 * MINUTE_MS, -10 * MINUTE_MS),
  effectMs: fc.constantFrom(0, 2 * SECOND_MS, 10 * MINUTE_MS),
  heard: fc.boolean(),
  killedAfter: fc.constant([]),
  lostAfter: fc.constant([]),
});
