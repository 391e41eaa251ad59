import { createMethod } from '../billing/methods.js';
import { updateSubscription } from '../billing/subscriptions.js';
import { change, emit } from '../events.js';
import { ApiFailure, invalid, noSuch } from '../failure.js';
import { listPage, PAGING } from '../http/list.js';
import { get, post, type Route } from '../http/route.js';
import type { PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { customerById, methodById } from './find.js';

/** Makes a new payment method from a test token, attached to the customer. */
export function attachToken(world: World, token: string, customer: string): PaymentMethod {
  if (token === 'pm_card_chargeDeclined') {
    // A card that is declined already when it is saved can't be attached at all.
    throw new ApiFailure(402, 'card_error', 'Your card was declined.', { code: 'card_declined' });
  }
  const method = createMethod(world, token, customer);
  if (!method) throw noSuch('PaymentMethod', token, 'payment_method');
  return method;
}

function attach(world: World, id: string, customer: string): PaymentMethod {
  const known = world.store.paymentMethods.get(id);
  if (!known) {
    const method = attachToken(world, id, customer);
    emit(world, 'payment_method.attached', method);
    return method;
  }
  if (known.customer === customer) return known;
  throw invalid(
    'This PaymentMethod was previously used or belongs to another customer; it may not be used again.',
  );
}

function detach(world: World, method: PaymentMethod): PaymentMethod {
  if (method.customer === null)
    throw invalid('The payment method you provided is not attached to a customer.');
  const customer = world.store.customers.get(method.customer);
  if (customer?.invoice_settings.default_payment_method === method.id) {
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: null };
    change(world, customer, { invoice_settings }, 'customer.updated');
  }
  for (const subscription of world.store.subscriptions.all(method.customer)) {
    if (subscription.default_payment_method !== method.id || subscription.ended_at !== null) continue;
    updateSubscription(world, subscription, { default_payment_method: null });
  }
  change(world, method, { customer: null }, 'payment_method.detached');
  return method;
}

export const paymentMethodRoutes: readonly Route[] = [
  get('/v1/payment_methods', ({ world, form }) => {
    form.allow(...PAGING, 'customer', 'type');
    const customer = form.text('customer');
    const type = form.text('type');
    return listPage(world.store.paymentMethods, form, {
      url: '/v1/payment_methods',
      where: (row) =>
        (customer === undefined || row.customer === customer) && (type === undefined || row.type === type),
    });
  }),
  get('/v1/payment_methods/:id', ({ world, id }) => methodById(world, id)),
  post('/v1/payment_methods/:id/attach', ({ world, form, id }) => {
    form.allow('customer');
    return attach(world, id, customerById(world, form.required('customer'), 'customer').id);
  }),
  post('/v1/payment_methods/:id/detach', ({ world, id }) => detach(world, methodById(world, id))),
];
