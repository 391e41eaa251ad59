import { HOUR_MS, type Instant } from '../domain/time.js';
import type { AlertChannel, AlertNews, AlertSeverity } from '../ports/alerts.js';

/** How often a page is told again while it lasts. */
export const pageAgainMs = 6 * HOUR_MS;

/** What is kept of an alert, and of who was told of it. */
export type KeptAlert = {
  readonly key: string;
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly text: string;
  readonly remedy: string;
  readonly since: Date;
  readonly resolvedAt: Date | null;
  /** The channels that took its beginning, and its end. */
  readonly toldBegin: readonly string[];
  readonly toldEnd: readonly string[];
  /** When its beginning, or that it lasts, was last told. */
  readonly toldAt: Date | null;
};

/**
 * The channels that are to be told of an alert now. Of its beginning, each that hears of such alerts and hasn't taken it yet; of a
 * page that lasts, each of them again every six hours; of its end, those that took the beginning. Pure.
 */
export function channelsToTell(
  alert: KeptAlert,
  channels: readonly AlertChannel[],
  now: Instant,
): readonly AlertChannel[] {
  const { severity, resolvedAt, toldBegin, toldEnd } = alert;
  if (resolvedAt !== null)
    return channels.filter(({ name }) => toldBegin.includes(name) && !toldEnd.includes(name));
  const isDueAgain = mustBeToldAgain(alert, now);
  return channels.filter(
    ({ name, atLeast }) =>
      (severity === 'page' || atLeast === 'warning') && (isDueAgain || !toldBegin.includes(name)),
  );
}

function mustBeToldAgain({ severity, toldAt }: KeptAlert, now: Instant): boolean {
  return severity === 'page' && toldAt !== null && now - toldAt.getTime() >= pageAgainMs;
}

/**
 * Who has been told of an alert once these channels took the news. A beginning that a channel took late moves no reminder of
 * the others. Pure.
 */
export function afterTelling(alert: KeptAlert, took: readonly string[], now: Instant) {
  const toldBegin = [...alert.toldBegin];
  const toldEnd = [...alert.toldEnd];
  const told = alert.resolvedAt === null ? toldBegin : toldEnd;
  told.push(...took.filter((name) => !told.includes(name)));
  const isRound = alert.resolvedAt === null && (alert.toldAt === null || mustBeToldAgain(alert, now));
  return { toldBegin, toldEnd, toldAt: isRound && took.length > 0 ? new Date(now) : alert.toldAt };
}

/** What the channels are told of an alert now. Pure. */
export function newsOf(alert: KeptAlert, now: Instant): AlertNews {
  const { key, severity, title, text, remedy, resolvedAt } = alert;
  const since = alert.since.getTime();
  const at = resolvedAt?.getTime() ?? now;
  // A beginning that is tried again is the same news, a reminder is not; nor is what was a warning and has become a page.
  const news = resolvedAt === null ? `${severity}-${Math.floor((now - since) / pageAgainMs)}` : 'resolved';
  return {
    id: `alert-${key.replace(/[^\w-]/g, '_')}-${since}-${news}`,
    key,
    severity,
    title,
    text,
    remedy,
    state: resolvedAt === null ? 'firing' : 'resolved',
    since,
    at,
  };
}
