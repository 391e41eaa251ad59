import { localDate } from './dates.js';
import type { Timetable } from './timetable.js';

const colours: Readonly<Record<string, string>> = {
  remind: '#2563eb',
  limit: '#d97706',
  pause: '#dc2626',
  ask: '#7c3aed',
  decommission: '#111827',
};

const [width, left, top, rowHeight] = [760, 24, 64, 30] as const;

/** The timetable as a picture that stands alone. */
export function svgOf({ policy, lines }: Timetable, timeZone: string): string {
  const last = Math.max(1, ...lines.map(({ day }) => day));
  const x = (day: number) => Math.round(left + (Math.max(0, day) / last) * (width - 2 * left));
  const height = top + lines.length * rowHeight + 24;
  const rows = lines.flatMap(({ at, day, step, what }, index) => {
    const y = top + 28 + index * rowHeight;
    const colour = colours[step] ?? '#374151';
    return [
      `<circle cx="${x(day)}" cy="${top - 14}" r="6" fill="${colour}"/>`,
      `<circle cx="${left + 4}" cy="${y - 4}" r="5" fill="${colour}"/>`,
      `<text x="${left + 20}" y="${y}">day ${day}</text>`,
      `<text x="${left + 96}" y="${y}">${escaped(localDate(at, timeZone))}</text>`,
      `<text x="${left + 270}" y="${y}">${escaped(what)}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    `<title>${escaped(policy.name)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${left}" y="26" font-size="16" font-weight="600">${escaped(policy.name)}${policy.segment === null ? '' : ` · ${escaped(policy.segment)}`}</text>`,
    `<line x1="${left}" y1="${top - 14}" x2="${width - left}" y2="${top - 14}" stroke="#d1d5db" stroke-width="2"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
