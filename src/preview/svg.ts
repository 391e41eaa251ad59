import { formatRules } from '../domain/policy.js';
import { localDate } from './dates.js';
import type { Instant } from '../domain/time.js';
import type { Line, Timetable } from './timetable.js';

const colours: Readonly<Record<string, string>> = {
  remind: '#2563eb',
  limit: '#d97706',
  pause: '#dc2626',
  ask: '#7c3aed',
  decommission: '#111827',
};
const faint = '#6b7280';

const [width, edge, trackY, headY, rowHeight] = [1024, 28, 84, 144, 28] as const;
const columns = { mark: edge + 6, day: 52, date: 124, what: 292, told: 716 } as const;
// Room for `40.9`, and a little air.
const leastLabelGap = 36;

/** The timetable as a picture that stands alone. */
export function svgOf(timetable: Timetable, timeZone: string): string {
  const { policy, startAt, lines } = timetable;
  const height = headY + (lines.length + 1) * rowHeight;
  const rules = escaped(formatRules(policy));
  const from = `An account that never pays, from ${localDate(startAt, timeZone)} on. Times are those of ${timeZone}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#111827" role="img">`,
    `<title>${rules}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${edge}" y="30" font-size="16" font-weight="600">${rules}</text>`,
    text(edge, 52, from, faint),
    ...trackOf(timetable),
    ...tableOf(lines, timeZone),
    '</svg>',
    '',
  ].join('\n');
}

/** The days on a line, which has the colour of what was taken last. */
function trackOf({ startAt, lines }: Timetable): string[] {
  const spanMs = Math.max(1, ...lines.map(({ at }) => at - startAt));
  const x = (at: Instant) => Math.round(edge + ((at - startAt) / spanMs) * (width - 2 * edge));
  const taken = lines.filter(({ step }) => step === 'limit' || step === 'pause');
  const stretch = (from: number, colour: string) =>
    `<line x1="${from}" y1="${trackY}" x2="${width - edge}" y2="${trackY}" stroke="${colour}" stroke-width="4"/>`;
  // A question is a ring around what it is asked for.
  const mark = ({ at, step }: Line) =>
    step === 'ask'
      ? `<circle cx="${x(at)}" cy="${trackY}" r="10" fill="none" stroke="${colourOf(step)}" stroke-width="3"/>`
      : `<circle cx="${x(at)}" cy="${trackY}" r="7" fill="${colourOf(step)}"/>`;
  return [
    stretch(edge, '#d1d5db'),
    ...taken.map(({ at, step }) => stretch(x(at), colourOf(step))),
    ...lines.map(mark),
    ...daysBelow([{ at: startAt, day: 0 }, ...lines], x),
  ];
}

type Day = Pick<Line, 'at' | 'day'>;

/** As many of the days as there is room for. */
function daysBelow(days: readonly Day[], x: (at: Instant) => number): string[] {
  const shown = days.reduce<Day[]>((kept, day) => {
    const before = kept.at(-1);
    return before !== undefined && x(day.at) - x(before.at) < leastLabelGap ? kept : [...kept, day];
  }, []);
  return shown.map(
    ({ at, day }) =>
      `<text x="${x(at)}" y="${trackY + 26}" text-anchor="middle" fill="${faint}">${day}</text>`,
  );
}

function tableOf(lines: readonly Line[], timeZone: string): string[] {
  const head = [
    text(columns.what, headY, 'what happens', faint),
    text(columns.told, headY, 'what the customer is told with it', faint),
  ];
  const rows = lines.flatMap(({ at, day, step, what, told }, index) => {
    const y = headY + (index + 1) * rowHeight;
    const dates = told.map((promise) => `${promise.step} on ${localDate(promise.at, timeZone).slice(4, 14)}`);
    return [
      `<circle cx="${columns.mark}" cy="${y - 4}" r="5" fill="${colourOf(step)}"/>`,
      text(columns.day, y, `day ${day}`),
      text(columns.date, y, localDate(at, timeZone)),
      text(columns.what, y, what),
      text(columns.told, y, dates.join(', ')),
    ];
  });
  return [...head, ...rows];
}

const colourOf = (step: string) => colours[step] ?? '#374151';

const text = (x: number, y: number, words: string, fill?: string) =>
  `<text x="${x}" y="${y}"${fill === undefined ? '' : ` fill="${fill}"`}>${escaped(words)}</text>`;

const escaped = (words: string) => words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
