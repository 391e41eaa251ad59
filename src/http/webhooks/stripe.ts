import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Db } from '../../db/client.js';
import { countRefusal, storeEvent } from '../../db/queries/inbox.js';
import type { BillingEvent, EventVerifier, RefusalReason } from '../../ports/billing.js';
import type { Logger } from '../../ports/logger.js';
import { within } from '../within.js';

export type StripeWebhookDeps = {
  readonly db: Db;
  readonly verifier: EventVerifier;
  readonly logger: Logger;
  /** Whether this installation bills for real; events of the other mode are kept as ignored. */
  readonly livemode: boolean;
  readonly nowMs: () => number;
};

// Stripe's largest events are some 100 KB; a megabyte is not one of them.
const largestBody = 512 * 1024;

// Longer than any healthy write, shorter than Stripe's patience: a database that hangs is one that did not take it.
const patienceMs = 4_000;

/**
 * `POST /webhooks/stripe`: 200 only when the event's row is committed (or was before), 400 or 413 for what is not a
 * genuine delivery, 503 when it could not be committed, so that Stripe sends it again.
 */
export function stripeWebhook(deps: StripeWebhookDeps): Hono {
  const app = new Hono();
  const limit = bodyLimit({
    maxSize: largestBody,
    onError: (c) => refuse(deps, c, 413, 'too_large', `larger than ${largestBody} bytes`),
  });
  app.post('/', limit, async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const check = deps.verifier.verify(body, c.req.header('stripe-signature'), deps.nowMs());
    if (!check.accepted) return refuse(deps, c, 400, check.reason, check.hint);
    return accept(deps, c, check.event, body);
  });
  return app;
}

/** The only branch that answers 2xx: it holds a committed row. */
async function accept(
  deps: StripeWebhookDeps,
  c: Context,
  event: BillingEvent,
  body: Uint8Array,
): Promise<Response> {
  const { db, livemode, logger } = deps;
  const state = event.livemode === livemode ? 'pending' : 'ignored';
  try {
    const payload: unknown = JSON.parse(new TextDecoder().decode(body));
    const stored = await within(patienceMs, storeEvent(db, event, payload, state));
    return c.json({
      received: event.id,
      duplicate: !stored,
      ...(state === 'ignored' && { ignored: 'other_mode' }),
    });
  } catch (error) {
    logger.error(
      { error, eventId: event.id },
      'an event could not be stored; Stripe is asked to send it again',
    );
    return c.json({ error: 'not_stored', hint: 'the database did not take it: send it again' }, 503);
  }
}

async function refuse(
  { db, logger }: StripeWebhookDeps,
  c: Context,
  status: 400 | 413,
  error: RefusalReason,
  hint: string,
): Promise<Response> {
  logger.warn({ reason: error }, 'a delivery was refused');
  await within(patienceMs, countRefusal(db, error)).catch((cause: unknown) =>
    logger.error({ error: cause }, 'a refusal could not be counted'),
  );
  return c.json({ error, hint }, status);
}
