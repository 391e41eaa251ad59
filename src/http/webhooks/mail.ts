import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { AccountId } from '../../domain/ids.js';
import type { Instant } from '../../domain/time.js';
import type { BounceFate, BounceReading, ReadBounce } from '../../ports/bounces.js';
import type { Logger } from '../../ports/logger.js';

type Bounced = Extract<BounceReading, { is: 'bounce' }>;
type SignedBody = { readonly body: Uint8Array; readonly header: (name: string) => string | undefined };

export type MailWebhookDeps = {
  /** Why a delivery is not genuine; `null` when it is. */
  readonly refusalOf: (delivery: SignedBody, nowMs: Instant) => string | null;
  readonly read: ReadBounce;
  /** Returns when it is committed. */
  readonly note: (bounce: Bounced) => Promise<BounceFate>;
  /** Has the account's case look anew. */
  readonly wake: (account: AccountId, messageId: string) => Promise<void>;
  readonly logger: Logger;
  readonly nowMs: () => Instant;
};

// A megabyte of mail in base64, and what stands around it.
const largestBody = 1_500_000;

/**
 * `POST /webhooks/mail`: a mail from the inbox to which bounces come back, raw or as `{"raw": "<base64>"}`, signed by Standard
 * Webhooks. 200 when its bounce is committed, or when it is none and nothing is to be kept; 400, 401 or 413 for what is no
 * genuine delivery; 503 when it has to be sent again. Safe to repeat.
 */
export function mailWebhook(deps: MailWebhookDeps): Hono {
  const app = new Hono();
  const tooLarge = (c: Context) =>
    c.json({ error: 'too_large', hint: `larger than ${largestBody} bytes: no bounce of a notice is` }, 413);
  app.post('/', bodyLimit({ maxSize: largestBody, onError: tooLarge }), (c) => receive(deps, c));
  return app;
}

async function receive(deps: MailWebhookDeps, c: Context): Promise<Response> {
  const body = new Uint8Array(await c.req.arrayBuffer());
  const refusal = deps.refusalOf({ body, header: (name) => c.req.header(name) }, deps.nowMs());
  if (refusal !== null) return c.json({ error: 'bad_signature', hint: refusal }, 401);
  const raw = mailIn(body, c.req.header('content-type') ?? '');
  if (raw === null)
    return c.json({ error: 'bad_body', hint: 'send a raw mail, or JSON {"raw": "<base64>"}' }, 400);
  const reading = await deps.read(raw);
  if (reading.is === 'no_bounce') return c.json({ result: 'no_bounce', why: reading.why }, 200);
  const fate = await deps.note(reading).catch((error: unknown) => {
    deps.logger.error({ error }, 'a bounce could not be stored; its sender is asked to send it again');
    return null;
  });
  if (fate === null) return again(c, 'not_stored', 'the database did not take it: send it again');
  return answer(deps, c, reading, fate);
}

async function answer(
  { wake, logger }: MailWebhookDeps,
  c: Context,
  { messageIds }: Bounced,
  fate: BounceFate,
): Promise<Response> {
  if (fate.is === 'unknown_message' && messageIds.some(isOurs))
    return again(c, 'not_known_yet', 'a bounce may come before its notice is recorded: send it again');
  if (fate.is !== 'noted') return c.json({ result: fate.is }, 200);
  const { account, messageId, wakes, news } = fate;
  if (wakes) {
    const failure = await wake(account, messageId).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (failure !== null) {
      logger.warn({ ...failure, account }, 'a bounce is kept, but its case could not be woken');
      return again(c, 'not_told', 'it is kept, but its case does not know yet: send it again');
    }
  }
  return c.json({ result: 'bounced', duplicate: !news }, 200);
}

const again = (c: Context, error: string, hint: string) =>
  c.json({ error, hint }, 503, { 'retry-after': '30' });

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const ours = new RegExp(`^<${uuid}\\.${uuid}\\.(?:remind|limit|pause|decommission|lift|close)\\.\\d+@`);
const isOurs = (messageId: string) => ours.test(messageId);

const packed = z.object({ raw: z.base64() });

/** `null`: it says that it is JSON, and is not such as we take. */
function mailIn(body: Uint8Array, type: string): Uint8Array | null {
  if (!/^application\/json\b/i.test(type)) return body;
  try {
    return Buffer.from(packed.parse(JSON.parse(Buffer.from(body).toString())).raw, 'base64');
  } catch {
    return null;
  }
}
