import type Stripe from 'stripe';
import { sumByCurrency, type Money } from '../../domain/money.js';

/**
 * What Stripe holds in a customer's favour: credits for invoices to come, and cash that belongs to no invoice yet. Neither
 * settles an invoice that is open already (https://docs.stripe.com/billing/customer/balance).
 */
export function creditsOf(customer: Stripe.Customer): Money[] {
  const credits = creditBalances(customer);
  const cash = Object.entries(customer.cash_balance?.available ?? {});
  const sums = [...credits, ...cash].map(([currency, amountMinor]) => ({ currency, amountMinor }));
  return sumByCurrency(sums.filter(({ amountMinor }) => amountMinor > 0));
}

/** `balance` is negative for a credit and speaks of one currency only, `invoice_credit_balance` is positive for it. */
function creditBalances({ balance, currency, invoice_credit_balance }: Stripe.Customer): [string, number][] {
  const byCurrency = new Map(Object.entries(invoice_credit_balance ?? {}));
  // Both tell the same money; where they don't, the customer has the benefit of the doubt, but never both.
  if (currency) byCurrency.set(currency, Math.max(-balance, byCurrency.get(currency) ?? 0));
  return [...byCurrency];
}
