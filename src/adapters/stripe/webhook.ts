import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import type { EventVerifier, RefusalReason } from '../../ports/billing.js';
import { readEvent } from './event.js';
import { isProbe } from './probe.js';
import { countsAt, fingerprintOf, type WebhookSecret } from './secrets.js';

export type WebhookSettings = {
  /** Every secret that is active; several while one is being rotated. */
  readonly secrets: readonly WebhookSecret[];
  /** How far a delivery's timestamp may be from our clock, either way. */
  readonly toleranceMs: number;
};

// Stripe signs once a secret that is active on its side, so a handful; a header of thousands is an attack on the HMAC.
const longestHeader = 2_048;
const mostSignatures = 16;

/** Checks deliveries as Stripe describes it: HMAC over the raw bytes, any active secret, and an age we check ourselves. */
export function createStripeVerifier({ secrets, toleranceMs }: WebhookSettings): EventVerifier {
  const keys = secrets.map(({ secret, until }) => ({
    key: createSecretKey(Buffer.from(secret)),
    until,
    fingerprint: fingerprintOf(secret),
  }));
  return {
    verify(rawBody, signature, nowMs) {
      const stamp = stampOf(signature);
      if ('reason' in stamp) return stamp;
      const match = keys
        .filter((one) => countsAt(one, nowMs))
        .find(({ key }) => isSignedBy(key, rawBody, stamp));
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

type Refused = ReturnType<typeof refuse>;

const refuse = (reason: RefusalReason, hint: string) => ({ accepted: false, reason, hint }) as const;

type Stamp = {
  /** As it was signed. */
  readonly t: string;
  readonly at: Instant;
  readonly signatures: readonly Buffer[];
};

/** A second `t`, or a padded one, could name another time than the one that was signed: there must be exactly one. */
function stampOf(header: string | undefined): Stamp | Refused {
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
  const valuesOf = (name: string) =>
    items.filter((item) => item.startsWith(`${name}=`)).map((item) => item.slice(name.length + 1));
  const [t, ...others] = valuesOf('t');
  const signatures = valuesOf('v1').map((signature) => Buffer.from(signature));
  if (t === undefined || !/^\d{1,12}$/.test(t) || others.length > 0 || signatures.length === 0)
    return malformed('the Stripe-Signature header is not t=…,v1=…');
  return { t, at: Number(t) * SECOND_MS, signatures };
}

/** Over the bytes, not over a text made of them: Stripe's library puts U+FFFD where they are no UTF-8, and signs that. */
function isSignedBy(key: KeyObject, body: Uint8Array, { t, signatures }: Stamp): boolean {
  const expected = Buffer.from(createHmac('sha256', key).update(`${t}.`).update(body).digest('hex'));
  return signatures.some((given) => given.length === expected.length && timingSafeEqual(given, expected));
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
