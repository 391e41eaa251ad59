import type { Almanac } from '../../src/domain/calendar.js';
import type { Policy } from '../../src/domain/policy.js';
import { DAY_MS, HOUR_MS, SECOND_MS, type Instant } from '../../src/domain/time.js';

/** Timetables of some days, so that a life is short and every step of it comes. */
const brief: Policy = {
  name: 'brief',
  retryWindowMs: 0,
  reminders: [{ afterMs: DAY_MS }],
  limit: null,
  pause: { afterMs: 4 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  decommission: {
    afterMs: 7 * DAY_MS,
    retentionMs: 4 * DAY_MS,
    approvalMs: 3 * DAY_MS,
    approvers: ['operations@example.com'],
    collection: 'cancel',
  },
  fallbackPlan: null,
  dwellMs: 12 * HOUR_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  longestAgreementMs: 180 * DAY_MS,
  longestProcessingMs: 10 * DAY_MS,
  confirmationMs: 3 * DAY_MS,
  thresholdsMinor: {},
  exposure: null,
  retryOnNewCard: true,
  clock: 'first_failure',
  segment: null,
  own: null,
  almanac: null,
  contact: 'billing@example.com',
  exportUrl: null,
  language: 'en',
  recheckMs: 30 * SECOND_MS,
  holdRetryMs: 6 * HOUR_MS,
};

const stepped: Policy = {
  ...brief,
  name: 'stepped',
  reminders: [{ afterMs: DAY_MS }, { afterMs: 3 * DAY_MS }],
  limit: { afterMs: 4 * DAY_MS, leadMs: DAY_MS },
  pause: { afterMs: 6 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  dwellMs: DAY_MS,
};

const immediate: Policy = {
  ...brief,
  name: 'immediate',
  pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false },
};

const gentle: Policy = {
  ...brief,
  name: 'gentle',
  limit: { afterMs: 0, leadMs: 0 },
  pause: { afterMs: 5 * DAY_MS, leadMs: 3 * DAY_MS, immediate: false, drain: true },
  decommission: null,
  fallbackPlan: { plan: 'free', limits: { seats: 1 } },
  thresholdsMinor: { eur: 500 },
};

/** Open on weekdays from nine to five, where clocks change while the simulation runs. */
const officeHours = (clocksChangeAt: Instant): Almanac => ({
  offsets: [
    [0, HOUR_MS],
    [clocksChangeAt, 2 * HOUR_MS],
  ],
  weekdays: [1, 2, 3, 4, 5],
  hours: { fromMs: 9 * HOUR_MS, toMs: 17 * HOUR_MS },
  closed: [],
});

/** The policies of a world in which clocks change at that instant; the first is the one of most accounts. */
export function policiesOf(clocksChangeAt: Instant): readonly [Policy, ...Policy[]] {
  const office: Policy = { ...brief, name: 'office', almanac: officeHours(clocksChangeAt) };
  return [brief, brief, brief, stepped, immediate, gentle, office];
}
