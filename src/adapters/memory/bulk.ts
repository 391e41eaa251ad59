import { isSamePerson } from '../../domain/decisions.js';
import type { Instant } from '../../domain/time.js';
import {
  bulkHash,
  mustBeAskable,
  refusalText,
  whyNotDecide,
  whyNotUse,
  type BulkRules,
} from '../../guard/bulk.js';
import type { BulkApprovals, BulkRequest } from '../../ports/bulk.js';

/** Requests to do many acts at once, in memory, held to the same suite as those on Postgres. For tests. */
export function createMemoryBulk(rules: BulkRules, clock: () => Instant): BulkApprovals {
  const requests = new Map<string, BulkRequest>();
  const keep = (request: BulkRequest) => {
    requests.set(request.id, request);
    return Promise.resolve(request);
  };
  return {
    async ask(wish) {
      mustBeAskable(wish);
      const bound = { hash: bulkHash(wish), count: wish.acts.length };
      const state = { decision: null, usedAt: null };
      return keep({ ...wish, ...bound, ...state, id: crypto.randomUUID(), askedAt: clock() });
    },
    read: (id) => Promise.resolve(requests.get(id) ?? null),
    open() {
      const isOpen = ({ usedAt, decision, expiresAt }: BulkRequest) =>
        usedAt === null && decision?.approved !== false && clock() < expiresAt;
      return Promise.resolve([...requests.values()].filter(isOpen));
    },
    async decide(id, decision) {
      const request = requests.get(id);
      if (request === undefined) return { status: 'refused', why: refusalText.unknown };
      const now = clock();
      const why = whyNotDecide(request, decision, rules, now);
      if (why !== null) return { status: 'refused', why };
      const { approved, by } = decision;
      const made = { approved, by, at: now, alone: isSamePerson(by, request.askedBy) };
      return { status: 'decided', request: await keep({ ...request, decision: made }) };
    },
    async consume(id, wanted) {
      const request = requests.get(id);
      const now = clock();
      const reason = request === undefined ? 'unknown' : whyNotUse(request, wanted, now);
      if (request === undefined || reason !== null)
        return { status: 'refused', reason: reason ?? 'unknown', text: refusalText[reason ?? 'unknown'] };
      return { status: 'allowed', request: await keep({ ...request, usedAt: now }) };
    },
  };
}
