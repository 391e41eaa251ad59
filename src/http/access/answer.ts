import { createHash } from 'node:crypto';
import {
  restrictionReasons,
  type AccessAnswer,
  type BillingStatus,
  type NextStep,
} from '../../app/contract.js';
import type { AccessRow } from '../../db/queries/access.js';
import { accessUnder, allowedUnder, stands, type Restriction } from '../../domain/restrictions.js';
import type { Instant } from '../../domain/time.js';
import { stopsTheClock, type PlannedStep } from '../../domain/timetable.js';
import type { AccountId } from '../../domain/ids.js';

/** Where an account's people pay; `null` where no public address is set. */
export type PayUrlOf = ((account: AccountId) => string) | null;

export type Composed = {
  readonly answer: AccessAnswer;
  /** From when on the same rows would say something else. */
  readonly expiresAt: Instant;
};

/**
 * The answer that an account's rows give at `now`. A restriction or exemption that has ended by itself counts for nothing,
 * also before a worker has taken note of it.
 */
export function composeAnswer(row: AccessRow, payUrlOf: PayUrlOf, now: Instant): Composed {
  const standing = row.restrictions.filter((restriction) => stands(restriction, now));
  const hasEnded = standing.length < row.restrictions.length;
  const access = hasEnded ? accessUnder(standing) : row.access;
  const isOwing = row.billingStatus !== 'current' || row.isOwing;
  const said = {
    account: { id: row.id, ref: row.ref },
    access,
    billingStatus: billingStatusOf(row, standing),
    reasons: restrictionReasons.filter((reason) => standing.some((r) => r.reason === reason)),
    allowed: allowedUnder(access),
    plan: row.fallback === null ? null : { name: row.fallback.plan, limits: row.fallback.limits },
    nextStep: nextStepIn(row, now),
    sessionsEndedAt: row.sessionsEndedAt === null ? null : isoOf(row.sessionsEndedAt),
    payUrl: isOwing && payUrlOf !== null ? payUrlOf(row.id) : null,
  };
  const { account, ...rest } = said;
  return { answer: { account, version: versionOf(said), ...rest }, expiresAt: expiryOf(row, now) };
}

/** A hash over all the rest: whichever process answers, the same rows have the same version. */
const versionOf = (said: Omit<AccessAnswer, 'version'>) =>
  createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 22);

const billingStatusOf = (row: AccessRow, standing: readonly Restriction[]): BillingStatus =>
  standing.some(({ reason }) => reason === 'dispute') ? 'disputed' : row.billingStatus;

/**
 * What comes next for the customer, on the date that he was told: the nearest step that takes something away of which a
 * notice has named the date, because that is what he reads in his mails and can count on. What the case plans is the way
 * there; its dates move with every read and count only while no notice has named one. Nothing comes next
 * while an exemption lasts or the case's clock stands still, as with a payment on its way: the date is told anew afterwards.
 */
function nextStepIn({ next, told, hold, exemption }: AccessRow, now: Instant): AccessAnswer['nextStep'] {
  const isExempt = exemption !== null && now < exemption.until;
  const isAtRest = hold !== null && hold.of === null && stopsTheClock.includes(hold.reason);
  if (next === null || isExempt || isAtRest) return null;
  const [promised] = [...told].sort((a, b) => a.at - b.at);
  return promised === undefined
    ? { step: wordOf[next.step], at: isoOf(next.at) }
    : { step: promised.step, at: isoOf(promised.at) };
}

// The last notice before a deletion is a reminder to whoever reads it.
const wordOf: Readonly<Record<PlannedStep, NextStep>> = {
  remind: 'remind',
  final: 'remind',
  limit: 'limit',
  pause: 'pause',
  decommission: 'decommission',
};

const isoOf = (at: Instant) => new Date(at).toISOString();

function expiryOf({ restrictions, exemption }: AccessRow, now: Instant): Instant {
  const ends = [...restrictions.map(({ until }) => until), exemption?.until];
  return Math.min(Infinity, ...ends.filter((until) => until !== undefined && now < until).map(Number));
}
