import { createDraft, pullPendingItems } from '../billing/invoices.js';
import { change } from '../events.js';
import { missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import type { InvoicePlan } from '../shapes/invoices.js';
import type { Invoice, InvoiceStatus } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, invoiceById, methodOfCustomer, subscriptionById } from './find.js';

const STATUSES: readonly InvoiceStatus[] = ['draft', 'open', 'paid', 'uncollectible', 'void'];
const COLLECTION = ['charge_automatically', 'send_invoice'] as const;
const DATES = ['days_until_due', 'due_date'];
const CREATABLE = ['customer', 'subscription', 'currency', 'collection_method', ...DATES, 'auto_advance'];
const SHARED = ['metadata', 'description', 'default_payment_method', 'automatic_tax'];
const WORDS = [...SHARED, 'pending_invoice_items_behavior'];
const UPDATABLE = [...SHARED, ...DATES, 'auto_advance'];

function methodFrom(world: World, form: Form, customer: string): string | null {
  const method = form.text('default_payment_method') ?? null;
  if (method !== null) methodOfCustomer(world, customer, method, 'default_payment_method');
  return method;
}

/** How it is collected, and until when it is to be paid. */
function termsFrom(form: Form) {
  const collectionMethod = form.oneOf('collection_method', COLLECTION) ?? 'charge_automatically';
  const daysUntilDue = form.integer('days_until_due') ?? null;
  const dueDate = form.integer('due_date') ?? null;
  if (collectionMethod === 'send_invoice' && daysUntilDue === null && dueDate === null) {
    throw missingParam('days_until_due');
  }
  return { collectionMethod, daysUntilDue, dueDate };
}

function create(world: World, form: Form): Invoice {
  form.allow(...CREATABLE, ...WORDS);
  const customer = customerById(world, form.required('customer'), 'customer');
  const of = form.text('subscription');
  const subscription = of === undefined ? undefined : subscriptionById(world, of, 'subscription');
  const now = world.clock.now();
  const plan: InvoicePlan = {
    ...{ customer, subscription, ...termsFrom(form) },
    currency: (form.text('currency') ?? subscription?.currency ?? customer.currency ?? 'usd').toLowerCase(),
    reason: 'manual',
    // A draft made through the API waits for a person or a program, unless it says otherwise.
    autoAdvance: form.flag('auto_advance') ?? false,
    automaticTax: form.child('automatic_tax').allow('enabled').flag('enabled') ?? false,
    defaultPaymentMethod: methodFrom(world, form, customer.id),
    period: { start: now, end: now },
    metadata: form.metadata(),
    description: form.text('description') ?? null,
  };
  const invoice = createDraft(world, plan, []);
  const behavior = form.oneOf('pending_invoice_items_behavior', ['exclude', 'include']);
  if (behavior === 'include') pullPendingItems(world, invoice);
  return invoice;
}

function update(world: World, form: Form, invoice: Invoice): Invoice {
  form.allow(...UPDATABLE);
  const changes: Partial<Invoice> = {};
  if (form.has('metadata')) changes.metadata = form.metadata(invoice.metadata);
  if (form.has('description')) changes.description = form.text('description') ?? null;
  const advance = form.flag('auto_advance');
  if (advance !== undefined) changes.auto_advance = advance;
  if (form.has('due_date')) changes.due_date = form.integer('due_date') ?? null;
  if (form.has('default_payment_method')) {
    changes.default_payment_method = methodFrom(world, form, invoice.customer);
  }
  const enabled = form.child('automatic_tax').allow('enabled').flag('enabled');
  if (enabled !== undefined) changes.automatic_tax = { ...invoice.automatic_tax, enabled, status: null };
  const days = form.integer('days_until_due');
  if (days !== undefined) invoice.fake.daysUntilDue = days;
  change(world, invoice, changes, 'invoice.updated');
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
];
