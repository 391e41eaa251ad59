import { change, emit } from '../events.js';
import { noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { del, get, post, type Route } from '../http/route.js';
import { endSubscription } from '../billing/standing.js';
import { newCustomer } from '../shapes/people.js';
import type { Customer } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, methodOfCustomer } from './find.js';
import { attachToken } from './payment-methods.js';

const FIELDS = ['email', 'name', 'description', 'phone', 'metadata', 'balance', 'invoice_settings'];

function changesFrom(world: World, form: Form, customer: Customer): Partial<Customer> {
  const changes: Partial<Customer> = {};
  for (const field of ['email', 'name', 'description', 'phone'] as const) {
    if (form.has(field)) changes[field] = form.text(field) ?? null;
  }
  if (form.has('metadata')) changes.metadata = form.metadata(customer.metadata);
  const balance = form.integer('balance');
  if (balance !== undefined) changes.balance = balance;
  const settings = form.child('invoice_settings').allow('default_payment_method');
  if (settings.has('default_payment_method')) {
    const method = settings.text('default_payment_method');
    if (method !== undefined) {
      methodOfCustomer(world, customer.id, method, 'invoice_settings[default_payment_method]');
    }
    changes.invoice_settings = { ...customer.invoice_settings, default_payment_method: method ?? null };
  }
  return changes;
}

function create(world: World, form: Form): Customer {
  form.allow(...FIELDS, 'payment_method');
  const customer = newCustomer(world.clock.now(), form.text('email') ?? null, form.text('name') ?? null);
  const token = form.text('payment_method');
  const method = token === undefined ? undefined : attachToken(world, token, customer.id);
  const chosen = form.child('invoice_settings').text('default_payment_method');
  // Both may name the same test token, which stands for one new payment method.
  const sameToken = method !== undefined && chosen === token;
  const changes = sameToken ? {} : changesFrom(world, form, customer);
  Object.assign(customer, changes, { metadata: form.metadata() });
  if (sameToken) {
    customer.description = form.text('description') ?? null;
    customer.phone = form.text('phone') ?? null;
    customer.balance = form.integer('balance') ?? 0;
    customer.invoice_settings.default_payment_method = method.id;
  }
  world.store.customers.add(customer);
  emit(world, 'customer.created', customer);
  if (method) emit(world, 'payment_method.attached', method);
  return customer;
}

function remove(world: World, customer: Customer): { id: string; object: 'customer'; deleted: true } {
  for (const subscription of world.store.subscriptions.all(customer.id)) {
    if (subscription.ended_at === null) endSubscription(world, subscription, 'cancellation_requested');
  }
  emit(world, 'customer.deleted', customer);
  customer.fake.deleted = true;
  return { id: customer.id, object: 'customer', deleted: true };
}

export const customerRoutes: readonly Route[] = [
  post('/v1/customers', ({ world, form }) => create(world, form)),
  get('/v1/customers', ({ world, form }) => {
    form.allow(...PAGING, 'email', 'created');
    const email = form.text('email');
    const created = within(form, 'created');
    return listPage(world.store.customers, form, {
      url: '/v1/customers',
      where: (row) =>
        !row.fake.deleted && (email === undefined || row.email === email) && created(row.created),
    });
  }),
  // A deleted customer is still found by id, as a stub.
  get('/v1/customers/:id', ({ world, id }) => {
    const customer = world.store.customers.get(id);
    if (!customer) throw noSuch('customer', id);
    return customer.fake.deleted ? { id, object: 'customer', deleted: true } : customer;
  }),
  post('/v1/customers/:id', ({ world, form, id }) => {
    const customer = customerById(world, id);
    form.allow(...FIELDS);
    change(world, customer, changesFrom(world, form, customer), 'customer.updated');
    return customer;
  }),
  del('/v1/customers/:id', ({ world, id }) => remove(world, customerById(world, id))),
  get('/v1/customers/:id/payment_methods', ({ world, form, id }) => {
    form.allow(...PAGING, 'type');
    const type = form.text('type');
    return listPage(world.store.paymentMethods, form, {
      url: `/v1/customers/${id}/payment_methods`,
      where: (row) =>
        row.customer === customerById(world, id).id && (type === undefined || row.type === type),
    });
  }),
];
