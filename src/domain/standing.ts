import { isKept, type Agreement } from './agreement.js';
import type { CustomerId, InvoiceId, SubscriptionId } from './ids.js';
import { sumByCurrency, type Money } from './money.js';
import type { Policy } from './policy.js';
import type { Instant } from './time.js';

/** `incomplete`: never began. `unknown`: a status we have no rule for; it holds everything. */
export type SubscriptionState = 'incomplete' | 'live' | 'unpaid' | 'paused' | 'ended' | 'unknown';

export type SubscriptionFact = { readonly id: SubscriptionId; readonly state: SubscriptionState };

/** An invoice that is neither paid nor void nor draft, as Stripe has it now; `uncollectible` is owed like any other. */
export type InvoiceFact = {
  readonly id: InvoiceId;
  readonly number: string | null;
  readonly subscription: SubscriptionId | null;
  readonly currency: string;
  /** After what was paid and credited. */
  readonly remainingMinor: number;
  readonly collection: 'automatic' | 'sent';
  readonly attempted: boolean;
  readonly dueAt: Instant | null;
  readonly firstFailedAt: Instant | null;
  /** Why it failed last, where the payer can mend just that; left out for every other reason. */
  readonly failedFor?: 'expired_card' | 'dead_mandate';
  readonly finalizedAt: Instant | null;
  /** Since when a payment of it is on its way (a bank debit that Stripe calls `processing`). */
  readonly processingSince: Instant | null;
  /** Since when a payment of it waits for the payer to confirm it (3-D Secure). */
  readonly confirmationSince: Instant | null;
  readonly payUrl: string | null;
  /** The payment method that would be charged now and was not tried for it yet. */
  readonly untried: string | null;
  /** The customer's default method, when the subscription goes on charging another one that has failed. */
  readonly idleDefault: string | null;
};

/** What Stripe says now of an account, over all its customers. `complete` is false when any page could not be read. */
export type Standing = {
  readonly readAt: Instant;
  readonly complete: boolean;
  readonly subscriptions: readonly SubscriptionFact[];
  readonly invoices: readonly InvoiceFact[];
  /** Credit and cash balances in the customer's favour; Stripe does not set them against open invoices by itself. */
  readonly credits: readonly Money[];
  /** Drafts that can't be finalised, with Stripe's reason, or that nobody will: the operator's to mend, never the customer's. */
  readonly stuckDrafts: readonly { readonly id: InvoiceId; readonly reason: string }[];
  /** Customers of which it is not sure that they are the account's. */
  readonly doubtful: readonly DoubtfulCustomer[];
};

/** `names`: the other account that the customer names at Stripe; `null`: he is gone there, or was never. */
export type DoubtfulCustomer = { readonly customer: CustomerId; readonly names: string | null };

/** The reason of a draft that Stripe left from the time when its subscription was `unpaid`. */
export const leftOver = 'left_over';

/** Of which nothing was read yet: it holds whatever has to do with money. */
export const unreadStanding = (at: Instant): Standing => ({
  readAt: at,
  complete: false,
  subscriptions: [],
  invoices: [],
  credits: [],
  stuckDrafts: [],
  doubtful: [],
});

export const isUnread = ({ complete, subscriptions, invoices }: Standing) =>
  !complete && subscriptions.length === 0 && invoices.length === 0;

/** What people have settled about an account's debts. */
export type Terms = {
  /** Invoices that a person has forgiven: nobody owes them any more, whatever Stripe lists. */
  readonly forgiven: readonly InvoiceId[];
  readonly agreement: Agreement | null;
};
export const noTerms: Terms = { forgiven: [], agreement: null };

/** What the case knew when it decided. Of what was forgiven the guard has its own record; that one counts. */
export type Grounds = Terms & {
  /** When the oldest debt became overdue; `null` where no debt has to do with it. */
  readonly anchorAt: Instant | null;
};

/** The same without terms that were never made. */
export type SparseGrounds = Pick<Grounds, 'anchorAt'> & Partial<Terms>;

