import type { AccountId } from '../domain/ids.js';
import type { Instant } from '../domain/time.js';

/** The account whose principals are meant: `ref` is what their tag says, `id` what our policy is known by. */
export type Culprit = { readonly id: AccountId; readonly ref: string };

/**
 * What stands at a principal under the name of our policy. `ours`: for this account, exactly as we write it ·
 * `of another account`: ours, for another one · `foreign`: somebody else's, or ours and changed by somebody.
 */
export type DenyState = 'none' | 'ours' | 'of another account' | 'foreign';

/** A user or a role of the cloud. */
export type Principal = {
  readonly arn: string;
  /** The cloud's own id, which is never given to another one of the same name. */
  readonly id: string;
  readonly kind: 'user' | 'role';
  readonly name: string;
  readonly path: string;
  /** Whether its tag names the account; without it, only our policy does. */
  readonly isTagged: boolean;
  readonly deny: DenyState;
  /** The names of all its inline policies, in order. */
  readonly inline: readonly string[];
};

/** Who calls, as the cloud says. */
export type Caller = { readonly arn: string; readonly id: string };

/** What a plan is made from, read at one time. */
export type Survey = {
  /** The cloud's number of the place in which all of them live. */
  readonly place: string;
  /** Ourselves: whose keys we have, and the role that we take on with them. */
  readonly callers: readonly Caller[];
  /** Who is tagged with the account, or has our policy for it. */
  readonly principals: readonly Principal[];
  /** Every user and role that there is, so that a misspelt name is found out. */
  readonly known: readonly string[];
};

export type AccessKey = {
  readonly id: string;
  readonly isActive: boolean;
  readonly lastUsedAt: Instant | null;
};

/**
 * How it is known that it has worked. `called`: a call as the principal was answered so · `simulated`: the cloud's own
 * simulation says so · `unverified`: only that the policy reads back as it was written · `failed`: it has no effect.
 */
export type Verification = {
  readonly verified: 'called' | 'simulated' | 'unverified' | 'failed';
  /** One sentence for people; no secret. */
  readonly note: string;
};

/** What would come of it, before anything is done: by the cloud's simulation, or where there is none by ours. */
export type Rehearsal = {
  readonly by: 'cloud' | 'ourselves';
  readonly isDenied: boolean;
  readonly note: string;
};

/** Calls as principals, which are tried before and after. */
export type Witness = {
  /** Waits, up to a bound, until the principal is refused. */
  refused(principal: Principal): Promise<Verification>;
  /** Waits, up to a bound, until nothing of ours refuses the principal any more. */
  free(principal: Principal): Promise<Verification>;
};

/**
 * Takes all power over a cloud's API from chosen principals, and gives exactly that back. Everything can be repeated.
 * All throw `TARGET_UNAVAILABLE` when the cloud does not answer, and `TARGET_REFUSED` when it says no.
 */
export type KillSwitch = {
  readonly name: string;
  /** Reads and changes nothing. */
  survey(culprit: Culprit): Promise<Survey>;
  /** The principal's access keys, never their secrets; `null` where they may not be read. */
  keys(principal: Principal): Promise<readonly AccessKey[] | null>;
  rehearse(culprit: Culprit, principal: Principal): Promise<Rehearsal>;
  /** To be called before the first change: what works only then can be seen to have ended. */
  witness(principals: readonly Principal[]): Promise<Witness>;
  /**
   * Writes our policy to the principal and reads it back. Throws `TARGET_REFUSED` when it is not the one that was surveyed
   * any more, when its tag is gone, or when somebody else's policy has the name of ours. `wasThere`: nothing was written.
   */
  deny(culprit: Culprit, principal: Principal): Promise<{ readonly wasThere: boolean }>;
  /** Deletes our policy for this account and no other. `wasThere`: false when it was gone already. */
  restore(culprit: Culprit, principal: Principal): Promise<{ readonly wasThere: boolean }>;
};
