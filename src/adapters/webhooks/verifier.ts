import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../domain/time.js';

export type SignedDelivery = {
  /** The bytes as they came: a mail need not be UTF-8. */
  readonly body: Uint8Array;
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
};

const mostSignatures = 10;

/**
 * Checks deliveries by Standard Webhooks: signed with one of the secrets, at most `toleranceMs` from `nowMs`. Says why not,
 * with no secret in it; `null` for a genuine one.
 */
export function createDeliveryVerifier(secrets: readonly string[], toleranceMs: number) {
  const keys = secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
  return ({ body, header }: SignedDelivery, nowMs: Instant): string | null => {
    const [id = '', timestamp = ''] = [header('webhook-id'), header('webhook-timestamp')];
    if (id === '' || !/^\d{1,12}$/.test(timestamp)) return 'webhook-id or webhook-timestamp is missing';
    if (Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs)
      return 'it was signed at another time: look whether the clocks are right';
    const signatures = signaturesIn(header('webhook-signature') ?? '');
    const isSigned = keys.some((key) => {
      const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
      return signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
    });
    return isSigned ? null : 'no signature fits FORBEAR_BOUNCE_SECRET';
  };
}

function signaturesIn(header: string): readonly Buffer[] {
  return header
    .split(' ', mostSignatures)
    .flatMap((entry) => (entry.startsWith('v1,') ? [Buffer.from(entry.slice(3), 'base64')] : []));
}
