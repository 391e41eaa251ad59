import { mayBeCharged } from '../billing/methods.js';
import { declineOf, mandateInvalid, refusesAtOnce } from '../billing/refusals.js';
import { createSubscription, type NewSubscription, updateSubscription } from '../billing/subscriptions.js';
import { isLocated, locationInvalid } from '../billing/tax.js';
import { declined, invalid, missingParam } from '../failure.js';
import type { Form } from '../http/form.js';
import { listPage, PAGING, within } from '../http/list.js';
import { del, get, post, type Route } from '../http/route.js';
import type { Customer, Subscription } from '../state/objects.js';
import type { PaymentMethod } from '../state/payment-objects.js';
import type { World } from '../world.js';
import { customerById, customerFilter, methodOfCustomer, priceById, subscriptionById } from './find.js';
import {
  cancel,
  COLLECTION,
  endingAtPeriodEnd,
  periodEndOf,
  SHARED,
  update,
} from './subscription-changes.js';

const DAY_S = 86_400;
const BEHAVIORS = ['allow_incomplete', 'default_incomplete', 'error_if_incomplete'] as const;
const CREATABLE = [
  ...SHARED,
  'customer',
  'payment_behavior',
  'cancel_at_period_end',
  'trial_end',
  'trial_period_days',
];

function itemsFrom(world: World, form: Form): NewSubscription['items'] {
  const items = form.children('items').map((item) => {
    item.allow('price', 'quantity', 'metadata');
    const price = priceById(world, item.required('price'), 'items[0][price]');
    if (!price.recurring)
      throw invalid('The price specified is set to `type=one_time` but must be recurring.');
    return { price, quantity: item.integer('quantity') ?? 1 };
  });
  if (items.length === 0) throw missingParam('items');
  return items;
}

function trialEndFrom(world: World, form: Form): number | null {
  const days = form.integer('trial_period_days');
  if (days !== undefined) return world.clock.now() + days * DAY_S;
  return form.integer('trial_end') ?? null;
}

/** With `error_if_incomplete` a first payment that fails is a 402, and nothing is created. */
function refuseIfUnpayable(world: World, method: PaymentMethod): void {
  const { behavior } = method.fake;
  if (!mayBeCharged(world, method)) throw declined(mandateInvalid(method), null);
  if (refusesAtOnce(behavior)) throw declined(declineOf(behavior, method), null);
  if (behavior === 'requires_action') throw declined(declineOf('declined', method), null);
}

/** The first payment needs something to be charged; only where the customer confirms it himself may it come later. */
function refuseWithoutMethod(world: World, form: Form, customer: Customer, chosen: string | null): void {
  const id = chosen ?? customer.invoice_settings.default_payment_method ?? '';
  const method = world.store.paymentMethods.get(id);
  if (!method) {
    const message = 'This customer has no attached payment source or default payment method.';
    throw invalid(message, { code: 'resource_missing' });
  }
  if (form.text('payment_behavior') === 'error_if_incomplete') refuseIfUnpayable(world, method);
}

function planFrom(world: World, form: Form): NewSubscription {
  const customer = customerById(world, form.required('customer'), 'customer');
  const collectionMethod = form.oneOf('collection_method', COLLECTION) ?? 'charge_automatically';
  const daysUntilDue = form.integer('days_until_due') ?? null;
  if (collectionMethod === 'send_invoice' && daysUntilDue === null) throw missingParam('days_until_due');
  const chosen = form.text('default_payment_method') ?? null;
  if (chosen !== null) methodOfCustomer(world, customer.id, chosen, 'default_payment_method');
  const behavior = form.oneOf('payment_behavior', BEHAVIORS) ?? 'allow_incomplete';
  return {
    ...{ customer, collectionMethod, daysUntilDue, defaultPaymentMethod: chosen },
    items: itemsFrom(world, form),
    trialEnd: trialEndFrom(world, form),
    automaticTax: form.child('automatic_tax').allow('enabled').flag('enabled') ?? false,
    tryFirstPayment: behavior !== 'default_incomplete' && collectionMethod === 'charge_automatically',
    metadata: form.metadata(),
  };
}

function create(world: World, form: Form): Subscription {
  form.allow(...CREATABLE);
  const plan = planFrom(world, form);
  const free = plan.items.every(({ price }) => price.unit_amount === 0);
  if (plan.tryFirstPayment && plan.trialEnd === null && !free) {
    refuseWithoutMethod(world, form, plan.customer, plan.defaultPaymentMethod);
  }
  if (plan.automaticTax && !isLocated(plan.customer)) throw locationInvalid();
  const subscription = createSubscription(world, plan);
  subscription.description = form.text('description') ?? null;
  if (form.flag('cancel_at_period_end'))
    updateSubscription(world, subscription, endingAtPeriodEnd(world, subscription));
  return subscription;
}

/** Without a status everything but the canceled ones; `all` is all, `ended` is canceled or expired. */
function statusFilter(status: string | undefined): (row: Subscription) => boolean {
  if (status === undefined) return (row) => row.status !== 'canceled' && row.status !== 'incomplete_expired';
  if (status === 'all') return () => true;
  if (status === 'ended') return (row) => row.ended_at !== null;
  return (row) => row.status === status;
}

export const subscriptionRoutes: readonly Route[] = [
  post('/v1/subscriptions', ({ world, form }) => create(world, form)),
  get('/v1/subscriptions', ({ world, form }) => {
    form.allow(
      ...PAGING,
      'customer',
      'status',
      'price',
      'created',
      'collection_method',
      'current_period_end',
    );
    const status = statusFilter(form.text('status'));
    const created = within(form, 'created');
    const periodEnd = within(form, 'current_period_end');
    const price = form.text('price');
    const method = form.text('collection_method');
    return listPage(world.store.subscriptions, form, {
      url: '/v1/subscriptions',
      customer: customerFilter(world, form),
      where: (row) =>
        status(row) &&
        created(row.created) &&
        periodEnd(periodEndOf(row)) &&
        (method === undefined || row.collection_method === method) &&
        (price === undefined || row.items.data.some((item) => item.price.id === price)),
    });
  }),
  get('/v1/subscriptions/:id', ({ world, id }) => subscriptionById(world, id)),
  post('/v1/subscriptions/:id', ({ world, form, id }) => update(world, form, subscriptionById(world, id))),
  del('/v1/subscriptions/:id', ({ world, form, id }) => cancel(world, form, subscriptionById(world, id))),
];
