import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { deepestReason, PortError } from '../../ports/errors.js';
import type { Inspection } from '../../ports/inspection.js';
import type { SessionsEnded, SessionStore } from '../../ports/sessions.js';

export type HttpSessionsOptions = {
  readonly name: string;
  readonly url: string;
  /** `whsec_…`, with which each request is signed. */
  readonly secret: string;
  /** For one request with its answer. */
  readonly timeoutMs?: number | undefined;
};

// One request stays small enough for any server, and its answer comes in time.
const accountsARequest = 500;
// Five hundred names with a count each; whatever is longer is no answer of ours.
const mostBytes = 1_000_000;

const answerShape = z.object({
  ended: z.array(z.object({ ref: z.string(), count: z.int().min(0).nullable() })),
});

/**
 * Sessions in anything that answers one signed POST: `{accounts: [{ref}], endedAt}` → `{ended: [{ref, count}]}`. Signed as
 * Standard Webhooks has it; the same accounts and instant always come under the same `webhook-id` and `idempotency-key`.
 * 408, 425, 429, 5xx, silence and answers of another shape mean "ask later" (`TARGET_UNAVAILABLE`); all else that isn't 2xx
 * means "no" (`TARGET_REFUSED`), a redirect too: what is sent is for this address alone.
 */
export function createHttpSessions(options: HttpSessionsOptions): SessionStore {
  const { name } = options;
  return {
    name,
    async end(accounts, at) {
      const ended: SessionsEnded[] = [];
      for (let first = 0; first < accounts.length; first += accountsARequest) {
        const refs = accounts.slice(first, first + accountsARequest).map(({ ref }) => ref);
        ended.push(...(await endSome(options, refs, at)));
      }
      return ended;
    },
    left: () => Promise.resolve(null),
    inspect: () => inspect(options),
    close: () => Promise.resolve(),
  };
}

async function endSome(options: HttpSessionsOptions, refs: readonly string[], at: Date) {
  const accounts = refs.map((ref) => ({ ref }));
  const text = await post(options, JSON.stringify({ accounts, endedAt: at.toISOString() }));
  const parsed = answerShape.safeParse(jsonIn(text));
  if (!parsed.success) throw unavailable(options, 'the answer is not of the contract', parsed.error);
  const counts = new Map(parsed.data.ended.map(({ ref, count }) => [ref, count]));
  return refs.map((ref) => {
    const ended = counts.get(ref);
    // "None" must not stand for "not told".
    if (ended === undefined) throw unavailable(options, 'the answer does not tell of every account');
    return { ref, ended };
  });
}

/** Whether it is there and takes the signature: ends the sessions of nobody. */
async function inspect(options: HttpSessionsOptions): Promise<Inspection> {
  await endSome(options, [], new Date(0));
  const note = 'What the receiver may do in its store is between the two.';
  return {
    reached: `${new URL(options.url).origin}, which takes the signature`,
    rights: [{ name: 'the store behind it', state: 'unknown', note }],
  };
}

async function post(options: HttpSessionsOptions, body: string): Promise<string> {
  const { url, secret, timeoutMs = 10_000 } = options;
  const id = `sessions_${createHash('sha256').update(body).digest('hex').slice(0, 40)}`;
  const now = new Date();
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Forbear',
        'idempotency-key': id,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, now, body),
      },
      body,
    });
    if (response.ok) return await textOf(options, response);
    await response.body?.cancel();
    throw failureOf(options, response.status);
  } catch (error) {
    if (error instanceof PortError) throw error;
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw unavailable(
      options,
      isLate ? `no answer within ${timeoutMs / 1_000} s` : deepestReason(error),
      error,
    );
  }
}

async function textOf(options: HttpSessionsOptions, { body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += (part as Uint8Array).length;
    if (size > mostBytes) throw unavailable(options, 'the answer is longer than any of the contract');
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString();
}

function failureOf(options: HttpSessionsOptions, status: number): PortError {
  const isPassing = status >= 500 || [408, 425, 429].includes(status);
  const text = `answered ${status}${status >= 300 && status < 400 ? ', and no redirect is followed' : ''}`;
  return isPassing ? unavailable(options, text) : new PortError('TARGET_REFUSED', `${options.name}: ${text}`);
}

const unavailable = ({ name }: HttpSessionsOptions, text: string, cause?: unknown) =>
  new PortError('TARGET_UNAVAILABLE', `${name}: ${text}`, { cause });

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
