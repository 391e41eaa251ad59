import { addLine } from '../billing/invoices.js';
import { emit } from '../events.js';
import { invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import { newInvoiceItem } from '../shapes/invoice-lines.js';
import type { InvoiceItem } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, invoiceById, priceById } from './find.js';

/** What is asked for: an amount, or a price with a quantity. */
function amountFrom(
  world: World,
  form: Form,
): { amount: number; currency: string | undefined; price?: string } {
  const pricing = form.child('pricing').allow('price').text('price');
  if (pricing !== undefined) {
    const price = priceById(world, pricing, 'pricing[price]');
    return {
      amount: price.unit_amount * (form.integer('quantity') ?? 1),
      currency: price.currency,
      price: price.id,
    };
  }
  const amount = form.integer('amount');
  if (amount === undefined) throw missingParam('amount');
  return { amount, currency: form.text('currency')?.toLowerCase() };
}

/** An item goes onto the draft that it names, else it waits for the customer's next invoice. */
function create(world: World, form: Form): InvoiceItem {
  form.allow('customer', 'invoice', 'amount', 'currency', 'description', 'metadata', 'pricing', 'quantity');
  const customer = customerById(world, form.required('customer'), 'customer');
  const named = form.text('invoice');
  const invoice = named === undefined ? undefined : invoiceById(world, named, 'invoice');
  if (invoice && invoice.status !== 'draft') {
    throw invalid('The invoice is no longer editable.', { code: 'invoice_not_editable', param: 'invoice' });
  }
  const { amount, currency = invoice?.currency ?? 'usd' } = amountFrom(world, form);
  if (invoice && invoice.currency !== currency) {
    throw invalid(`The currency of the invoice is ${invoice.currency}, not ${currency}.`, {
      param: 'currency',
    });
  }
  const description = form.text('description') ?? null;
  const item = newInvoiceItem(world.clock.now(), {
    ...{ customer: customer.id, invoice: invoice?.id ?? null, currency, amount, description },
  });
  item.metadata = form.metadata();
  world.store.invoiceItems.add(item);
  if (invoice)
    addLine(invoice, { amount, description, period: item.period, quantity: 1, invoiceItem: item.id });
  emit(world, 'invoiceitem.created', item);
  return item;
}

export const invoiceItemRoutes: readonly Route[] = [
  post('/v1/invoiceitems', ({ world, form }) => create(world, form)),
  get('/v1/invoiceitems', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'invoice', 'pending');
    const invoice = form.text('invoice');
    const pending = form.flag('pending');
    return listPage(world.store.invoiceItems, form, {
      url: '/v1/invoiceitems',
      customer: customerFilter(world, form),
      where: (row) =>
        (invoice === undefined || row.invoice === invoice) &&
        (pending === undefined || (row.invoice === null) === pending),
    });
  }),
];
