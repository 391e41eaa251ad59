import type { InvoiceId, SubscriptionId } from './ids.js';
import { sumByCurrency, type Money } from './money.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';

/** `incomplete`: never began. `unknown`: a status we have no rule for; it holds everything. */
export type SubscriptionState = 'incomplete' | 'live' | 'unpaid' | 'paused' | 'ended' | 'unknown';

export type SubscriptionFact = { readonly id: SubscriptionId; readonly state: SubscriptionState };

/** An invoice that is neither paid nor void nor draft, as Stripe has it now. */
export type InvoiceFact = {
  readonly id: InvoiceId;
  readonly number: string | null;
  readonly subscription: SubscriptionId | null;
  readonly currency: string;
  readonly remainingMinor: number;
  readonly collection: 'automatic' | 'sent';
  readonly attempted: boolean;
  readonly dueAt: Instant | null;
  readonly firstFailedAt: Instant | null;
  readonly finalizedAt: Instant | null;
  /** A payment of it is on its way (a bank debit that Stripe calls `processing`). */
  readonly processing: boolean;
  readonly payUrl: string | null;
};

/** What Stripe says now of an account, over all its customers. `complete` is false when any page could not be read. */
export type Standing = {
  readonly readAt: Instant;
  readonly complete: boolean;
  readonly subscriptions: readonly SubscriptionFact[];
  readonly invoices: readonly InvoiceFact[];
};

export type Verdict = 'owing' | 'in_flight' | 'clear' | 'unclear';

export type Assessment = {
  readonly verdict: Verdict;
  readonly owed: readonly Money[];
  readonly overdue: readonly InvoiceFact[];
  /** When the oldest overdue invoice became overdue; `null` unless something is owed. */
  readonly oldestAt: Instant | null;
};

/**
 * When an invoice became overdue: its due date, else its first failed payment, else its finalisation once a payment was
 * tried. `null`: not overdue by any clock (an automatic charge that Stripe has not tried yet). `undefined`: it should
 * have a clock and none is known, which must hold and never read as 1970.
 */
function clockOf(invoice: InvoiceFact): Instant | null | undefined {
  const clock = invoice.dueAt ?? invoice.firstFailedAt;
  if (clock !== null) return clock;
  if (invoice.collection === 'automatic' && !invoice.attempted) return null;
  return invoice.finalizedAt ?? undefined;
}

/**
 * Decides from invoices, never from a subscription's status, whether the account owes, is paying, or is clear at `now`.
 * The first invoice of a subscription that never began is no debt, whatever its `billing_reason` says.
 */
export function assess(standing: Standing, policy: Policy, now: Instant): Assessment {
  const state = new Map(standing.subscriptions.map((s) => [s.id, s.state]));
  const debts = standing.invoices.filter(
    (i) => i.remainingMinor > 0 && (i.subscription === null || state.get(i.subscription) !== 'incomplete'),
  );
  // A subscription that began between the two lists may be one that never begins: its invoice proves nothing yet.
  const unclear =
    !standing.complete ||
    standing.subscriptions.some((s) => s.state === 'unknown') ||
    debts.some((i) => clockOf(i) === undefined || (i.subscription !== null && !state.has(i.subscription)));
  const overdue = debts.filter((i) => (clockOf(i) ?? Infinity) <= now);
  const unpaid = overdue.filter((i) => !i.processing);
  const owed = aboveThreshold(unpaid, policy);
  const counted = unpaid.filter((i) => owed.some((sum) => sum.currency === i.currency));
  const verdict: Verdict = unclear
    ? 'unclear'
    : owed.length > 0
      ? 'owing'
      : overdue.some((i) => i.processing)
        ? 'in_flight'
        : 'clear';
  const clocks = counted.map((i) => clockOf(i) ?? now);
  return { verdict, owed, overdue: counted, oldestAt: clocks.length > 0 ? Math.min(...clocks) : null };
}

function aboveThreshold(invoices: readonly InvoiceFact[], policy: Policy): Money[] {
  const sums = invoices.map((i) => ({ currency: i.currency, amountMinor: i.remainingMinor }));
  return sumByCurrency(sums).filter((sum) => sum.amountMinor > (policy.thresholdsMinor[sum.currency] ?? 0));
}

/** Whether the account has a subscription that entitles it to service, whatever it may owe for it. */
export function hasLiveSubscription(standing: Standing): boolean {
  return standing.subscriptions.some((s) => s.state === 'live');
}
