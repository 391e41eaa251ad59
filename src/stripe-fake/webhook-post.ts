import { createHmac } from 'node:crypto';
import { render } from './http/render.js';
import { inApiVersion } from './legacy.js';
import type { StripeEvent, WebhookEndpoint } from './state/objects.js';

/** `t=…,v1=…` over `t.body`. Dated by the real clock, because receivers check its age against theirs. */
function signatureHeader(body: string, secret: string): string {
  const timestamp = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `t=${timestamp},v1=${digest}`;
}

/** Sends an event once, in the endpoint's API version, and says whether the receiver took it. Never throws. */
export async function postWebhook(
  event: StripeEvent,
  endpoint: WebhookEndpoint,
  signal: AbortSignal,
): Promise<boolean> {
  const body = JSON.stringify(inApiVersion(render(event), event.fake.legacy, endpoint.api_version));
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
