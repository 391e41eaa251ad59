import type { Db } from '../db/client.js';
import { returnDelivery, settleDelivery, type DueDelivery } from '../db/queries/deliveries.js';
import {
  disableEndpoint,
  enableEndpoint,
  noteArrival,
  noteFailure,
  type OpenEndpoint,
} from '../db/queries/endpoints.js';
import { formatInstant } from '../domain/time.js';
import type { Logger } from '../ports/logger.js';
import type { WebhookAnswer, WebhookSender } from '../ports/webhooks.js';
import { messageId, pingMessage } from './message.js';
import { healthAfter, pingEveryMs, waitAfter } from './schedule.js';
import { secretsAt } from './secrets.js';

export type BringingDeps = {
  readonly db: Db;
  readonly sender: WebhookSender;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** At random, from 0 to 1. */
  readonly dice: () => number;
};

/** Sends one message, and notes what came back: of the delivery, and of its endpoint. */
export function createBringing({ db, sender, logger, nowMs, dice }: BringingDeps, stopping: AbortSignal) {
  async function deliver(endpoint: OpenEndpoint, { id, body, attempts }: DueDelivery): Promise<void> {
    const answer = await post(endpoint, messageId(id), body);
    if (answer === null) return returnDelivery(db, id);
    const { status, error, retryAfterMs } = answer;
    const waitMs = hasArrived(answer) ? null : waitAfter(attempts, retryAfterMs, dice());
    await settleDelivery(db, id, { status, error, waitMs });
    await judge(endpoint, answer);
  }

  /** What an answer says of the endpoint itself. */
  async function judge(endpoint: OpenEndpoint, { status, error }: WebhookAnswer): Promise<void> {
    const { id, url } = endpoint;
    const failingSince = endpoint.failingSince?.getTime() ?? null;
    const fields = { endpoint: id, host: new URL(url).host, status, reason: error };
    switch (healthAfter(status, failingSince, nowMs())) {
      case 'arrived':
        return noteArrival(db, id);
      case 'failed':
        logger.warn(fields, 'a delivery has failed; it is tried again');
        return noteFailure(db, id);
      case 'gone':
        logger.error(fields, 'an endpoint wants no more: it is disabled until somebody enables it');
        return disableEndpoint(db, id, { because: 'it answered 410 Gone', pingInMs: null });
      case 'given_up': {
        logger.error(fields, 'an endpoint has failed for days: it is disabled until it answers again');
        const because = `nothing has arrived since ${formatInstant(failingSince ?? nowMs())}`;
        return disableEndpoint(db, id, { because, pingInMs: pingEveryMs });
      }
    }
  }

  /** A disabled endpoint that answers is enabled, and told what has waited. */
  async function ping(endpoint: OpenEndpoint): Promise<void> {
    const id = messageId(crypto.randomUUID());
    const answer = await post(endpoint, id, pingMessage(new Date(nowMs())));
    if (answer === null || !hasArrived(answer)) return;
    await enableEndpoint(db, endpoint.id);
    logger.info({ endpoint: endpoint.id }, 'an endpoint answers again: it is enabled');
  }

  /** `null`: we are stopping, and nobody knows whether it has arrived. */
  async function post(
    { url, secrets }: OpenEndpoint,
    id: string,
    body: string,
  ): Promise<WebhookAnswer | null> {
    const at = nowMs();
    const message = { url, secrets: secretsAt(secrets, at), id, body, at };
    return sender.post(message, stopping).catch((error: unknown) => {
      if (stopping.aborted) return null;
      throw error;
    });
  }

  return { deliver, ping };
}

const hasArrived = ({ status }: WebhookAnswer) => healthAfter(status, null, 0) === 'arrived';
