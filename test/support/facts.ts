import type { Facts } from '../../src/domain/turn.js';
import type { Agreement } from '../../src/domain/agreement.js';
import { newCaseFile, type Approval, type CaseFile } from '../../src/domain/case-file.js';
import { roundsBy, type Rounds, type TakingStep } from '../../src/domain/effect.js';
import {
  asAccountId,
  asApprovalId,
  asCaseId,
  asInvoiceId,
  asPolicyVersion,
  asSubscriptionId,
} from '../../src/domain/ids.js';
import type { Policy } from '../../src/domain/policy.js';
import type { InvoiceFact, Standing, SubscriptionState, Verdict } from '../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';
import { noTracks, type Tracks } from '../../src/domain/witness.js';

/** Day 0 of every example: when the first debt became overdue. */
export const dayZero: Instant = Date.UTC(2026, 10, 2, 9);

/** The instant so many days after day 0. */
export const day = (days: number): Instant => dayZero + days * DAY_MS;

/** Reminders on day 1, 4 and 8, a pause on day 10 with two days' notice. */
export const samplePolicy: Policy = {
  name: 'sample',
  retryWindowMs: 8 * DAY_MS,
  reminders: [{ afterMs: DAY_MS }, { afterMs: 4 * DAY_MS }, { afterMs: 8 * DAY_MS }],
  limit: null,
  pause: { afterMs: 10 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  decommission: null,
  fallbackPlan: null,
  dwellMs: DAY_MS,
  longestEpisodeMs: 30 * DAY_MS,
  longestExtensionMs: 60 * DAY_MS,
  longestAgreementMs: 180 * DAY_MS,
  longestProcessingMs: 14 * DAY_MS,
  confirmationMs: 7 * DAY_MS,
  thresholdsMinor: {},
  exposure: null,
  retryOnNewCard: true,
  clock: 'first_failure',
  segment: null,
  own: null,
  almanac: null,
  contact: 'billing@example.com',
  exportUrl: 'https://example.com/export',
  language: 'en',
  recheckMs: 30_000,
  holdRetryMs: 6 * HOUR_MS,
};

/** Every step: the reminders of the sample, read-only on day 9, off on day 12, a final notice on day 60, deletion on day 90. */
export const wholePolicy: Policy = {
  ...samplePolicy,
  name: 'whole',
  limit: { afterMs: 9 * DAY_MS, leadMs: 2 * DAY_MS },
  pause: { afterMs: 12 * DAY_MS, leadMs: 2 * DAY_MS, immediate: false, drain: true },
  decommission: {
    afterMs: 60 * DAY_MS,
    retentionMs: 30 * DAY_MS,
    approvalMs: 14 * DAY_MS,
    approvers: ['operations@example.com'],
    collection: 'cancel',
  },
};

/** Everything off at once on the failure; reminders follow on day 1 and 4. */
export const immediatePolicy: Policy = {
  ...samplePolicy,
  name: 'immediate',
  reminders: [{ afterMs: DAY_MS }, { afterMs: 4 * DAY_MS }],
  pause: { afterMs: 0, leadMs: 0, immediate: true, drain: false },
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
    processingSince: null,
    confirmationSince: null,
    payUrl: 'https://invoice.example/in_1',
    untried: null,
    idleDefault: null,
    ...changes,
  };
}

/** A complete standing, read at `readAt`, with one subscription of the given state. */
export function standingOf(
  invoices: readonly InvoiceFact[],
  readAt: Instant,
  changes: Partial<Omit<Standing, 'invoices' | 'readAt'>> & { readonly state?: SubscriptionState } = {},
): Standing {
  const { state = 'live', ...rest } = changes;
  const subscriptions = [{ id: subscriptionId, state }];
  const usual = { credits: [], stuckDrafts: [], doubtful: [] };
  return { readAt, complete: true, subscriptions, invoices, ...usual, ...rest };
}

