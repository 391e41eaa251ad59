import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.js';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Whether the zone is one that this machine has rules for. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // That is how Intl says that it knows no such zone.
    return false;
  }
}

const zone = z
  .string()
  .meta({ title: 'zone, as `Europe/Berlin`, or `account`' })
  .refine(
    (name) => name === 'account' || isZone(name),
    'write a zone such as Europe/Berlin, or account for that of each account',
  );

const clockTime = /^([01]\d|2[0-4]):([0-5]\d)$/;
const hours = z
  .string('write the hours as 09:00-17:00')
  .meta({ title: 'hours, as `09:00-17:00`' })
  .transform((text, ctx) => {
    const [from, to] = text.split('-').map((part) => clockTime.exec(part.trim()));
    if (from && to) {
      const [fromMs, toMs] = [from, to].map(
        ([, hour, minute]) => Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS,
      );
      if (fromMs !== undefined && toMs !== undefined && fromMs < toMs && toMs <= DAY_MS)
        return { fromMs, toMs };
    }
    const message = `"${text}" are no hours: write 09:00-17:00, the later time last`;
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** A country, or a part of one, by its ISO 3166 code. */
const region = z
  .string()
  .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}$/, 'write a country or a part of it as DE or DE-BY')
  .meta({ title: 'country or a part of it, as `DE-BY`' });

const shapeOfDate = /^(\d{4}-)?\d{2}-\d{2}$/;
// Without its year a day is one of a leap year.
const withYear = (text: string) => (text.length === 5 ? `2024-${text}` : text);

const date = z
  .string()
  .meta({ title: 'date, as `2026-12-24`, or `12-24` for every year' })
  .transform((text, ctx) => {
    const hint = !shapeOfDate.test(text)
      ? 'write a date as 2026-12-24, or as 12-24 for every year'
      : isDay(withYear(text))
        ? null
        : 'there is no such day';
    if (hint === null) return text;
    ctx.addIssue({ code: 'custom', message: hint });
    return z.NEVER;
  });

function isDay(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const longestBlackoutDays = 60;

const blackout = z
  .strictObject({
    from: date.describe('its first day'),
    to: date.describe(
      `its last day; a blackout is at most ${longestBlackoutDays} days long, and without years may go over the end of one`,
    ),
  })
  .superRefine((range, ctx) => {
    const message = mistakeIn(range);
    if (message !== null) ctx.addIssue({ code: 'custom', path: ['to'], message });
  });

function mistakeIn({ from, to }: { readonly from: string; readonly to: string }): string | null {
  if (from.length !== to.length) return 'write both dates with their year, or both without';
  const days = Math.round((Date.parse(withYear(to)) - Date.parse(withYear(from))) / DAY_MS) + 1;
  if (days <= 0 && from.length > 5) return 'must not be before the first day';
  // Without a year it may go over the end of it.
  const length = days > 0 ? days : days + 366;
  return length > longestBlackoutDays
    ? `is too late: a blackout is at most ${longestBlackoutDays} days long`
    : null;
}

/** When steps may be taken. Everything that is left out is no limit. */
export const calendarShape = z.strictObject({
  timeZone: zone
    .default('account')
    .describe(
      'whose days and hours these are; `account`: those of each account, UTC where its zone is not known',
    ),
  days: z
    .array(z.enum(weekdays, `write days as ${weekdays.join(', ')}`))
    .min(1, 'name at least one day')
    .optional()
    .describe('the weekdays that are open; left out: all'),
  hours: hours.optional().describe('the hours of such a day that are open; left out: all'),
  holidays: z
    .union(
      [z.literal('account'), z.array(region).min(1)],
      'write account, or a list of countries such as [DE, AT]',
    )
    .optional()
    .describe(
      'whose public and bank holidays are closed; `account`: those of the account’s country, none where it is not known',
    ),
  blackouts: z.array(blackout).max(12).optional().describe('days that are closed'),
});

export type CalendarRule = z.infer<typeof calendarShape>;

/** 0 for Sunday. */
export const weekdayNumbers = (days: CalendarRule['days']): number[] =>
  days === undefined ? [0, 1, 2, 3, 4, 5, 6] : [...new Set(days.map((day) => weekdays.indexOf(day)))].sort();
