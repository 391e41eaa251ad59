import { createHmac } from 'node:crypto';
import { render } from './http/render.js';
import { inApiVersion } from './legacy.js';
import type { StripeEvent, WebhookEndpoint } from './state/objects.js';
import { thinEvent } from './thin.js';

/** `t=…,v1=…` over `t.body`. Dated by the real clock, because receivers check its age against theirs. */
function signatureHeader(body: string, secret: string): string {
  const timestamp = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

/** What this endpoint gets of an event: a thin one, or the snapshot in its API version. */
const bodyFor = (event: StripeEvent, endpoint: WebhookEndpoint): unknown =>
  endpoint.fake.payload === 'thin'
    ? thinEvent(event)
    : inApiVersion(render(event), event.fake.legacy, endpoint.api_version);

/** Sends an event once, as the endpoint wants it, and says whether the receiver took it. Never throws. */
export async function postWebhook(
  event: StripeEvent,
  endpoint: WebhookEndpoint,
  signal: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify(bodyFor(event, endpoint));
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    'Stripe-Signature': signatureHeader(body, endpoint.fake.secret),
  };
  try {
    const response = await fetch(endpoint.url, { method: 'POST', body, headers, signal, redirect: 'manual' });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
