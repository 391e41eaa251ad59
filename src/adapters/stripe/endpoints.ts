import type Stripe from 'stripe';
import { asking } from './client.js';
import { listAll } from './lists.js';

/** Where Stripe sends events, as it has it now. */
export type WebhookEndpoint = {
  readonly url: string;
  readonly enabled: boolean;
  /** `*` stands for all. */
  readonly events: readonly string[];
};

/** Every webhook endpoint of the Stripe account. Throws `BILLING_UNAVAILABLE`, `BILLING_REFUSED` (a key without this right). */
export async function readEndpoints(stripe: Stripe): Promise<readonly WebhookEndpoint[]> {
  const { rows } = await asking('reading the webhook endpoints', () =>
    listAll('webhook endpoints', () => stripe.webhookEndpoints.list({ limit: 100 })),
  );
  return rows.map(({ url, status, enabled_events: events }) => ({
    url,
    enabled: status === 'enabled',
    events,
  }));
}
