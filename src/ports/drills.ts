import type { HoldReason } from '../domain/effect.js';
import type { TargetAccount } from './target.js';

/** A line of a drill, with the account that it names. */
export type DrillLine = {
  readonly line: number;
  readonly account: TargetAccount;
  /** It is switched off although it pays. */
  readonly isOverridden: boolean;
};

/** What a case has come to with what runs. */
export type DrillProgress = DrillLine & {
  /** For how long its case is at it. */
  readonly ageMs: number;
  /** All of it is off and locked. */
  readonly isOff: boolean;
  /** Nothing restricts it by hand any more. */
  readonly isLifted: boolean;
  /** What its case last said. */
  readonly says: string | null;
};

export type AccessTaken =
  | { readonly status: 'taken'; readonly count: number }
  /** Everything that takes is frozen, or only observed: nothing was changed. */
  | { readonly status: 'held'; readonly reason: HoldReason };

/** A fire drill's list, and how far each line of it is. Every method can be repeated. */
export type Drills = {
  /**
   * Takes access from the next lines that wait, each with its intent in the audit log, at most `limit` in one transaction.
   * A line whose account is exempt or restricted by hand meanwhile is refused. `count: 0`: nothing waits any more.
   */
  takeAccess(drill: string, limit: number): Promise<AccessTaken>;
  /** Lines without access whose sessions were not ended yet. */
  withSessions(drill: string, limit: number): Promise<readonly DrillLine[]>;
  noteSessionsEnded(drill: string, lines: readonly number[]): Promise<void>;
  /** Access and sessions are off everywhere. */
  noteAccessOff(drill: string): Promise<void>;
  /** Lines whose standing has to be read again, after `after`. */
  toRead(drill: string, after: number, limit: number): Promise<readonly DrillLine[]>;
  /** From now on the restriction reaches what runs, and the account's case has to carry it out. */
  order(drill: string, line: number): Promise<void>;
  /** Gives access back: the line is refused, and why. */
  refuse(drill: string, line: number, why: string): Promise<void>;
  /** Lines whose cases are at work. */
  underWay(drill: string): Promise<readonly DrillProgress[]>;
  /** Ends a line that is under way. */
  settle(drill: string, line: number, status: 'done' | 'failed', detail: string): Promise<void>;
  /** Refuses all that still wait. */
  refuseWaiting(drill: string, why: string): Promise<void>;
  end(drill: string): Promise<void>;
};
