import { createHash } from 'node:crypto';
import { isSamePerson } from '../domain/decisions.js';
import type { Instant } from '../domain/time.js';
import type { BulkDecision, BulkRefusal, BulkRequest, BulkWish } from '../ports/bulk.js';
import { isProven } from './decision-proof.js';

/** Who may decide, and by what it is known that a decision came through us; `null`: by nothing, and none counts. */
export type BulkRules = { readonly approvers: readonly string[]; readonly secret: string | null };

const mostActs = 100_000;

/** The hash of a list of acts, whatever order they come in, over its kind and its length too. */
export function bulkHash({ kind, acts }: Pick<BulkWish, 'kind' | 'acts'>): string {
  const content = JSON.stringify([kind, acts.length, [...acts].sort()]);
  return createHash('sha256').update(content).digest('hex');
}

/** Throws on what can't be asked for. */
export function mustBeAskable({ acts }: BulkWish): void {
  if (acts.length === 0 || acts.length > mostActs)
    throw new RangeError(`a request names between 1 and ${mostActs} acts, not ${acts.length}`);
}

/** `sam` at a prompt is the one who gets mail as `sam@example.com`. */
function isSameSender(one: string, other: string): boolean {
  const isBare = !one.includes('@') || !other.includes('@');
  const named = (name: string) => (isBare ? (name.split('@')[0] ?? '') : name);
  return isSamePerson(named(one), named(other));
}

/** Why this person can't decide so now; `null`: he can. Where two are configured, nobody allows what he has asked for. */
export function whyNotDecide(
  request: BulkRequest,
  { approved, by, proof }: BulkDecision,
  { approvers, secret }: BulkRules,
  now: Instant,
): string | null {
  if (secret === null) return 'FORBEAR_LINK_SECRET is not set: nothing shows who decides';
  if (!isProven(secret, { approval: request.id, approved, by }, proof, now))
    return 'its proof was made with another secret, for another decision, or has expired';
  if (request.decision !== null) {
    const { approved: was, by: whom } = request.decision;
    return `it was ${was ? 'approved' : 'rejected'} by ${whom} already`;
  }
  if (now >= request.expiresAt) return 'the request has expired: ask anew';
  if (approvers.length < 2) return null;
  if (!approvers.some((approver) => isSamePerson(approver, by)))
    return `${by} is none of the approvers (FORBEAR_APPROVERS)`;
  return isSameSender(request.askedBy, by)
    ? `${by} has asked for it: somebody else of the approvers decides`
    : null;
}

/** Why an approval does not allow these acts now; `null`: it does, once. */
export function whyNotUse(
  request: BulkRequest,
  wanted: Pick<BulkWish, 'kind' | 'acts'>,
  now: Instant,
): BulkRefusal | null {
  if (bulkHash(wanted) !== request.hash || wanted.acts.length !== request.count) return 'changed';
  if (request.decision === null) return now < request.expiresAt ? 'undecided' : 'expired';
  if (!request.decision.approved) return 'rejected';
  if (request.usedAt !== null) return 'used';
  return now < request.expiresAt ? null : 'expired';
}

/** The same as a sentence. */
export const refusalText: Readonly<Record<BulkRefusal, string>> = {
  unknown: 'there is no such request',
  changed: 'these are not exactly the acts that were asked for: ask anew',
  undecided: 'nobody has decided on it yet',
  rejected: 'it was rejected',
  expired: 'the request has expired: ask anew',
  used: 'the approval was used already: ask anew',
};
