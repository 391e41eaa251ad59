import type { Policy } from '../domain/policy.js';
import { DAY_MS, type Instant } from '../domain/time.js';
import { previewLife, type PreviewEvent, type PreviewInvoice } from './life.js';

/** One line of a timetable that is drawn. `day`: local days since the first invoice became overdue. */
export type Line = {
  readonly at: Instant;
  readonly day: number;
  readonly step: string;
  /** What happens, for people. */
  readonly what: string;
  /** Which dates the customer is told with it. */
  readonly told: readonly { readonly step: string; readonly at: Instant }[];
};

export type Timetable = {
  readonly policy: Policy;
  readonly startAt: Instant;
  readonly lines: readonly Line[];
};

/** The timetable of an account that never pays these invoices. Pure. */
export function timetableOf(policy: Policy, invoices: readonly PreviewInvoice[]): Timetable {
  const clocks = invoices.map(({ dueAt, failedAt }) => dueAt ?? failedAt ?? Infinity);
  const startAt = Math.min(...clocks);
  const lines = previewLife(policy, invoices, startAt).map((event) => lineOf(event, startAt));
  return { policy, startAt, lines };
}

function lineOf({ at, step, topic, promises }: PreviewEvent, startAt: Instant): Line {
  const day = Math.round(((at - startAt) / DAY_MS) * 10) / 10;
  const name = topic === 'final' ? 'final notice' : topic === 'reminder' || topic === null ? step : topic;
  return { at, day, step, what: whatOf[name] ?? name, told: promises };
}

const whatOf: Readonly<Record<string, string>> = {
  remind: 'reminder',
  moved: 'a notice with the dates that hold now',
  limit: 'read-only: nothing can be started or grow',
  pause: 'everything is scaled to 0 and locked',
  'final notice': 'final notice: the day of deletion is named',
  ask: 'approvers are asked for the deletion; here they say yes at once',
  decommission: 'everything is deleted, after an archive was read back',
  decommissioned: 'notice of the deletion',
  paused: 'notice of the pause',
  limited: 'notice of the limit',
};
