import type { Almanac } from './calendar.js';
import { formatInstant, type Instant } from './time.js';

/** What sets the clock of an invoice that has no due date, once a payment of it was tried. */
export const clocks = ['first_failure', 'finalisation'] as const;
export type Clock = (typeof clocks)[number];

/** What access is worth where no subscription says more. */
export type FallbackPlan = {
  /** The app's own name of the plan. */
  readonly plan: string;
  /** How much of what is allowed under it, by the app's own names: `{seats: 1, projects: 3}`. */
  readonly limits: Readonly<Record<string, number>>;
};

/** `free (projects 3, seats 1)`, for people. */
export function formatFallbackPlan({ plan, limits }: FallbackPlan): string {
  const parts = Object.entries(limits).map(([name, most]) => `${name} ${most}`);
  return parts.length === 0 ? plan : `${plan} (${parts.join(', ')})`;
}

/**
 * The operator's timetable, with every duration in milliseconds. What each field means to the operator stands in
 * `docs/policy.md`; `src/policy` reads it from YAML and refuses contradictions.
 */
export type Policy = {
  readonly name: string;
  /** How long Stripe itself goes on retrying a failed payment; its API does not tell, so the operator declares it. */
  readonly retryWindowMs: number;
  /** What sets the clock of an invoice without a due date. Where it isn't known the other one does. */
  readonly clock: Clock;
  /** When each reminder is due, counted from the day the oldest unpaid invoice became overdue; ascending. */
  readonly reminders: readonly { readonly afterMs: number }[];
  /** When the account becomes read-only and can't grow; `null` for a policy without this step. A lead of 0 needs no notice. */
  readonly limit: { readonly afterMs: number; readonly leadMs: number } | null;
  /**
   * When resources are scaled to 0 and locked; `null` for a policy that takes nothing down. `immediate`: at once on the
   * failure, with its notice sent with the act. `drain`: running work may end first.
   */
  readonly pause: {
    readonly afterMs: number;
    readonly leadMs: number;
    readonly immediate: boolean;
    readonly drain: boolean;
  } | null;
  /** When the final notice is sent and how deletion goes on from there; `null` for a policy that never deletes. */
  readonly decommission: DecommissionRule | null;
  /** To what plan and limits fall once the subscription that was not paid is over; `null` where they stay as they are. */
  readonly fallbackPlan: FallbackPlan | null;
  /** Least time between two steps, counted from the execution of the earlier one. */
  readonly dwellMs: number;
  /** However many invoices follow each other, no step is put off for longer than this after the first one's day. */
  readonly longestEpisodeMs: number;
  /** The longest that one grace extension may be. */
  readonly longestExtensionMs: number;
  /** The last date that an agreement on instalments may name, from the day it is made. */
  readonly longestAgreementMs: number;
  /** How long a payment on its way (a bank debit that Stripe calls `processing`) stops the clock. */
  readonly longestProcessingMs: number;
  /** How long a payment waits for its payer's confirmation (3-D Secure) before it counts as failed. */
  readonly confirmationMs: number;
  /** Per currency: what is owed must be more than this to count. A currency that is not named has 0. */
  readonly thresholdsMinor: Readonly<Record<string, number>>;
  /** Above a cap in any one currency the days of the timetable shrink to `pace` of themselves; leads never do. */
  readonly exposure: {
    readonly capsMinor: Readonly<Record<string, number>>;
    readonly pace: number;
  } | null;
  /** Whether open invoices are charged at once when the customer changes how he pays. */
  readonly retryOnNewCard: boolean;
  /** Whom the customer can write to; stands in every notice. */
  readonly contact: string;
  /** Where a paused customer fetches his data; stands in the notices from the pause on. */
  readonly exportUrl: string | null;
  /** The language of notices to accounts that name none. */
  readonly language: string;
  /** The group of accounts for which these rules were written; `null` for all others. */
  readonly segment: string | null;
  /** By whose word some of them are the account's own; `null` where they are the policy's. */
  readonly own: OwnRules | null;
  /** When steps may be taken and reminders sent for this account; `null` for any time. What gives back never waits for it. */
  readonly almanac: Almanac | null;
  /** Second look at Stripe after something was taken away. */
  readonly recheckMs: number;
  /** How long a held effect waits before it asks again. */
  readonly holdRetryMs: number;
};

/** Rules that a person gave one account, for the cases that begin until then. */
export type OwnRules = { readonly reason: string; readonly until: Instant };

/** By which rules a case goes, on one line: `hosting · segment new · own rules until 2026-12-24 00:00 UTC ("contract 17")`. */
export function formatRules({ name, segment, own }: Policy): string {
  return [
    name,
    ...(segment === null ? [] : [`segment ${segment}`]),
    ...(own === null ? [] : [`own rules until ${formatInstant(own.until)} ("${own.reason}")`]),
  ].join(' · ');
}

export type DecommissionRule = {
  /** The day of the final notice. */
  readonly afterMs: number;
  /** From the final notice to the earliest deletion; export stays open meanwhile. */
  readonly retentionMs: number;
  /** How long a request for approval stands. */
  readonly approvalMs: number;
  /** Who is asked, by mail. Asking can't be turned off. */
  readonly approvers: readonly string[];
  /** What becomes of live subscriptions before anything is deleted. */
  readonly collection: 'cancel' | 'pause';
};
