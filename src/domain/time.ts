/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `2026-11-24 09:00 UTC`; with seconds where a minute would hide the difference. */
export function formatInstant(at: Instant, seconds = false): string {
  return `${new Date(at)
    .toISOString()
    .slice(0, seconds ? 19 : 16)
    .replace('T', ' ')} UTC`;
}

/** `2.5 days`, `6 h`, `15 min`, `8.6 s`: in the largest unit that fits, with two decimals at most. */
export function formatDuration(ms: number): string {
  const [unitMs, unit] =
    ms >= DAY_MS
      ? [DAY_MS, 'days']
      : ms >= HOUR_MS
        ? [HOUR_MS, 'h']
        : ms >= MINUTE_MS
          ? [MINUTE_MS, 'min']
          : [SECOND_MS, 's'];
  return `${Math.round((ms / unitMs) * 100) / 100} ${unit}`;
}
