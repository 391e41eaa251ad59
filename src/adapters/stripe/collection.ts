import type Stripe from 'stripe';
import type { SubscriptionId } from '../../domain/ids.js';
import type { DecommissionRule } from '../../domain/policy.js';
import { asking, refusalOf } from './client.js';

type Ending = DecommissionRule['collection'];

/**
 * Ends the collection of subscriptions, one after the other; repeating it changes nothing. What is owed already stays owed
 * either way; after a pause Stripe even goes on trying it (https://docs.stripe.com/billing/subscriptions/pause-payment).
 *
 * `cancel` is final: at once, without a last invoice and without crediting what is left of the period. `pause` voids every
 * invoice to come: nobody may owe for what is deleted. `mark_uncollectible` would make new debts of them, and
 * `keep_as_draft` a heap that is collected on the day on which somebody resumes.
 */
export async function endCollection(
  stripe: Stripe,
  subscriptions: readonly SubscriptionId[],
  how: Ending,
): Promise<void> {
  for (const id of subscriptions) {
    try {
      await end(stripe, id, how);
    } catch (error) {
      // Stripe refuses to end what is over already, as it refuses what it doesn't know: its state tells which.
      if (refusalOf(error) === null || !(await isOver(stripe, id))) throw error;
    }
  }
}

async function end(stripe: Stripe, id: SubscriptionId, how: Ending): Promise<void> {
  switch (how) {
    case 'cancel':
      await asking('cancelling a subscription', () =>
        stripe.subscriptions.cancel(id, { invoice_now: false, prorate: false }),
      );
      return;
    case 'pause':
      await asking('pausing a collection', () =>
        stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } }),
      );
  }
}

async function isOver(stripe: Stripe, id: SubscriptionId): Promise<boolean> {
  const { status } = await asking('reading a subscription', () => stripe.subscriptions.retrieve(id));
  return status === 'canceled' || status === 'incomplete_expired';
}
