import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** What a signature says of a request. */
export type Signed = {
  readonly method: string;
  /** As it stands in the request's first line: the whole path, with the query. */
  readonly path: string;
  /** The header `Forbear-Fence`; empty where there is none. */
  readonly fence: string;
  readonly body: string;
};

/** The headers that sign one request under `id`; now, unless told. */
export type Signer = (signed: Signed, id: string, nowMs?: number) => Readonly<Record<string, string>>;

/**
 * The text that is signed. It is JSON so that libraries of Standard Webhooks, many of which parse what they have verified, take it;
 * none of its values ever needs an escape, so a receiver may put it together by hand.
 */
export const payloadOf = ({ method, path, fence, body }: Signed): string =>
  JSON.stringify({ method, path, fence, bodySha256: createHash('sha256').update(body).digest('hex') });

/** Signs by Standard Webhooks, with one secret. */
export function createSigner(secret: string): Signer {
  const webhook = new Webhook(secret);
  return (signed, id, nowMs = Date.now()) => {
    const at = new Date(nowMs);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(id, at, payloadOf(signed)),
    };
  };
}
