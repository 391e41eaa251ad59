import type { Instant } from '../domain/time.js';

/** A message for one endpoint. The same `id` and `body` each time that it is tried. */
export type WebhookMessage = {
  readonly url: string;
  /** Every secret that counts now, `whsec_…`: it is signed with each of them. */
  readonly secrets: readonly string[];
  readonly id: string;
  readonly body: string;
  /** When it is sent, for the signature. */
  readonly at: Instant;
};

export type WebhookAnswer = {
  /** HTTP's; `null` when there was no answer. */
  readonly status: number | null;
  /** In how many milliseconds the endpoint wants to be asked again, where it said so. */
  readonly retryAfterMs: number | null;
  /** Why there was none, for people; `null` when there was one. */
  readonly error: string | null;
};

export type WebhookSender = {
  /**
   * Sends one message, once, and says what came back; what went wrong is an answer, too. Rejects only when `signal` aborts.
   * Safe to repeat: receivers go by `id`.
   */
  post(message: WebhookMessage, signal: AbortSignal): Promise<WebhookAnswer>;
};
