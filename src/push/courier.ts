import type { Db } from '../db/client.js';
import {
  claimDeliveries,
  returnDelivery,
  settleDelivery,
  type DueDelivery,
} from '../db/queries/deliveries.js';
import {
  claimPing,
  disableEndpoint,
  enableEndpoint,
  noteArrival,
  noteFailure,
  readOpenEndpoints,
  type OpenEndpoint,
} from '../db/queries/endpoints.js';
import { formatInstant } from '../domain/time.js';
import type { Logger } from '../ports/logger.js';
import type { WebhookAnswer, WebhookSender } from '../ports/webhooks.js';
import { messageId, pingMessage } from './message.js';
import { healthAfter, pingEveryMs, slotsOf, waitAfter } from './schedule.js';
import { secretsAt } from './secrets.js';

export type CourierDeps = {
  readonly db: Db;
  readonly sender: WebhookSender;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** At random, from 0 to 1. */
  readonly dice: () => number;
};

// Longer than a request may take: by then whoever has taken a delivery and not said what came of it is dead.
const leaseMs = 60_000;

/** Brings deliveries to their endpoints, several at a time and each endpoint for itself, so that a slow one delays no other. */
export function createCourier({ db, sender, logger, nowMs, dice }: CourierDeps) {
  const running = new Map<string, number>();
  const works = new Set<Promise<void>>();
  const stopping = new AbortController();

  /** Sends whatever is due and has a place; returns before it has arrived. `wake` is called whenever a place is free again. */
  async function sendDue(wake: () => void): Promise<void> {
    for (const endpoint of await readOpenEndpoints(db)) {
      const places = slotsOf(endpoint.failingSince?.getTime() ?? null) - (running.get(endpoint.id) ?? 0);
      if (places <= 0) continue;
      const due = await claimDeliveries(db, endpoint.id, { limit: places, leaseMs });
      due.forEach((delivery) => start(endpoint, () => deliver(endpoint, delivery), wake));
    }
    const asleep = await claimPing(db, pingEveryMs);
    if (asleep !== null) start(asleep, () => ping(asleep), wake);
  }

  function start({ id }: OpenEndpoint, work: () => Promise<void>, wake: () => void): void {
    running.set(id, (running.get(id) ?? 0) + 1);
    const done = work()
      .catch((error: unknown) =>
        logger.error({ error, endpoint: id }, 'what came of a delivery was not noted'),
      )
      .finally(() => {
        running.set(id, (running.get(id) ?? 1) - 1);
        works.delete(done);
        wake();
      });
    works.add(done);
  }

  async function deliver(endpoint: OpenEndpoint, { id, body, attempts }: DueDelivery): Promise<void> {
    const answer = await post(endpoint, messageId(id), body);
    if (answer === null) return returnDelivery(db, id);
    const { status, error } = answer;
    const hasArrived = healthAfter(status, null, 0) === 'arrived';
    const waitMs = hasArrived ? null : waitAfter(attempts, answer.retryAfterMs, dice());
    await settleDelivery(db, id, { status, error, waitMs });
    await judge(endpoint, answer);
  }

  /** What an answer says of the endpoint itself. */
  async function judge(
    { id, url, failingSince }: OpenEndpoint,
    { status, error }: WebhookAnswer,
  ): Promise<void> {
    const fields = { endpoint: id, host: new URL(url).host, status, reason: error };
    switch (healthAfter(status, failingSince?.getTime() ?? null, nowMs())) {
      case 'arrived':
        return noteArrival(db, id);
      case 'failed':
        logger.warn(fields, 'a delivery has failed; it is tried again');
        return noteFailure(db, id);
      case 'gone':
        logger.error(fields, 'an endpoint wants no more: it is disabled until somebody enables it');
        return disableEndpoint(db, id, { because: 'it answered 410 Gone', pingInMs: null });
      case 'given_up': {
        const since = formatInstant(failingSince?.getTime() ?? nowMs());
        logger.error(fields, 'an endpoint has failed for days: it is disabled until it answers again');
        return disableEndpoint(db, id, {
          because: `nothing has arrived since ${since}`,
          pingInMs: pingEveryMs,
        });
      }
    }
  }

  /** A disabled endpoint that answers is enabled, and told what has waited. */
  async function ping(endpoint: OpenEndpoint): Promise<void> {
    const answer = await post(endpoint, messageId(crypto.randomUUID()), pingMessage(new Date(nowMs())));
    if (answer === null || healthAfter(answer.status, null, 0) !== 'arrived') return;
    await enableEndpoint(db, endpoint.id);
    logger.info({ endpoint: endpoint.id }, 'an endpoint answers again: it is enabled');
  }

  /** `null`: we are stopping, and it was not sent or nobody knows whether it has arrived. */
  async function post(
    { url, secrets }: OpenEndpoint,
    id: string,
    body: string,
  ): Promise<WebhookAnswer | null> {
    const at = nowMs();
    const message = { url, secrets: secretsAt(secrets, at), id, body, at };
    return sender.post(message, stopping.signal).catch((error: unknown) => {
      if (stopping.signal.aborted) return null;
      throw error;
    });
  }

  return {
    sendDue,
    /** Ends what is on its way; it is sent again later. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(works);
    },
  };
}

export type Courier = ReturnType<typeof createCourier>;
