import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../domain/time.js';

/** A decision as our own api or command line vouches for it: on which request, which way, whose, until when it may be taken. */
export type ProvenDecision = {
  readonly approval: string;
  readonly approved: boolean;
  readonly by: string;
  readonly expiresAt: Instant;
};

// The word before the content keeps it from ever being the signature of a link.
const digestOf = (secret: string, { approval, approved, by, expiresAt }: ProvenDecision) =>
  createHmac('sha256', secret)
    .update(`decision:${JSON.stringify([approval, approved, by, expiresAt])}`)
    .digest();

/** What shows that a decision came through us; it can't be made, nor changed, without the secret. */
export function signDecision(secret: string, decision: ProvenDecision): string {
  return `${decision.expiresAt}.${digestOf(secret, decision).toString('base64url')}`;
}

/** Whether a proof is ours, is that of just this decision, and was still good at this moment. Never throws. */
export function isProven(
  secret: string,
  decision: Omit<ProvenDecision, 'expiresAt'>,
  proof: string,
  at: Instant,
): boolean {
  const [expiry = '', signature = '', ...rest] = proof.split('.');
  const expiresAt = Number(expiry);
  const given = Buffer.from(signature, 'base64url');
  const expected = digestOf(secret, { ...decision, expiresAt });
  const isOurs = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected);
  return isOurs && at < expiresAt;
}

/**
 * The id of the order by which a request is decided through its links, whoever presses which button. Nobody else can guess
 * it, and so take it away with an order of his own.
 */
export function decisionId(secret: string, approval: string): string {
  const digest = createHmac('sha256', secret).update(`order:${approval}`).digest('base64url');
  return `approval/${approval}/${digest.slice(0, 22)}`;
}
