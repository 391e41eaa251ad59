import { formatDuration, MINUTE_MS } from '../domain/time.js';
import { lookOf, type Look } from './look.js';

/** Ours against the database's: further apart, and what was compared with Stripe by ours proves nothing. */
export const isClockRight = (skewMs: number): boolean => Math.abs(skewMs) <= MINUTE_MS;

/** `skewMs`: how far our clock is ahead of the database's. Pure. */
export function lookAtClocks(skewMs: number): Look {
  if (isClockRight(skewMs)) return lookOf(['clocks'], []);
  return lookOf(
    ['clocks'],
    [
      {
        key: 'clocks',
        severity: 'page',
        title: `our clock is ${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the database's`,
        text: 'Genuine deliveries are refused by a clock that is five minutes off, and it is not known any more whether events are missing.',
        remedy: 'Let the machines of forbear serve and of Postgres keep time by NTP.',
      },
    ],
  );
}
