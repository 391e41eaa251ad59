import { change, emit } from '../events.js';
import { noSuch } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { del, get, post, type Route } from '../http/route.js';
import { moveBalance } from '../billing/balances.js';
import { endSubscription } from '../billing/standing.js';
import { newCustomer } from '../shapes/people.js';
import type { Customer } from '../state/objects.js';
import type { World } from '../world.js';
import { customerById, methodOfCustomer } from './find.js';
import { attachToken } from './payment-methods.js';

const WORDS = ['email', 'name', 'description', 'phone'] as const;
const FIELDS = [...WORDS, 'metadata', 'balance', 'invoice_settings', 'address'];
const ADDRESS = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const;

/** An emptied address removes it; a part of one replaces the whole, and its other lines are empty. */
function addressFrom(form: Form): Customer['address'] {
  if (form.cleared('address')) return null;
  const given = form.child('address').allow(...ADDRESS);
  const line = (name: (typeof ADDRESS)[number]) => given.text(name) ?? null;
  return {
    ...{ line1: line('line1'), line2: line('line2'), city: line('city') },
    ...{ state: line('state'), postal_code: line('postal_code'), country: line('country') },
  };
}

function wordsFrom(form: Form): Partial<Customer> {
  const changes: Partial<Customer> = {};
  for (const field of WORDS) if (form.has(field)) changes[field] = form.text(field) ?? null;
  if (form.has('address')) changes.address = addressFrom(form);
  return changes;
}

/** The payment method that is charged where a subscription has none of its own. */
function slotFrom(world: World, form: Form, customer: Customer): Partial<Customer> {
  const settings = form.child('invoice_settings').allow('default_payment_method');
  if (!settings.has('default_payment_method')) return {};
  const method = settings.text('default_payment_method') ?? null;
  if (method !== null) {
    methodOfCustomer(world, customer.id, method, 'invoice_settings[default_payment_method]');
  }
  return { invoice_settings: { ...customer.invoice_settings, default_payment_method: method } };
}

function create(world: World, form: Form): Customer {
  form.allow(...FIELDS, 'payment_method');
  const customer = newCustomer(world.clock.now(), form.text('email') ?? null, form.text('name') ?? null);
  const token = form.text('payment_method');
  const method = token === undefined ? undefined : attachToken(world, token, customer.id);
  const chosen = form.child('invoice_settings').text('default_payment_method');
  // Both may name the same test token, which stands for one new payment method.
  if (method && chosen === token) customer.invoice_settings.default_payment_method = method.id;
  else Object.assign(customer, slotFrom(world, form, customer));
  Object.assign(customer, wordsFrom(form), {
    metadata: form.metadata(),
    balance: form.integer('balance') ?? 0,
  });
  world.store.customers.add(customer);
  emit(world, 'customer.created', customer);
  if (method) emit(world, 'payment_method.attached', method);
  return customer;
}

function update(world: World, form: Form, customer: Customer): Customer {
  form.allow(...FIELDS);
  const changes = { ...wordsFrom(form), ...slotFrom(world, form, customer) };
  if (form.has('metadata')) changes.metadata = form.metadata(customer.metadata);
  const balance = form.integer('balance');
  const amount = (balance ?? customer.balance) - customer.balance;
  change(world, customer, changes, 'customer.updated');
  if (amount !== 0) {
    moveBalance(world, customer, { amount, currency: customer.currency ?? 'usd', type: 'adjustment' });
  }
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
  post('/v1/customers/:id', ({ world, form, id }) => update(world, form, customerById(world, id))),
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
