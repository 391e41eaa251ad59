import { DAY_MS } from '../domain/time.js';
import { CommandFailure } from './output.js';

// With its zone: what a person's machine takes for local time is not what the customer is told.
const isoDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;
const isDay = (text: string) => text.length === 'YYYY-MM-DD'.length;

/** What `--until` says, as ISO 8601; a day alone begins at 00:00 UTC. Ends the command when it is no date. */
export function readDate(flag: string, text: string): string {
  if (!isoDate.test(text) || Number.isNaN(Date.parse(text)))
    throw new CommandFailure('usage', `${flag} ${text}: not a date; write it as 2026-12-01T09:00:00Z`);
  return new Date(text).toISOString();
}

/** The same for what has to happen by a date: a day alone is kept until it is over, in UTC. */
export function readDeadline(flag: string, text: string): string {
  const at = readDate(flag, text);
  return isDay(text) ? new Date(Date.parse(at) + DAY_MS - 1_000).toISOString() : at;
}

/** A number of days above 0, parts of days allowed. Ends the command when it is none. */
export function readDays(flag: string, text: string): number {
  const days = Number(text);
  if (!(days > 0) || !Number.isFinite(days))
    throw new CommandFailure('usage', `${flag} ${text}: must be a number above 0`);
  return days;
}
