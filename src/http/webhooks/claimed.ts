import { createHash } from 'node:crypto';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** What may be kept of a delivery that nobody vouches for: hashes, by which repeats are recognised, and the id that it claims. */
export function tracesOf(signature: string | undefined, body: Uint8Array | null) {
  return {
    headerHash: signature === undefined ? null : sha256(signature),
    bodyHash: body === null ? null : sha256(body),
    claimedEvent: body === null ? null : claimedEventOf(body),
  };
}

/** Stripe's events begin with their id; how they end nobody has checked yet. */
function claimedEventOf(body: Uint8Array): string | null {
  const head = new TextDecoder('latin1').decode(body.subarray(0, 512));
  return /"id"\s*:\s*"(evt_[A-Za-z0-9_]{1,80})"/.exec(head)?.[1] ?? null;
}
