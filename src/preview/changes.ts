import type { PolicyBook, Rules } from '../policy/book.js';
import { formatWhen } from '../policy/segments.js';
import { DAY_MS, formatDuration } from '../domain/time.js';
import { formatFallbackPlan, type Policy } from '../domain/policy.js';
import { timetableOf } from './timetable.js';

/** What a policy changes against another one, in words: first for everybody, then segment by segment. */
export function changesBetween(before: PolicyBook, after: PolicyBook): string[] {
  return [...changedRules(before, after, ''), ...changedSegments(before, after)];
}

function changedSegments(before: PolicyBook, after: PolicyBook): string[] {
  const names = (book: PolicyBook) => book.segments.map(({ name }) => name);
  const [were, are] = [names(before), names(after)];
  const shared = are.filter((name) => were.includes(name));
  const moved = shared.join() !== were.filter((name) => are.includes(name)).join();
  return [
    ...were
      .filter((name) => !are.includes(name))
      .map((name) => `segment ${name}: is gone; its accounts go by the rules that fit next`),
    ...are.filter((name) => !were.includes(name)).map((name) => `segment ${name}: is new`),
    ...(moved ? [`segments: are asked in another order: ${are.join(', ')}`] : []),
    ...after.segments.flatMap((segment) => {
      const known = before.segments.find(({ name }) => name === segment.name);
      if (known === undefined) return [];
      const isOther = JSON.stringify(known.when) !== JSON.stringify(segment.when);
      return [
        ...(isOther
          ? [
              `segment ${segment.name}: is for other accounts: ${formatWhen(segment.when)}; before: ${formatWhen(known.when)}`,
            ]
          : []),
        ...changedRules(known, segment, `segment ${segment.name}: `),
      ];
    }),
  ];
}

function changedRules(before: Rules, after: Rules, where: string): string[] {
  const fields = [
    ...new Set([...Object.keys(before.policy), ...Object.keys(after.policy)]),
  ] as (keyof Policy)[];
  const changed = fields
    .filter((field) => field !== 'almanac' && field !== 'segment' && field !== 'own')
    .filter((field) => JSON.stringify(before.policy[field]) !== JSON.stringify(after.policy[field]))
    .map(
      (field) => `${where}${nameOf(field)}: ${saidOf(before.policy, field)} → ${saidOf(after.policy, field)}`,
    );
  const calendars = [before.calendar, after.calendar].map((calendar) =>
    calendar === null ? 'any time' : JSON.stringify(calendar),
  );
  const calendar = calendars[0] === calendars[1] ? [] : [`${where}calendar: ${calendars.join(' → ')}`];
  return [...changed, ...calendar, ...changedDays(before.policy, after.policy, where)];
}

const now = Date.UTC(2026, 0, 5, 9);
const unpaid = { dueAt: null, failedAt: now, currency: 'usd', amountMinor: 100_000_000 };

/** What it comes to for an account that never pays. */
function changedDays(before: Policy, after: Policy, where: string): string[] {
  const whatHappens = [
    ['limit', 'is read-only'],
    ['pause', 'is off'],
    ['decommission', 'is deleted'],
  ] as const;
  const [was, is] = [before, after].map((policy) =>
    timetableOf({ ...policy, exposure: null, thresholdsMinor: {} }, [unpaid]),
  );
  return whatHappens.flatMap(([step, what]) => {
    const [from, to] = [was, is].map((table) => table?.lines.find((line) => line.step === step)?.day);
    if (from === to) return [];
    const day = (at: number | undefined) => (at === undefined ? 'never' : `on day ${at}`);
    return [`${where}who never pays ${what} ${day(to)} instead of ${day(from)}`];
  });
}

const nameOf = (field: string) => field.replace(/(Ms|Minor)$/, '');

/** What a policy says in a field, for people. The names of a plan's limits are the app's own, and mean no units of ours. */
function saidOf(policy: Policy, field: keyof Policy): string {
  const { fallbackPlan } = policy;
  return field === 'fallbackPlan' && fallbackPlan !== null
    ? formatFallbackPlan(fallbackPlan)
    : said(policy[field], field);
}

/** A value of a policy, for people. */
function said(value: unknown, field = ''): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number') return field.endsWith('Ms') ? spanOf(value) : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  const parts = Array.isArray(value)
    ? value.map((one: unknown) => said(one))
    : Object.entries(value)
        .filter(isTelling)
        .map(([key, one]: [string, unknown]) => `${nameOf(key)} ${said(one, key)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

const spanOf = (ms: number) => (ms % DAY_MS === 0 ? `${ms / DAY_MS}d` : formatDuration(ms));

/** Not what nearly every policy says. */
const isTelling = ([field, value]: [string, unknown]) =>
  !(field === 'immediate' && value === false) && !(field === 'drain' && value === true);
