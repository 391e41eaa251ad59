import { createHash } from 'node:crypto';
import { ApiFailure } from '../failure.js';
import type { StoredResponse } from '../state/store.js';
import type { World } from '../world.js';

export interface Answer {
  status: number;
  body: string;
}

const fingerprintOf = (method: string, path: string, body: string): string =>
  createHash('sha256').update(`${method} ${path} ${body}`).digest('base64');

/**
 * The answer that this key got before, or nothing. The same key with other parameters is an error, as at Stripe.
 */
export function replayed(
  world: World,
  key: string,
  request: [string, string, string],
): StoredResponse | undefined {
  const stored = world.store.responses.get(key);
  if (!stored) return undefined;
  if (stored.fingerprint !== fingerprintOf(...request)) {
    throw new ApiFailure(
      400,
      'idempotency_error',
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  }
  return stored;
}

/** Keeps an answer, unless the request was refused before anything was executed. */
export function remember(world: World, key: string, request: [string, string, string], answer: Answer): void {
  const executed = answer.status < 400 || answer.status === 402 || answer.status >= 500;
  if (!executed) return;
  const createdAt = world.clock.now();
  world.store.responses.add({ id: key, fingerprint: fingerprintOf(...request), ...answer, createdAt });
}
