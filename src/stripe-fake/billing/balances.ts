import { change, emit } from '../events.js';
import {
  type BalanceMove,
  newBalanceTransaction,
  newCashTransaction,
  cashBalanceOf,
} from '../shapes/balances.js';
import type { Customer, Invoice } from '../state/objects.js';
import type { BalanceTransaction } from '../state/payment-objects.js';
import type { World } from '../world.js';

/** What the customer has in that currency; negative: a credit. `balance` speaks of his own currency only. */
const balanceIn = (customer: Customer, currency: string): number =>
  (customer.currency ?? currency) === currency
    ? customer.balance
    : (customer.fake.otherBalances?.[currency] ?? 0);

/** Moves the credit balance and notes why. No open invoice is touched by it: it is for the next ones. */
export function moveBalance(world: World, customer: Customer, move: BalanceMove): BalanceTransaction {
  customer.currency ??= move.currency;
  const ending = balanceIn(customer, move.currency) + move.amount;
  const transaction = newBalanceTransaction(world.clock.now(), customer.id, { ...move, ending });
  world.store.balanceTransactions.add(transaction);
  if (customer.currency === move.currency) {
    change(world, customer, { balance: ending }, 'customer.updated');
  } else {
    customer.fake.otherBalances = { ...customer.fake.otherBalances, [move.currency]: ending };
    emit(world, 'customer.updated', customer);
  }
  return transaction;
}

/** A credit balance is used up when an invoice is finalised, never for one that is open already. */
export function applyBalance(world: World, invoice: Invoice, customer: Customer): void {
  const { currency } = invoice;
  const starting_balance = balanceIn(customer, currency);
  const due = Math.max(0, invoice.total + starting_balance);
  const ending_balance = invoice.total + starting_balance - due;
  Object.assign(invoice, { starting_balance, ending_balance, amount_due: due, amount_remaining: due });
  const amount = ending_balance - starting_balance;
  if (amount === 0) return;
  moveBalance(world, customer, { amount, currency, type: 'applied_to_invoice', invoice: invoice.id });
}

/** A bank transfer for no invoice in particular has arrived. It stays in the cash balance until somebody uses it. */
export function fundCash(world: World, customer: Customer, amount: number, currency: string): void {
  const ending = (customer.fake.cash?.[currency] ?? 0) + amount;
  customer.fake.cash = { ...customer.fake.cash, [currency]: ending };
  const funded = newCashTransaction(world.clock.now(), customer, { amount, currency, ending });
  emit(world, 'customer_cash_balance_transaction.created', funded);
  emit(world, 'cash_balance.funds_available', cashBalanceOf(customer));
}
