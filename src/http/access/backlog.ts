import type { Body } from './bodies.js';
import { isKeyOwner } from './feed.js';

// Of who reads so slowly nobody remembers what he has missed.
const mostPending = 10_000;

/** What one who follows has not been told yet: of `accounts`, by our ids, or of all with `null`. */
export function createBacklog(accounts: ReadonlySet<string> | null) {
  const pending = new Set<string>(accounts);
  const told = new Map<string, string>();
  const ends = new Map<string, number>();
  let isReset = accounts === null;

  function startOver(): void {
    pending.clear();
    if (accounts === null) isReset = true;
    else accounts.forEach((account) => pending.add(account));
  }

  return {
    startOver,
    changed(owner: string): void {
      if (accounts === null ? isKeyOwner(owner) : !accounts.has(owner)) return;
      pending.add(owner);
      if (pending.size > mostPending) startOver();
    },
    /** Whether changes may have been missed, once. */
    takeReset(): boolean {
      const was = isReset;
      isReset = false;
      return was;
    },
    /** Whose answer is to be looked at now. One that has ended by itself is another one, too. */
    take(now: number): readonly string[] {
      for (const [account, at] of ends) if (at <= now) pending.add(account);
      const taken = [...pending];
      pending.clear();
      taken.forEach((account) => ends.delete(account));
      return taken;
    },
    /** Whether an answer is another one than was told last. Of all accounts nobody remembers what each was told. */
    isNews(account: string, { etag, expiresAt }: Body): boolean {
      if (Number.isFinite(expiresAt)) ends.set(account, expiresAt);
      if (accounts === null) return true;
      const isNew = told.get(account) !== etag;
      told.set(account, etag);
      return isNew;
    },
    isEmpty: () => pending.size === 0 && !isReset,
    /** When something that was told ends by itself. */
    nextEnd: () => Math.min(Infinity, ...ends.values()),
  };
}
