import { moveBalance } from '../billing/balances.js';
import { invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import { cashBalanceOf } from '../shapes/balances.js';
import type { BalanceTransaction } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { customerById } from './find.js';

/** Adjusts the credit balance of one currency; negative is in the customer's favour. */
function adjust(world: World, form: Form, id: string): BalanceTransaction {
  form.allow('amount', 'currency', 'description', 'metadata');
  const customer = customerById(world, id);
  const amount = form.integer('amount');
  if (amount === undefined) throw missingParam('amount');
  if (amount === 0) throw invalid('The amount must not be 0.', { param: 'amount' });
  const currency = form.required('currency').toLowerCase();
  const words = { description: form.text('description') ?? null, metadata: form.metadata() };
  return moveBalance(world, customer, { amount, currency, type: 'adjustment', ...words });
}

export const balanceRoutes: readonly Route[] = [
  post('/v1/customers/:id/balance_transactions', ({ world, form, id }) => adjust(world, form, id)),
  get('/v1/customers/:id/balance_transactions', ({ world, form, id }) => {
    form.allow(...PAGING, 'created', 'invoice');
    const invoice = form.text('invoice');
    const created = within(form, 'created');
    return listPage(world.store.balanceTransactions, form, {
      url: `/v1/customers/${id}/balance_transactions`,
      customer: customerById(world, id).id,
      where: (row) => created(row.created) && (invoice === undefined || row.invoice === invoice),
    });
  }),
  get('/v1/customers/:id/cash_balance', ({ world, id }) => cashBalanceOf(customerById(world, id))),
];
