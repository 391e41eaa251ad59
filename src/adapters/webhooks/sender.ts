import { Webhook } from 'standardwebhooks';
import { deepestReason } from '../../ports/errors.js';
import type { WebhookAnswer, WebhookMessage, WebhookSender } from '../../ports/webhooks.js';

export type SenderOptions = {
  /** For one request with its answer. 10 s unless told: what takes longer belongs behind the app's answer. */
  readonly timeoutMs?: number;
};

/** Sends signed messages as Standard Webhooks has it. Follows no redirect: what is told is for this address alone. */
export function createWebhookSender({ timeoutMs = 10_000 }: SenderOptions = {}): WebhookSender {
  return {
    async post(message, signal) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(message.url, {
          method: 'POST',
          redirect: 'manual',
          signal: AbortSignal.any([signal, timeout]),
          headers: headersOf(message),
          body: message.body,
        });
        // The status is the whole answer; whatever else is sent is nothing to wait for.
        await response.body?.cancel();
        return { status: response.status, retryAfterMs: retryAfterOf(response, message.at), error: null };
      } catch (error) {
        signal.throwIfAborted();
        return unanswered(timeout.aborted ? `no answer within ${timeoutMs / 1_000} s` : deepestReason(error));
      }
    },
  };
}

const unanswered = (error: string): WebhookAnswer => ({ status: null, retryAfterMs: null, error });

function headersOf({ id, body, secrets, at }: WebhookMessage): Record<string, string> {
  const sentAt = new Date(at);
  return {
    'content-type': 'application/json',
    'user-agent': 'Forbear',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' '),
  };
}

/** `Retry-After` in either of its forms. */
function retryAfterOf({ headers }: Response, at: number): number | null {
  const given = headers.get('retry-after');
  if (given === null) return null;
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - at;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
