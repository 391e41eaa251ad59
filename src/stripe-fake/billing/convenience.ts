import type { Customer, Invoice } from '../state/objects.js';
import type { World } from '../world.js';
import { createDraft } from './invoices.js';
import { chargedMethod } from './payments.js';
import { collect } from './subscriptions.js';

/**
 * A renewal that fails now: an invoice like a renewal's, for the customer's first live subscription or for none, tried
 * at once on a card that declines. The card goes on declining unless it is asked to fail `once`.
 */
export function failInvoice(
  world: World,
  customer: Customer,
  wanted: { amount: number; currency: string; once: boolean },
): Invoice {
  const subscription = world.store.subscriptions.all(customer.id).find((row) => row.ended_at === null);
  const now = world.clock.now();
  const period = { start: now, end: now };
  const invoice = createDraft(
    world,
    {
      ...{ customer, subscription, period, autoAdvance: true },
      currency: wanted.currency.toLowerCase(),
      reason: subscription ? 'subscription_cycle' : 'manual',
      collectionMethod: 'charge_automatically',
      daysUntilDue: null,
    },
    [{ amount: wanted.amount, description: 'Renewal', period, quantity: 1 }],
  );
  if (subscription) subscription.latest_invoice = invoice.id;
  const method = chargedMethod(world, invoice);
  const usual = method?.fake.behavior;
  if (method && (usual === 'succeeds' || usual === 'processing')) method.fake.behavior = 'declined';
  collect(world, invoice);
  if (method && usual && wanted.once) method.fake.behavior = usual;
  return invoice;
}