/** A standing that comes to just this verdict, given the terms of `termsFor`. */
export function standingThatIs(verdict: Verdict, readAt: Instant, state?: SubscriptionState): Standing {
  const changes = state === undefined ? {} : { state };
  switch (verdict) {
    case 'owing':
      return standingOf([invoiceFact()], readAt, changes);
    case 'promised':
      return standingOf([invoiceFact({ id: agreedInvoice })], readAt, changes);
    case 'in_flight':
      return standingOf([invoiceFact({ processingSince: readAt - HOUR_MS })], readAt, changes);
    case 'unconfirmed':
      return standingOf([invoiceFact({ confirmationSince: readAt - HOUR_MS })], readAt, changes);
    case 'covered':
      return standingOf([invoiceFact()], readAt, {
        ...changes,
        credits: [{ currency: 'usd', amountMinor: 4900 }],
      });
    case 'clear':
      return standingOf([], readAt, changes);
    case 'unclear':
      return standingOf([], readAt, { ...changes, complete: false });
  }
}

const agreedInvoice = asInvoiceId('in_agreed');

/** Instalments for the invoice of `standingThatIs('promised')`: the whole sum, by day 500 if nothing else is said. */
export function agreementOf(changes: Partial<Agreement> = {}): Agreement {
  return {
    id: 'promise-1',
    by: 'ada',
    reason: 'the customer asked for it',
    at: dayZero,
    currency: 'usd',
    invoices: [agreedInvoice],
    instalments: [{ dueAt: day(500), mostRemainingMinor: 0 }],
    ...changes,
  };
}

export function factsOf(standing: Standing, changes: Partial<Facts> = {}): Facts {
  return { standing, policy: samplePolicy, tracks: null, ...changes };
}

/** What effects have left behind: nothing, unless said. */
export function tracksOf(changes: Partial<Tracks> = {}): Tracks {
  return { ...noTracks, ...changes };
}

/** A round for each step that is named, 0 for the others. */
export const rounds = (named: Partial<Rounds> = {}): Rounds => roundsBy((step) => named[step] ?? 0);

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

const toldOn = (step: TakingStep, at: Instant, acceptedAt: Instant) => ({ step, at, acceptedAt });

/** An open case that has sent so many reminders, each on its day, and told that the pause comes on day 10. */
export function remindedCase(reminders: number, changes: Partial<CaseFile> = {}): CaseFile {
  const sentAt = samplePolicy.reminders.slice(0, reminders).map(({ afterMs }) => dayZero + afterMs);
  const [firstAt = dayZero] = sentAt;
  return openCase({
    stage: 'reminded',
    rung: reminders,
    rounds: rounds({ remind: reminders }),
    lastStepAt: sentAt.at(-1) ?? null,
    told: [toldOn('pause', day(10), firstAt)],
    ...changes,
  });
}

/** A case that was paused on day 10 and has told the customer so. */
export function pausedCase(changes: Partial<CaseFile> = {}): CaseFile {
  return remindedCase(3, {
    stage: 'paused',
    rung: 4,
    rounds: rounds({ remind: 3, pause: 1 }),
    lastStepAt: day(10),
    told: [],
    taken: { step: 'pause', round: 1, at: day(10), settled: true },
    ...changes,
  });
}

/** Under the whole policy: read-only since day 9, with the pause told for day 12. */
export function limitedCase(changes: Partial<CaseFile> = {}): CaseFile {
  return remindedCase(3, {
    stage: 'limited',
    rung: 4,
    rounds: rounds({ remind: 3, limit: 1 }),
    lastStepAt: day(9),
    told: [toldOn('pause', day(12), day(1))],
    taken: { step: 'limit', round: 1, at: day(9), settled: true },
    ...changes,
  });
}

/** Under the whole policy: off since day 12, the final notice of day 60 names day 90. */
export function announcedCase(changes: Partial<CaseFile> = {}): CaseFile {
  return limitedCase({
    stage: 'decommissioning',
    rung: 6,
    rounds: rounds({ remind: 4, limit: 1, pause: 1 }),
    lastStepAt: day(60),
    told: [toldOn('decommission', day(90), day(60))],
    taken: { step: 'pause', round: 1, at: day(12), settled: true },
    ...changes,
  });
}

/** A request of day 90 for the approval of a deletion; not decided, unless said. */
export function approvalOf(changes: Partial<Approval> = {}): Approval {
  return {
    id: asApprovalId('approval-1'),
    planHash: '0123456789abcdef',
    summary: '2 deployments',
    expiresAt: day(104),
    askedAt: day(90),
    decision: null,
    ...changes,
  };
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