/**
 * `owing`: overdue and nothing speaks for waiting · `in_flight`: a payment is on its way · `unconfirmed`: one waits for its
 * payer · `promised`: instalments are agreed and kept · `covered`: a balance covers it · `clear`: nothing is owed ·
 * `unclear`: it can't be known.
 */
export type Verdict = 'owing' | 'in_flight' | 'unconfirmed' | 'promised' | 'covered' | 'clear' | 'unclear';

export type Assessment = {
  readonly verdict: Verdict;
  readonly owed: readonly Money[];
  readonly overdue: readonly InvoiceFact[];
  /** When the oldest overdue invoice became overdue; `null` unless something is owed. */
  readonly oldestAt: Instant | null;
  /** Invoices whose payment waits for the payer. */
  readonly confirmable: readonly InvoiceFact[];
};

/**
 * When an invoice became overdue: its due date, else its first failed payment, else its finalisation once a payment was
 * tried; the last two the other way round where the policy says so. `null`: not overdue by any clock (an automatic charge
 * that Stripe has not tried yet). `undefined`: it should have a clock and none is known, which must hold and never read as 1970.
 */
function clockOf(invoice: InvoiceFact, policy: Policy): Instant | null | undefined {
  if (invoice.dueAt !== null) return invoice.dueAt;
  const failedAt = failureOf(invoice, policy);
  const isUntried = invoice.collection === 'automatic' && !invoice.attempted;
  if (isUntried) return failedAt;
  const [first, second] =
    policy.clock === 'finalisation' ? [invoice.finalizedAt, failedAt] : [failedAt, invoice.finalizedAt];
  return first ?? second ?? undefined;
}

function failureOf({ firstFailedAt, confirmationSince }: InvoiceFact, policy: Policy): Instant | null {
  if (firstFailedAt !== null) return firstFailedAt;
  // A payer who never confirms has failed to pay, from the day on which the wait for him was over.
  return confirmationSince === null ? null : confirmationSince + policy.confirmationMs;
}

const isWithin = (since: Instant | null, longestMs: number, now: Instant) =>
  since !== null && now - since < longestMs;

/**
 * Decides from invoices, never from a subscription's status, whether the account owes, is paying, or is clear at `now`.
 * The first invoice of a subscription that never began is no debt, whatever its `billing_reason` says.
 */
export function assess(standing: Standing, policy: Policy, now: Instant, terms: Terms = noTerms): Assessment {
  const debts = debtsIn(standing, terms);
  const isInFlight = (i: InvoiceFact) => isWithin(i.processingSince, policy.longestProcessingMs, now);
  const isConfirmable = (i: InvoiceFact) => isWithin(i.confirmationSince, policy.confirmationMs, now);
  const isOverdue = (i: InvoiceFact) => (clockOf(i, policy) ?? Infinity) <= now;
  const agreed = coveredBy(terms.agreement, debts, now);
  const open = debts.filter((i) => isOverdue(i) || isConfirmable(i));
  const pressing = open.filter((i) => !agreed.includes(i) && !isInFlight(i) && !isConfirmable(i));
  const owed = aboveThreshold(pressing, policy);
  const counted = within(owed, pressing);
  // What is too little to be owed is too little to be waited for, too.
  const waiting = within(aboveThreshold(open, policy), open);
  const confirmable = waiting.filter((i) => isConfirmable(i) && !agreed.includes(i));
  const clocks = counted.map((i) => clockOf(i, policy) ?? now);
  const verdict = ((): Verdict => {
    if (isUnclear(standing, debts, policy)) return 'unclear';
    if (owed.length > 0) return isCovered(owed, standing.credits) ? 'covered' : 'owing';
    if (waiting.some((i) => isOverdue(i) && isInFlight(i) && !agreed.includes(i))) return 'in_flight';
    if (confirmable.length > 0) return 'unconfirmed';
    return waiting.some((i) => agreed.includes(i)) ? 'promised' : 'clear';
  })();
  const oldestAt = clocks.length > 0 ? Math.min(...clocks) : null;
  return { verdict, owed, overdue: counted, oldestAt, confirmable };
}

