import type { Inspection } from './inspection.js';
import type { TargetAccount } from './target.js';

/** What became of the sessions of one account. */
export type SessionsEnded = {
  readonly ref: string;
  /** How many were there; `null` where the store ends them without counting, by an epoch or a generation. */
  readonly ended: number | null;
};

/**
 * Where an app keeps its sessions. It is no target, because nothing in it is ever put back: whoever may come again signs in
 * again. The truth is the instant that Postgres keeps for the account (sessions issued at or before it count for nothing);
 * a store makes that felt at once, and may lose it without letting anybody in whom the app asks about.
 * Every method can be repeated without further effect, and throws `TARGET_UNAVAILABLE` when the store can't answer (never
 * "none" for "unknown"), or `TARGET_REFUSED` when it answered no.
 */
export type SessionStore = {
  readonly name: string;
  /** Ends every session of these accounts that was issued at or before `at`. One answer for each account, in their order. */
  end(accounts: readonly TargetAccount[], at: Date): Promise<readonly SessionsEnded[]>;
  /** How many sessions issued at or before `at` would still be let in; `null` where the store can't list them. */
  left(account: TargetAccount, at: Date): Promise<number | null>;
  /** What this store is, as whom we are there, and which rights are missing or too many. Changes nothing. */
  inspect(): Promise<Inspection>;
  close(): Promise<void>;
};
