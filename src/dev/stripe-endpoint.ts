import { z } from 'zod';
import { DevFailure } from './failure.js';

const subscription = ['created', 'updated', 'deleted', 'paused', 'resumed', 'trial_will_end'];

const enabledEvents = [
  'invoice.payment_failed',
  'invoice.payment_succeeded',
  'invoice.paid',
  'invoice.payment_action_required',
  'invoice.overdue',
  'invoice.voided',
  'invoice.marked_uncollectible',
  'invoice.finalization_failed',
  ...subscription.map((what) => `customer.subscription.${what}`),
  'customer.updated',
  'payment_method.attached',
  'payment_method.updated',
  'payment_method.automatically_updated',
  'payment_intent.processing',
  'cash_balance.funds_available',
  'credit_note.created',
  'checkout.session.completed',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'radar.early_fraud_warning.created',
];

const description = 'forbear dev';
const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), url: z.string(), description: z.string().nullish() })),
});

/** Sees to it that the Stripe fake delivers to this api, to it once, even when the api's port has changed. */
export async function ensureEndpoint(base: string, key: string, url: string): Promise<void> {
  const { data } = listSchema.parse(await ask(base, key, 'GET', '?limit=100'));
  const mine = data.find((one) => one.url === url) ?? data.find((one) => one.description === description);
  const fields = new URLSearchParams([
    ['url', url],
    ['description', description],
  ]);
  enabledEvents.forEach((event, index) => fields.append(`enabled_events[${index}]`, event));
  // One that was disabled while the api was away is enabled again.
  if (mine !== undefined) fields.append('disabled', 'false');
  await ask(base, key, 'POST', mine === undefined ? '' : `/${encodeURIComponent(mine.id)}`, fields);
}

async function ask(
  base: string,
  key: string,
  method: string,
  path: string,
  body?: URLSearchParams,
): Promise<unknown> {
  const response = await fetch(`${base}/v1/webhook_endpoints${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body }),
  });
  if (response.ok) return response.json();
  throw new DevFailure(
    `The Stripe fake refused the webhook endpoint (${response.status} ${await response.text()}).`,
  );
}
