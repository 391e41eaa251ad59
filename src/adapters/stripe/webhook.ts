import Stripe from 'stripe';
import { z } from 'zod';
import { asCustomerId } from '../../domain/ids.js';
import { SECOND_MS } from '../../domain/time.js';
import type { BillingEvent, EventCheck, EventVerifier, RefusalReason } from '../../ports/billing.js';

export type WebhookSettings = {
  /** Every secret that is active now; several while one is being rotated. */
  readonly secrets: readonly string[];
  /** How far a delivery's timestamp may be from our clock, either way. */
  readonly toleranceMs: number;
};

// Stripe signs once a secret that is active on its side, so a handful; a header of thousands is an attack on the HMAC.
const longestHeader = 2_048;

/** Checks deliveries as Stripe describes it: HMAC over the raw bytes, any active secret, and an age we check ourselves. */
export function createStripeVerifier({ secrets, toleranceMs }: WebhookSettings): EventVerifier {
  const matches = (body: Uint8Array, header: string) =>
    secrets.some((secret) => isSignedBy(secret, body, header));
  return {
    verify(rawBody, signature, nowMs) {
      if (signature === undefined || signature === '') {
        return refuse(
          'signature_missing',
          'no Stripe-Signature header: is this really Stripe, or a proxy that drops headers?',
        );
      }
      const timestamp = timestampOf(signature);
      if (timestamp === null)
        return refuse('signature_malformed', 'the Stripe-Signature header is not t=…,v1=…');
      if (!matches(rawBody, signature)) {
        return refuse(
          'signature_mismatch',
          'no active secret matches: is it the secret of this endpoint, and of this mode?',
        );
      }
      if (nowMs - timestamp > toleranceMs)
        return refuse('timestamp_too_old', 'signed too long ago: replayed, or our clock is ahead');
      if (timestamp - nowMs > toleranceMs)
        return refuse('timestamp_in_future', 'signed in the future: our clock is behind');
      return readEvent(rawBody);
    },
  };
}

const refuse = (reason: RefusalReason, hint: string): EventCheck => ({ accepted: false, reason, hint });

/** Read exactly as the signature check reads it: a second or a padded `t` could name another time than the one signed. */
function timestampOf(header: string): number | null {
  if (header.length > longestHeader || /\s/.test(header)) return null;
  const items = header.split(',');
  const stamps = items.filter((item) => item.startsWith('t='));
  const match = /^t=(\d{1,12})$/.exec(stamps[0] ?? '');
  if (match === null || stamps.length !== 1) return null;
  return items.some((item) => item.startsWith('v1=')) ? Number(match[1]) * SECOND_MS : null;
}

/** Any exception before acceptance is a refusal: the library throws plain Errors and RangeErrors on some headers. */
function isSignedBy(secret: string, body: Uint8Array, header: string): boolean {
  try {
    // Tolerance 0 turns the library's own age check off: it accepts timestamps in the future.
    return Stripe.webhooks.signature?.verifyHeader(body, header, secret, 0) ?? false;
  } catch {
    return false;
  }
}

const idShape = z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)]);
const optionalId = idShape
  .nullish()
  .catch(null)
  .transform((id) => id ?? null);

const eventShape = z.looseObject({
  id: z.string().min(1).max(255),
  object: z.literal('event'),
  type: z.string().min(1).max(255),
  created: z.number().int(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  data: z.looseObject({
    object: z.looseObject({
      id: z.string().nullish().catch(null),
      object: z.string().nullish().catch(null),
      customer: optionalId,
      invoice: optionalId,
      subscription: optionalId,
      parent: z
        .looseObject({
          subscription_details: z.looseObject({ subscription: optionalId }).nullish().catch(null),
        })
        .nullish()
        .catch(null),
    }),
  }),
});

function readEvent(rawBody: Uint8Array): EventCheck {
  const parsed = eventShape.safeParse(parseJson(rawBody));
  if (!parsed.success) return refuse('not_an_event', 'signed, but not a Stripe event with an object in it');
  return { accepted: true, event: toEvent(parsed.data) };
}

function parseJson(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch {
    return undefined;
  }
}

/** Takes the ids from either shape: `invoice.subscription` until 2025, `invoice.parent.subscription_details` since. */
function toEvent({ data: { object }, ...event }: z.infer<typeof eventShape>): BillingEvent {
  const own = (kind: string) => (object.object === kind ? (object.id ?? null) : null);
  const customer = own('customer') ?? object.customer;
  return {
    id: event.id,
    type: event.type,
    createdAt: event.created * SECOND_MS,
    livemode: event.livemode,
    apiVersion: event.api_version ?? null,
    customer: customer === null ? null : asCustomerId(customer),
    invoice: own('invoice') ?? object.invoice,
    subscription:
      own('subscription') ?? object.subscription ?? object.parent?.subscription_details?.subscription ?? null,
  };
}
