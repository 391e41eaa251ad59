import { intentOf } from '../billing/due.js';
import {
  createDraft,
  finalize,
  markPaid,
  markUncollectible,
  pullPendingItems,
  send,
  voidInvoice,
} from '../billing/invoices.js';
import { attempt, chargedMethod } from '../billing/payments.js';
import { collect } from '../billing/subscriptions.js';
import { change } from '../events.js';
import { declined, invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import type { Invoice, InvoiceStatus } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, invoiceById, methodOfCustomer, subscriptionById } from './find.js';

const STATUSES: readonly InvoiceStatus[] = ['draft', 'open', 'paid', 'uncollectible', 'void'];
const COLLECTION = ['charge_automatically', 'send_invoice'] as const;
const DATES = ['days_until_due', 'due_date'];
const CREATABLE = ['customer', 'subscription', 'currency', 'collection_method', ...DATES, 'auto_advance'];
const WORDS = ['metadata', 'description', 'default_payment_method', 'pending_invoice_items_behavior'];

function create(world: World, form: Form): Invoice {
  form.allow(...CREATABLE, ...WORDS);
  const customer = customerById(world, form.required('customer'), 'customer');
  const of = form.text('subscription');
  const subscription = of === undefined ? undefined : subscriptionById(world, of, 'subscription');
  const collectionMethod = form.oneOf('collection_method', COLLECTION) ?? 'charge_automatically';
  const daysUntilDue = form.integer('days_until_due') ?? null;
  const dueDate = form.integer('due_date') ?? null;
  if (collectionMethod === 'send_invoice' && daysUntilDue === null && dueDate === null) {
    throw missingParam('days_until_due');
  }
  const method = form.text('default_payment_method') ?? null;
  if (method !== null) methodOfCustomer(world, customer.id, method, 'default_payment_method');
  const now = world.clock.now();
  const plan = {
    customer,
    subscription,
    collectionMethod,
    daysUntilDue,
    dueDate,
    defaultPaymentMethod: method,
  };
  const invoice = createDraft(
    world,
    {
      ...plan,
      currency: (form.text('currency') ?? subscription?.currency ?? customer.currency ?? 'usd').toLowerCase(),
      reason: 'manual',
      // A draft made through the API waits for a person or a program, unless it says otherwise.
      autoAdvance: form.flag('auto_advance') ?? false,
      period: { start: now, end: now },
      metadata: form.metadata(),
      description: form.text('description') ?? null,
    },
    [],
  );
  const behavior = form.oneOf('pending_invoice_items_behavior', ['exclude', 'include']);
  if (behavior === 'include') pullPendingItems(world, invoice);
  return invoice;
}

function update(world: World, form: Form, invoice: Invoice): Invoice {
  form.allow(
    'metadata',
    'description',
    'auto_advance',
    'default_payment_method',
    'due_date',
    'days_until_due',
  );
  const changes: Partial<Invoice> = {};
  if (form.has('metadata')) changes.metadata = form.metadata(invoice.metadata);
  if (form.has('description')) changes.description = form.text('description') ?? null;
  const advance = form.flag('auto_advance');
  if (advance !== undefined) changes.auto_advance = advance;
  if (form.has('due_date')) changes.due_date = form.integer('due_date') ?? null;
  if (form.has('default_payment_method')) {
    const method = form.text('default_payment_method') ?? null;
    if (method !== null) methodOfCustomer(world, invoice.customer, method, 'default_payment_method');
    changes.default_payment_method = method;
  }
  const days = form.integer('days_until_due');
  if (days !== undefined) invoice.fake.daysUntilDue = days;
  change(world, invoice, changes, 'invoice.updated');
  return invoice;
}

function finalizeByRequest(world: World, form: Form, invoice: Invoice): Invoice {
  form.allow('auto_advance');
  invoice.auto_advance = form.flag('auto_advance') ?? invoice.auto_advance;
  if (invoice.status === 'draft' && invoice.auto_advance) collect(world, invoice);
  else finalize(world, invoice);
  return invoice;
}

