import { allStages } from '../../domain/case-file.js';
import type { AlertSeverity } from '../../ports/alerts.js';
import type { RefusalReason } from '../../ports/billing.js';
import type { DispatchMeter, IntakeMeter } from '../../ports/meters.js';

/** The values of a label, all of them: a counter that is there from the start, at 0, shows its first rise. */
const all = <Value extends string>(values: Readonly<Record<Value, true>>) => Object.keys(values) as Value[];

export const outcomes = all<Parameters<IntakeMeter['committed']>[1]>({
  new: true,
  duplicate: true,
  ignored: true,
});
export const reasons = all<RefusalReason>({
  signature_missing: true,
  signature_malformed: true,
  signature_mismatch: true,
  timestamp_too_old: true,
  timestamp_in_future: true,
  not_an_event: true,
  too_large: true,
  cut_off: true,
});
export const turnings = all<Parameters<IntakeMeter['turnedAway']>[0]>({
  limited: true,
  busy: true,
  not_stored: true,
});
export const dispatchOutcomes = all<Parameters<DispatchMeter['dispatched']>[0]>({
  signalled: true,
  settled: true,
  unmatched: true,
  ignored: true,
});
export const postponements = all<Parameters<DispatchMeter['postponed']>[0]>({
  failed: true,
  coalesced: true,
});
export const severities = all<AlertSeverity>({ page: true, warning: true });
export const openStages = allStages.filter((stage) => stage !== 'closed');

/** Counted by each process for itself. */
export const counted = {
  events: {
    kind: 'counter',
    name: 'forbear_intake_events_total',
    labelNames: ['type', 'outcome'],
    help: 'Events that were committed and acknowledged: new, duplicate (it was here already), or ignored (of another mode or account)',
  },
  signed: {
    kind: 'counter',
    name: 'forbear_intake_signed_total',
    labelNames: ['secret'],
    help: 'Acknowledged deliveries by the fingerprint of the secret they were signed with',
  },
  refused: {
    kind: 'counter',
    name: 'forbear_intake_refused_total',
    labelNames: ['reason'],
    help: 'Deliveries that are not genuine and were answered 400 or 413',
  },
  turnedAway: {
    kind: 'counter',
    name: 'forbear_intake_turned_away_total',
    labelNames: ['why'],
    help: 'Deliveries that were answered 429 (limited) or 503 (busy, not_stored), so that Stripe sends them again',
  },
  acknowledged: {
    kind: 'histogram',
    name: 'forbear_intake_acknowledge_seconds',
    labelNames: [],
    help: 'From the first byte read to the answer, of deliveries that were acknowledged',
  },
  dispatched: {
    kind: 'counter',
    name: 'forbear_dispatch_events_total',
    labelNames: ['outcome'],
    help: 'Events with which the dispatcher is done: signalled, settled (of a healthy account), unmatched, or ignored',
  },
  postponed: {
    kind: 'counter',
    name: 'forbear_dispatch_postponed_total',
    labelNames: ['why'],
    help: 'Events left for later: failed, or coalesced with others of their account',
  },
  died: {
    kind: 'counter',
    name: 'forbear_dispatch_dead_total',
    labelNames: [],
    help: 'Events that failed too often and wait for a person',
  },
  build: {
    kind: 'gauge',
    name: 'forbear_build_info',
    labelNames: ['version'],
    help: 'Always 1; which version of Forbear runs',
  },
} as const;

/** Read from Postgres when they are asked for, so every process tells the same. */
export const shared = {
  postgres: {
    kind: 'gauge',
    name: 'forbear_postgres_up',
    labelNames: [],
    help: 'Whether Postgres answered in time; while it is 0 the other series that are read from it are left out',
  },
  pending: {
    kind: 'gauge',
    name: 'forbear_inbox_pending',
    labelNames: ['type'],
    help: 'The lag: events that are committed and not dispatched yet; of more than 20,000 the oldest are counted',
  },
  oldest: {
    kind: 'gauge',
    name: 'forbear_inbox_oldest_pending_seconds',
    labelNames: ['type'],
    help: 'How long the oldest event that is not dispatched yet has waited; 0 where none waits',
  },
  dead: {
    kind: 'gauge',
    name: 'forbear_inbox_dead',
    labelNames: [],
    help: 'Events that failed too often and still wait for a person, 20,000 at most',
  },
  unmatched: {
    kind: 'gauge',
    name: 'forbear_inbox_unmatched_customers',
    labelNames: [],
    help: 'Customers that belong to no account, among 20,000 events that wait for that',
  },
  round: {
    kind: 'gauge',
    name: 'forbear_watch_round_age_seconds',
    labelNames: [],
    help: 'Since a round of the watch was completed; left out before the first one',
  },
  sighted: {
    kind: 'gauge',
    name: 'forbear_watch_sighted_age_seconds',
    labelNames: [],
    help: 'Since the intake was last known to miss nothing; left out before that was ever known',
  },
  alerts: {
    kind: 'gauge',
    name: 'forbear_alerts_open',
    labelNames: ['severity'],
    help: 'Alerts of Forbear itself that are open',
  },
  cases: {
    kind: 'gauge',
    name: 'forbear_cases_open',
    labelNames: ['stage'],
    help: 'Open cases by stage, 100,000 at most',
  },
} as const;

type Family = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly help: string;
};

/** Every metric of ours, for the docs and for whoever checks what refers to them. */
export const families: readonly Family[] = [...Object.values(counted), ...Object.values(shared)];
