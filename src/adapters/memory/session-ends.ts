import type { AccountId } from '../../domain/ids.js';
import type { Instant } from '../../domain/time.js';
import type { SessionEnds } from '../../ports/session-ends.js';

export type MemorySessionEnds = SessionEnds & {
  /** `null`: none were ended. */
  endedAt(account: AccountId): Instant | null;
};

export function createMemorySessionEnds(clock: () => Instant | Promise<Instant>): MemorySessionEnds {
  const ends = new Map<AccountId, Instant>();
  return {
    async note(accounts) {
      const now = await clock();
      for (const account of accounts) ends.set(account, Math.max(now, ends.get(account) ?? now));
      return new Date(now);
    },
    endedAt: (account) => ends.get(account) ?? null,
  };
}
