import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Committed } from '../../db/queries/inbox.js';
import { notOurs } from '../../domain/ours.js';
import type { RefusalReason } from '../../ports/billing.js';
import { BusyError } from './batcher.js';
import { tracesOf } from './claimed.js';
import type { Intake } from './intake.js';

// Stripe's largest events are some 100 KB; a megabyte is not one of them.
const largestBody = 512 * 1024;

/** What became of a delivery. Only `committed` holds a row, and only from it is a 2xx made. */
type Outcome =
  | { readonly kind: 'committed'; readonly proof: Committed; readonly ignored: string | null }
  | {
      readonly kind: 'refused';
      readonly status: 400 | 413;
      readonly error: RefusalReason | 'probe';
      readonly hint: string;
    }
  | {
      readonly kind: 'turned_away';
      readonly status: 429 | 503;
      readonly error: string;
      readonly hint: string;
    };

/**
 * `POST /webhooks/stripe`: 200 only when the event's row is committed (or was before), 400 or 413 for what is not a
 * genuine delivery, 429 or 503 when it could not be looked at or committed, so that Stripe sends it again.
 */
export function stripeWebhook(intake: Intake): Hono {
  const app = new Hono();
  const tooLarge = (c: Context) => {
    const hint = `larger than ${largestBody} bytes: no event of Stripe is`;
    noteRefusal(intake, c, 'too_large', null);
    return answer(c, { kind: 'refused', status: 413, error: 'too_large', hint });
  };
  const counted = bodyLimit({ maxSize: largestBody, onError: tooLarge });
  // Whoever says how long his body is, Node holds to it; to count the bytes of one who doesn't costs a stream of its own.
  const limit: MiddlewareHandler = async (c, next) => {
    const length = lengthOf(c);
    if (length === null) return counted(c, next);
    return length > largestBody ? tooLarge(c) : next();
  };
  const guarded = async (c: Context, next: () => Promise<void>) =>
    intake.gate.admits(addressOf(c), intake.nowMs(), intake.dice()) ? next() : answer(c, limited(intake));
  app.post('/', guarded, limit, async (c) => answer(c, await receive(intake, c)));
  return app;
}

/** How long its body is, by its header; `null`: it doesn't say, as when it comes in chunks. */
function lengthOf(c: Context): number | null {
  const length = c.req.header('content-length');
  return length === undefined || c.req.header('transfer-encoding') !== undefined ? null : Number(length);
}

function answer(c: Context, outcome: Outcome): Response {
  switch (outcome.kind) {
    case 'committed':
      return acknowledge(c, outcome.proof, outcome.ignored);
    case 'refused':
      return c.json({ error: outcome.error, hint: outcome.hint }, outcome.status);
    case 'turned_away':
      return c.json({ error: outcome.error, hint: outcome.hint }, outcome.status, { 'retry-after': '30' });
  }
}

/** The only 2xx of the intake: it takes the proof that the event's row is durable. */
function acknowledge(c: Context, { eventId, duplicate }: Committed, ignored: string | null): Response {
  return c.json({ received: eventId, duplicate, ...(ignored !== null && { ignored }) }, 200);
}

async function receive(intake: Intake, c: Context): Promise<Outcome> {
  const { verifier, meter, nowMs } = intake;
  const began = nowMs();
  const body = await bodyOf(c);
  if (body === null) {
    noteRefusal(intake, c, 'cut_off', null);
    return { kind: 'refused', status: 400, error: 'cut_off', hint: 'the body did not come to its end' };
  }
  const check = verifier.verify(body, c.req.header('stripe-signature'), began);
  if (!check.accepted) {
    if (check.reason !== 'probe') noteRefusal(intake, c, check.reason, body);
    return { kind: 'refused', status: 400, error: check.reason, hint: check.hint };
  }
  intake.gate.noteAcceptance(addressOf(c), began);
  const ignored = notOurs(check.event, intake.ours);
  const outcome = await commit(intake, check, body, ignored);
  if (outcome.kind === 'committed') meter.acknowledgedIn(nowMs() - began);
  return outcome;
}

/** `null`: whoever sent it went away in the middle of it. */
async function bodyOf(c: Context): Promise<Uint8Array | null> {
  return c.req.arrayBuffer().then(
    (bytes) => new Uint8Array(bytes),
    () => null,
  );
}

async function commit(
  { batcher, meter, logger }: Intake,
  { event, secret }: Accepted,
  payload: Uint8Array,
  ignored: string | null,
): Promise<Outcome> {
  try {
    const state = ignored === null ? 'pending' : 'ignored';
    const proof = await batcher.add({ event, payload, state, source: 'webhook', secret });
    const counted = ignored !== null && !proof.duplicate ? 'ignored' : proof.duplicate ? 'duplicate' : 'new';
    meter.committed(event.type, counted, secret);
    return { kind: 'committed', proof, ignored };
  } catch (error) {
    if (error instanceof BusyError) {
      meter.turnedAway('busy');
      return { kind: 'turned_away', status: 503, error: 'busy', hint: 'too much at once: send it again' };
    }
    meter.turnedAway('not_stored');
    logger.error(
      { error, eventId: event.id },
      'an event could not be stored; Stripe is asked to send it again',
    );
    const hint = 'the database did not take it: send it again';
    return { kind: 'turned_away', status: 503, error: 'not_stored', hint };
  }
}

type Accepted = Extract<ReturnType<Intake['verifier']['verify']>, { accepted: true }>;

/** Behind a proxy it is the proxy's: what a header says of it anybody may have written. */
function addressOf(c: Context): string {
  // Without a socket, as in a test of the app alone, everybody is the same.
  return c.env === undefined || !('incoming' in (c.env as object))
    ? ''
    : (getConnInfo(c).remote.address ?? '');
}

function limited({ meter }: Intake): Outcome {
  meter.turnedAway('limited');
  const hint = 'too many deliveries from this address were refused: send it again in a while';
  return { kind: 'turned_away', status: 429, error: 'limited', hint };
}

/** Counts it, keeps its traces, and has a claim to be an event of Stripe's looked into. Its body goes nowhere. */
function noteRefusal(intake: Intake, c: Context, reason: RefusalReason, body: Uint8Array | null): void {
  const { meter, refusals, gate, suspect, nowMs } = intake;
  meter.refused(reason);
  gate.noteRefusal(addressOf(c), nowMs());
  refusals.note(reason, () => {
    const traces = tracesOf(c.req.header('stripe-signature'), body);
    if (traces.claimedEvent !== null) suspect({ reason, eventId: traces.claimedEvent });
    return traces;
  });
}
