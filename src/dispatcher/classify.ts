/** How news reaches a workflow. `opens`: worth a look even at an account that was in good standing. */
export type News = {
  readonly signal: 'paymentFailed' | 'paymentSucceeded' | 'billingChanged';
  readonly opens: boolean;
};

const trouble: News = { signal: 'paymentFailed', opens: true };
const payment: News = { signal: 'paymentSucceeded', opens: false };
const change: News = { signal: 'billingChanged', opens: false };

type Handled = { readonly news: News; readonly does: string };
const asTrouble = (does: string): Handled => ({ news: trouble, does });
const asPayment = (does: string): Handled => ({ news: payment, does });
const asChange = (does: string): Handled => ({ news: change, does });

const handled: Readonly<Record<string, Handled>> = {
  'invoice.payment_failed': asTrouble(
    'a payment failed: opens a case, if Stripe says that something is owed',
  ),
  'invoice.overdue': asTrouble('an invoice that is sent was not paid by its date'),
  'invoice.marked_uncollectible': asTrouble('written off at Stripe, and still owed'),
  'invoice.payment_action_required': asTrouble('the payer has to confirm a payment'),
  'invoice.finalization_failed': asTrouble('an invoice is stuck as a draft, and nobody is charged'),
  'invoice.payment_succeeded': asPayment('paid: gives back what was taken for non-payment'),
  'invoice.paid': asPayment('paid, also outside Stripe: gives back what was taken for non-payment'),
  'invoice.voided': asPayment('voided: is owed no more'),
  'credit_note.created': asPayment('credited: the debt falls'),
  'customer.subscription.created': asChange('a subscription, also one that follows an ended one'),
  'customer.subscription.updated': asChange('its status, plan, or planned ending'),
  'customer.subscription.deleted': asChange('it has ended: the account falls to the fallback plan'),
  'customer.subscription.paused': asChange('a trial ended without a payment method'),
  'customer.subscription.resumed': asChange('it goes on'),
  'customer.updated': asChange('the default payment method, or the account that the customer names'),
  'payment_method.attached': asChange('a new card: open invoices are charged on it'),
  'payment_method.updated': asChange('a card was changed: open invoices are charged on it'),
  'payment_method.automatically_updated': asChange('a card was renewed by its network'),
  'payment_intent.processing': asChange('a bank debit is under way: the clock stops'),
  'cash_balance.funds_available': asChange('a bank transfer came that no invoice has used yet'),
};

const recorded: Readonly<Record<string, string>> = {
  'checkout.session.completed': 'a purchase; what follows from it comes by the types above',
  'customer.subscription.trial_will_end': 'a trial ends in three days',
  'charge.refunded': 'money went back',
  'charge.dispute.created': 'a payer contests a charge',
  'charge.dispute.updated': 'a dispute moves on',
  'charge.dispute.closed': 'a dispute has ended',
  'charge.dispute.funds_withdrawn': 'a dispute took the money',
  'charge.dispute.funds_reinstated': 'a dispute gave the money back',
  'radar.early_fraud_warning.created': 'a card’s issuer thinks that a charge is fraud',
};

const unwanted: Readonly<Record<string, string>> = {
  'invoice.created':
    'Stripe waits for its 2xx before it finalises an invoice: an endpoint that fails would hold every invoice up, by as much as 72 h',
  '*': 'sends `invoice.created` as well, which an endpoint that fails would hold up, and many types that nobody here reads',
};

/** `handled`: becomes a signal · `recorded`: kept, and knowingly not acted on yet · `unwanted`: never to be asked for. */
export type KnownType =
  | { readonly type: string; readonly kind: 'handled'; readonly news: News; readonly does: string }
  | { readonly type: string; readonly kind: 'recorded' | 'unwanted'; readonly does: string };

/** Every type of event that Forbear has an opinion of, with what it does, or why it is not wanted. */
export const knownTypes: readonly KnownType[] = [
  ...Object.entries(handled).map(([type, what]) => ({ type, kind: 'handled' as const, ...what })),
  ...Object.entries(recorded).map(([type, does]) => ({ type, kind: 'recorded' as const, does })),
  ...Object.entries(unwanted).map(([type, does]) => ({ type, kind: 'unwanted' as const, does })),
];

/** The types of event that change something for somebody. */
export const typesActedOn: readonly string[] = Object.keys(handled);

/** All that an endpoint of Stripe should send here, and no more. */
export const typesAskedFor: readonly string[] = [...typesActedOn, ...Object.keys(recorded)];

/** Types that no endpoint should send here. */
export const typesUnwanted: readonly string[] = Object.keys(unwanted);

const newsByType = new Map(Object.entries(handled).map(([type, { news }]) => [type, news]));

/** `null` for a type that changes nothing for anybody. */
export function classify(type: string): News | null {
  return newsByType.get(type) ?? null;
}

/** One signal an account: a payment goes first, because it stops a pause that is running; then trouble, then the rest. */
export function strongest(news: readonly News[]): News | null {
  const order: readonly News['signal'][] = ['paymentSucceeded', 'paymentFailed', 'billingChanged'];
  const signal = order.find((name) => news.some((n) => n.signal === name));
  return signal === undefined ? null : { signal, opens: news.some((n) => n.opens) };
}
