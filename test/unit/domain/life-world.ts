import type { ManualAccess, Step } from '../../../src/domain/effect.js';
import { asInvoiceId, type InvoiceId } from '../../../src/domain/ids.js';
import type { Policy } from '../../../src/domain/policy.js';
import type { InvoiceFact, Standing, SubscriptionState } from '../../../src/domain/standing.js';
import { DAY_MS, type Instant } from '../../../src/domain/time.js';
import { invoiceFact, standingOf } from '../../support/facts.js';

/** From one instant until before another. */
export type Span = { readonly from: Instant; readonly to: Instant };

/** An invoice that was sent and is due; open for a day before that. */
export type Debt = {
  readonly overdueAt: Instant;
  /** When it is paid, credited or void: gone from the list of open ones. */
  readonly paidAt: Instant;
  readonly currency: 'usd' | 'eur';
  readonly amountMinor: number;
  readonly part: { readonly at: Instant; readonly amountMinor: number } | null;
  /** How long before `paidAt` the payment was on its way. */
  readonly processingMs: number;
  /** A bank debit that comes to nothing. */
  readonly failedDebit: Span | null;
  /** A payment that waits for its payer, in vain. */
  readonly confirming: Span | null;
  readonly newCard: Span | null;
};

/** What a granted effect meets in the world. Where the list of its step ends, everything is done. */
export type Fault =
  'done' | 'failed' | 'unreachable' | 'interrupted' | 'not_begun' | 'untold' | 'caveat' | 'plan_changed';

/** What a person wants, before it is known what the case looks like then. */
export type Wish = { readonly at: Instant } & (
  | { readonly kind: 'extend'; readonly days: number }
  | { readonly kind: 'exempt'; readonly days: number | null }
  | { readonly kind: 'forgive'; readonly debt: number }
  | { readonly kind: 'restrict'; readonly access: ManualAccess; readonly days: number | null }
  | { readonly kind: 'lift'; readonly restriction: 'nonpayment' | 'manual' }
  | { readonly kind: 'promise'; readonly parts: number; readonly everyDays: number }
  | { readonly kind: 'recheck' }
);

/** What people make of a request to delete, and after how long. */
export type Decision = { readonly kind: 'approve' | 'reject' | 'silence'; readonly afterMs: number };

/** All that happens to one account, whatever is decided about it. */
export type Timeline = {
  readonly policy: Policy;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly debts: readonly Debt[];
  readonly credits: readonly (Span & { readonly currency: 'usd' | 'eur'; readonly amountMinor: number })[];
  /** Nobody at home: neither timers nor messages are taken up. */
  readonly outages: readonly Span[];
  /** Stripe's lists are cut short. */
  readonly blind: readonly Span[];
  readonly frozen: readonly Span[];
  readonly subscriptionEnded: Span | null;
  /** A grant stands, and the case is told when it begins. */
  readonly granted: Span | null;
  readonly wishes: readonly Wish[];
  readonly decisions: readonly Decision[];
  readonly faults: Readonly<Partial<Record<Step, readonly Fault[]>>>;
  /** How far the claim's clock is ahead of the workflow's. */
  readonly clockLeadMs: number;
  /** How long each effect takes. */
  readonly effectMs: number;
  /** Whether payments are heard of, or only seen at the next look. */
  readonly heard: boolean;
  /** After which acts (counted from 0) the run is ended by force, before it took in the outcome. */
  readonly killedAfter: readonly number[];
  /** The same, and what the case had saved of itself is lost, too. */
  readonly lostAfter: readonly number[];
};

/** A life in which nothing but its debts happens. */
export function quiet(
  changes: Pick<Timeline, 'policy' | 'startAt' | 'endAt' | 'debts'> & Partial<Timeline>,
): Timeline {
  return {
    credits: [],
    outages: [],
    blind: [],
    frozen: [],
    subscriptionEnded: null,
    granted: null,
    wishes: [],
    decisions: [],
    faults: {},
    clockLeadMs: 0,
    effectMs: 0,
    heard: true,
    killedAfter: [],
    lostAfter: [],
    ...changes,
  };
}

/** A sent invoice of 49 euros and nothing special about it. */
export const debtOf = (changes: Pick<Debt, 'overdueAt' | 'paidAt'> & Partial<Debt>): Debt => ({
  currency: 'eur',
  amountMinor: 4900,
  part: null,
  processingMs: 0,
  failedDebit: null,
  confirming: null,
  newCard: null,
  ...changes,
});

export const isWithin = (span: Span | null, at: Instant) => span !== null && span.from <= at && at < span.to;
export const within = (spans: readonly Span[], at: Instant) => spans.find((span) => isWithin(span, at));

export const invoiceOf = (index: number): InvoiceId => asInvoiceId(`in_${index}`);

export const isOpen = ({ overdueAt, paidAt }: Debt, at: Instant) => overdueAt - DAY_MS <= at && at < paidAt;

export function remainingOf({ amountMinor, part }: Debt, at: Instant): number {
  return amountMinor - (part !== null && part.at <= at ? part.amountMinor : 0);
}

/** Since when a payment of the debt is on its way. */
export function processingSince({ paidAt, processingMs, failedDebit }: Debt, at: Instant): Instant | null {
  if (at >= paidAt - processingMs) return paidAt - processingMs;
  return failedDebit !== null && isWithin(failedDebit, at) ? failedDebit.from : null;
}

/** What Stripe would say at `at`. */
export function standingAt(
  { debts, blind, subscriptionEnded, credits }: Timeline,
  at: Instant,
  readAt = at,
): Standing {
  const state: SubscriptionState = isWithin(subscriptionEnded, at) ? 'ended' : 'live';
  const invoices = debts.flatMap((debt, index): InvoiceFact[] =>
    isOpen(debt, at) ? [factOf(debt, index, at)] : [],
  );
  return standingOf(invoices, readAt, {
    state,
    complete: within(blind, at) === undefined,
    credits: credits.filter((credit) => isWithin(credit, at)),
  });
}

function factOf(debt: Debt, index: number, at: Instant): InvoiceFact {
  const { overdueAt, currency, confirming, newCard } = debt;
  return invoiceFact({
    id: invoiceOf(index),
    currency,
    remainingMinor: remainingOf(debt, at),
    collection: 'sent',
    attempted: false,
    dueAt: overdueAt,
    firstFailedAt: null,
    finalizedAt: overdueAt - DAY_MS,
    processingSince: processingSince(debt, at),
    confirmationSince: confirming !== null && isWithin(confirming, at) ? confirming.from : null,
    untried: isWithin(newCard, at) ? `card_${index}` : null,
  });
}

/** The first moment from `at` on that is in no outage. */
export function awake(outages: readonly Span[], at: Instant): Instant {
  const outage = within(outages, at);
  return outage === undefined ? at : awake(outages, outage.to);
}

/** When the account is heard of next, by an event or a person. */
export function nextMessage({ debts, wishes, heard, granted }: Timeline, after: Instant): Instant {
  const events = heard ? debts.flatMap((d) => [d.overdueAt, d.paidAt]) : debts.map((d) => d.overdueAt);
  const ordered = [...wishes.map(({ at }) => at), ...(granted === null ? [] : [granted.from])];
  return Math.min(...[...events, ...ordered].filter((at) => at > after), Infinity);
}