function sendByRequest(world: World, invoice: Invoice): Invoice {
  if (invoice.collection_method !== 'send_invoice') {
    throw invalid('You can only manually send an invoice if its collection method is `send_invoice`.');
  }
  if (invoice.status === 'draft') finalize(world, invoice);
  else if (invoice.status !== 'open') throw invalid(`You can't send an invoice that is ${invoice.status}.`);
  send(world, invoice);
  return invoice;
}

/** Pays now, on the method that is named or that would be charged anyway. A refusal is a 402, and still an attempt. */
function pay(world: World, form: Form, invoice: Invoice): Invoice {
  form.allow('payment_method', 'paid_out_of_band', 'off_session');
  if (invoice.status === 'draft') finalize(world, invoice);
  if (invoice.status === 'paid') throw invalid('Invoice is already paid');
  if (invoice.status === 'void') throw invalid('This invoice can no longer be paid: it is void');
  const intent = intentOf(world, invoice);
  if (intent?.status === 'processing') {
    throw invalid('A payment for this invoice is already processing.', {
      code: 'payment_intent_unexpected_state',
    });
  }
  if (form.flag('paid_out_of_band')) {
    markPaid(world, invoice, { outOfBand: true });
    return invoice;
  }
  const named = form.text('payment_method');
  const method =
    named === undefined
      ? chargedMethod(world, invoice)
      : methodOfCustomer(world, invoice.customer, named, 'payment_method');
  if (!method) {
    throw invalid(
      'There is no `default_payment_method` set on this Customer or Invoice. Please provide one.',
      {
        code: 'missing',
      },
    );
  }
  const outcome = attempt(world, invoice, { method, automatic: false });
  const error = intent?.last_payment_error;
  if (outcome === 'requires_action') {
    const message = 'Invoice payment requires additional user action before completing successfully.';
    throw declined({ type: 'card_error', code: 'invoice_payment_intent_requires_action', message }, intent);
  }
  if (outcome === 'failed' && error) throw declined(error, intent);
  return invoice;
}

export const invoiceRoutes: readonly Route[] = [
  post('/v1/invoices', ({ world, form }) => create(world, form)),
  get('/v1/invoices', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'status', 'subscription', 'collection_method', 'created', 'due_date');
    const status = form.oneOf('status', STATUSES);
    const subscription = form.text('subscription');
    const method = form.text('collection_method');
    const created = within(form, 'created');
    const dueDate = within(form, 'due_date');
    return listPage(world.store.invoices, form, {
      url: '/v1/invoices',
      customer: customerFilter(world, form),
      where: (row) =>
        (status === undefined || row.status === status) &&
        (method === undefined || row.collection_method === method) &&
        (subscription === undefined || row.parent?.subscription_details?.subscription === subscription) &&
        created(row.created) &&
        dueDate(row.due_date),
    });
  }),
  get('/v1/invoices/:id', ({ world, id }) => invoiceById(world, id)),
  post('/v1/invoices/:id', ({ world, form, id }) => update(world, form, invoiceById(world, id))),
  post('/v1/invoices/:id/finalize', ({ world, form, id }) =>
    finalizeByRequest(world, form, invoiceById(world, id)),
  ),
  post('/v1/invoices/:id/send', ({ world, id }) => sendByRequest(world, invoiceById(world, id))),
  post('/v1/invoices/:id/pay', ({ world, form, id }) => pay(world, form, invoiceById(world, id))),
  post('/v1/invoices/:id/void', ({ world, id }) => {
    const invoice = invoiceById(world, id);
    voidInvoice(world, invoice);
    return invoice;
  }),
  post('/v1/invoices/:id/mark_uncollectible', ({ world, id }) => {
    const invoice = invoiceById(world, id);
    markUncollectible(world, invoice);
    return invoice;
  }),
];
