import { customerFilter } from './find.js';
import { noSuch } from '../failure.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, type Route } from '../http/route.js';

export const paymentRoutes: readonly Route[] = [
  get('/v1/invoice_payments', ({ world, form }) => {
    form.allow(...PAGING, 'invoice', 'payment', 'status', 'created');
    const payment = form.child('payment').allow('type', 'payment_intent', 'payment_record');
    const invoice = form.text('invoice');
    const intent = payment.text('payment_intent');
    const record = payment.text('payment_record');
    const status = form.text('status');
    const created = within(form, 'created');
    return listPage(world.store.invoicePayments, form, {
      url: '/v1/invoice_payments',
      customer:
        world.store.invoices.get(invoice ?? '')?.customer ??
        world.store.paymentIntents.get(intent ?? '')?.customer,
      where: (row) =>
        (invoice === undefined || row.invoice === invoice) &&
        (intent === undefined || row.payment.payment_intent === intent) &&
        (record === undefined || row.payment.payment_record === record) &&
        (status === undefined || row.status === status) &&
        created(row.created),
    });
  }),
  get('/v1/invoice_payments/:id', ({ world, id }) => {
    const payment = world.store.invoicePayments.get(id);
    if (!payment) throw noSuch('invoice_payment', id);
    return payment;
  }),
  get('/v1/charges', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'payment_intent', 'created');
    const created = within(form, 'created');
    const intent = form.text('payment_intent');
    return listPage(world.store.charges, form, {
      url: '/v1/charges',
      customer: customerFilter(world, form),
      where: (row) => created(row.created) && (intent === undefined || row.payment_intent === intent),
    });
  }),
  get('/v1/charges/:id', ({ world, id }) => {
    const charge = world.store.charges.get(id);
    if (!charge) throw noSuch('charge', id);
    return charge;
  }),
  get('/v1/mandates/:id', ({ world, id }) => {
    const mandate = world.store.mandates.get(id);
    if (!mandate) throw noSuch('mandate', id);
    return mandate;
  }),
];
