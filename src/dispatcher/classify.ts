/** How news reaches a workflow. `opens`: worth a look even at an account that was in good standing. */
export type News = {
  readonly signal: 'paymentFailed' | 'paymentSucceeded' | 'billingChanged';
  readonly opens: boolean;
};

const trouble: News = { signal: 'paymentFailed', opens: true };
const payment: News = { signal: 'paymentSucceeded', opens: false };
const change: News = { signal: 'billingChanged', opens: false };

// Every event type that Forbear asks Stripe for and acts on. What is not named here is kept and knowingly ignored.
const newsByType = new Map<string, News>(
  Object.entries({
    'invoice.payment_failed': trouble,
    'invoice.overdue': trouble,
    'invoice.marked_uncollectible': trouble,
    'invoice.payment_action_required': trouble,
    'invoice.finalization_failed': trouble,
    'invoice.payment_succeeded': payment,
    'invoice.paid': payment,
    'invoice.voided': payment,
    'credit_note.created': payment,
    'customer.subscription.created': change,
    'customer.subscription.updated': change,
    'customer.subscription.deleted': change,
    'customer.subscription.paused': change,
    'customer.subscription.resumed': change,
    'customer.updated': change,
    'payment_method.attached': change,
    'payment_method.updated': change,
    'payment_method.automatically_updated': change,
    'payment_intent.processing': change,
    'cash_balance.funds_available': change,
  }),
);

/** The types of event that change something for somebody. */
export const typesActedOn: readonly string[] = [...newsByType.keys()];

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
