import type { Timetable } from './timetable.js';

const marks: Readonly<Record<string, string>> = {
  remind: 'r',
  limit: 'L',
  pause: 'P',
  ask: 'A',
  decommission: 'D',
};

const severity = ['remind', 'ask', 'limit', 'pause', 'decommission'];

/** The timetable on a line `width` characters wide, with its days below: `r──r───r─P`. What falls on one place shows its gravest. */
export function timelineOf({ lines }: Timetable, width: number): string {
  const last = Math.max(1, ...lines.map(({ day }) => day));
  const placeOf = (day: number) => Math.round((Math.max(0, day) / last) * (width - 1));
  const bar: string[] = Array.from({ length: width }, () => '─');
  const byGravity = [...lines].sort((a, b) => severity.indexOf(a.step) - severity.indexOf(b.step));
  for (const { day, step } of byGravity) bar[placeOf(day)] = marks[step] ?? '·';
  const labels: string[] = Array.from({ length: width + 8 }, () => ' ');
  let freeFrom = 0;
  for (const { day } of [...lines].sort((a, b) => a.day - b.day)) {
    const [place, text] = [placeOf(day), String(day)];
    if (place < freeFrom) continue;
    for (let index = 0; index < text.length; index += 1) labels[place + index] = text.charAt(index);
    freeFrom = place + text.length + 1;
  }
  return `${bar.join('')}\n${labels.join('').trimEnd()}  day`;
}

export const legend = 'r reminder · L read-only · P off · A approval asked · D deleted';