/** The invoices in a currency of which there is a sum. */
const within = (sums: readonly Money[], invoices: readonly InvoiceFact[]) =>
  invoices.filter((i) => sums.some((sum) => sum.currency === i.currency));

function debtsIn({ invoices, subscriptions }: Standing, { forgiven }: Terms): InvoiceFact[] {
  // Hardly ever one: so nothing grows with both lists.
  const incomplete = subscriptions.filter(({ state }) => state === 'incomplete');
  return invoices.filter(
    (i) =>
      i.remainingMinor > 0 && !forgiven.includes(i.id) && !incomplete.some(({ id }) => id === i.subscription),
  );
}

function isUnclear(standing: Standing, debts: readonly InvoiceFact[], policy: Policy): boolean {
  const known = new Set(standing.subscriptions.map((s) => s.id));
  return (
    !standing.complete ||
    standing.subscriptions.some((s) => s.state === 'unknown') ||
    // Somebody else may owe it. Where nobody owes anything it does not matter who.
    (debts.length > 0 && standing.doubtful.length > 0) ||
    debts.some(
      (i) =>
        clockOf(i, policy) === undefined ||
        // A subscription that began between the two lists may be one that never begins: its invoice proves nothing yet.
        (i.subscription !== null && !known.has(i.subscription)),
    )
  );
}

/** The debts that an agreement keeps off, as long as it is kept. */
function coveredBy(
  agreement: Agreement | null,
  debts: readonly InvoiceFact[],
  now: Instant,
): readonly InvoiceFact[] {
  if (agreement === null) return [];
  const covered = debts.filter((i) => agreement.invoices.includes(i.id));
  const remainingMinor = covered.reduce((sum, i) => sum + i.remainingMinor, 0);
  return isKept(agreement, remainingMinor, now) ? covered : [];
}

/** What was agreed on, as long as it is kept and something of it is unpaid: how little that is doesn't matter. */
export function lastingAgreement(standing: Standing, terms: Terms, now: Instant): Agreement | null {
  const covered = coveredBy(terms.agreement, debtsIn(standing, terms), now);
  return covered.length === 0 ? null : terms.agreement;
}

function isCovered(owed: readonly Money[], credits: readonly Money[]): boolean {
  return owed.every(
    ({ currency, amountMinor }) =>
      (credits.find((credit) => credit.currency === currency)?.amountMinor ?? 0) >= amountMinor,
  );
}

function aboveThreshold(invoices: readonly InvoiceFact[], policy: Policy): Money[] {
  const sums = invoices.map((i) => ({ currency: i.currency, amountMinor: i.remainingMinor }));
  return sumByCurrency(sums).filter((sum) => sum.amountMinor > (policy.thresholdsMinor[sum.currency] ?? 0));
}

/** Nothing but subscriptions that are over is left: none is live, and none is one that a payment could bring back. */
export function isServiceOver({ complete, subscriptions }: Standing): boolean {
  const comesBack: readonly SubscriptionState[] = ['live', 'unpaid', 'unknown'];
  const states = subscriptions.map(({ state }) => state);
  return complete && states.includes('ended') && !states.some((state) => comesBack.includes(state));
}

/**
 * What is owed is owed for a subscription that is `unpaid` or has ended, and none is live. What is owed beside one that
 * ended long ago says nothing of this kind.
 */
export function owesForLostService(standing: Standing, terms: Terms): boolean {
  const { complete, subscriptions } = standing;
  if (!complete || subscriptions.some(({ state }) => state === 'live' || state === 'unknown')) return false;
  const lost = subscriptions.filter(({ state }) => state === 'unpaid' || state === 'ended');
  return debtsIn(standing, terms).some(({ subscription }) => lost.some(({ id }) => id === subscription));
}

/** Whether the account has a subscription that entitles it to service, whatever it may owe for it. */
export function hasLiveSubscription(standing: Standing): boolean {
  return standing.subscriptions.some((s) => s.state === 'live');
}
