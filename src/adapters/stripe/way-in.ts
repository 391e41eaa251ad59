import { z } from 'zod';
import { SECOND_MS, type Instant } from '../../domain/time.js';
import { deepestReason } from '../../ports/errors.js';
import type { TryWayIn, WayIn } from '../../ports/way-in.js';
import { makeProbe } from './probe.js';
import type { WebhookSecret } from './secrets.js';

const timeoutMs = 10 * SECOND_MS;
const answerShape = z.looseObject({ error: z.string() });

/** Sends what an intake of ours answers with 400 and `probe`, the way Stripe sends: over the public address, and signed. */
export function createWayIn(secrets: readonly WebhookSecret[], nowMs: () => Instant): TryWayIn {
  return async (url) => {
    const { body, signature } = makeProbe(secrets, nowMs());
    try {
      const response = await fetch(url, {
        method: 'POST',
        // Stripe follows none, either.
        redirect: 'manual',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      return meaningOf(response.status, await response.text());
    } catch (error) {
      return { is: 'unreachable', reason: deepestReason(error) };
    }
  };
}

function meaningOf(status: number, text: string): WayIn {
  const answer = answerShape.safeParse(parse(text));
  if (status !== 400 || !answer.success) return { is: 'elsewhere', status };
  const { error } = answer.data;
  if (error === 'probe') return { is: 'open' };
  return error === 'signature_mismatch' ? { is: 'other_secret' } : { is: 'elsewhere', status };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
