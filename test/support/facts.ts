import type { Facts } from '../../src/domain/advance.js';
import { newCaseFile, type CaseFile } from '../../src/domain/case-file.js';
import {
  asAccountId,
  asCaseId,
  asInvoiceId,
  asPolicyVersion,
  asSubscriptionId,
} from '../../src/domain/ids.js';
import type { Policy } from '../../src/domain/policy.js';
import type { InvoiceFact, Standing, SubscriptionState, Verdict } from '../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';

/** Day 0 of every example: when the first debt became overdue. */
export const dayZero: Instant = Date.UTC(2026, 10, 2, 9);

/** The instant so many days after day 0. */
export const day = (days: number): Instant => dayZero + days * DAY_MS;

/** Reminders on day 1, 4 and 8, a pause on day 10 with two days' notice. */
export const samplePolicy: Policy = {
  name: 'sample',
  retryWindowMs: 8 * DAY_MS,
  reminders: [{ afterMs: DAY_MS }, { afterMs: 4 * DAY_MS }, { afterMs: 8 * DAY_MS }],
  pause: { afterMs: 10 * DAY_MS, leadMs: 2 * DAY_MS },
  dwellMs: DAY_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  thresholdsMinor: {},
  contact: 'billing@example.com',
  recheckMs: 30_000,
  holdRetryMs: 6 * HOUR_MS,
};

export const subscriptionId = asSubscriptionId('sub_1');

/** An automatic charge of 49 dollars that failed on day 0 and is not paid. */
export function invoiceFact(changes: Partial<InvoiceFact> = {}): InvoiceFact {
  return {
    id: asInvoiceId('in_1'),
    number: 'F-0001',
    subscription: subscriptionId,
    currency: 'usd',
    remainingMinor: 4900,
    collection: 'automatic',
    attempted: true,
    dueAt: null,
    firstFailedAt: dayZero,
    finalizedAt: dayZero - HOUR_MS,
    processing: false,
    payUrl: 'https://invoice.example/in_1',
    ...changes,
  };
}

/** A complete standing, read at `readAt`, with one subscription of the given state. */
export function standingOf(
  invoices: readonly InvoiceFact[],
  readAt: Instant,
  changes: { readonly state?: SubscriptionState; readonly complete?: boolean } = {},
): Standing {
  const { state = 'live', complete = true } = changes;
  return { readAt, complete, subscriptions: [{ id: subscriptionId, state }], invoices };
}

/** A standing that comes to just this verdict. */
export function standingThatIs(verdict: Verdict, readAt: Instant, state?: SubscriptionState): Standing {
  const changes = state === undefined ? {} : { state };
  switch (verdict) {
    case 'owing':
      return standingOf([invoiceFact()], readAt, changes);
    case 'in_flight':
      return standingOf([invoiceFact({ processing: true })], readAt, changes);
    case 'clear':
      return standingOf([], readAt, changes);
    case 'unclear':
      return standingOf([], readAt, { ...changes, complete: false });
  }
}

export function factsOf(standing: Standing, changes: Partial<Facts> = {}): Facts {
  return { standing, policy: samplePolicy, unsettledPause: null, tracks: null, ...changes };
}

export function caseFileOf(changes: Partial<CaseFile> = {}): CaseFile {
  const fresh = newCaseFile(asCaseId('case-1'), asAccountId('account-1'), asPolicyVersion('policy-1'));
  return { ...fresh, ...changes };
}

/** A case that has found the debt of day 0. */
export function openCase(changes: Partial<CaseFile> = {}): CaseFile {
  return caseFileOf({
    openedAt: dayZero,
    anchorAt: dayZero,
    firstAnchorAt: dayZero,
    owed: [{ currency: 'usd', amountMinor: 4900 }],
    subscriptions: [subscriptionId],
    ...changes,
  });
}

/** An open case that has sent so many reminders, each on its day, and told that the pause comes on day 10. */
export function remindedCase(reminders: number, changes: Partial<CaseFile> = {}): CaseFile {
  const sentAt = samplePolicy.reminders.slice(0, reminders).map(({ afterMs }) => dayZero + afterMs);
  const [firstAt = dayZero] = sentAt;
  return openCase({
    stage: 'reminded',
    rung: reminders,
    rounds: { remind: reminders, pause: 0, lift: 0, close: 0 },
    lastStepAt: sentAt.at(-1) ?? null,
    promise: { step: 'pause', at: day(10), acceptedAt: firstAt },
    ...changes,
  });
}

/** A case that was paused on day 10 and has told the customer so. */
export function pausedCase(changes: Partial<CaseFile> = {}): CaseFile {
  return remindedCase(3, {
    stage: 'paused',
    rung: 4,
    rounds: { remind: 4, pause: 1, lift: 0, close: 0 },
    lastStepAt: day(10),
    promise: null,
    pause: { round: 1, at: day(10), settled: true },
    ...changes,
  });
}

/** Freezes a value through and through, so that whoever changes what he was given is found out. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** Every combination of one value from each list. */
export function product<T extends Readonly<Record<string, readonly unknown[]>>>(
  dimensions: T,
): { readonly [K in keyof T]: T[K][number] }[] {
  return Object.entries(dimensions).reduce<Record<string, unknown>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  ) as { readonly [K in keyof T]: T[K][number] }[];
}

/** The keys of a record that names every member of a union: a member that is missing does not compile. */
export function membersOf<K extends string>(every: Readonly<Record<K, true>>): K[] {
  return Object.keys(every) as K[];
}
