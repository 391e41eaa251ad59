import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

// Ten years: far beyond any timetable, and dates that are counted from it can still be written down.
const longestMs = 3_650 * unitMs.d;

/** `90s`, `15m`, `6h`, `3d`, `500ms` → milliseconds. A bare number is refused: its unit would be a guess. */
export const durationMs = z
  .string({ error: 'write a duration with its unit, such as 3d, 6h, 15m or 90s' })
  .meta({ title: 'duration' })
  .transform((text, ctx) => {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
    if (match === null) {
      ctx.addIssue({ code: 'custom', message: `"${text}" is no duration: write 3d, 6h, 15m or 90s` });
      return z.NEVER;
    }
    const ms = Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]);
    if (ms <= longestMs) return ms;
    ctx.addIssue({ code: 'custom', message: `"${text}" is too long: at most 3650d` });
    return z.NEVER;
  });
