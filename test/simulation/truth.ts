import { asInvoiceId, asSubscriptionId, type InvoiceId, type SubscriptionId } from '../../src/domain/ids.js';
import type { InvoiceFact, Standing, SubscriptionState } from '../../src/domain/standing.js';
import { DAY_MS, HOUR_MS, type Instant } from '../../src/domain/time.js';

/** From one instant until before another. */
export type Span = { readonly from: Instant; readonly to: Instant };

export const isWithin = (span: Span | null, at: Instant): boolean =>
  span !== null && span.from <= at && at < span.to;
export const spanAt = (spans: readonly Span[], at: Instant): Span | null => {
  for (const span of spans) if (isWithin(span, at)) return span;
  return null;
};

/** One invoice of an account, as it truly is. */
export type Debt = {
  readonly id: InvoiceId;
  readonly amountMinor: number;
  readonly overdueAt: Instant;
  /** When it is paid, credited or void; `Infinity`: never. */
  readonly paidAt: Instant;
  readonly collection: 'sent' | 'automatic';
  /** While a bank debit is on its way: it ends in the payment, or in nothing. */
  readonly inFlight: Span | null;
  /** While a payment waits for its payer to confirm it, in vain. */
  readonly confirming: Span | null;
};

/** What an account truly owes over its whole life, whatever anybody hears of it. */
export type Truth = {
  readonly debts: readonly Debt[];
  /** While its subscription is over. */
  readonly ended: Span | null;
};

/** What spoils an answer of Stripe: a list is cut short, or holds a word that nobody has a rule for. */
export type Spoilt = 'cut' | 'unknown' | null;

const subscription: SubscriptionId = asSubscriptionId('sub_1');
export const invoiceOf = (index: number): InvoiceId => asInvoiceId(`in_${index}`);

const states: readonly SubscriptionState[] = ['live', 'ended', 'unknown'];
const listed = states.map((state) => [{ id: subscription, state }] as const);
const none: Standing['credits'] & Standing['stuckDrafts'] & Standing['doubtful'] = [];

// An invoice is out for a day before it is due.
const noticeMs = DAY_MS;

const isOpen = ({ overdueAt, paidAt }: Debt, at: Instant) => overdueAt - noticeMs <= at && at < paidAt;

/** What Stripe answers when its data is as of `at` and the reader's clock shows `stampedAt`. */
export function standingOf(
  { debts, ended }: Truth,
  at: Instant,
  stampedAt: Instant,
  spoilt: Spoilt,
  isOver: boolean,
): Standing {
  const state = spoilt === 'unknown' ? 2 : isOver || isWithin(ended, at) ? 1 : 0;
  const invoices: InvoiceFact[] = [];
  for (const debt of debts) if (isOpen(debt, at)) invoices.push(factOf(debt, at));
  return {
    readAt: stampedAt,
    complete: spoilt !== 'cut',
    subscriptions: listed[state] ?? [],
    invoices: spoilt === 'cut' ? invoices.slice(1) : invoices,
    credits: none,
    stuckDrafts: none,
    doubtful: none,
  };
}

function factOf(debt: Debt, at: Instant): InvoiceFact {
  const { id, amountMinor, overdueAt, collection, inFlight, confirming } = debt;
  const isSent = collection === 'sent';
  const hasFailed = !isSent && overdueAt <= at;
  return {
    id,
    number: null,
    subscription,
    currency: 'eur',
    remainingMinor: amountMinor,
    collection: isSent ? 'sent' : 'automatic',
    attempted: hasFailed,
    dueAt: isSent ? overdueAt : null,
    firstFailedAt: hasFailed ? overdueAt : null,
    finalizedAt: overdueAt - HOUR_MS,
    processingSince: inFlight !== null && isWithin(inFlight, at) ? inFlight.from : null,
    confirmationSince: confirming !== null && isWithin(confirming, at) ? confirming.from : null,
    payUrl: null,
    untried: null,
    idleDefault: null,
  };
}
