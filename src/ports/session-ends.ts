import type { AccountId } from '../domain/ids.js';

/** Until when the sessions of each account are over: the truth of it, whatever a store of sessions has lost or still holds. */
export type SessionEnds = {
  /**
   * Notes that every session of these accounts that was issued until now is over, by the clock that judges claims, and returns
   * that instant. It only ever rises, so it can be repeated.
   */
  note(accounts: readonly AccountId[]): Promise<Date>;
};
