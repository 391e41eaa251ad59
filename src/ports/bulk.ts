import type { Instant } from '../domain/time.js';

/** What somebody wants to be allowed: many acts at once, or one that is as grave. */
export type BulkWish = {
  /** What is done with each of them, such as `freeze`. */
  readonly kind: string;
  /** Each act by the name under which it will be done. The order does not matter; everything else does. */
  readonly acts: readonly string[];
  readonly askedBy: string;
  readonly reason: string;
  readonly expiresAt: Instant;
};

export type BulkRequest = BulkWish & {
  readonly id: string;
  readonly count: number;
  /** Over the kind, the exact acts and how many they are. */
  readonly hash: string;
  readonly askedAt: Instant;
  readonly decision: {
    readonly approved: boolean;
    readonly by: string;
    readonly at: Instant;
    /** Who asked has decided himself: only one person is configured. */
    readonly alone: boolean;
  } | null;
  /** When it was used up, `null` while it was not. */
  readonly usedAt: Instant | null;
};

/** A decision; `proof` shows that it came through our own api or command line, as that of just this person. */
export type BulkDecision = { readonly approved: boolean; readonly by: string; readonly proof: string };

export type BulkDecided =
  | { readonly status: 'decided'; readonly request: BulkRequest }
  | { readonly status: 'refused'; readonly why: string };

/** Why acts are not allowed. Every one of them is a word of its own, for programs; `text` is for people. */
export type BulkRefusal = 'unknown' | 'changed' | 'undecided' | 'rejected' | 'expired' | 'used';

export type BulkUse =
  | { readonly status: 'allowed'; readonly request: BulkRequest }
  | { readonly status: 'refused'; readonly reason: BulkRefusal; readonly text: string };

/** Requests to do many acts at once. One conformance suite holds every implementation. */
export type BulkApprovals = {
  /** Opens a request. Two that ask the same are two requests. Throws on a list that is empty or longer than 100,000. */
  ask(wish: BulkWish): Promise<BulkRequest>;
  /** `null` when there is none of this id. */
  read(id: string): Promise<BulkRequest | null>;
  /** Those that wait for a decision, or for their acts, the oldest first; at most 200. */
  open(): Promise<readonly BulkRequest[]>;
  /** Decides, once. Refused with a sentence when the proof does not hold, the person may not, or nothing waits any more. */
  decide(id: string, decision: BulkDecision): Promise<BulkDecided>;
  /**
   * Uses an approval up for exactly these acts. To be called before the first of them; a repeat is refused, so whoever was
   * cut short has to ask anew for what is left.
   */
  consume(id: string, acts: Pick<BulkWish, 'kind' | 'acts'>): Promise<BulkUse>;
};

/** One approver's mail. `link`: the page on which he decides; `null` where links are not set up. */
export type BulkLetter = {
  readonly messageId: string;
  readonly recipient: string;
  readonly request: BulkRequest;
  readonly link: string | null;
};

/** Sends it; rejects when no server has taken it. */
export type BulkPost = (letter: BulkLetter) => Promise<void>;
