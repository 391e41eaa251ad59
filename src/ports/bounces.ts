import type { AccountId, CaseId } from '../domain/ids.js';

/** A recipient whom a mail did not reach, by every name under which the report knows him, and the status of RFC 3463. */
export type FailedRecipient = { readonly names: readonly string[]; readonly status: string };

/**
 * What a mail says of one that was sent before. `messageIds`: every id by which it may name that, the likeliest first.
 * `no_bounce`: it is something else, or tells of no failure that is final; `why` is for people.
 */
export type BounceReading =
  | {
      readonly is: 'bounce';
      readonly messageIds: readonly string[];
      readonly failed: readonly FailedRecipient[];
    }
  | { readonly is: 'no_bounce'; readonly why: string };

/** Reads a raw mail. Never rejects: what can't be read is no bounce. */
export type ReadBounce = (raw: Uint8Array) => Promise<BounceReading>;

/**
 * What has come of a bounce. `unknown_message`: we sent no notice of this id · `unknown_recipient`: not to any of these ·
 * `noted`: kept, now or before; `wakes`: the account, where the case of the notice is still open.
 */
export type BounceFate =
  | { readonly is: 'unknown_message' | 'unknown_recipient' }
  | {
      readonly is: 'noted';
      readonly messageId: string;
      readonly recipients: readonly string[];
      readonly news: boolean;
      readonly account: AccountId;
      readonly caseId: CaseId;
      readonly wakes: boolean;
    };
