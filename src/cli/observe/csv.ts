import { formatSums } from '../../domain/money.js';
import { isPaidSoon, paidAfterPauseMs } from '../../preview/totals.js';
import type { Comparison } from '../../preview/trial.js';
import { DAY_MS, type Instant } from '../../domain/time.js';

const columns: Readonly<Record<string, (one: Comparison) => string | number | null>> = {
  account: ({ ref }) => ref,
  case: ({ caseId }) => caseId,
  opened: ({ openedAt }) => dated(openedAt),
  owed: ({ owed }) => formatSums(owed),
  notices: ({ noticesAt }) => noticesAt.length,
  first_notice: ({ noticesAt }) => dated(noticesAt[0] ?? null),
  limited: ({ limitAt }) => dated(limitAt),
  paused: ({ paused }) => paused,
  pause: ({ pauseAt }) => dated(pauseAt),
  deletion_asked: ({ askAt }) => dated(askAt),
  settled: ({ settled }) => dated(settled?.at ?? null),
  settled_by: ({ settled }) => settled?.by ?? null,
  settled_days_after_pause: (one) => inDays(paidAfterPauseMs(one)),
  paid_soon_after_pause: (one) => (isPaidSoon(one) ? 'yes' : 'no'),
  people: ({ view }) => view.verdict,
  restricted_by_hand: ({ view }) => dated(view.restrictedAt),
  spared: ({ view }) => dated(view.spared?.at ?? null),
  spared_by: ({ view }) => view.spared?.kind ?? null,
};

const dated = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());
const inDays = (ms: number | null) => (ms === null ? null : Math.round((ms / DAY_MS) * 10) / 10);

/** Every case on a line, with a first line of names, as RFC 4180 has it. */
export function csvOf(cases: readonly Comparison[]): string {
  const lines = [
    Object.keys(columns),
    ...cases.map((one) => Object.values(columns).map((column) => column(one))),
  ];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null || typeof value === 'number') return String(value ?? '');
  // A spreadsheet would run what looks like a formula; the app's own names of accounts come from anywhere.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
