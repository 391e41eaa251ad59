import { randomUUID } from 'node:crypto';
import Stripe from 'stripe';

export type EventOverrides = {
  readonly id?: string;
  readonly type?: string;
  readonly livemode?: boolean;
  readonly api_version?: string;
  readonly object?: unknown;
};

export const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/** An event as Stripe delivers it, of an invoice unless another object is given. */
export function stripeEvent({ object, ...more }: EventOverrides = {}) {
  const invoice = { id: newId('in'), object: 'invoice', customer: newId('cus'), parent: null };
  return {
    id: newId('evt'),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'invoice.payment_failed',
    ...more,
    data: { object: object ?? invoice },
  };
}

/** The `Stripe-Signature` header over this body, as Stripe's own library makes it. */
export function signatureOf(body: string, secret: string, atMs = Date.now()): string {
  const timestamp = Math.floor(atMs / 1_000);
  return Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
}

/** Delivers an event as Stripe does; resolves to the answer. */
export async function deliver(
  webhook: string,
  event: unknown,
  secret: string,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const body = JSON.stringify(event);
  const headers = { 'stripe-signature': signatureOf(body, secret), 'content-type': 'application/json' };
  // As Stripe, nobody waits for ever.
  const signal = AbortSignal.timeout(20_000);
  const answer = await fetch(webhook, { method: 'POST', body, headers, signal });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
