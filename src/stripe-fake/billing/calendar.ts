import type { Recurring } from '../state/objects.js';

const DAY_S = 86_400;

export const MONTHLY: Recurring = {
  interval: 'month',
  interval_count: 1,
  meter: null,
  trial_period_days: null,
  usage_type: 'licensed',
};

/** The anchor moved by whole months; a day that the month doesn't have becomes its last one. */
function addMonths(anchor: number, months: number): number {
  const date = new Date(anchor * 1_000);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), days);
  return first.getTime() / 1_000 + (day - 1) * DAY_S + (anchor % DAY_S);
}

/** When the how-manieth period after the anchor begins, seconds. Counted from the anchor, so the 31st isn't lost. */
export function periodStart(anchor: number, every: Recurring, periods: number): number {
  const steps = periods * every.interval_count;
  switch (every.interval) {
    case 'day':
      return anchor + steps * DAY_S;
    case 'week':
      return anchor + steps * 7 * DAY_S;
    case 'month':
      return addMonths(anchor, steps);
    case 'year':
      return addMonths(anchor, steps * 12);
  }
}
