import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import type { EventVerifier, RefusalReason } from '../../ports/billing.js';
import { readEvent } from './event.js';

/** `until`: from then on the secret counts no more; `null`: it has no end. */
export type WebhookSecret = { readonly secret: string; readonly until: Instant | null };

export type WebhookSettings = {
  /** Every secret that is active; several while one is being rotated. */
  readonly secrets: readonly WebhookSecret[];
  /** How far a delivery's timestamp may be from our clock, either way. */
  readonly toleranceMs: number;
};

// Stripe signs once a secret that is active on its side, so a handful; a header of thousands is an attack on the HMAC.
const longestHeader = 2_048;
const mostSignatures = 16;

/** How a secret is called where it must not be shown: the first letters of its SHA-256. */
export const fingerprintOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 8);

/** Checks deliveries as Stripe describes it: HMAC over the raw bytes, any active secret, and an age we check ourselves. */
export function createStripeVerifier({ secrets, toleranceMs }: WebhookSettings): EventVerifier {
  const named = secrets.map((one) => ({ ...one, fingerprint: fingerprintOf(one.secret) }));
  return {
    verify(rawBody, signature, nowMs) {
      const stamp = timestampOf(signature);
      if ('reason' in stamp) return stamp;
      const match = named
        .filter(({ until }) => until === null || nowMs < until)
        .find(({ secret }) => isSignedBy(secret, rawBody, stamp.header));
      if (match === undefined) return mismatch(rawBody);
      if (nowMs - stamp.at > toleranceMs)
        return refuse('timestamp_too_old', 'signed too long ago: replayed, or our clock is ahead');
      if (stamp.at - nowMs > toleranceMs)
        return refuse('timestamp_in_future', 'signed in the future: our clock is behind');
      if (isProbe(rawBody)) return { accepted: false, reason: 'probe', hint: 'the way in is open' };
      const reading = readEvent(rawBody);
      return reading.event === null
        ? refuse('not_an_event', reading.hint)
        : { accepted: true, event: reading.event, secret: match.fingerprint };
    },
  };
}

const probeText = '{"object":"forbear.probe"}';
const isProbe = (body: Uint8Array) =>
  body.length === probeText.length && new TextDecoder().decode(body) === probeText;

/** A delivery that nobody takes for an event, signed as Stripe would: an intake with the same secret answers 400, `probe`. */
export function makeProbe(secrets: readonly WebhookSecret[], now: Instant) {
  const [active] = secrets.filter(({ until }) => until === null || now < until);
  const timestamp = Math.floor(now / SECOND_MS);
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: probeText,
    secret: active?.secret ?? '',
    timestamp,
  });
  return { body: probeText, signature };
}

type Refused = ReturnType<typeof refuse>;

const refuse = (reason: RefusalReason, hint: string) => ({ accepted: false, reason, hint }) as const;

type Stamp = { readonly header: string; readonly at: Instant };

/** Read exactly as the signature check reads it: a second or a padded `t` could name another time than the one signed. */
function timestampOf(header: string | undefined): Stamp | Refused {
  const malformed = (hint: string) => refuse('signature_malformed', hint);
  if (header === undefined || header === '')
    return refuse(
      'signature_missing',
      'no Stripe-Signature header: is this really Stripe, or a proxy that drops headers?',
    );
  if (/[^\x20-\x7e]/.test(header))
    return malformed('the Stripe-Signature header is not plain ASCII: does a proxy rewrite headers?');
  if (header.includes(' '))
    return malformed('the Stripe-Signature header came more than once, or has spaces: does a proxy add one?');
  const items = header.split(',');
  if (header.length > longestHeader || items.length > mostSignatures)
    return malformed('the Stripe-Signature header has far more signatures than Stripe sends');
  const stamps = items.filter((item) => item.startsWith('t='));
  const match = /^t=(\d{1,12})$/.exec(stamps[0] ?? '');
  if (match === null || stamps.length !== 1 || !items.some((item) => item.startsWith('v1=')))
    return malformed('the Stripe-Signature header is not t=…,v1=…');
  return { header, at: Number(match[1]) * SECOND_MS };
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

/** An event is an object: what does not end as one was cut off on its way. */
function mismatch(body: Uint8Array): Refused {
  const closing = 0x7d;
  const last = body.findLast((byte) => byte > 0x20);
  return last === closing
    ? refuse(
        'signature_mismatch',
        'no active secret matches: is it the secret of this endpoint, and of this mode? or does something rewrite the body?',
      )
    : refuse(
        'cut_off',
        'no active secret matches, and the body does not end as JSON does: is it cut off on its way?',
      );
}
