import type Stripe from 'stripe';
import type { Customer } from '../state/objects.js';
import type { BalanceTransaction } from '../state/payment-objects.js';
import type { Metadata } from '../state/stored.js';
import { newId } from '../state/store.js';

export interface BalanceMove {
  /** Negative: in the customer's favour. */
  amount: number;
  currency: string;
  type: BalanceTransaction['type'];
  invoice?: string;
  creditNote?: string;
  description?: string | null;
  metadata?: Metadata;
}

export const newBalanceTransaction = (
  created: number,
  customer: string,
  move: BalanceMove & { ending: number },
): BalanceTransaction => ({
  id: newId('cbtxn'),
  object: 'customer_balance_transaction',
  amount: move.amount,
  checkout_session: null,
  created,
  credit_note: move.creditNote ?? null,
  currency: move.currency,
  customer,
  customer_account: null,
  description: move.description ?? null,
  ending_balance: move.ending,
  invoice: move.invoice ?? null,
  livemode: false,
  metadata: move.metadata ?? {},
  type: move.type,
});

/** `invoice_credit_balance`: every currency that isn't at 0. Positive is a credit here, other than in `balance`. */
export function creditBalances(customer: Customer): Record<string, number> {
  const own = { [customer.currency ?? 'usd']: customer.balance };
  const all = Object.entries({ ...own, ...customer.fake.otherBalances });
  return Object.fromEntries(
    all.filter(([, balance]) => balance !== 0).map(([currency, balance]) => [currency, -balance]),
  );
}

/** Money that the customer has sent and that belongs to no invoice yet. `available` is null where he never sent any. */
export const cashBalanceOf = (customer: Customer): Stripe.CashBalance => ({
  object: 'cash_balance',
  available: customer.fake.cash ?? null,
  customer: customer.id,
  customer_account: null,
  livemode: false,
  // Stripe would spend it on open invoices by itself under `automatic`; that isn't modelled, so it is never claimed.
  settings: { reconciliation_mode: 'manual', using_merchant_default: false },
});

/** A transfer from the customer's bank has arrived. */
export const newCashTransaction = (
  created: number,
  customer: Customer,
  funded: { amount: number; currency: string; ending: number },
): Stripe.CustomerCashBalanceTransaction => ({
  id: newId('ccsbtxn'),
  object: 'customer_cash_balance_transaction',
  created,
  currency: funded.currency,
  customer: customer.id,
  customer_account: null,
  ending_balance: funded.ending,
  funded: { bank_transfer: { reference: null, type: 'us_bank_transfer' } },
  livemode: false,
  net_amount: funded.amount,
  type: 'funded',
});
