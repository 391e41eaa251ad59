import { randomBytes } from 'node:crypto';
import type { EndpointSecret } from '../db/schema.js';
import type { Instant } from '../domain/time.js';

// The receivers of the in-app package look at no more than ten signatures.
const mostSecrets = 5;

/** A new secret of an endpoint: 256 bits at random, as Standard Webhooks writes them. */
export const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** Those with which is signed at `now`, the newest first. */
export const secretsAt = (secrets: readonly EndpointSecret[], now: Instant): readonly string[] =>
  secrets.filter((one) => counts(one, now)).map(({ secret }) => secret);

const counts = ({ until }: EndpointSecret, now: Instant) => until === null || now < Date.parse(until);

/**
 * Puts a new secret before those that count. The newest of them counts on for `overlapMs`, so that the app has time to take
 * the new one; none of them counts longer than it did.
 */
export function rotated(
  secrets: readonly EndpointSecret[],
  secret: string,
  now: Instant,
  overlapMs: number,
): readonly EndpointSecret[] {
  const end = now + overlapMs;
  const older = secrets
    .filter((one) => counts(one, now))
    .map((one) => ({ ...one, until: new Date(Math.min(untilOf(one), end)).toISOString() }))
    .filter((one) => counts(one, now));
  return [{ secret, until: null }, ...older].slice(0, mostSecrets);
}

const untilOf = ({ until }: EndpointSecret) => (until === null ? Infinity : Date.parse(until));
